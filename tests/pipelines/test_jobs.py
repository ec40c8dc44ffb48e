"""What a job server's jobs leave to a run, and what is said of them"""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from apache_beam.portability.api import beam_job_api_pb2 as api
from apache_beam.portability.api import beam_job_api_pb2_grpc as services

from pipelines.engine import beam_options
from pipelines.failed import Failed
from pipelines.jobs import JobFailed, cancel_earlier, told_in_a_line


class Jobs(services.JobServiceServicer):
    """Jobs by id: (name, state); a job is cancelled when it is asked for."""

    def __init__(self, jobs):
        self.jobs, self.cancelled = dict(jobs), []

    def GetJobs(self, request, context):
        found = []
        for job, (name, state) in self.jobs.items():
            info = api.JobInfo(job_id=job, job_name=name, state=state)
            info.pipeline_options.update({"beam:option:job_name:v1": name})
            found.append(info)
        return api.GetJobsResponse(job_info=found)

    def Cancel(self, request, context):
        self.cancelled.append(request.job_id)
        self.jobs[request.job_id] = (self.jobs[request.job_id][0], api.JobState.CANCELLED)
        return api.CancelJobResponse(state=api.JobState.CANCELLED)


@pytest.fixture
def server():
    def serve(servicer):
        port = found.add_insecure_port("127.0.0.1:0")
        services.add_JobServiceServicer_to_server(servicer, found)
        found.start()
        return f"127.0.0.1:{port}"

    found = grpc.server(ThreadPoolExecutor(2))
    yield serve
    found.stop(0)


def options(endpoint, name="ours"):
    return beam_options(["--runner=PortableRunner", f"--job_endpoint={endpoint}"], workers=1, processes=False, name=name)


def test_jobs_of_this_name_that_still_run_are_cancelled_and_no_others(server):
    running, done = api.JobState.RUNNING, api.JobState.DONE
    jobs = Jobs({"1": ("ours", running), "2": ("another", running), "3": ("ours", done), "4": ("ours", api.JobState.STARTING)})
    cancel_earlier(options(server(jobs)))
    assert jobs.cancelled == ["1", "4"]


def test_a_job_that_does_not_stop_is_told_before_anything_runs(server, monkeypatch):
    monkeypatch.setattr("pipelines.jobs.PATIENCE", 0.5)
    jobs = Jobs({"1": ("ours", api.JobState.RUNNING)})
    jobs.Cancel = lambda request, context: api.CancelJobResponse()
    with pytest.raises(JobFailed, match="a job of an earlier run does not stop: 1; stop it there"):
        cancel_earlier(options(server(jobs)))


def test_a_job_server_that_tells_nothing_is_left_alone(server):
    cancel_earlier(options(server(services.JobServiceServicer())))


def test_a_job_server_that_is_gone_is_told(monkeypatch):
    monkeypatch.setattr("pipelines.jobs.PATIENCE", 0.2)
    with pytest.raises(JobFailed, match="the job server does not answer"):
        cancel_earlier(options("127.0.0.1:9"))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: No slot is fulfillable!\n\tat a.b",
            "toy: the engine ended the job (NoResourceAvailableException: No slot is fulfillable!); the same command goes on from there",
        ),
        (
            "java.lang.RuntimeException: SdkHarness closed the stream",
            "toy: a worker process is gone (RuntimeException: SdkHarness closed the stream); the same command goes on from there",
        ),
        ("", "toy: the engine ended the job (it says not why); the same command goes on from there"),
    ],
)
def test_what_an_engine_says_of_itself_is_one_line(said, wanted):
    with pytest.raises(Failed) as raised, told_in_a_line("toy"):
        raise RuntimeError(f"Pipeline a_b-c failed in state FAILED: {said}")
    assert str(raised.value) == wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Dataflow pipeline failed. State: CANCELLED", "it says not why"),
        ("Dataflow pipeline failed. State: FAILED, Error:\nThe zone has no such machine.", "The zone has no such machine."),
    ],
)
def test_what_dataflow_says_is_one_line(said, wanted):
    with pytest.raises(JobFailed) as raised, told_in_a_line("toy"):
        raise RuntimeError(said)
    assert str(raised.value) == f"toy: the engine ended the job ({wanted}); the same command goes on from there"


@pytest.mark.parametrize(
    "text", ["Pipeline a failed in state FAILED: Error received: Traceback (most recent call last):\nValueError: bug", "a bug of ours"]
)
def test_what_our_own_code_raises_passes(text):
    with pytest.raises(RuntimeError) as raised, told_in_a_line("toy"):
        raise RuntimeError(text)
    assert str(raised.value) == text
    assert not isinstance(raised.value, Failed)


def test_messages_of_a_job_server_are_not_printed_meanwhile(caplog):
    import logging

    def read_messages():  # so is the function called that prints them, in Beam
        logging.getLogger().error("a trace of Java")

    with told_in_a_line("toy"):
        threading.Thread(target=read_messages).run()
    read_messages()
    assert caplog.messages == ["a trace of Java"]
