"""How a stage's pipeline is run: the runner is named, never a bare DirectRunner"""

from __future__ import annotations

import argparse
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

from pipelines.given import EMPTY
from pipelines.jobs import cancel_earlier, cancelled_with_us, told_in_a_line
from pipelines.ports import deaths_told, keep_to_this_machine, own_processes
from pipelines.runners import is_loopback, runner_faults, runs_here
from pipelines.withheld import secret_flags, without, without_secrets

LOCAL = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
WORKERS_WAIT = 10_000  # ms that Flink keeps a worker for more of its job: else a stage starts one before its Reshuffle, and another after


def check_flags(flags: Sequence[str], *, shared_filesystem: bool) -> list[str]:
    """Faults of the Beam flags, all of them; empty if they can be honoured."""
    empty = _empty(flags)
    given, unknown, faults = _read(without(without_secrets(flags), lambda flag: flag.partition("=")[0] in empty))
    faults += [f"{name} '': {EMPTY}" for name in empty]
    faults += [f"'{flag}' is no flag of this program or of Beam" for flag in unknown]
    faults += secret_flags(flags)
    if given.get("direct_running_mode") == "multi_threading" or any("multi_threading" in flag for flag in flags):
        faults.append("--direct_running_mode=multi_threading is refused: it loses rows on Beam 2.77; use in_memory or multi_processing")
    return [*faults, *runner_faults(given, shared_filesystem=shared_filesystem)]


def _empty(flags: Sequence[str]) -> list[str]:
    """Names of the flags without a value: `--name=`, or a word that is empty behind one."""
    named = [flag.removesuffix("=") for flag in flags if flag.startswith("--") and flag.endswith("=") and flag.count("=") == 1]
    return [*named, *(last for last, flag in zip(["", *flags], flags) if not flag.strip())]


def _read(flags: list[str]) -> tuple[dict[str, object], list[str], list[str]]:
    """The values of Beam's flags, the words that are none, and a fault of each that Beam cannot read, which stands at its default."""
    parser = _BeamArgumentParser(allow_abbrev=False, exit_on_error=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)
    try:
        given, unknown = parser.parse_known_args(flags)
    except argparse.ArgumentError as error:
        names = (error.argument_name or "").split("/")
        values, unknown, faults = _read(without(flags, lambda flag: flag.partition("=")[0] in names))
        return values, unknown, [f"{error.argument_name}: {error.message}", *faults]
    return vars(given), unknown, []


def stays_here(out: str, flags: Sequence[str]) -> bool:
    """Whether nothing leaves this machine: OUT is a local folder, and the workers are its own processes (docs/security.md)."""
    given = PipelineOptions(list(flags)).get_all_options()
    return "://" not in out and (runs_here(given) or is_loopback(given))


def beam_options(flags: Sequence[str], *, workers: int, processes: bool, name: str = "") -> PipelineOptions:
    """Options of one stage: the user's flags, or the local engine with as many processes as the stage can use. name: of its job on a job
    server, the same in every run of one OUT."""
    given = PipelineOptions(list(flags)).get_all_options()
    if given.get("runner"):
        options = PipelineOptions(list(flags))
        if runs_here(given):
            options.view_as(StandardOptions).runner = LOCAL  # by whatever name
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
