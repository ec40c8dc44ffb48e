import pytest

from curate.manifest.keys import key_digest
from curate.shield.rules import Benchmark, Evaluation, evaluation, overridden
from curate.shield.shield import shield
from schemas.arrow import to_table
from schemas.cluster import Leak, Member
from schemas.sample import Key, Sample, Turn

RAD = Benchmark(id="vqa_rad", of="vqa_rad")


def sample(id: str, *, question: str = "Is there a mass?", images: tuple[str, ...] = (), keys: dict[str, str] | None = None) -> Sample:
    return Sample(
        id=id, source=id.split("/")[0], table="t", task="vqa", domain="medical", split="train", language="en", images=images,
        turns=(Turn(role="user", text=f"<image>\n{question}"), Turn(role="assistant", text="yes")), labels=(), boxes=(), modality=None,
        keys=tuple(Key(name=name, value=value) for name, value in (keys or {}).items()), license="CC0-1.0", commercial="yes",
        access="open", reliability=50, from_labels=False, scope="none", order=0,
    )  # fmt: skip


def member(id: str, cluster: str, proof: str, other: str = "", distance: int = -1, similarity: float = 1.0) -> Member:
    return Member(
        cluster=cluster, id=id, source=id.split("/")[0], proof=proof, other=other, distance=distance, similarity=similarity
    )  # fmt: skip


TEST_ROW = sample("vqa_rad@benchmark/1", images=("vqa_rad@benchmark/1.jpg",), keys={"synpic": "synpic1"})
MEMBERS = [
    member("medpix/1.jpg", "medpix/1.jpg", "first"),
    member("vqa_rad@benchmark/1.jpg", "medpix/1.jpg", "phash", "medpix/1.jpg", 2, 0.9984),
    member("vqa_rad/1.jpg", "medpix/1.jpg", "bytes", "vqa_rad@benchmark/1.jpg", 0),
    member("a/1.jpg", "a/1.jpg", "first"),
    member("a/2.jpg", "a/1.jpg", "bytes", "a/1.jpg", 0),
]


def against(*benchmarks: Benchmark, rows: tuple[Sample, ...] = (TEST_ROW,)) -> Evaluation:
    return evaluation(benchmarks, rows, to_table(MEMBERS, Member), to_table([], Leak))


def verdicts(evaluation: Evaluation, *samples: Sample) -> list[tuple[str, str, str, str]]:
    return [(verdict.id, verdict.reason, verdict.evidence, verdict.winner) for verdict in shield(samples, evaluation)]


def test_another_source_loses_the_whole_image_cluster() -> None:
    found = verdicts(
        against(RAD),
        sample("medpix/1", question="Other?", images=("medpix/0.jpg", "medpix/1.jpg")),
        sample("other/1", question="Other?", images=("vqa_rad/1.jpg",)),
        sample("a/1", images=("a/2.jpg",)),
        sample("a/2"),
    )
    assert found == [
        ("medpix/1", "shield_image", "vqa_rad: phash 2, similarity 0.998", "vqa_rad@benchmark/1"),
        ("other/1", "shield_image", "vqa_rad: bytes", "vqa_rad@benchmark/1"),
    ]


def test_its_own_train_split_loses_the_same_question_on_the_same_image() -> None:
    found = verdicts(
        against(RAD),
        sample("vqa_rad/1", question="is there a  MASS", images=("vqa_rad/1.jpg",)),
        sample("vqa_rad/2", question="Where is the mass?", images=("vqa_rad/1.jpg",)),
        sample("vqa_rad/3", question="Is there a mass?", images=("vqa_rad/2.jpg",)),
        sample("vqa_rad/4", question="Is there a mass?", keys={"synpic": "synpic1"}),
    )
    assert found == [
        ("vqa_rad/1", "shield_image_question", "vqa_rad: bytes, same question", "vqa_rad@benchmark/1"),
        ("vqa_rad/4", "shield_image_question", "vqa_rad: key synpic, same question", "vqa_rad@benchmark/1"),
    ]


def test_a_key_finds_what_re_encoding_hides_and_comes_before_the_image() -> None:
    found = verdicts(against(RAD), sample("medpix/1", images=("medpix/1.jpg",), keys={"synpic": "synpic1"}))
    assert found == [("medpix/1", "shield_key", "vqa_rad: key synpic", "vqa_rad@benchmark/1")]


def test_a_known_digest_shields_where_the_benchmark_is_not_on_disk() -> None:
    known = Benchmark(id="vqa_rad", of="vqa_rad", known_keys=frozenset([key_digest("synpic", "synpic7")]))
    touching = {"synpic": "synpic7"}
    found = verdicts(against(known, rows=()), sample("medpix/7", keys=touching), sample("vqa_rad/7", keys=touching))
    assert found == [("medpix/7", "shield_key", "vqa_rad: key synpic", "")]


def test_a_number_that_each_publisher_counts_anew_is_no_identity_elsewhere() -> None:
    bench = Benchmark(id="cxr", of="cxr", own_train="image")
    row = sample("cxr@benchmark/1", keys={"patient": "2"})
    found = verdicts(against(bench, rows=(row,)), sample("nih/1", keys={"patient": "2"}), sample("cxr/1", keys={"patient": "2"}))
    assert found == [("cxr/1", "shield_key", "cxr: key patient", "cxr@benchmark/1")]


@pytest.mark.parametrize(
    ("own", "others", "left_out"),
    [("image", "image", ["vqa_rad/2", "medpix/1"]), ("none", "none", []), ("image+question", "image+question", [])],
)
def test_a_recipe_overrides_the_rules(own: str, others: str, left_out: list[str]) -> None:
    bench = overridden(RAD, {"vqa_rad": {"own_train": own, "others": others}, "slake": {"others": "none"}})
    found = shield(
        [
            sample("vqa_rad/2", question="Other?", images=("vqa_rad/1.jpg",)),
            sample("medpix/1", question="Other?", images=("medpix/1.jpg",)),
        ],
        against(bench),
    )
    assert [verdict.id for verdict in found] == left_out


def test_the_first_benchmark_by_id_is_named_whatever_the_order() -> None:
    slake = Benchmark(id="slake", of="slake")
    rows = (TEST_ROW, sample("slake@benchmark/9", images=("a/2.jpg",)), sample("slake@benchmark/1", images=("a/2.jpg",)))
    touching = sample("a/1", images=("medpix/1.jpg", "a/2.jpg"))
    wanted = [("a/1", "shield_image", "slake: bytes", "slake@benchmark/1")]
    assert verdicts(against(RAD, slake, rows=rows), touching) == wanted
    assert verdicts(against(slake, RAD, rows=rows[::-1]), touching) == wanted


@pytest.mark.parametrize("name", ["patient", "study", "document", "case", "lesion", "video"])
def test_what_each_publisher_counts_anew_joins_only_the_source_the_benchmark_is_of(name: str) -> None:
    bench = Benchmark(id="cxr", of="cxr", own_train="image", known_keys=frozenset([key_digest(name, "3")]))
    row = sample("cxr@benchmark/1", keys={name: "2"})
    others = (sample("nih/1", keys={name: "2"}), sample("nih/2", keys={name: "3"}))
    found = verdicts(against(bench, rows=(row,)), *others, sample("cxr/1", keys={name: "2"}), sample("cxr/2", keys={name: "3"}))
    wanted = f"cxr: key {name}"
    assert found == [("cxr/1", "shield_key", wanted, "cxr@benchmark/1"), ("cxr/2", "shield_key", wanted, "")]


@pytest.mark.parametrize(
    ("keys", "joins"),
    [
        ({"article": "PMC100", "figure": "PMC100_abc-1-g001.jpg"}, True),
        ({"article": "1234", "figure": "1234_F1"}, True),
        ({"article": "ab", "figure": "ab/Figure1"}, True),
        ({"figure": "Figure1"}, False),
        ({"article": "ab", "figure": "Figure1"}, False),
        ({"article": "PMC10", "figure": "PMC100_abc-1-g001.jpg"}, False),
        ({"article": "PMC100", "figure": "PMC100"}, False),
    ],
)
def test_a_figure_joins_other_sources_only_where_it_names_its_article(keys: dict[str, str], joins: bool) -> None:
    bench = Benchmark(id="figures", of="")
    row = sample("figures@benchmark/1", keys={"figure": keys["figure"]})
    found = verdicts(against(bench, rows=(row,)), sample("roco/1", keys=keys))
    assert found == ([("roco/1", "shield_key", "figures: key figure", "figures@benchmark/1")] if joins else [])
