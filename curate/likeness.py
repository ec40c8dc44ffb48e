"""sets of shingles -> how alike texts are, and which of many can be alike at all"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.shingles import Shingles
from curate.stated import Stated

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Ratios = npt.NDArray[np.float64]
_BITS = 51
_PAIRS = 1 << (63 - _BITS)
_ELEMENTS = 1 << 17  # of the sets that are merged at once: they stay in the cache
_BLOCK = 1 << 14  # sets whose shingles are put in order at once
_COUNTERS = 1 << 22
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xC4CEB9FE1A85EC53)
_COUNTER = np.uint64(64 - 22)  # a counter is named by the upper bits of a key


@dataclass(frozen=True, slots=True)
class Compared:
    """Texts that are compared: the shingles of all of it, of what is asked in it (none where nothing is asked), what it states."""

    whole: Shingles
    asked: Shingles
    stated: Stated

    def __len__(self) -> int:
        return len(self.whole)

    def take(self, rows: Rows) -> Compared:
        return Compared(self.whole.take(rows), self.asked.take(rows), self.stated.take(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """When two texts are copies."""

    threshold: float
    keep_contrasts: bool

    def similarity(self, texts: Compared, a: Rows, b: Rows) -> Ratios:
        """Of each pair of rows the lower Jaccard similarity of the whole and of what is asked: 'Is it inherited?' has one answer for a
        thousand diseases. 0 where they are no copies: below the threshold, or near only because a number is but one word."""
        sizes = np.diff(texts.whole.offsets)
        found = np.zeros(len(a))
        less, more = np.minimum(sizes[a], sizes[b]), np.maximum(sizes[a], sizes[b])
        near = np.flatnonzero((more == 0) | (less / np.maximum(more, 1) >= self.threshold))  # others cannot be
        near = self._held(near, jaccard(texts.whole, a[near], b[near]), found)
        asked = jaccard(texts.asked, a[near], b[near])
        near = self._held(near, np.minimum(asked, found[near]), found)
        if self.keep_contrasts:
            found[near[conflict(texts.stated, a[near], b[near])]] = 0
        return found

    def _held(self, pairs: Rows, similarity: Ratios, found: Ratios) -> Rows:
        found[pairs] = np.where(similarity >= self.threshold, similarity, 0)
        return pairs[similarity >= self.threshold]


def jaccard(sets: Shingles, a: Rows, b: Rows) -> Ratios:
    """The true Jaccard similarity of each pair of rows; 1 where both are empty."""
    sizes, both = np.diff(sets.offsets), shared(sets, a, b)
    union = sizes[a] + sizes[b] - both
    return np.where(union == 0, 1.0, both / np.maximum(union, 1))


def conflict(stated: Stated, a: Rows, b: Rows) -> npt.NDArray[np.bool_]:
    """Whether the texts of each pair of rows say different things: each has a number that the other has not, or each an opposite, or
    they differ in a negation and in nothing else. A number that one has in addition (a label's, a list's) is no conflict."""
    found = (stated.rest[a] == stated.rest[b]) & (stated.negations[a] != stated.negations[b])
    rows, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    words = stated.words.take(rows)
    for odd in (0, 1):
        some = _some(words, odd)
        sizes, both = np.diff(some.offsets), shared(some, place[: len(a)], place[len(a) :])
        found |= (sizes[place[: len(a)]] > both) & (sizes[place[len(a) :]] > both)
    return found


def shared(sets: Shingles, a: Rows, b: Rows) -> Rows:
    """How many elements the sets of each pair of rows have in common. Runs of pairs are merged by one sort: a pair's number stands above
    the upper 51 bits of its hashes."""
    sizes = np.diff(sets.offsets)
    ends = np.cumsum(sizes[a] + sizes[b])
    found = np.zeros(len(a), np.int64)
    start = 0
    while start < len(a):
        before = ends[start - 1] if start else 0
        end = min(max(int(np.searchsorted(ends, before + _ELEMENTS, side="right")), start + 1), start + _PAIRS)
        merged = np.concatenate([_numbered(sets, a[start:end]), _numbered(sets, b[start:end])])
        merged.sort(kind="stable")
        found[start:end] = np.bincount(merged[1:][merged[1:] == merged[:-1]] >> _BITS, minlength=end - start)
        start = end
    return found


def _numbered(sets: Shingles, rows: Rows) -> Rows:
    taken = sets.take(rows)
    return np.repeat(np.arange(len(rows), dtype=np.int64) << _BITS, np.diff(taken.offsets)) | (taken.hashes >> (63 - _BITS))


def prefixes(sets: Shingles, rows: Rows, scopes: Keys, threshold: float) -> tuple[Rows, Keys]:
    """(place in `rows`, key) of the shingles by which near sets of one scope meet, the place ascending, the rarest first. `scopes` are
    those of `rows`.

    Two sets with a Jaccard similarity of at least `threshold` share one of the |s| - ceil(threshold |s|) + 1 first elements of each, in
    whatever order all are put (prefix filter: Chaudhuri, Ganti, Kaushik, ICDE 2006; Xiao et al., WWW 2008). With the rarest first, what a
    template repeats a thousand times comes last."""
    often = np.zeros(_COUNTERS, np.int64)  # roughly: two shingles may share a counter, which changes an order that any would do for
    for _, _, keys in _keyed(sets, rows, scopes):
        often += np.bincount(keys >> _COUNTER, minlength=_COUNTERS)
    found = [(np.empty(0, np.int64), np.empty(0, np.uint64))]
    for offsets, places, keys in _keyed(sets, rows, scopes):
        order, sizes = np.lexsort((keys, often[keys >> _COUNTER], places)), np.diff(offsets)
        rank = np.arange(len(places)) - np.repeat(offsets[:-1], sizes)
        first = rank < np.repeat(sizes - np.ceil(threshold * sizes - 1e-9) + 1, sizes)
        found.append((places[first], keys[order[first]]))
    return np.concatenate([places for places, _ in found]), np.concatenate([keys for _, keys in found])


def _keyed(sets: Shingles, rows: Rows, scopes: Keys) -> Iterator[tuple[Rows, Rows, Keys]]:
    """Block by block the offsets of its sets, and for each shingle its place and its key in its scope."""
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        taken = sets.take(rows[block])
        sizes = np.diff(taken.offsets)
        keys = (taken.hashes.view(np.uint64) ^ np.repeat(scopes[block] * _STEP, sizes)) * _STEP
        yield taken.offsets, np.repeat(np.arange(start, start + len(sizes)), sizes), (keys ^ (keys >> np.uint64(32))) * _MIX


def _some(sets: Shingles, odd: int) -> Shingles:
    chosen = (sets.hashes & 1) == odd
    return Shingles(np.concatenate([[0], np.cumsum(chosen)])[sets.offsets], sets.hashes[chosen])
