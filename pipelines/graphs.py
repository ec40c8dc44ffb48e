"""options -> the graph of every stage as Beam's pipeline proto, and as a Dataflow job: before anything has run, without a network"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions, WorkerOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.transforms.environments import DockerEnvironment, EmbeddedPythonEnvironment

from pipelines.assumed import Assumed, assumed_run
from pipelines.corpus import STAGES
from pipelines.engine import LOCAL, beam_options, job_name
from pipelines.graph_faults import graph_faults
from pipelines.place import is_remote
from pipelines.run import UsageError
from pipelines.runners import runner_of
from pipelines.sizing import Size, size_of, table_of
from pipelines.stage import Plan, new_graph

Proto = beam_runner_api_pb2.Pipeline


def plans_of(run: Assumed, wanted: str = "all") -> Iterator[Plan]:
    """The plans of the stages that the recipe has, or of the one that is named."""
    for plan in STAGES:
        name = plan.__name__.removeprefix("plan_")
        if wanted not in ("all", name) or (name == "rewrite" and run.recipe.rewrite is None):
            continue
        planned = plan(run)
        assert planned is not None, "only rewrite may be no stage"
        yield planned


def proto_of(plan: Plan, run: Assumed, image: str | None) -> Proto:
    """What every portable engine takes. `image`: the container that its workers are; without one they are this program's own processes."""
    pipeline = new_graph(plan, run, PipelineOptions([f"--runner={LOCAL}"]), None)
    environment = DockerEnvironment.from_container_image(image) if image else EmbeddedPythonEnvironment.default()
    return pipeline.to_runner_api(default_environment=environment)


def write_job(plan: Plan, run: Assumed, file: str) -> None:
    """The graph as a job of Dataflow, which is a template: what `gcloud dataflow jobs run --gcs-location` starts. Its files are staged
    where the flags say (--temp_location). Nothing is submitted."""
    flags = [flag for flag in run.options.beam_flags if not flag.startswith("--template_location")]
    name = job_name(plan.name, run.out, plan.room.recipe)
    options = beam_options([*flags, f"--template_location={file}"], workers=1, processes=False, name=name)
    try:
        pipeline = new_graph(plan, run, options, None)
    except ValueError as error:  # Beam's own words on its flags
        raise UsageError(str(error)) from error
    pipeline.run()
    _name_alone(Path(file))


def _name_alone(job: Path) -> None:
    """A template tells what it was built with, the folder of this machine that it was written to among it."""
    job.write_text(job.read_text(encoding="utf-8").replace(json.dumps(str(job)), json.dumps(job.name)), encoding="utf-8")


def print_graphs(given: argparse.Namespace) -> int:
    """Write DIR/<stage>.pb, DIR/<stage>.json where the flags name Dataflow, and DIR/graphs.json; print the sizes. 1 where a graph holds
    what it must not."""
    run = assumed_run(given, rows=given.assume_rows)
    folder = Path(given.to)
    wants_jobs = runner_of(PipelineOptions(list(given.beam_flags)).get_all_options()) == "DataflowRunner"
    if wants_jobs:
        _check_extra()
    folder.mkdir(parents=True, exist_ok=True)
    sizes: list[Size] = []
    faults: list[str] = []
    image = PipelineOptions(list(given.beam_flags)).view_as(WorkerOptions).sdk_container_image
    for plan in plans_of(run, given.stage):
        proto = proto_of(plan, run, image)
        faults += graph_faults(proto, is_local=not (is_remote(given.out) and is_remote(given.data)))
        (folder / f"{plan.name}.pb").write_bytes(proto.SerializeToString(deterministic=True))
        if wants_jobs:
            write_job(plan, run, str(folder / f"{plan.name}.json"))
        sizes.append(size_of(plan.name, proto, rows=given.assume_rows))
    (folder / "graphs.json").write_text(json.dumps([size.plain() for size in sizes], indent=1) + "\n", encoding="utf-8")
    print(table_of(sizes, given.assume_rows))
    print(f"\n{run.options.buckets} buckets of each table, {run.options.part:,} rows of a part: {run.laid_as}")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _check_extra() -> None:
    try:
        import apache_beam.runners.dataflow.internal.apiclient  # noqa: F401
    except ImportError as error:
        wanted = "'make engine-dataflow', in the checkout, makes an environment that has it"
        raise UsageError(f"--runner=DataflowRunner: Beam's part for it is not installed; {wanted}") from error
