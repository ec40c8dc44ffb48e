import dataclasses
from pathlib import Path

import pytest

from curate.dedup import elect
from curate.manifest import Manifest, load_manifests
from curate.manifest.keys import key_digest
from curate.recipe import Recipe
from pipelines import dedup, reading
from pipelines.dedup import plan_dedup
from pipelines.run import Options, Run
from pipelines.shield import benchmark_of, compared_with, plan_shield
from pipelines.stage import execute
from schemas.arrow import from_table
from schemas.cluster import Leak, Member, SampleClusters
from schemas.image import Image
from schemas.sample import Picture, Sample, Screened
from schemas.verdict import Verdict
from tests.curate.dedup.likely import likeness, words
from tests.curate.screen.made import image, sample

SHIPPED = Path(__file__).parents[2] / "manifests"


def benchmarks() -> list[Manifest]:
    return [manifest for manifest in load_manifests(SHIPPED) if manifest.kind == "benchmark"]


def screened(**changes) -> Screened:
    made = sample(**changes)
    plain = image()
    pictures = tuple(
        Picture(
            id=id, byte_digest="b", pixel_digest="p", phash=7, width=100, height=80, bytes=1, header_modality=None, is_synthetic=False,
            ship=plain.ship,
        )
        for id in made.images
    )  # fmt: skip
    return Screened(id=made.id, sample=made, pictures=pictures, tokens=1, group="")


def first(id: str) -> Member:
    return Member(cluster=id, id=id, source=id.split("/")[0], proof="first", other="", distance=-1, similarity=1.0)


def copy(id: str, other: str, cluster: str, proof: str = "bytes", distance: int = 0, similarity: float = 1.0) -> Member:
    return Member(cluster=cluster, id=id, source=id.split("/")[0], proof=proof, other=other, distance=distance, similarity=similarity)


ASKED = [("user", "<image>\nIs there a mass?"), ("assistant", "yes")]
OWN = {"source": "vqa_rad", "task": "vqa", "scope": "none", "images": ("vqa_rad/1.png",)}
EXAM = "A man of 61 has chest pain after a meal. Which drug helps him most?"
SAMPLES = {
    "a-0000": [
        screened(id="a/1", images=("a/1.png",)),
        screened(id="a/2", images=("a/2.png",)),
        screened(id="a/3", images=("a/3.png",), keys={"synpic": "synpic9"}),
    ],
    "b-0000": [
        screened(id="b/1", source="b", images=("b/1.png",), reliability=60),
        screened(id="b/2", source="b", task="qa", images=(), scope="none"),
        screened(id="b/3", source="b", task="qa", images=(), scope="none", reliability=60),
        screened(id="b/4", source="b", task="qa", images=(), scope="none", turns=[("user", f"{EXAM}\nA. No"), ("assistant", "Ibuprofen")]),
    ],
    "vqa_rad-0000": [
        screened(id="vqa_rad/1", source="vqa_rad", task="vqa", scope="none", images=("vqa_rad/1.png",), turns=ASKED),
        screened(
            id="vqa_rad/2", source="vqa_rad", task="vqa", scope="none", images=("vqa_rad/1.png",), turns=[("user", "Where?"), ASKED[1]]
        ),
    ],
}
ROW = sample(id="vqa_rad@benchmark/5", source="vqa_rad@benchmark", task="vqa", images=("vqa_rad@benchmark/1.png",), turns=ASKED)
EXAM_ROW = sample(
    id="medqa_usmle@benchmark/7", source="medqa_usmle@benchmark", task="qa", images=(), turns=[("user", EXAM), ("assistant", "B. Aspirin")]
)
IMAGES = [
    first("a/1.png"), copy("b/1.png", "a/1.png", "a/1.png", "phash", 2, 0.9984),
    first("a/2.png"), copy("vqa_rad/1.png", "a/2.png", "a/2.png", "pixels"),
    copy("vqa_rad@benchmark/1.png", "vqa_rad/1.png", "a/2.png"),
]  # fmt: skip
TEXTS = [first("b/2"), copy("b/3", "b/2", "b/2", "text", -1, 0.9)]
CLUSTERS = [
    SampleClusters(id="a/1", images=("a/1.png",), text=""),
    SampleClusters(id="a/2", images=("a/2.png",), text=""),
    SampleClusters(id="b/1", images=("a/1.png",), text=""),
    SampleClusters(id="b/2", images=(), text="b/2"),
    SampleClusters(id="b/3", images=(), text="b/2"),
    SampleClusters(id="vqa_rad/1", images=("a/2.png",), text=""),
    SampleClusters(id="vqa_rad/2", images=("a/2.png",), text=""),
]


@pytest.fixture
def run(tmp_path):
    manifests = tuple(
        dataclasses.replace(manifest, known_keys=frozenset([key_digest("synpic", "synpic9")]) if manifest.id == "vqa_rad" else frozenset())
        for manifest in benchmarks()
    )
    given = Options(data="", out=str(tmp_path), recipe=Recipe(id="r", title="r"), manifests=manifests, buckets=4)
    run = Run(options=given, folders={}, resolved={})
    ingest, screen, match = run.facts("ingest"), run.decisions("screen"), run.decisions("match")
    ingest.commit("f", [ingest.sign("v", "f", ingest.write_rows("benchmarks", "v", [ROW, EXAM_ROW], Sample))], 0)
    inspect = run.facts("inspect")
    usable = image(id="vqa_rad@benchmark/1.png", source="vqa_rad@benchmark")
    broken = dataclasses.replace(usable, id="vqa_rad@benchmark/2.png", reason="corrupt")
    pictures = inspect.write_rows("images", "vqa_rad@benchmark-0000", [usable, broken], Image)
    inspect.commit("f", [inspect.sign("vqa_rad@benchmark", "f", pictures)], 0)
    screen.commit("f", [screen.sign(part, "f", screen.write_rows("samples", part, rows, Screened)) for part, rows in SAMPLES.items()], 0)
    files = match.write_rows("images", "images", IMAGES, Member) + match.write_rows("texts", "texts", TEXTS, Member)
    files += match.write("likeness", "texts-00000", likeness({"b/2": ("b/2", words(40)), "b/3": ("b/2", words(44))}))  # 36 of 40 shingles
    match.commit("f", [match.sign("texts", "f", files + match.write_rows("clusters", "texts", CLUSTERS, SampleClusters))], 0)
    return run


def verdicts(run: Run, stage: str) -> list[tuple[str, str, str, str]]:
    found = from_table(run.decisions(stage).read("verdicts", Verdict), Verdict)
    return sorted((verdict.id, verdict.reason, verdict.evidence, verdict.winner) for verdict in found)


def test_shield_then_dedup_leave_the_best_of_what_is_no_test_data(run):
    shielded = execute(plan_shield(run), run)
    assert verdicts(run, "shield") == [
        ("a/2", "shield_image", "vqa_rad: pixels", "vqa_rad@benchmark/5"),
        ("a/3", "shield_key", "vqa_rad: key synpic", ""),
        ("b/4", "shield_question", "medqa_usmle: question", "medqa_usmle@benchmark/7"),
        ("vqa_rad/1", "shield_image_question", "vqa_rad: bytes, same question", "vqa_rad@benchmark/5"),
    ]
    assert {receipt.unit: receipt.counts["rejected"] for receipt in shielded.receipts} == {
        "@benchmarks": 0, "a-0000": 2, "b-0000": 1, "vqa_rad-0000": 1,
    }  # fmt: skip
    assert {receipt.unit: receipt.counts["shielded"] for receipt in shielded.receipts} == {
        "@benchmarks": {},
        "a-0000": {"vqa_rad": {"key synpic": 1, "pixels": 1}},
        "b-0000": {"medqa_usmle": {"question": 1}},
        "vqa_rad-0000": {"vqa_rad": {"bytes, same question": 1}},
    }
    execute(plan_dedup(run), run)
    assert verdicts(run, "dedup") == [
        ("a/1", "duplicate_image", "phash 2, similarity 0.998", "b/1"),
        ("b/2", "duplicate_text", "jaccard 0.90", "b/3"),
    ]


@pytest.mark.parametrize("bound", [{"BYTES": 1 << 50}, {"GROUP": 1}, {"GROUP": 1, "SLAB": 1}], ids=str)
def test_copies_are_told_alike_where_one_row_is_held_at_a_time(run, monkeypatch, bound):
    """Of memory, of what is elected together, of what is read together."""
    held = []
    for name, value in bound.items():
        monkeypatch.setattr(reading if name == "SLAB" else dedup, name, value)
    monkeypatch.setattr(dedup, "dedup", lambda rows, *rest: held.append(len(rows)) or elect.dedup(rows, *rest))
    execute(plan_shield(run), run)
    execute(plan_dedup(run), run)
    assert verdicts(run, "dedup") == [
        ("a/1", "duplicate_image", "phash 2, similarity 0.998", "b/1"),
        ("b/2", "duplicate_text", "jaccard 0.90", "b/3"),
    ]
    assert held == [2, 2]  # what cannot be a copy is not held at all


def test_what_looks_like_an_image_of_an_evaluation_set_shields_again_when_it_is_found(run):
    execute(plan_shield(run), run)
    match = run.decisions("match")
    leak = Leak(id="a/1.png", other="vqa_rad@benchmark/1.png", distance=6, similarity=0.3)
    match.commit("g", [*match.index().receipts, match.sign("images", "f", match.write_rows("leaks", "images", [leak], Leak))], 0)
    execute(plan_shield(run), run)
    near = [row for row in verdicts(run, "shield") if row[1] == "shield_near_image"]
    how = "vqa_rad: near image, phash 6, similarity 0.300"
    assert near == [("a/1", "shield_near_image", how, "vqa_rad@benchmark/5"), ("b/1", "shield_near_image", how, "vqa_rad@benchmark/5")]


def test_a_recipes_rule_shields_again(run):
    execute(plan_shield(run), run)
    recipe = dataclasses.replace(run.recipe, shield={"vqa_rad": {"own_train": "image", "others": "none"}})
    again = dataclasses.replace(run, options=dataclasses.replace(run.options, recipe=recipe))
    execute(plan_shield(again), again)
    assert [(row[0], row[1]) for row in verdicts(again, "shield")] == [
        ("b/4", "shield_question"), ("vqa_rad/1", "shield_image"), ("vqa_rad/2", "shield_image"),
    ]  # fmt: skip


def test_it_is_kept_with_what_of_each_benchmark_samples_were_compared(run):
    execute(plan_shield(run), run)
    compared = compared_with(run)
    assert set(compared) == {manifest.id for manifest in benchmarks()}
    nothing = {"rows": 0, "covered": 0, "keys": 0, "images": 0, "questions": 0, "texts": 0}
    assert compared["vqa_rad"] == {**nothing, "rows": 1, "covered": 1, "keys": 1, "images": 1, "state": "shielded", "why": ""}
    assert compared["medqa_usmle"] == {**nothing, "rows": 1, "covered": 1, "questions": 1, "texts": 1, "state": "shielded", "why": ""}
    assert compared["cmb"] == {**nothing, "state": "not shielded", "why": "not on disk; none of its keys is published"}
    assert {name for name, said in compared.items() if said["state"] != "not shielded"} == {"vqa_rad", "medqa_usmle"}


def test_rows_and_images_of_a_benchmark_that_could_not_be_read_are_told(run):
    ingest, inspect = run.facts("ingest"), run.facts("inspect")
    lost = ingest.sign("medqa_usmle@benchmark", "f", [], {"rejected": 3, "faults": [{}]})
    ingest.commit("g", [*ingest.index().receipts, lost], 0)
    broken = dataclasses.replace(image(id="vqa_rad@benchmark/1.png", source="vqa_rad@benchmark"), blank=True)
    files = inspect.write_rows("images", "vqa_rad@benchmark-0000", [broken], Image)
    inspect.commit("g", [inspect.sign("vqa_rad@benchmark", "g", files)], 0)
    execute(plan_shield(run), run)
    told = {name: (said["state"], said["why"]) for name, said in compared_with(run).items() if said["rows"]}
    assert told["medqa_usmle"] == ("partly", "not readable: 3 more rows; faults of its files: 1")
    assert told["vqa_rad"] == ("partly", "without keys or images: 1 of 1 rows")  # a key that ships is compared


def test_a_benchmark_is_what_its_manifest_says():
    (rad,) = (benchmark_of(manifest) for manifest in benchmarks() if manifest.id == "vqa_rad")
    assert (rad.of, rad.own_train, rad.others, len(rad.known_keys)) == ("vqa_rad", "image+question", "image", 203)
