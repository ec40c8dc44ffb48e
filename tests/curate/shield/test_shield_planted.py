"""Real exam questions planted in every disguise that is no rewriting; and as many real rows that have nothing to do with them"""

import html
import itertools
import random
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest

from curate.shield.questions import asked_first
from curate.shield.rules import Benchmark, Evaluation, evaluation, passages_of
from curate.shield.shield import counted, shield
from schemas.arrow import to_table
from schemas.cluster import Leak, Member
from schemas.sample import Sample
from tests.curate.shield.real_texts import exams, sample, unrelated
from tests.real import REAL

if REAL is None:
    pytest.skip("../shared/real is not here", allow_module_level=True)
ANNOTATIONS, QUESTIONS = REAL / "annotations", REAL / "text" / "vqa_questions.tsv"
SETS = [Benchmark(id=name, of="", others="question") for name in ("exams", "pubmedqa")]
ROWS = list(exams(ANNOTATIONS))
OPTIONS = ("(A) Aspirin", "(B) None of these", "(C) 以上都是", "(D) 42")


@pytest.fixture(scope="module")
def against() -> Evaluation:
    return evaluation(SETS, ROWS, to_table([], Member), to_table([], Leak))


def fullwidth(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() and letter.isascii() else letter for letter in text)


def with_options(text: str, marks: str, order: int) -> str:
    options = list(itertools.permutations(OPTIONS))[order]
    return text + "".join(f"\n{mark}{option[3:]}" for mark, option in zip(marks.split("|"), options))


FORMS: dict[str, Callable[[str], str]] = {
    "verbatim": lambda text: text,
    "upper case": str.upper,
    "title case": str.title,
    "no punctuation at the end": lambda text: text.rstrip("?？。.:： "),
    "other punctuation": lambda text: text.replace(",", ";").replace(".", " -").replace("?", "...").replace("，", "、").replace("'", "’"),
    "white space": lambda text: "  " + text.replace(" ", " \t ") + "\r\n",
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "full width": fullwidth,
    "zero width": lambda text: text[:5] + "\u200b" + text[5:],
    "HTML entities": lambda text: html.escape(text).replace(" ", "&nbsp;"),
    "HTML": lambda text: f"<b>{text}</b><br/>",
    "Question:": lambda text: f"Question: {text}",
    "问题：": lambda text: f"问题：{text}",
    "options": lambda text: with_options(text, "A. |B. |C. |D. ", 0),
    "options in another order": lambda text: with_options(text, "A. |B. |C. |D. ", 17),
    "options by other marks": lambda text: with_options(text, "(A) |(B) |(C) |(D) ", 9),
    "options announced": lambda text: with_options(f"{text}\nOptions:", "A) |B) |C) |D) ", 3),
    "below a context": lambda text: f"BACKGROUND: Of two hundred men some were ill.\nRESULTS: Fewer than before.\n\n{text}",
}
INSIDE: dict[str, Callable[[str], str]] = {
    "behind a prompt": lambda text: f"You are a doctor who sits an exam. Answer by a letter. {text} Let us think step by step.",
    "before a context": lambda text: f"{text} Here is what was seen: of two hundred men some were ill.",
    "in a caption": lambda text: f"Figure 2. A slide of the lecture. {text} Arrows: see text.",
}


def planted(form: Callable[[str], str], answer: str | None = None) -> list[Sample]:
    """Each with its own answer: where the question is short, that is a part of it."""
    return [sample(f"train/{row.id}", [("user", form(row.turns[0].text)), ("assistant", answer or row.turns[1].text)]) for row in ROWS]


def caught(samples: list[Sample], against: Evaluation) -> set[str]:
    return {verdict.id.removeprefix("train/") for verdict in shield(samples, against)}


def test_there_is_enough_to_plant(against: Evaluation) -> None:
    long = {row.id for row in ROWS for _ in passages_of(row, SETS[0])}
    short = {row.id for row in ROWS if not any(asked_first(row).values())}
    assert (len(ROWS), len(long), len(short)) == (1_498, 1_218, 139)
    assert len({row.id.partition("/")[0] for row in ROWS}) == 2


EVERY = pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])  # one row in so many


@EVERY
@pytest.mark.parametrize("form", FORMS)
def test_every_planted_question_is_caught_in_every_form(form: str, step: int, against: Evaluation) -> None:
    samples = planted(FORMS[form])[::step]
    assert {each.id.removeprefix("train/") for each in samples} - caught(samples, against) == set()


@EVERY
@pytest.mark.parametrize("form", INSIDE)
def test_every_question_of_eight_words_is_caught_inside_other_text(form: str, step: int, against: Evaluation) -> None:
    long = {f"train/{row.id}" for row in ROWS for _ in passages_of(row, SETS[0])}
    samples = [each for each in planted(INSIDE[form], answer="No answer.") if each.id in long][::step]
    wanted = {each.id.removeprefix("train/") for each in samples}
    assert caught(samples, against) == wanted
    before = [("user", "Go on."), ("assistant", "Gladly."), ("user", "More.")]
    assert caught([sample(each.id, [*before, ("assistant", each.turns[0].text)]) for each in samples], against) == wanted


def test_of_50_000_unrelated_rows_none_is_refused(against: Evaluation) -> None:
    """Fewer than one in a thousand was wanted; each that is refused must be looked at before this number is changed."""
    rows = list(unrelated(ANNOTATIONS, QUESTIONS))
    assert len(rows) == 77_086
    assert counted(verdict for start in range(0, len(rows), 1_000) for verdict in shield(rows[start : start + 1_000], against)) == {}


def test_neither_order_nor_batches_nor_another_set_change_what_is_refused(against: Evaluation) -> None:
    draw = random.Random(4)
    forms = [*FORMS.values(), *INSIDE.values()]
    disguised = [each for form in forms for each in draw.sample(planted(form), 18)]
    rows = [*disguised, *itertools.islice(unrelated(ANNOTATIONS, QUESTIONS), 600)]
    wanted = {(verdict.id, verdict.reason, verdict.evidence, verdict.winner) for verdict in shield(rows, against)}
    assert len(wanted) > 300
    shuffled = draw.sample(rows, len(rows))
    other = evaluation(SETS[::-1], draw.sample(ROWS, len(ROWS)), to_table([], Member), to_table([], Leak))
    single = {(v.id, v.reason, v.evidence, v.winner) for each in shuffled for v in shield([each], other)}
    assert single == wanted
    half = evaluation(SETS[1:], [row for row in ROWS if row.source.startswith("pubmedqa")], to_table([], Member), to_table([], Leak))
    assert {(v.id, v.reason, v.evidence, v.winner) for v in shield(rows, half)} == {
        found for found in wanted if found[3].startswith("pubmedqa")
    }  # an evaluation set more or less changes nothing of the others
    assert Counter(reason for _, reason, _, _ in wanted).keys() == {"shield_question", "shield_near_question"}
