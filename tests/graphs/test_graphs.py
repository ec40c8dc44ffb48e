"""What the graphs of all stages hold, and what they must not"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from curate.models import pixels
from curate.models.probe import model_of
from pipelines.assumed import assumed_run
from pipelines.commands import command_parser
from pipelines.engine import LOCAL
from pipelines.graph_faults import graph_faults, hint_faults, shuffle_faults, texts_of, told_faults
from pipelines.sizing import hints_of, memory_hints
from tests.graphs.drawn import SECRETS, STAGES, Drawn, Proto
from tests.pipelines.test_tagger import write_probe
from tests.pipelines.whole_run import run

GPU = "type:nvidia-tesla-t4;count:1;install-nvidia-driver"


def proto(build: beam.PTransform) -> Proto:
    pipeline = beam.Pipeline(options=PipelineOptions([f"--runner={LOCAL}"]))
    _ = pipeline | beam.Create(["a"], reshuffle=False) | "built" >> build
    return pipeline.to_runner_api()


def test_every_stage_has_a_graph_though_nothing_has_run_and_nothing_is_reached(drawn: Drawn) -> None:
    assert (drawn.ran.status, drawn.ran.told) == (0, "")
    assert sorted(path.name for path in drawn.folder.iterdir()) == sorted([*(f"{stage}.pb" for stage in STAGES), "graphs.json"])
    sizes = {size["stage"]: size for size in json.loads((drawn.folder / "graphs.json").read_text())}
    assert {name: sizes[name]["units"] for name in ("inspect", "match", "dedup", "emit")} == {
        "inspect": 500, "match": 500, "dedup": 1, "emit": 167
    }  # fmt: skip
    assert max(size["graph_bytes"] for size in sizes.values()) < 250_000, "a job of Dataflow may have 10 MB"


def test_the_recipe_without_a_rewrite_has_no_graph_of_it(drawn: Drawn) -> None:
    assert not (drawn.folder / "rewrite.pb").exists()


@pytest.mark.parametrize("stage", STAGES)
def test_names_alone_move_and_no_secret_and_no_place_of_this_machine_is_told(drawn: Drawn, stage: str) -> None:
    graph = drawn.graph(stage)
    assert graph_faults(graph, is_local=False) == []
    assert list(told_faults(graph, {**os.environ, **SECRETS})) == []
    assert any("gs://bucket/out" in text for _, text in texts_of(graph)), "else nothing was read of it"


def test_a_gpu_is_asked_for_by_the_step_that_runs_the_model_alone(drawn: Drawn) -> None:
    asked = {stage: hints for stage in STAGES if (hints := hints_of(drawn.graph(stage)))}
    assert asked == {"embed": {f"accelerator={GPU}": ["tag/work"]}}


@pytest.mark.parametrize(
    ("stage", "weights", "wanted"),
    [
        ("balance", [10_000_000], {}),
        ("balance", [100_000_000], {"min_ram": "16GiB"}),
        ("match", [5_000_000, *[10_000] * 500], {}),
        ("match", [100_000_000, *[100_000] * 1000], {"min_ram": "32GiB"}),
        ("match", [0, *[100_000] * 1000], {"min_ram": "16GiB"}),  # texts alone
        ("dedup", [100_000_000], {}),
        ("dedup", [200_000_000], {"min_ram": "4GiB"}),
        ("screen", [100_000] * 1000, {}),
        ("emit", [], {}),
    ],
)
def test_memory_is_asked_for_by_the_rows_that_are_held(stage, weights, wanted) -> None:
    assert memory_hints(stage, weights) == wanted


def test_a_probe_of_this_machine_is_told_by_its_place_in_out(tmp_path: Path) -> None:
    probe = write_probe(tmp_path / "probe.npz", model_of(pixels.name()))
    asked = ("--data", "gs://bucket/data", "--out", "gs://bucket/out", "--tagger", "pixels", "--probe", probe)
    for stage in ("embed", "tag"):
        assert run("graph", *asked, "--stage", stage, "--to", tmp_path / "to").told == ""
        told = [text for _, text in texts_of(Proto.FromString((tmp_path / "to" / f"{stage}.pb").read_bytes()))]
        assert ([text for text in told if str(tmp_path) in text], any("cache/probes/" in text for text in told)) == ([], True)


def test_every_stage_moves_something(drawn: Drawn) -> None:
    """Else no fault of a shuffle would be found because there is none."""
    moved = {stage: sum("group_by_key" in step.spec.urn for step in drawn.graph(stage).components.transforms.values()) for stage in STAGES}
    assert moved == {**dict.fromkeys(STAGES, 1), "match": 3}


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (beam.Map(lambda name: name.encode()).with_output_types(bytes) | beam.Reshuffle(), "bytes"),
        (beam.Map(lambda name: {"text": name}) | beam.Reshuffle(), "pickled_python"),
        (beam.Map(lambda name: (name, b"")).with_output_types(tuple[str, bytes]) | beam.GroupByKey(), "bytes"),
        (beam.Map(lambda name: (name, 1)).with_output_types(tuple[str, int]) | beam.CombinePerKey(sum), "a combiner"),
    ],
)
def test_a_payload_that_moves_is_found(build: beam.PTransform, told: str) -> None:
    assert [fault for fault in shuffle_faults(proto(build)) if told in fault]


def test_a_gpu_for_another_step_is_found() -> None:
    (fault,) = hint_faults(proto(beam.Map(str.upper).with_resource_hints(accelerator=GPU)))
    assert fault.endswith("a GPU for a step that runs no model")


class Telling(beam.DoFn):
    def __init__(self, told: object) -> None:
        self.told = told

    def process(self, name: str) -> None: ...


@pytest.mark.parametrize("hide", [str, lambda text: {"a": [text.encode()]}, Path])
def test_a_secret_and_a_place_are_found_wherever_a_worker_holds_them(hide, tmp_path) -> None:
    environ = {"STORE_SECRET": "xyz-123-secret", "TMPDIR": str(tmp_path)}
    assert [fault.partition(": ")[2] for fault in told_faults(proto(beam.ParDo(Telling(hide("xyz-123-secret")))), environ)] == [
        "the value of STORE_SECRET"
    ]
    place = proto(beam.ParDo(Telling(hide(f"{tmp_path}/weights"))))
    assert hide is Path or [fault.partition(": ")[2] for fault in told_faults(place, environ)] == [str(tmp_path)]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--out", "gs://bucket/out"], "--data: a graph is built for data that lie somewhere"),
        (["--data", "gs://bucket/data", "--out", "out", "--runner=DataflowRunner"], "local folders cannot be reached from a remote runner"),
        (["--data", "gs://bucket/data", "--out", "s3://bucket?key=x/out"], "--out s3://...: wanted a folder of this machine, or"),
        (["--data", "http://bucket/data", "--out", "s3://bucket/out"], "--data http://...: wanted a folder of this machine, or"),
        (["--data", "gs://from/data", "--out", "gs://to/out", "--colour=blue"], "'--colour=blue' is no flag of this program or of Beam"),
    ],
)
def test_what_no_graph_can_be_built_of_is_said(tmp_path, flags, told) -> None:
    ran = run("graph", *flags, "--tagger", "none", "--to", tmp_path / "to")
    assert ran.status == 2
    assert told in ran.told
    assert not (tmp_path / "to").exists()


def test_the_graphs_of_many_rows_are_those_of_an_out_begun_for_as_many() -> None:
    given = command_parser().parse_args(
        ["graph", "--data", "s3://bucket/data", "--out", "s3://bucket/out", "--to", "x", "--tagger", "none", "--memory", "12GB"]
    )
    given.beam_flags = ()
    options = assumed_run(given, rows=100_000_000).options
    assert (options.buckets, options.part) == (128, 100_000)


@pytest.mark.parametrize("runner", ["DataflowRunner", "dataflow"])
def test_where_beams_part_for_dataflow_is_not_there_a_line_says_so(tmp_path, runner) -> None:
    if find_spec("google_auth_httplib2"):
        pytest.skip("it is there")
    flags = (f"--runner={runner}", "--project=some-project", "--region=us-central1", "--temp_location=gs://b/tmp")
    ran = run("graph", "--data", "gs://b/data", "--out", "gs://b/out", "--tagger", "none", "--to", tmp_path / "to", *flags)
    assert (ran.status, (tmp_path / "to").exists()) == (2, False)
    assert "Beam's part for it is not installed; 'make engine-dataflow', in the checkout, makes an environment that has it" in ran.told
