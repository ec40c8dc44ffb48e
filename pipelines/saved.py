"""python -m pipelines.saved FOLDER [Beam flags] STAGE: run a graph that 'graph' has saved, on the engine that the flags name

FOLDER/<stage>.pb is Beam's pipeline proto: what any portable engine takes. The local engine runs it in this process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from apache_beam.options.pipeline_options import StandardOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.portability.python_urns import EMBEDDED_PYTHON
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.runners.runner import PipelineState

from pipelines.engine import beam_options


def run_saved(file: Path, flags: Sequence[str]) -> None:
    """Raises what a worker raised on the local engine; RuntimeError where another ends in any state but done."""
    graph = beam_runner_api_pb2.Pipeline.FromString(file.read_bytes())
    options = beam_options(flags, workers=1, processes=False)
    if "FnApiRunner" in (options.view_as(StandardOptions).runner or ""):
        for environment in graph.components.environments.values():
            environment.urn, environment.payload = EMBEDDED_PYTHON, b""
        state = FnApiRunner().run_via_runner_api(graph, options).wait_until_finish()
    else:
        state = PortableRunner().run_portable_pipeline(graph, options).wait_until_finish()
    if state != PipelineState.DONE:
        raise RuntimeError(f"the runner ended the pipeline in state {state}")


def main(arguments: Sequence[str]) -> int:
    if len(arguments) < 2:
        print(f"usage: {(__doc__ or '').splitlines()[0]}", file=sys.stderr)
        return 2
    logging.getLogger().setLevel(logging.ERROR)
    folder, *flags, stage = arguments
    file = Path(folder, f"{stage}.pb")
    if not file.is_file():
        print(f"error: {file}: no such graph; 'python -m pipelines graph --to {folder}' writes it", file=sys.stderr)
        return 2
    run_saved(file, flags)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
