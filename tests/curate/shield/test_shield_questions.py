import pytest

from curate.shield.questions import stem_of
from curate.shield.rules import Benchmark, Evaluation, evaluation
from curate.shield.shield import shield
from schemas.arrow import to_table
from schemas.cluster import Leak, Member
from schemas.sample import Key, Sample, Turn

BENCH = Benchmark(id="medqa", of="medqa", own_train="question", others="question")
STEM = "A man of 61 has chest pain after a meal. Which drug helps him most?"
CHINESE = "慢性支气管炎最主要的病因是"


def sample(
    id: str, user: str, answer: str = "Aspirin", *, images: tuple[str, ...] = (), task: str = "qa", keys: tuple[Key, ...] = ()
) -> Sample:
    return Sample(
        id=id, source=id.split("/")[0], table="t", task=task, domain="medical", split="train", language="en", images=images,
        turns=(Turn(role="user", text=user), Turn(role="assistant", text=answer)), labels=(), boxes=(), modality=None, keys=keys,
        license="CC0-1.0", commercial="yes", access="open", reliability=50, from_labels=False, scope="none", order=0,
    )  # fmt: skip


def against(*rows: Sample, bench: Benchmark = BENCH) -> Evaluation:
    return evaluation([bench], rows, to_table([], Member), to_table([], Leak))


def verdicts(evaluation: Evaluation, *samples: Sample) -> list[tuple[str, str, str, str]]:
    return [(verdict.id, verdict.reason, verdict.evidence, verdict.winner) for verdict in shield(samples, evaluation)]


@pytest.mark.parametrize(
    "user",
    [
        STEM,
        f"  {STEM.upper()}\n",
        STEM.replace(" ", "\u00a0").replace("?", "？"),
        f"{STEM}\nA. Aspirin\nB. Ibuprofen",
        f"{STEM}\n\nA) Ibuprofen\nB) Aspirin\nC) none",
        f"{STEM}\n(A) Ibuprofen\n(B) Aspirin",
        f"{STEM}\n  A: Ibuprofen\n  B: Aspirin",
        f"{STEM}\nOptions:\nA. Aspirin\nB. Ibuprofen",
        f"{STEM}\nAnswer Choices:\n(A) Aspirin",
        f"Question: {STEM}\nA. Aspirin",
        f"An abstract of two lines.\nIt has no options.\n\n{STEM}",
        f"An abstract.\n\nIts second part.\n \n{STEM}\n\nA. yes\nB. no",
        f"<image>\n{STEM}",
        "A&nbsp;man&#32;of 61 has chest pain after a meal.<br>Which drug helps him <b>most</b>?",
        STEM.replace("pain", "p\u200bain").replace("drug", "dr\u00adug").replace("meal", "ｍｅａｌ"),
    ],
)
def test_a_question_is_known_by_its_words_with_or_without_options_and_context(user: str) -> None:
    found = verdicts(against(sample("medqa@benchmark/7", STEM)), sample("other/1", user, "Something else."))
    assert found == [("other/1", "shield_question", "medqa: question", "medqa@benchmark/7")]


@pytest.mark.parametrize(
    "user",
    [
        f"{STEM} Explain.",
        f"{STEM}\n\nWhat is gout?",
        f"What is gout?\n{STEM}",
        f"A. {STEM}",
        STEM.replace("him most", "him the most"),
    ],
)
def test_one_inside_a_text_or_a_little_changed_is_nearly_it(user: str) -> None:
    found = verdicts(against(sample("medqa@benchmark/7", STEM)), sample("other/1", user, "Something else."))
    assert [(id, reason, winner) for id, reason, _, winner in found] == [("other/1", "shield_near_question", "medqa@benchmark/7")]
    full = Benchmark(id="medqa", of="", others="question", text="full")
    assert verdicts(against(sample("medqa@benchmark/7", STEM), bench=full), sample("other/1", user, "Something else.")) == []


ANOTHER = "A woman of 61 has back pain after a fall. Which drug helps her most?"


@pytest.mark.parametrize("user", [ANOTHER, "Which drug helps him most?", STEM[:40]])
def test_another_question_or_a_piece_of_one_is_not_it(user: str) -> None:
    assert verdicts(against(sample("medqa@benchmark/7", STEM)), sample("other/1", user)) == []


def test_every_user_turn_of_a_sample_is_looked_at_and_the_first_alone_of_a_benchmark_row() -> None:
    two = sample("talk/1", "Hello, may I ask you something about my father?")
    turns = (*two.turns, Turn(role="user", text=STEM), Turn(role="assistant", text="Aspirin."))
    talk = Sample(**{name: getattr(two, name) for name in two.__slots__} | {"turns": turns})
    assert verdicts(against(sample("medqa@benchmark/7", STEM)), talk) == [
        ("talk/1", "shield_question", "medqa: question", "medqa@benchmark/7")
    ]
    row = Sample(**{name: getattr(talk, name) for name in talk.__slots__} | {"id": "medqa@benchmark/8", "source": "medqa@benchmark"})
    assert verdicts(against(row), sample("other/1", STEM)) == []


@pytest.mark.parametrize(
    ("answer", "leaks"),
    [
        ("Aspirin", True),
        ("B. aspirin", True),
        ("(D) Aspirin", True),
        ("It thins the blood.\n\nAnswer: Aspirin.", True),
        ("C. Aspirin\nIt thins the blood.", True),
        ("Ibuprofen", False),
        ("A", False),
        ("Not aspirin", False),
    ],
)
def test_a_short_question_needs_the_answer_too(answer: str, leaks: bool) -> None:
    row = sample("medqa@benchmark/7", "Which drug helps him most?", "A. Aspirin")
    found = verdicts(against(row), sample("other/1", "Which drug helps him most?", answer))
    assert found == ([("other/1", "shield_question", "medqa: question and answer", "medqa@benchmark/7")] if leaks else [])


def test_six_words_or_twelve_chinese_characters_are_enough() -> None:
    texts = ["Which drug helps him most today?", "Which drug helps him most?", CHINESE[:12], CHINESE[:11]]
    rows = [sample(f"medqa@benchmark/{number}", text, "A. one") for number, text in enumerate(texts)]
    found = verdicts(against(*rows), *(sample(f"other/{number}", text, "two") for number, text in enumerate(texts)))
    assert [(id, evidence) for id, _, evidence, _ in found] == [("other/0", "medqa: question"), ("other/2", "medqa: question")]


def test_of_a_chinese_answer_the_letter_may_stand_before_a_blank() -> None:
    row = sample("medqa@benchmark/7", "最常见的病因是", "B 乙肝病毒\nB\nA 甲\nB 乙肝病毒")
    found = verdicts(against(row), sample("other/1", "最常见的病因是？", "(C) 乙肝病毒。"), sample("other/2", "最常见的病因是？", "甲"))
    assert [id for id, *_ in found] == ["other/1"]


def test_letters_of_options_are_no_answer() -> None:
    row = sample("medqa@benchmark/7", "FDP", "B")
    assert verdicts(against(row), sample("other/1", "FDP", "B"), sample("other/2", "FDP", "(B)")) == []


def test_of_an_image_a_question_must_be_twice_as_long_to_be_its_own() -> None:
    bench = Benchmark(id="mm", of="", others="image|question")
    long = "What is the most likely diagnosis of this man with fever and cough?"
    rows = (
        sample("mm@benchmark/1", "What is the most likely diagnosis?", "Gout", task="vqa"),
        sample("mm@benchmark/2", long, "Flu", images=("mm@benchmark/2.png",), task="vqa"),
    )
    found = verdicts(
        against(*rows, bench=bench),
        sample("other/1", "What is the most likely diagnosis?", "Flu", images=("other/1.png",), task="vqa"),
        sample("other/2", "<image>\nWhat is the most likely diagnosis?", "B. Gout", images=("other/2.png",), task="vqa"),
        sample("other/3", f"<image 1> {long}", "?", images=("other/3.png",), task="vqa"),
        sample("other/4", "Other?", "?", images=("mm@benchmark/2.png",), task="vqa"),
    )
    assert found == [
        ("other/2", "shield_question", "mm: question and answer", "mm@benchmark/1"),
        ("other/3", "shield_question", "mm: question", "mm@benchmark/2"),
        ("other/4", "shield_image", "mm: bytes", "mm@benchmark/2"),
    ]


@pytest.mark.parametrize(("rule", "reasons"), [
    ("question", {"other/1": "shield_question", "other/3": "shield_key"}),
    ("image|question", {"other/1": "shield_question", "other/2": "shield_image", "other/3": "shield_key"}),
    ("image", {"other/2": "shield_image", "other/3": "shield_key"}),
    ("image+question", {}),
    ("none", {}),
])  # fmt: skip
def test_a_rule_compares_what_it_names_and_keys_under_each(rule: str, reasons: dict[str, str]) -> None:
    key = (Key(name="prompt", value="p7"),)
    row = sample("b@benchmark/1", STEM, images=("b@benchmark/1.png",), task="vqa", keys=key)
    samples = (
        sample("other/1", STEM),
        sample("other/2", "Other?", images=("b@benchmark/1.png",), task="vqa"),
        sample("other/3", "Other?", keys=key),
    )
    bench = Benchmark(id="b", of="", others=rule)  # type: ignore[arg-type]
    assert {verdict.id: verdict.reason for verdict in shield(samples, against(row, bench=bench))} == reasons


def test_its_own_train_split_goes_by_its_own_rule() -> None:
    bench = Benchmark(id="medqa", of="medqa", own_train="question", others="image")
    found = verdicts(against(sample("medqa@benchmark/7", STEM), bench=bench), sample("medqa/1", STEM), sample("other/1", STEM))
    assert [id for id, *_ in found] == ["medqa/1"]


def test_the_first_row_is_named_whatever_the_order() -> None:
    rows = [sample(f"medqa@benchmark/{number}", STEM) for number in (3, 1, 2)]
    for order in (rows, rows[::-1]):
        assert verdicts(against(*order), sample("other/1", STEM))[0][3] == "medqa@benchmark/1"


def test_a_stem_ends_before_the_first_option_and_never_begins_with_one() -> None:
    assert stem_of("Why?\n A) x\nB) y") == "Why?"
    assert stem_of("选择？\n选项：\nA、甲") == "选择？"
    assert stem_of("A. is this one?\nB. or this?") == "A. is this one?\nB. or this?"
    assert stem_of("A 45-year-old man\nA 46-year-old woman") == "A 45-year-old man\nA 46-year-old woman"
