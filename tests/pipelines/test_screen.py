import dataclasses

import pytest

from curate.models.tokens import clip_bpe
from curate.recipe import Recipe
from pipelines.engine import stays_here
from pipelines.run import Options, Run
from pipelines.screen import plan_screen
from pipelines.stage import execute
from schemas.arrow import from_table
from schemas.image import Image
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict
from tests.curate.screen.made import image, sample

LONG = [("user", "<image>\nDescribe it."), ("assistant", "Axial CT of the chest with a large mass in the left upper lobe.")]
SHORT = [("user", "<image>\nDescribe it."), ("assistant", "A CT.")]
SAMPLES = {
    "a-0000": [
        sample(id="a/1", turns=LONG, images=("a/1.png",)),
        sample(id="a/2", turns=SHORT, images=("a/1.png",)),
        sample(id="a/3", turns=LONG, images=("a/1.png", "a/3.png")),
    ],
    "a-0001": [sample(id="a/4", turns=LONG, images=("a/1.png",)), sample(id="a/5", turns=LONG, split="test")],
}
IMAGES = {
    "a-0000": [image(id="a/1.png"), image(id="a/2.png", width=10)],
    "a-0001": [image(id="a/3.png", reason="truncated", evidence="png, 90 bytes")],
}


NOTHING = {"cleaned": {}, "scrubbed": {}, "identifiers": {}}  # was changed in what stays


def run_of(out, recipe=None, **options):
    given = Options(data="", out=str(out), recipe=recipe or Recipe(id="r", title="r"), manifests=(), buckets=4, **options)
    name = clip_bpe().name
    return Run(options=given, folders={}, resolved={"tokenizer": {"setting": "clip-bpe", "name": name}, "tagger": None})


def give(run, samples, images):
    """What ingest and inspect would have written."""
    ingest, inspect = run.facts("ingest"), run.facts("inspect")
    files = [file for part, rows in samples.items() for file in ingest.write_rows("samples", part, rows, Sample)]
    places = {row.id: part for part, rows in images.items() for row in rows}
    image_parts = {part: sorted({places[id] for row in rows for id in row.images}) for part, rows in samples.items()}
    ingest.commit("f", [ingest.sign("a", "f", files, {"image_parts": image_parts})], 0)
    receipts = [inspect.sign(part, "f", inspect.write_rows("images", part, rows, Image)) for part, rows in images.items()]
    inspect.commit("f", receipts, 0)


def screened(run):
    room = run.decisions("screen")
    kept = {row.id: row for row in from_table(room.read("samples", Screened), Screened)}
    refused = {row.id: (row.reason, row.evidence) for row in from_table(room.read("verdicts", Verdict), Verdict)}
    return kept, refused


def test_every_sample_leaves_screen_once_with_its_pictures_or_a_reason(tmp_path):
    run = run_of(tmp_path)
    give(run, SAMPLES, IMAGES)
    index = execute(plan_screen(run), run)
    kept, refused = screened(run)
    assert sorted(kept) == ["a/1", "a/4"]
    assert [(picture.id, picture.width, picture.ship) for picture in kept["a/4"].pictures] == [("a/1.png", 100, image().ship)]
    assert kept["a/1"].tokens == 18  # 3 of the prompt, 15 of the caption
    assert refused == {
        "a/2": ("caption_too_short", "3 < 10"),
        "a/3": ("image_rejected", "a/3.png: truncated png, 90 bytes"),
        "a/5": ("split_excluded", "test"),
    }
    assert [(receipt.unit, receipt.counts) for receipt in index.receipts] == [
        ("a-0000", {"kept": 1, "rejected": 2, **NOTHING}),
        ("a-0001", {"kept": 1, "rejected": 1, **NOTHING}),
    ]


def test_only_the_part_whose_image_changed_is_screened_again(tmp_path):
    run = run_of(tmp_path)
    give(run, SAMPLES, IMAGES)
    execute(plan_screen(run), run)
    before = {unit.name: plan_screen(run).mark(unit) for unit in plan_screen(run).units}
    give(run, SAMPLES, {**IMAGES, "a-0001": [image(id="a/3.png", width=65)]})
    after = {unit.name: plan_screen(run).mark(unit) for unit in plan_screen(run).units}
    assert [name for name in before if before[name] != after[name]] == ["a-0000"]
    execute(plan_screen(run), run)
    assert sorted(screened(run)[0]) == ["a/1", "a/3", "a/4"]


def test_what_the_recipe_does_not_say_of_screening_changes_nothing(tmp_path):
    run = run_of(tmp_path)
    give(run, SAMPLES, IMAGES)
    title = run_of(tmp_path, Recipe(id="r", title="another"))
    strict = run_of(tmp_path, Recipe(id="r", title="r", license_policy="commercial"))
    assert plan_screen(title).fingerprint == plan_screen(run).fingerprint
    assert plan_screen(strict).fingerprint != plan_screen(run).fingerprint


def test_another_tokenizer_than_the_run_began_with_stops_it(tmp_path):
    run = run_of(tmp_path)
    give(run, SAMPLES, IMAGES)
    other = dataclasses.replace(run, resolved={"tokenizer": {"setting": "clip-bpe", "name": "clip-bpe:0"}})
    with pytest.raises(RuntimeError, match=r"the run was begun with clip-bpe:0"):
        execute(plan_screen(other), other)


@pytest.mark.parametrize(
    ("flags", "out", "stays"),
    [
        ((), "x", True),
        (("--direct_running_mode=multi_processing",), "x", True),
        (("--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",), "x", True),
        (("--runner=PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK"), "x", True),
        (("--runner=PortableRunner", "--job_endpoint=far:1"), "x", False),
        (("--runner=DataflowRunner",), "x", False),
        ((), "gs://bucket/x", False),
    ],
)
def test_credentialed_records_pass_only_where_nothing_leaves_the_machine(tmp_path, flags, out, stays):
    assert stays_here(str(out), flags) is stays
