"""real exam questions, reworded and cut by known edits -> how many the shield finds; samples a second; real rows refused

    python -m tests.bench --only leaks

An edit falls on words drawn at random, whatever they say: of a question of ten words another may be another question. Of the captions one
half is an evaluation set's and the other is not.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from curate.shield.passages import Passage, Passages
from curate.shield.rules import Benchmark, evaluation, passages_of
from curate.shield.shield import shield
from curate.shield.wording import is_character, length
from schemas.arrow import to_table
from schemas.cluster import Leak, Member
from schemas.sample import Sample
from tests.bench.figure import Figure
from tests.curate.shield.real_texts import exams, sample, unrelated
from tests.real import REAL

LENGTHS = ((8, 13), (13, 20), (20, 50), (50, 10_000))  # words, from and below
OTHER = ("severe", "chronic", "therapy", "often", "blood", "large", "clinical", "two", *"重慢血多大临床时二疗")
ROWS = 60_000  # of an evaluation set: about all that ship, at once
STEP = 1_000

Words = list[str]


def _replaced(count: int) -> Callable[[Words, random.Random], Words]:
    def edit(words: Words, draw: random.Random) -> Words:
        for place in draw.sample(range(len(words)), min(count, len(words))):
            words[place] = draw.choice(OTHER)
        return words

    return edit


def _without_one(words: Words, draw: random.Random) -> Words:
    del words[draw.randrange(len(words))]
    return words


def _with_another(words: Words, draw: random.Random) -> Words:
    words.insert(draw.randrange(len(words) + 1), draw.choice(OTHER))
    return words


EDITS: dict[str, Callable[[Words, random.Random], Words]] = {
    "unchanged": lambda words, draw: words,
    "a word replaced": _replaced(1),
    "two words replaced": _replaced(2),
    "a word left out": _without_one,
    "a word put in": _with_another,
    "its first 70 %": lambda words, draw: words[: len(words) * 7 // 10],
    "its last 70 %": lambda words, draw: words[len(words) * 3 // 10 :],
    "its first half": lambda words, draw: words[: len(words) // 2],
}


def measure(folder: Path, samples: int) -> list[Figure]:
    if REAL is None:
        return [Figure(name="leaks", figure=None, unit="", note="no real texts beside the repository")]
    annotations = REAL / "annotations"
    bench = Benchmark(id="exams", of="", others="question")
    rows = list(exams(annotations))
    by_form = {passage.form: passage for row in rows for passage in passages_of(row, bench)}
    others = list(unrelated(annotations, REAL / "text" / "vqa_questions.tsv"))
    return [*_found(list(by_form.values())), *_captions(others), *_refused(rows, others, bench)]


def _found(passages: Sequence[Passage]) -> list[Figure]:
    index, figures = Passages(passages), []
    for name, edit in EDITS.items():
        draw = random.Random(5)
        texts = [f"Answer this. {' '.join(edit(passage.form.split(), draw))} Think." for passage in passages]
        found = {number for number, overlap in index.found(texts) if overlap.passage is passages[number]}
        for low, high in LENGTHS:
            inside = [number for number, passage in enumerate(passages) if low <= sum(map(length, passage.form.split())) < high]
            share = sum(number in found for number in inside) / len(inside)
            words = f"{low} to {high - 1} words" if high < 10_000 else f"{low} words and more"
            target = ">= 1" if name == "unchanged" else ""
            figures.append(
                Figure(name=f"leaks: {name}, {words}", figure=share, unit="found", target=target, note=f"{len(inside)} questions")
            )
    return figures


def _captions(others: Sequence[Sample]) -> list[Figure]:
    captions = [each for each in others if each.source == "roco"]
    random.Random(5).shuffle(captions)
    half = len(captions) // 2
    bench = Benchmark(id="captions", of="", others="question", compares=("answer",))
    index = Passages(passage for each in captions[:half] for passage in passages_of(each, bench))
    refused = {number for number, _ in index.found([each.turns[1].text for each in captions[half:]])}
    note = f"{len(refused)} of {len(captions) - half}: other views of one patient, in one article"
    return [Figure(name="leaks: captions beside captions", figure=len(refused) / (len(captions) - half), unit="refused", note=note)]


def _refused(rows: Sequence[Sample], others: Sequence[Sample], bench: Benchmark) -> list[Figure]:
    many = _many(rows, others)
    began = time.perf_counter()
    against = evaluation([bench], many, to_table([], Member), to_table([], Leak))
    built = time.perf_counter() - began
    began = time.perf_counter()
    for start in range(0, len(others), STEP):
        list(shield(others[start : start + STEP], against))
    rate = len(others) / (time.perf_counter() - began)
    real = evaluation([bench, Benchmark(id="pubmedqa", of="", others="question")], rows, to_table([], Member), to_table([], Leak))
    refused = sum(1 for start in range(0, len(others), STEP) for _ in shield(others[start : start + STEP], real))
    return [
        Figure(
            name="leaks: unrelated rows refused",
            figure=refused / len(others),
            unit="",
            target="<= 0.001",
            note=f"{refused} of {len(others):,}",
        ),
        Figure(
            name=f"leaks: samples beside {ROWS:,} rows", figure=rate, unit="samples/s", note=f"one core; {built:.1f} s to make the index"
        ),
    ]


def _many(rows: Sequence[Sample], others: Sequence[Sample]) -> list[Sample]:
    """As many as ROWS: real questions, then such in which half of the words are other real ones."""
    draw = random.Random(5)
    words = [word for each in others[-12_000:] for turn in each.turns for word in turn.text.split() if not is_character(word)]
    made = list(rows)
    for number in range(ROWS - len(rows)):
        row = rows[number % len(rows)]
        text = " ".join(draw.choice(words) if draw.random() < 0.5 else word for word in row.turns[0].text.split())
        made.append(sample(f"exams@benchmark/made/{number}", [("user", text), ("assistant", row.turns[1].text)]))
    return made
