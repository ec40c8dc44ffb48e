"""an evaluation set's rule and rows, its usable images -> what samples were compared with, and whether that shields it"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from curate.manifest.keys import key_digest
from curate.shield.questions import asked_first, shows_images
from curate.shield.rules import BY_IMAGE, BY_QUESTION, Benchmark, Rule, passages_of
from curate.shield.shield import is_of_one_source
from schemas.sample import Sample

NAMED: dict[Rule, str] = {
    "image": "keys or images",
    "image+question": "keys or images and a question",
    "question": "keys or questions",
    "image|question": "keys, images or questions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """With what of an evaluation set the samples of other sources were compared."""

    rows: int  # found on disk
    covered: int  # of them those of which something was compared
    keys: int  # publishers' keys that mean something beside another source's, those that ship among them
    images: int  # that could be decoded
    questions: int  # rows whose question was compared, word for word
    texts: int  # rows of which a text was looked for wherever it may stand, changed a little or in part: those long enough
    state: Literal["shielded", "partly", "not shielded"]
    why: str  # what is lacking; '' where nothing is


@dataclass(slots=True)
class _Side:
    """One of the two rules: for the set's own source, for all others."""

    benchmark: Benchmark
    rule: Rule
    is_own: bool
    keys: set[str]
    images: set[str]
    questions: int = 0
    texts: int = 0
    covered: int = 0
    unseen: int = 0  # rows without the image that is a part of them

    def see(self, row: Sample, usable: frozenset[str]) -> None:
        if self.rule == "none":
            return
        means = (key for key in row.keys if self.benchmark.goes_by(key.name) and (self.is_own or not is_of_one_source(key, row)))
        keys = {key_digest(key.name, key.value) for key in means}
        images = usable.intersection(row.images) if self.rule in BY_IMAGE else set()
        is_asked = self.rule == "image+question" or (self.rule in BY_QUESTION and "question" in self.benchmark.compares)
        asks = is_asked and bool(asked_first(row))
        holds = self.rule in BY_QUESTION and any(True for _ in passages_of(row, self.benchmark))
        self.unseen += self.rule in BY_IMAGE and shows_images(row) and not images
        found = bool(keys or images)
        if self.rule == "image+question" and not (found and asks):
            return
        self.keys |= keys
        self.images |= images
        self.questions += asks
        self.texts += holds
        self.covered += found or holds or (asks and self.rule in BY_QUESTION)


def compare(benchmark: Benchmark, rows: Iterable[Sample], usable: frozenset[str], *, unread: int = 0, faults: int = 0) -> Compared:
    """`usable`: ids of the images that could be decoded; `unread`: rows of it that ingest rejected; `faults`: of its files."""
    others, own = _side(benchmark, benchmark.others, is_own=False), _side(benchmark, benchmark.own_train, is_own=True)
    count = 0
    for row in rows:
        count += 1
        others.see(row, usable)
        own.see(row, usable)
    by_others, by_own = bool(others.covered or others.keys), bool(benchmark.of and (own.covered or own.keys))
    lacking = list(_lacking(benchmark, others, own, rows=count, unread=unread, faults=faults))
    return Compared(
        rows=count,
        covered=others.covered,
        keys=len(others.keys),
        images=len(others.images),
        questions=others.questions,
        texts=others.texts,
        state="not shielded" if not (by_others or by_own) else "partly" if lacking else "shielded",
        why="; ".join(lacking),
    )


def _side(benchmark: Benchmark, rule: Rule, *, is_own: bool) -> _Side:
    alone = rule not in ("none", "image+question")  # a digest alone tells no question
    return _Side(benchmark=benchmark, rule=rule, is_own=is_own, keys=set(benchmark.known_keys) if alone else set(), images=set())


def _lacking(benchmark: Benchmark, others: _Side, own: _Side, *, rows: int, unread: int, faults: int) -> Iterator[str]:
    has_own = bool(benchmark.of) and own.rule != "none"
    if others.rule == "none":
        yield "no rule compares other sources with it"
    elif not rows:
        yield "none of its rows could be read" if unread or faults else "not on disk"
        yield f"compared by its published keys alone ({len(others.keys):,})" if others.keys else "none of its keys is published"
        if others.keys and has_own and not own.keys:
            yield "its own source was compared with nothing"
    elif others.covered < rows:
        alien = " that mean anything to other sources" if has_own and own.covered > others.covered else ""
        yield f"without {NAMED[others.rule]}{alien}: {rows - others.covered:,} of {rows:,} rows"
    if others.covered and others.unseen:
        yield f"without their images: {others.unseen:,} of {rows:,} rows"
    if has_own and own.covered < min(rows, others.covered):
        yield f"for its own source without {NAMED[own.rule]}: {rows - own.covered:,} of {rows:,} rows"
    if unread:
        yield f"not readable: {unread:,} more rows"
    if faults:
        yield f"faults of its files: {faults:,}"
