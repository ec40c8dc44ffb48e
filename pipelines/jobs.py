"""jobs on a job server (Flink's, Prism's, a runner's own) -> at most one of a stage at a time, and a line where one fails

A driver that was killed leaves its job to its cluster, which would go on writing where the next run writes."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterator

from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, PortableOptions
from apache_beam.runners.runner import PipelineResult

from pipelines.failed import Failed

NAME = "beam:option:job_name:v1"
PATIENCE = 120.0  # seconds that an engine has to stop a job
_TRACE = "Traceback (most recent call last)"
_STATE = re.compile(r"^Pipeline \S+ failed in state \w+: |^Dataflow pipeline failed\. State: \w+,? ?(?:Error:)?\s*")
_CLASS = re.compile(r"^(?:[\w$]+\.)+([\w$]+)(?:: |$)")
_GONE = ("GOAWAY", "SdkHarness", "control client", "stream terminated", "Channel closed", "CANCELLED: ", "call already")  # of a worker


class JobFailed(Failed):
    """An engine ended a job, and it was not our program that raised: one line."""


@contextlib.contextmanager
def told_in_a_line(stage: str) -> Iterator[None]:
    """What an engine says of itself (a cluster that is gone, a worker that was killed too often) becomes JobFailed; what a worker of ours
    raised passes, with its trace. The messages that a job server sends beside are a program's trace once more: they are not printed."""
    with _unprinted():
        try:
            yield
        except Exception as error:
            if _TRACE in str(error) or not _is_of_engine(error):
                raise
            raise JobFailed(f"{stage}: {_reason(error)}; the same command goes on from there") from error


def cancel_earlier(options: PipelineOptions) -> None:
    """Stop what a driver that is gone has left: jobs of this name that the job server still runs. Raises JobFailed where one goes on."""
    endpoint, name = options.view_as(PortableOptions).job_endpoint, options.view_as(GoogleCloudOptions).job_name
    if not endpoint or endpoint == "embed" or not name:
        return
    import grpc
    from apache_beam.portability.api import beam_job_api_pb2 as api
    from apache_beam.portability.api import beam_job_api_pb2_grpc as services

    ended = (api.JobState.DONE, api.JobState.DRAINED, api.JobState.FAILED, api.JobState.CANCELLED, api.JobState.STOPPED)
    with grpc.insecure_channel(endpoint) as channel:
        service, until = services.JobServiceStub(channel), time.monotonic() + PATIENCE
        while True:
            try:
                jobs = service.GetJobs(api.GetJobsRequest(), timeout=PATIENCE, wait_for_ready=True).job_info
            except grpc.RpcError as error:
                if error.code() in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN):
                    return  # a job server that does not tell: Prism's
                raise JobFailed(f"{endpoint}: the job server does not answer ({error.code().name.lower()})") from error
            left = [job.job_id for job in jobs if _name(job) == name and job.state not in ended]
            if not left:
                return
            if time.monotonic() > until:
                raise JobFailed(f"{endpoint}: a job of an earlier run does not stop: {left[0]}; stop it there, then run again")
            for job in left:
                with contextlib.suppress(grpc.RpcError):  # it has ended meanwhile
                    service.Cancel(api.CancelJobRequest(job_id=job), timeout=PATIENCE)
            time.sleep(1)


@contextlib.contextmanager
def cancelled_with_us(result: PipelineResult) -> Iterator[None]:
    """A driver that is stopped stops its job, as far as it can."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):  # an engine that is gone, or cannot
            result.cancel()
        raise


def _name(job: object) -> str:
    fields = job.pipeline_options.fields  # type: ignore[attr-defined]
    return fields[NAME].string_value if NAME in fields else ""


def _is_of_engine(error: Exception) -> bool:
    import grpc

    return isinstance(error, grpc.RpcError) or bool(_STATE.match(str(error)))


def _reason(error: Exception) -> str:
    """The first line, less the names of Java's classes."""
    import grpc

    if isinstance(error, grpc.RpcError):
        return "the job server is gone"
    said = _STATE.sub("", str(error)).strip()
    lines = said.splitlines()
    line = _CLASS.sub(r"\1: ", lines[0]).strip().rstrip(":") if lines else "it says not why"
    what = "a worker process is gone" if any(word in said for word in _GONE) else "the engine ended the job"
    return f"{what} ({line[:300]})"


@contextlib.contextmanager
def _unprinted() -> Iterator[None]:
    root = logging.getLogger()
    root.addFilter(_is_no_message)
    try:
        yield
    finally:
        root.removeFilter(_is_no_message)


def _is_no_message(record: logging.LogRecord) -> bool:
    return record.funcName != "read_messages"
