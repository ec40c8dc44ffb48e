"""texts of evaluation sets, texts of samples -> which of them hold nearly all of one, or a run of its words

Two texts are compared by the runs of words that they share: of 5 words and more, of 3 and more where the text of the evaluation set is
short (of 10 and 6 characters in Chinese). Runs, not sets of words: a question may stand inside a long text, behind a prompt, before its
options. Measured on 1,217 exam questions of nine collections, English and Chinese, inside another text (`make bench ONLY=leaks`):

    found of questions of so many words    8-12   13-19   20-49    50+
    unchanged                              1.00    1.00    1.00   1.00
    a word drawn at random replaced        0.58    0.95    1.00   1.00
    two words replaced                     0.28    0.74    0.96   1.00
    a word left out / put in           0.61/0.84   0.94/0.99   1.00   1.00
    its first / last 70 % alone        0.11/0.34   0.20/0.63   1.00   1.00
    its first half alone                   0.00    0.00    0.52   1.00

Refused of 77,086 rows that have nothing to do with them (questions on images, captions, reports, dialogues, answers): none. Of any two
different questions of these collections: none. Of 4,396 captions beside as many others: 23, further views of one patient in one article.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from curate.shield.questions import plain
from curate.shield.wording import is_character, length, own
from curate.shingles import ngrams
from curate.words import words_of

RUN = 13.0  # words in a row that are no chance (Brown et al.: Language models are few-shot learners, NeurIPS 2020, appendix C)
SHORT = 8.0  # words below which a question is compared whole alone
LONG = 20.0  # words from which shared runs are of 5 words: by those of 3 long texts share something by chance
PART = 0.4  # of its own words, that a run comes with. Case reports share runs of 15 ('temperature is 37 C, pulse is ...') and 0.23 of them
NEAR = 0.75  # of its own words that are in shared runs: nearly the same text. Of two different questions no more than 0.64 were
NEAR_FEW, FEW = 0.85, 8.0  # where it has fewer own words than that: another enzyme in the same sentence is another question
NEAR_ALL = 0.6  # of all its words: 'carpal tunnel syndrome' is no 'Which of the following is true about the carpal tunnel syndrome?'
WIDE = 2  # times its words, in which a text nearly holds a passage: of a page on a disease parts of a question come here and there
HOT = 64  # passages of one evaluation set that share a gram: it finds none of them

Hashes = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
Way = Literal["near", "run", "cut"]
_WAYS: tuple[Way, ...] = ("near", "run", "cut")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of an evaluation set that samples may not hold."""

    benchmark: str
    row: str
    what: Literal["question", "answer"]
    form: str  # its words, one blank between (curate.words.normal_form)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a text shares with a passage."""

    passage: Passage
    way: Way  # near: nearly all of it; run: a run of RUN words and PART of it; cut: such a run, and the text holds little else
    run: float  # longest run, words
    share: float  # of the passage's own words that are in shared runs; where it is cut, of the text's

    @property
    def order(self) -> tuple[int, int, str]:
        """Which of several is told."""
        return self.passage.what != "question", _WAYS.index(self.way), self.passage.row


class Passages:
    """All passages, to be asked by texts, many at a time: some microseconds a text."""

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        by_size: dict[int, list[Passage]] = {}
        for passage in passages:
            by_size.setdefault(_gram_size(passage.form.split()), []).append(passage)
        self._indices = [_Index(passages, size) for size, passages in sorted(by_size.items())]

    def __bool__(self) -> bool:
        return bool(self._indices)

    def found(self, texts: Sequence[str]) -> Iterator[tuple[int, Overlap]]:
        """(number of the text, overlap) of each text with each passage that it holds."""
        if not self._indices:
            return
        texts = [plain(text) for text in texts]
        seen: dict[int, _Text] = {}
        for index in self._indices:
            for number, passage in index.candidates(texts):
                if number not in seen:
                    seen[number] = _Text(texts[number])
                overlap = _overlap(passage, seen[number], index.size)
                if overlap is not None:
                    yield number, overlap


class _Index:
    """Grams of passages that are all cut in runs of `size` words."""

    def __init__(self, passages: Sequence[Passage], size: int) -> None:
        self.size, self.passages = size, passages
        self.in_characters = size in _CHARACTERS
        text, hashes = _distinct(*ngrams([passage.form for passage in passages], size))
        text, hashes = _without_hot(text, hashes, [passage.benchmark for passage in passages])
        order = np.lexsort((text, hashes))
        self.owners = text[order].astype(np.int32)
        self.hashes, self.starts, self.counts = np.unique(hashes[order], return_index=True, return_counts=True)
        lengths = np.array([len(passage.form.split()) for passage in passages], np.int64)
        least = np.minimum(np.ceil(NEAR_ALL * lengths / size), _words(RUN, size) - size + 1)  # what any way takes at the least
        self.least = np.maximum(np.minimum(least, np.bincount(text, minlength=len(passages))), 1)
        self.mask = np.int64((1 << max(10, min(25, math.ceil(math.log2(16 * len(hashes) + 1))))) - 1)
        self.is_there = np.zeros(int(self.mask) + 1, bool)  # by the lowest bits: most grams are in no passage
        self.is_there[self.hashes & self.mask] = True

    def candidates(self, texts: Sequence[str]) -> Iterator[tuple[int, Passage]]:
        """Texts that share as many grams with a passage as it takes at the least."""
        if not len(self.hashes):
            return
        numbers = [number for number, text in enumerate(texts) if text and not (self.in_characters and text.isascii())]
        text, hashes = ngrams([texts[number] for number in numbers], self.size)
        maybe = np.flatnonzero(self.is_there[hashes & self.mask])
        place = np.minimum(np.searchsorted(self.hashes, hashes[maybe]), len(self.hashes) - 1)
        is_known = self.hashes[place] == hashes[maybe]
        text, place = _distinct(text[maybe[is_known]], place[is_known])
        counts = self.counts[place]
        owner = self.owners[np.repeat(self.starts[place] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())]
        pairs, shared = np.unique(np.repeat(text, counts) * len(self.passages) + owner, return_counts=True)
        for pair in pairs[shared >= self.least[pairs % len(self.passages)]].tolist():
            yield numbers[pair // len(self.passages)], self.passages[pair % len(self.passages)]


_WORDS, _CHARACTERS = (3, 5), (6, 10)  # grams of short passages, of others


def _gram_size(words: Sequence[str]) -> int:
    sizes = _CHARACTERS if 2 * sum(map(is_character, words)) > len(words) else _WORDS
    return sizes[sum(map(length, words)) >= LONG]


def _words(count: float, size: int) -> int:
    """So many words as words of the text."""
    return math.ceil(count * 2 if size in _CHARACTERS else count)


def _distinct(text: Rows, hashes: Rows) -> tuple[Rows, Rows]:
    order = np.lexsort((hashes, text))
    text, hashes = text[order], hashes[order]
    new = np.ones(len(text), bool)
    new[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    return text[new], hashes[new]


def _without_hot(text: Rows, hashes: Hashes, benchmarks: Sequence[str]) -> tuple[Rows, Hashes]:
    """Without grams of more than HOT passages of one evaluation set: what is told of one depends on no other."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(benchmarks))}
    of = np.array([numbers[name] for name in benchmarks], np.int64)[text] if len(text) else text
    order = np.lexsort((of, hashes))
    edges = np.ones(len(text), bool)
    edges[1:] = (hashes[order][1:] != hashes[order][:-1]) | (of[order][1:] != of[order][:-1])
    group = np.cumsum(edges) - 1
    kept = np.sort(order[np.bincount(group)[group] <= HOT]) if len(text) else order
    return text[kept], hashes[kept]


class _Text:
    """Words of a text, and its grams of each size, made once."""

    def __init__(self, text: str) -> None:
        self.words = words_of(text)
        self._grams: dict[int, set[tuple[str, ...]]] = {}

    def grams(self, size: int) -> set[tuple[str, ...]]:
        if size not in self._grams:
            self._grams[size] = set(_grams(self.words, size))
        return self._grams[size]


def _grams(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(size)), strict=False)


def _overlap(passage: Passage, text: _Text, size: int) -> Overlap | None:
    """By the words themselves, so that no hash can err."""
    words = passage.form.split()
    shared, run = _shared(words, text.grams(size), size)
    whole = _share(words, shared, own)
    if _is_near(words, shared) and any(_is_near(words, _shared(words, grams, size)[0]) for grams in _together(words, text, size)):
        return Overlap(passage, "near", run, whole)
    if run < RUN:
        return None
    if whole >= PART:
        return Overlap(passage, "run", run, whole)
    of_text = _share(text.words, _shared(text.words, set(_grams(words, size)), size)[0], own)
    return Overlap(passage, "cut", run, of_text) if of_text >= NEAR else None


def _is_near(words: Sequence[str], shared: Sequence[bool]) -> bool:
    enough = NEAR if sum(map(own, words)) >= FEW else NEAR_FEW
    return _share(words, shared, own) >= enough and _share(words, shared, length) >= NEAR_ALL


def _together(words: Sequence[str], text: _Text, size: int) -> Iterator[set[tuple[str, ...]]]:
    """The grams that stretches of the text, each WIDE times as long as the passage, share with it."""
    wide, wanted = WIDE * len(words), set(_grams(words, size))
    met = [(place, gram) for place, gram in enumerate(_grams(text.words, size)) if gram in wanted]
    for number, (first, _) in enumerate(met):
        yield {gram for place, gram in met[number : number + wide] if place + size <= first + wide}


def _shared(words: Sequence[str], grams: set[tuple[str, ...]], size: int) -> tuple[list[bool], float]:
    """Which of `words` are in a run whose grams are all in `grams`; the longest such run, in words."""
    shared, run, longest, before = [False] * len(words), 0.0, 0.0, -2
    for start, gram in enumerate(_grams(words, size)):
        if gram in grams:
            new = words[start + size - 1 : start + size] if before == start - 1 else words[start : start + size]
            run = sum(map(length, new)) + (run if before == start - 1 else 0.0)
            shared[start : start + size] = [True] * size
            before, longest = start, max(longest, run)
    return shared, longest


def _share(words: Sequence[str], shared: Sequence[bool], weight: Callable[[str], float]) -> float:
    weights = [weight(word) for word in words]
    total = sum(weights)
    return sum(weight for weight, is_shared in zip(weights, shared, strict=True) if is_shared) / total if total else 0.0
