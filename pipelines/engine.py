"""How a stage's pipeline is run: the runner is named, never a bare DirectRunner"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions, _BeamArgumentParser
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.runner import PipelineState

from pipelines.ports import deaths_told, keep_to_this_machine, own_processes

LOCAL = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
REMOTE_HINT = (
    "local folders cannot be reached from a remote runner; name object-store URLs, or --shared-filesystem if all workers see these folders"
)


class EngineError(ValueError):
    """Beam flags that cannot be honoured."""


def check_flags(flags: Sequence[str], *, shared_filesystem: bool) -> list[str]:
    """Faults of the Beam flags, all of them; empty if they can be honoured."""
    given = PipelineOptions(list(flags)).get_all_options()
    faults = [f"'{flag}' is no flag of this program or of Beam" for flag in _unknown(flags)]
    if given.get("direct_running_mode") == "multi_threading" or any("multi_threading" in flag for flag in flags):
        faults.append("--direct_running_mode=multi_threading is refused: it loses rows on Beam 2.77; use in_memory or multi_processing")
    runner = given.get("runner") or ""
    if runner.rpartition(".")[2].lower() in ("directrunner", "switchingdirectrunner"):  # Beam takes any case
        faults.append(
            "--runner=DirectRunner is refused: it fetches a Go binary at run time; leave --runner out for the local engine, or name another"
        )
    elif runner and "FnApiRunner" not in runner and not shared_filesystem and not _loopback(given):
        faults.append(f"--runner={runner}: {REMOTE_HINT}")
    return faults


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
    return given.get("environment_type") == "LOOPBACK"


def beam_options(flags: Sequence[str], *, workers: int, processes: bool) -> PipelineOptions:
    """Options of one stage: the user's flags, or the local engine with as many processes as the stage can use."""
    given = PipelineOptions(list(flags)).get_all_options()
    if given.get("runner"):
        return PipelineOptions(list(flags))
    mode = "multi_processing" if processes and workers > 1 else "in_memory"
    if any(flag.startswith("--direct_running_mode") for flag in flags):
        mode = given["direct_running_mode"]
    count = [f"--direct_num_workers={1 if mode == 'in_memory' else workers}"]
    return PipelineOptions([f"--runner={LOCAL}", f"--direct_running_mode={mode}", *count, *flags])


def new_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """An empty pipeline on the runner that `options` name. Worker processes of the local engine are started by our own command, so that
    they end with this process, and nobody else is served what is theirs."""
    keep_to_this_machine()
    direct = options.view_as(DirectOptions)
    if "FnApiRunner" not in (options.view_as(StandardOptions).runner or "") or direct.direct_running_mode != "multi_processing":
        return beam.Pipeline(options=options)
    direct.direct_running_mode = "in_memory"  # so does the runner call: in the environment it was given
    command = [sys.executable, "-m", "pipelines.worker", str(os.getpid())]
    return beam.Pipeline(runner=FnApiRunner(own_processes(command)), options=options)


def run_pipeline(pipeline: beam.Pipeline) -> None:
    """Run to the end; raises what a worker raised, WorkerDied where one is gone, RuntimeError if the runner ends in any state but done."""
    with deaths_told():
        result = pipeline.run()
        state = result.wait_until_finish()
    if state != PipelineState.DONE:
        raise RuntimeError(f"the runner ended the pipeline in state {state}")
