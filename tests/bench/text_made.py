"""a number of texts -> made ones, with near copies and families of a template among them, the same each time

Words come as often as in a language (Zipf), texts have 40 to 80 of them. One in five is a neighbour's copy with one to four words changed;
one in twenty is from a template that has one to six places filled with words of its own: the families grow with the number of texts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

CHUNK = 10_000  # texts drawn at once: a chunk is the same in any number of texts
NEAR, FAMILY = 5, 20  # one text in so many
TEMPLATES = 50
_VOCABULARY = 30_000
Words = npt.NDArray[np.int64]


def made_texts(count: int, seed: int = 11, *, families: bool = True) -> Iterator[list[str]]:
    """Chunks of texts, `count` in all."""
    for number, start in enumerate(range(0, count, CHUNK)):
        yield _chunk(number, seed, families)[: count - start]


@cache
def _names() -> npt.NDArray[np.object_]:
    return np.array([f"word{number}" for number in range(_VOCABULARY)], object)


@cache
def _often() -> npt.NDArray[np.float64]:
    return np.cumsum(1 / np.arange(1, _VOCABULARY + 1)) / np.sum(1 / np.arange(1, _VOCABULARY + 1))


def _draw(random: np.random.Generator, count: int) -> Words:
    return np.minimum(np.searchsorted(_often(), random.random(count)), _VOCABULARY - 1)


def _chunk(number: int, seed: int, families: bool) -> list[str]:
    random = np.random.default_rng([seed, number])
    lengths = random.integers(40, 81, CHUNK)
    drawn = np.split(_draw(random, int(lengths.sum())), np.cumsum(lengths)[:-1])
    kinds = np.arange(CHUNK)
    for place in kinds[kinds % NEAR == NEAR - 1]:
        drawn[place] = _changed(drawn[place - 1], random)
    for place in kinds[kinds % FAMILY == 2] if families else ():
        drawn[place] = _filled(int(random.integers(TEMPLATES)), seed, random)
    names = _names()
    return [" ".join(names[words]) for words in drawn]


def _changed(words: Words, random: np.random.Generator) -> Words:
    words = words.copy()
    places = random.integers(0, len(words), random.integers(1, 5))
    words[places] = _draw(random, len(places))
    return words


def _filled(template: int, seed: int, random: np.random.Generator) -> Words:
    words, places = _template(template, seed)
    words = words.copy()
    words[places] = random.integers(1_000, _VOCABULARY, len(places))  # rare: the name of a disease
    return words


@cache
def _template(number: int, seed: int) -> tuple[Words, Words]:
    random = np.random.default_rng([seed, 1 << 40, number])
    words = _draw(random, int(random.integers(40, 81)))
    return words, random.choice(len(words), 1 + number % 6, replace=False)
