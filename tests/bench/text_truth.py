"""texts -> which pairs are how alike: by sets of tuples of words and exact Jaccard, in plain Python, beside and not by the project's code

A word is a run of letters, digits and marks of the text in NFKC, case folded; a character of a script without spaces (Thai to Lao, kana,
Han) is a word; so is a symbol (Unicode S, and %), but not one of layout (| ~ ` ^); a minus before a digit that follows no word
character is a symbol. All else separates. A shingle is a tuple of `size` words that follow one another; a text of fewer words has one
shingle, the whole of it; a text without words has none and is like nothing."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache

Pair = tuple[int, int]
Shingle = int | tuple[str, ...]
BANDS = ((0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.0), (1.0, 1.01))  # of similarity
LENGTHS = ((1, 8), (8, 16), (16, 41), (41, 101), (101, 1 << 60))  # words, from and below


def words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.replace("<image>", " ")).casefold())
    out: list[str] = []
    run: list[str] = []
    for place, character in enumerate(folded):
        kind = _kind(character)
        if character == "-" and _before_number(folded, place):
            kind, character = "alone", "\u2212"
        if kind == "inside":
            run.append(character)
            continue
        if run:
            out.append("".join(run))
            run = []
        if kind == "alone":
            out.append(character)
    return [*out, "".join(run)] if run else out


@cache
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if character == "%" or (category[0] == "S" and character not in "|~`^"):
        return "alone"
    if category[0] not in "LNM":
        return "between"
    point = ord(character)
    spaceless = 0x0E00 <= point <= 0x0EFF or 0x3040 <= point <= 0x30FF or 0x3400 <= point <= 0x4DBF or 0x4E00 <= point <= 0x9FFF
    return "alone" if category[0] != "M" and (spaceless or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x323AF) else "inside"


def _before_number(text: str, place: int) -> bool:
    after = text[place + 1 : place + 2]
    return after.isdecimal() and not (place and (text[place - 1].isalnum() or text[place - 1] == "_"))


def word_shingles(text: str, size: int) -> frozenset[tuple[str, ...]]:
    found = words(text)
    return frozenset(tuple(found[start : start + size]) for start in range(max(min(len(found), 1), len(found) - size + 1)))


def character_shingles(text: str, size: int) -> frozenset[tuple[str, ...]]:
    """Of the words with one blank between."""
    found = " ".join(words(text))
    return frozenset((found[start : start + size],) for start in range(max(min(len(found), 1), len(found) - size + 1)))


def jaccard(first: frozenset[Shingle], second: frozenset[Shingle]) -> float:
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared) if first or second else 0.0


def near_pairs(sets: Sequence[frozenset[Shingle]], least: float) -> dict[Pair, float]:
    """Every pair (lower, higher) of at least this similarity and what it is: exact, by the rarest shingles of each set (a pair as near
    as `least` shares one of the |set| - ceil(least |set|) + 1 rarest of both: Chaudhuri et al., ICDE 2006, prefix filter)."""
    counts = Counter(shingle for one in sets for shingle in one)
    rank = {shingle: number for number, (shingle, _) in enumerate(sorted(counts.items(), key=lambda item: item[1]))}
    ranked = [frozenset(map(rank.__getitem__, one)) for one in sets]
    seen: dict[int, list[int]] = defaultdict(list)
    found: dict[Pair, float] = {}
    for number in sorted(range(len(ranked)), key=lambda number: len(ranked[number])):
        own = ranked[number]
        prefix = sorted(own)[: len(own) - math.ceil(least * len(own) - 1e-9) + 1]
        candidates = {other for shingle in prefix for other in seen[shingle]}
        for other in candidates:
            if len(ranked[other]) >= least * len(own) - 1e-9 and (alike := jaccard(own, ranked[other])) >= least:
                found[min(number, other), max(number, other)] = alike
        for shingle in prefix:
            seen[shingle].append(number)
    return found


def distinct(sets: Sequence[frozenset[Shingle]]) -> list[list[int]]:
    """Texts with equal sets, together, in the order of the first; texts without words left out."""
    same: dict[frozenset[Shingle], list[int]] = defaultdict(list)
    for number, one in enumerate(sets):
        if one:
            same[one].append(number)
    return list(same.values())


def band_of(alike: float) -> int:
    """Position in BANDS; -1 below all."""
    return next((place for place, (low, high) in enumerate(BANDS) if low <= alike < high), -1)


def length_class(count: int) -> int:
    return next(place for place, (low, high) in enumerate(LENGTHS) if low <= max(count, 1) < high)


def lengths(texts: Sequence[str], of: Callable[[str], list[str]] = words) -> Iterator[int]:
    return (len(of(text)) for text in texts)
