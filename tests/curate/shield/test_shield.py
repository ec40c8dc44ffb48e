from dataclasses import replace

import pytest

from curate.manifest.keys import key_digest
from curate.shield.rules import Benchmark, Evaluation, evaluation, overridden
from curate.shield.shield import counted, shield
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


LEAKS = [
    Leak(id="a/2.jpg", other="vqa_rad@benchmark/1.jpg", distance=6, similarity=0.3124),  # a/1.jpg is a copy of it
    Leak(id="lone/1.jpg", other="vqa_rad@benchmark/1.jpg", distance=2, similarity=0.91),
    Leak(id="lone/1.jpg", other="slake@benchmark/1.jpg", distance=8, similarity=0.25),
]


def against(*benchmarks: Benchmark, rows: tuple[Sample, ...] = (TEST_ROW,), leaks: tuple[Leak, ...] = ()) -> Evaluation:
    return evaluation(benchmarks, rows, to_table(MEMBERS, Member), to_table(leaks, Leak))


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


def test_what_looks_like_an_image_goes_with_all_its_copies() -> None:
    """The second copy of a leaked image is further from the evaluation set's than anything looks, and goes because the first does."""
    samples = [
        sample(f"{name}/9", question="Other?", images=(f"{name}/{number}.jpg",)) for name, number in (("a", 1), ("lone", 1), ("far", 1))
    ]
    assert verdicts(against(RAD, leaks=tuple(LEAKS)), *samples) == [
        ("a/9", "shield_near_image", "vqa_rad: near image, phash 6, similarity 0.312", "vqa_rad@benchmark/1"),
        ("lone/9", "shield_near_image", "vqa_rad: near image, phash 2, similarity 0.910", "vqa_rad@benchmark/1"),
    ]
    assert verdicts(against(RAD), *samples) == []
    strict = overridden(RAD, {"vqa_rad": {"near_images": False}})
    assert verdicts(against(strict, leaks=tuple(LEAKS)), *samples) == []


def test_a_question_of_an_image_counts_on_what_looks_like_it_too() -> None:
    rad = Benchmark(id="vqa_rad", of="lone")
    found = verdicts(
        against(rad, leaks=tuple(LEAKS)),
        sample("lone/1", images=("lone/1.jpg",)),
        sample("lone/2", question="Question: is there a mass?\nA. yes\nB. no", images=("lone/1.jpg",)),
        sample("lone/3", question="Where is the mass?", images=("lone/1.jpg",)),
    )
    how = "vqa_rad: near image, phash 2, similarity 0.910, same question"
    assert found == [(f"lone/{number}", "shield_image_question", how, "vqa_rad@benchmark/1") for number in (1, 2)]


def test_a_cluster_with_the_image_comes_before_what_looks_like_it_and_sets_are_asked_apart() -> None:
    slake = Benchmark(id="slake", of="")
    rows = (TEST_ROW, sample("slake@benchmark/1", images=("slake@benchmark/1.jpg",)))
    near = Leak(id="medpix/1.jpg", other="vqa_rad@benchmark/1.jpg", distance=2, similarity=0.5)
    found = verdicts(
        against(slake, RAD, rows=rows, leaks=(*LEAKS, near)), sample("x/1", images=("medpix/1.jpg",)), sample("x/2", images=("lone/1.jpg",))
    )
    assert found == [
        ("x/1", "shield_image", "vqa_rad: phash 2, similarity 0.998", "vqa_rad@benchmark/1"),
        ("x/2", "shield_near_image", "slake: near image, phash 8, similarity 0.250", "slake@benchmark/1"),
    ]


def test_by_study_alone_the_patients_other_studies_stay() -> None:
    row = sample("cxr@benchmark/1", keys={"mimic_patient": "p1", "mimic_study": "s1"})
    by_both = Benchmark(id="cxr", of="", own_train="image")
    by_study = overridden(by_both, {"cxr": {"keys": ["mimic_study"]}})
    samples = (
        sample("a/1", keys={"mimic_patient": "p1", "mimic_study": "s2"}),
        sample("a/2", keys={"mimic_patient": "p1", "mimic_study": "s1"}),
    )
    assert [id for id, *_ in verdicts(against(by_both, rows=(row,)), *samples)] == ["a/1", "a/2"]
    assert verdicts(against(by_study, rows=(row,)), *samples) == [("a/2", "shield_key", "cxr: key mimic_study", "cxr@benchmark/1")]


def test_answers_are_looked_for_where_a_set_compares_them() -> None:
    caption = "Coronal CT angiogram of the neck shows a carotid body tumour that splays the internal and external arteries on the left."
    row = sample("figures@benchmark/1", question="What is shown in the image of the neck and where does it lie in it?")
    row = replace(row, turns=(row.turns[0], Turn(role="assistant", text=f"A\n\n{caption}")))
    shown = sample("roco/1", question="Describe it.", images=("roco/1.jpg",))
    shown = replace(shown, turns=(shown.turns[0], Turn(role="assistant", text=f"Fig 2: {caption}")))
    asking = sample("roco/2", question="What is shown in the image of the neck and where does it lie in it?")
    by_caption = Benchmark(id="figures", of="", others="image|question", compares=("answer",))
    assert verdicts(against(by_caption, rows=(row,)), shown, asking) == [
        ("roco/1", "shield_text", "figures: near answer, 1.00 of its words", "figures@benchmark/1")
    ]
    by_both = replace(by_caption, compares=("question", "answer"))
    assert [id for id, *_ in verdicts(against(by_both, rows=(row,)), shown, asking)] == ["roco/1", "roco/2"]
    assert verdicts(against(replace(by_caption, others="image"), rows=(row,)), shown, asking) == []


def test_refusals_are_counted_by_what_found_them() -> None:
    medqa = Benchmark(id="medqa", of="", others="question")
    asked = "A man of 61 has chest pain after a meal. Which drug helps him most?"
    rows = (TEST_ROW, sample("medqa@benchmark/1", question=asked))
    samples = [
        sample("medpix/1", images=("medpix/1.jpg",)),
        sample("medpix/2", keys={"synpic": "synpic1"}),
        sample("vqa_rad/1", images=("vqa_rad/1.jpg",)),
        sample("lone/1", images=("lone/1.jpg",)),
        sample("x/1", question=asked),
        sample("x/2", question=f"Say. {asked}"),
        sample("x/3", question=asked),
        sample("x/4"),
    ]
    found = shield(
        [replace(each, task="qa") if each.id[0] == "x" else each for each in samples], against(RAD, medqa, rows=rows, leaks=tuple(LEAKS))
    )
    assert counted(found) == {
        "medqa": {"near question": 1, "question": 2},
        "vqa_rad": {"bytes, same question": 1, "key synpic": 1, "near image": 1, "phash": 1},
    }
    assert counted([]) == {}


def test_of_several_texts_that_it_holds_the_nearest_is_told_then_the_first() -> None:
    medqa = Benchmark(id="medqa", of="", others="question")
    case = "A farmer of 61 has had crushing chest pain since he dug out a drain, and sweats, and his left arm feels numb and weak."
    asks = ("Which artery is occluded most often in such men of his age who smoke heavily and drink?", "Which drug helps him?")
    rows = [
        replace(sample(f"medqa@benchmark/{number}", question=f"{case} {ask}"), task="qa")
        for number, ask in enumerate((*asks, asks[1] + " Say"))
    ]
    asking = replace(sample("x/1", question=f"Think. {case} Which drug helps him? Then stop."), task="qa")
    for order in (rows, rows[::-1]):
        assert verdicts(against(medqa, rows=tuple(order)), asking) == [
            ("x/1", "shield_near_question", "medqa: near question, 1.00 of its words", "medqa@benchmark/1")
        ]
        assert verdicts(against(medqa, rows=(rows[0],)), asking)[0][1:3] == ("shield_text", "medqa: 26 words in a row, 0.64 of its words")
