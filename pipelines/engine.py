"""How a stage's pipeline is run: the runner is named, never a bare DirectRunner"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    DebugOptions,
    DirectOptions,
    GoogleCloudOptions,
    PipelineOptions,
    PortableOptions,
    PrismRunnerOptions,
    SetupOptions,
    StandardOptions,
    _BeamArgumentParser,
)  # fmt: skip
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.runner import PipelineState

from pipelines.jobs import cancel_earlier, cancelled_with_us, told_in_a_line
from pipelines.ports import deaths_told, keep_to_this_machine, own_processes
from pipelines.withheld import secret_flags, without_secrets

LOCAL = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
REMOTE_HINT = (
    "local folders cannot be reached from a remote runner; name object-store URLs, or --shared-filesystem if all workers see these folders"
)


WORKERS_WAIT = 10_000  # ms that Flink keeps a worker for more of its job: else a stage starts one before its Reshuffle, and another after


class EngineError(ValueError):
    """Beam flags that cannot be honoured."""


def check_flags(flags: Sequence[str], *, shared_filesystem: bool) -> list[str]:
    """Faults of the Beam flags, all of them; empty if they can be honoured."""
    given = PipelineOptions(list(flags)).get_all_options()
    faults = [f"'{flag}' is no flag of this program or of Beam" for flag in _unknown(without_secrets(flags))]
    faults += secret_flags(flags)
    if given.get("direct_running_mode") == "multi_threading" or any("multi_threading" in flag for flag in flags):
        faults.append("--direct_running_mode=multi_threading is refused: it loses rows on Beam 2.77; use in_memory or multi_processing")
    runner = given.get("runner") or ""
    if _is(runner, "directrunner", "switchingdirectrunner"):
        faults.append(
            "--runner=DirectRunner is refused: it fetches a Go binary at run time; leave --runner out for the local engine, or name another"
        )
    elif _is(runner, "prismrunner") and not given.get("prism_location") and not given.get("job_endpoint"):
        faults.append(f"--runner={runner}: Beam would fetch a Go binary at run time; name one, --prism_location=FILE, or where one listens,"
                      " --job_endpoint=HOST:PORT: docs/engines.md")  # fmt: skip
    elif runner and "FnApiRunner" not in runner and not shared_filesystem and not _loopback(given):
        faults.append(f"--runner={runner}: {REMOTE_HINT}")
    return faults


def _is(runner: str, *names: str) -> bool:
    return runner.rpartition(".")[2].lower() in names  # Beam takes any case


def _unknown(flags: Sequence[str]) -> list[str]:
    parser = _BeamArgumentParser(allow_abbrev=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)
    return parser.parse_known_args(list(flags))[1]


def stays_here(out: str, flags: Sequence[str]) -> bool:
    """Whether nothing leaves this machine: OUT is a local folder, and the workers are its own processes (design 8.5)."""
    given = PipelineOptions(list(flags)).get_all_options()
    runner = given.get("runner") or ""
    return "://" not in out and (not runner or "FnApiRunner" in runner or _loopback(given))


def _loopback(given: dict[str, object]) -> bool:
    """Whether the workers are threads of this process: as asked for, or as these runners have it where nothing is."""
    if kind := given.get("environment_type"):
        return kind == "LOOPBACK"
    runner = str(given.get("runner") or "")
    own_flink = given.get("flink_master") in ("[local]", "[auto]") and given.get("flink_job_server_jar")  # else Beam would fetch one
    return _is(runner, "prismrunner") or (_is(runner, "flinkrunner") and bool(own_flink))


def beam_options(flags: Sequence[str], *, workers: int, processes: bool, name: str = "") -> PipelineOptions:
    """Options of one stage: the user's flags, or the local engine with as many processes as the stage can use. name: of its job on a job
    server, the same in every run of one OUT."""
    given = PipelineOptions(list(flags)).get_all_options()
    if given.get("runner"):
        options = PipelineOptions(list(flags))
        cloud, portable = options.view_as(GoogleCloudOptions), options.view_as(PortableOptions)
        cloud.job_name = cloud.job_name or name or None
        portable.environment_cache_millis = portable.environment_cache_millis or WORKERS_WAIT
        if not any(flag.startswith("--prism_log_level") for flag in flags):
            options.view_as(PrismRunnerOptions).prism_log_level = "error"  # else each stage's end is a line of its own
        return keep_apart(options)
    mode = "multi_processing" if processes and workers > 1 else "in_memory"
    if any(flag.startswith("--direct_running_mode") for flag in flags):
        mode = given["direct_running_mode"]
    count = [f"--direct_num_workers={1 if mode == 'in_memory' else workers}"]
    return PipelineOptions([f"--runner={LOCAL}", f"--direct_running_mode={mode}", *count, *flags])


def keep_apart(options: PipelineOptions) -> PipelineOptions:
    """Of this machine nothing goes along with a job: not the state of the main module, which no worker needs, and not what is installed
    here, told with its folders."""
    options.view_as(SetupOptions).save_main_session = False
    options.view_as(DebugOptions).add_experiment("disable_logging_submission_environment")
    return options


def new_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """An empty pipeline on the runner that `options` name. Worker processes of the local engine are started by our own command, so that
    they end with this process, and nobody else is served what is theirs."""
    keep_to_this_machine()
    direct = options.view_as(DirectOptions)
    if not is_local(options) or direct.direct_running_mode != "multi_processing":
        return _without_folder(beam.Pipeline(options=options))
    direct.direct_running_mode = "in_memory"  # so does the runner call: in the environment it was given
    command = [sys.executable, "-m", "pipelines.worker", str(os.getpid())]
    return _without_folder(beam.Pipeline(runner=FnApiRunner(own_processes(command)), options=options))


def _without_folder(pipeline: beam.Pipeline) -> beam.Pipeline:
    """Less the temporary folder that each makes for programs in other languages, and that one which is killed leaves behind."""
    with contextlib.suppress(OSError):
        Path(pipeline.local_tempdir).rmdir()
    return pipeline


def is_local(options: PipelineOptions) -> bool:
    return "FnApiRunner" in (options.view_as(StandardOptions).runner or "")


def job_name(stage: str, out: str, recipe: str) -> str:
    """One job at a time of a stage in one OUT: engines that refuse a second one of a name (Dataflow), or that can be asked for it, keep a
    driver that was lost from writing where the next one does."""
    digest = hashlib.sha256(json.dumps([str(out), recipe]).encode()).hexdigest()
    return f"medical-corpus-{stage}-{digest[:12]}"


def run_pipeline(pipeline: beam.Pipeline) -> None:
    """Run to the end; raises what a worker raised, WorkerDied where one is gone, JobFailed where an engine gives up, RuntimeError if the
    runner ends in any state but done."""
    options = pipeline.options
    name = options.view_as(GoogleCloudOptions).job_name or "the job"
    with deaths_told(), told_in_a_line(name):
        cancel_earlier(options)
        result = pipeline.run()
        with cancelled_with_us(result):
            state = result.wait_until_finish()
    if state != PipelineState.DONE:
        raise RuntimeError(f"the runner ended the pipeline in state {state}")
