import dataclasses
import hashlib

import pytest

from curate.recipe import Recipe
from pipelines.match import VERSION, plan_match
from pipelines.run import Options, Run
from pipelines.stage import execute
from pipelines.tables import fingerprint
from schemas.arrow import from_table
from schemas.cluster import Likeness, Member, SampleClusters
from schemas.image import Image
from schemas.sample import Screened
from tests.curate.screen.made import image, sample

GREY = bytes(range(256)) * 16
TABLES = {"images": Member, "texts": Member, "clusters": SampleClusters}
LONG = "Axial CT of the chest with a large mass in the left upper lobe and several small nodules on both sides of the lung."


def screened(**changes) -> Screened:
    made = sample(**changes)
    return Screened(id=made.id, sample=made, pictures=(), tokens=1, group="")


def picture(id: str, content: str, **changes) -> Image:
    byte, pixel = (hashlib.sha256(text.encode()).hexdigest() for text in (content, f"pixels of {content}"))
    given = {"byte_digest": byte, "pixel_digest": pixel, "grey": GREY, **changes}
    return image(id=id, source=id.split("/")[0], **given)


IMAGES = {
    "a-0000": [picture("a/1.png", "one"), picture("a/2.png", "two", phash=6), picture("a/3.png", "one", blank=True)],
    "b-0000": [picture("b/1.png", "one"), picture("b/2.png", "one", reason="truncated"), picture("b/3.png", "three", phash=255 << 40)],
    "v@benchmark-0000": [picture("v@benchmark/1.png", "four", phash=255 << 40 | 1)],
}
SAMPLES = {
    "a-0000": [
        screened(id="a/1", images=("a/1.png",), turns=[("assistant", LONG)]),
        screened(id="a/2", images=("a/2.png",), turns=[("assistant", LONG)]),
        screened(id="a/3", images=(), task="qa", turns=[("user", "Which?"), ("assistant", LONG)]),
    ],
    "b-0000": [
        screened(id="b/1", source="b", images=("b/3.png",), turns=[("assistant", LONG)]),
        screened(id="b/2", source="b", images=(), task="dialogue", turns=[("user", "which"), ("assistant", LONG.upper())]),
        screened(id="b/3", source="b", images=("b/4.png",), turns=[("assistant", "Nothing like it.")]),
    ],
}


def run_of(out, **options) -> Run:
    given = Options(data="", out=str(out), recipe=Recipe(id="r", title="r"), manifests=(), buckets=4, **options)
    return Run(options=given, folders={}, resolved={})


def give(run: Run, samples: dict[str, list[Screened]], images: dict[str, list[Image]]) -> None:
    """What inspect and screen would have written."""
    for room, table, parts, kind in (
        (run.facts("inspect"), "images", images, Image),
        (run.decisions("screen"), "samples", samples, Screened),
    ):
        receipts = [room.sign(part, "f", room.write_rows(table, part, rows, kind)) for part, rows in parts.items()]
        room.commit("f", receipts, 0)


def rows(run: Run, table: str, kind: type) -> list:
    return sorted(from_table(run.decisions("match").read(table, kind), kind), key=lambda row: row.id)


@pytest.mark.parametrize("flags", [(), ("--direct_running_mode=multi_processing", "--direct_num_workers=2")])
def test_images_texts_and_samples_meet_across_parts(tmp_path, flags):
    run = run_of(tmp_path, beam_flags=flags)
    give(run, SAMPLES, IMAGES)
    index = execute(plan_match(run), run)
    assert [(row.id, row.cluster, row.proof, row.other, row.distance) for row in rows(run, "images", Member)] == [
        ("a/1.png", "a/1.png", "first", "", -1),
        ("a/2.png", "a/1.png", "phash", "a/1.png", 1),
        ("b/1.png", "a/1.png", "bytes", "a/1.png", 0),
        ("b/3.png", "b/3.png", "first", "", -1),
        ("v@benchmark/1.png", "b/3.png", "phash", "b/3.png", 1),
    ]
    assert [(row.id, row.cluster, row.source, row.similarity) for row in rows(run, "texts", Member)] == [
        ("a/1", "a/1", "a", 1.0),
        ("a/2", "a/1", "a", 1.0),
        ("a/3", "a/3", "a", 1.0),
        ("b/2", "a/3", "b", 1.0),
    ]
    assert rows(run, "clusters", SampleClusters) == [
        SampleClusters(id="a/1", images=("a/1.png",), text="a/1"),
        SampleClusters(id="a/2", images=("a/1.png",), text="a/1"),
        SampleClusters(id="a/3", images=(), text="a/3"),
        SampleClusters(id="b/1", images=("b/3.png",), text=""),
        SampleClusters(id="b/2", images=(), text="a/3"),
    ]
    assert {receipt.unit: receipt.counts for receipt in index.receipts} == {
        "images": {
            "images": 5,
            "bytes": 1,
            "pixels": 0,
            "phash": 2,
            "phash_confirmed": 2,
            "phash_refused": 0,
            "phash_crowded": 0,
            "leaks": 0,
        },
        "texts": {
            "texts": 6,
            "exact": 2,
            "repeated": 1,
            "near": 0,
            "pairs": 0,
            "refused": 0,
            "largest": 0,
            "crowded": 0,
            "clusters": 5,
        },
    }
    assert rows(run, "likeness", Likeness) == []  # equal texts need no second look
    assert not (tmp_path / "tmp" / "match@r.scratch").exists()


@pytest.mark.parametrize("flags", [(), ("--direct_running_mode=multi_processing", "--direct_num_workers=2")])
def test_near_texts_leave_what_dedup_compares_them_by_and_no_text(tmp_path, flags):
    run = run_of(tmp_path, beam_flags=flags)
    asked = [("user", "What is to be seen in it, and where, and how large is it?")]
    told = [LONG, f"{LONG} Again.", LONG.upper(), f"{LONG} {LONG[:30]}", LONG.replace("left", "right"), "Nothing of the kind."]
    samples = [screened(id=f"a/{n}", task="dialogue", images=(), turns=[*asked, ("assistant", text)]) for n, text in enumerate(told)]
    give(run, {"a-0000": samples[:2], "a-0001": samples[2:]}, {})
    index = execute(plan_match(run), run)
    assert [(row.id, row.cluster, row.other, row.similarity) for row in rows(run, "texts", Member)] == [
        ("a/0", "a/0", "", 1.0), ("a/1", "a/0", "a/0", 0.9722), ("a/2", "a/0", "a/0", 1.0), ("a/3", "a/0", "a/0", 0.875),
    ]  # fmt: skip
    found = rows(run, "likeness", Likeness)
    assert [(row.id, row.cluster, row.whole and len(row.whole), row.asked and len(row.asked), row.negations) for row in found] == [
        ("a/0", "a/0", 35, 10, 0), ("a/1", "a/0", 36, 10, 0), ("a/2", "a/0", None, None, None), ("a/3", "a/0", 40, 10, 0),
    ]  # fmt: skip
    assert (found[0].key == found[2].key, found[0].key == found[1].key) == (True, False)
    counts = next(receipt.counts for receipt in index.receipts if receipt.unit == "texts")
    assert (counts["texts"], counts["exact"], counts["near"]) == (6, 1, 2)


def test_one_question_with_two_answers_is_two_samples_and_with_one_answer_one(tmp_path):
    """Two vocabularies name the class of a figure: where they differ both rows stay."""
    run = run_of(tmp_path)
    asked = 'To which class of figures does the kind "flowchart" belong?'
    told = ["Illustrative Diagrams", "Plot and Charts", "Plots and Charts", "illustrative diagrams."]
    samples = [screened(id=f"a/{n}", task="qa", images=(), turns=[("user", asked), ("assistant", text)]) for n, text in enumerate(told)]
    give(run, {"a-0000": samples}, {})
    execute(plan_match(run), run)
    assert [(row.id, row.cluster) for row in rows(run, "texts", Member)] == [("a/0", "a/0"), ("a/3", "a/0")]


def test_the_same_tables_come_out_however_samples_lie_in_parts(tmp_path):
    digests = []
    for name, samples in (("one", SAMPLES), ("two", {"z-0000": [row for part in SAMPLES.values() for row in part][::-1]})):
        run = run_of(tmp_path / name)
        give(run, samples, IMAGES)
        digests.append(execute(plan_match(run), run).digest())
    assert digests[0] == digests[1]


def test_a_recipe_that_matches_otherwise_matches_again(tmp_path):
    run = run_of(tmp_path)
    give(run, SAMPLES, IMAGES)
    execute(plan_match(run), run)
    exact = Recipe(id="r", title="r", matching=dataclasses.replace(Recipe(id="r", title="r").matching, phash_distance=0))
    again = Run(options=dataclasses.replace(run.options, recipe=exact), folders={}, resolved={})
    execute(plan_match(again), again)
    assert [row.id for row in rows(again, "images", Member)] == ["a/1.png", "b/1.png"]


def test_nothing_to_match_is_an_empty_stage(tmp_path):
    run = run_of(tmp_path)
    give(run, {}, {})
    execute(plan_match(run), run)
    assert (rows(run, "images", Member), rows(run, "texts", Member), rows(run, "clusters", SampleClusters)) == ([], [], [])


def test_the_output_of_this_version_is_pinned(tmp_path):
    run = run_of(tmp_path)
    give(run, SAMPLES, IMAGES)
    execute(plan_match(run), run)
    tables = {table: [dataclasses.asdict(row) for row in rows(run, table, kind)] for table, kind in TABLES.items()}
    assert (VERSION, fingerprint(tables)) == (3, "ac2f1b92bccdc44ac809b5706ef200595a504e9c8df4bea11a0355b92eb7c061")
