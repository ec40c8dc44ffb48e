"""bands and shingle sets -> verified edges between near-duplicate texts"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from curate.likeness import Alike, Compared, prefixes
from curate.match.buckets import bucketed, leaders, pairs_of_runs, positions, runs
from curate.match.edges import Edges, edges_of, groups, joined

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Pairs = tuple[Rows, Rows]
_BLOCK = 1 << 20  # pairs verified at once
_SMALL = 16  # rows of a bucket in which every pair is compared
_RUN = 64  # the same of a run
_ROUNDS = 32  # leaders a run may have: texts of which no two are alike cost as many comparisons each, never all pairs


@dataclass(slots=True)
class NearTexts:
    """Edges found between texts, and what finding them took."""

    texts: Compared
    rows: Rows  # in the order that their content decides: a number is a place here
    scopes: Keys  # of `rows`
    alike: Alike
    group: Rows  # of each number that of its component
    found: list[Edges] = field(default_factory=list)  # between numbers
    pairs: int = 0  # verified: the threshold held
    refused: int = 0
    largest: int = 0  # texts of the largest bucket
    crowded: int = 0  # texts that some others of their run were not compared with
    _new: list[Edges] = field(default_factory=list)

    def edges(self) -> Edges:
        """Between rows."""
        found = joined(self.found)
        return Edges(self.rows[found.a], self.rows[found.b], found.proof, found.distance, found.similarity)

    def settle(self) -> None:
        """From here on what was found tells what need not be compared."""
        if self._new:
            new, self._new = joined(self._new), []
            self.found.append(new)
            self.group = groups(len(self.group), self.group[new.a], self.group[new.b])[self.group]

    def compare(self, a: Rows, b: Rows) -> Rows:
        """Note the pairs of numbers that are alike; the places of those that are neither alike nor in one component."""
        unknown = np.flatnonzero(self.group[a] != self.group[b])
        similarity = np.empty(len(unknown))
        for start in range(0, len(unknown), _BLOCK):
            block = unknown[start : start + _BLOCK]
            similarity[start : start + _BLOCK] = self.alike.similarity(self.texts, self.rows[a[block]], self.rows[b[block]])
        held = similarity > 0
        chosen, apart = unknown[held], unknown[~held]
        self.pairs += len(chosen)
        self.refused += len(apart)
        if len(chosen):
            self._new.append(edges_of(a[chosen], b[chosen], "text", -1, similarity[held]))
        return apart


def near_texts(bands: Iterable[Keys], texts: Compared, rows: Rows, scopes: Keys, alike: Alike) -> NearTexts:
    """Edges between those of `rows` that are alike and have some band's key in common: enough of them to join every two such rows.

    `bands` gives one column of keys a band, in the order of `rows`, so that only one need be in memory. In a small bucket every pair is
    compared. A hot one is a star around its first row, which is all it takes where a thousand are copies; its rows then meet once more, in
    the much smaller runs of those that share a rare shingle: there every near pair comes together, whatever else is in the bucket. Rows
    known to be in one component are not compared again."""
    near = NearTexts(texts, rows, scopes, alike, np.arange(len(rows)))
    hot = np.zeros(len(rows), bool)
    for keys in bands:
        order, starts, sizes = bucketed(keys)
        near.largest = max(near.largest, int(sizes.max(initial=0)))
        small = sizes <= _SMALL
        for a, b in pairs_of_runs(starts[small], sizes[small]):
            near.compare(order[a], order[b])
        numbers, bucket = order[positions(starts[~small], sizes[~small])], np.repeat(np.flatnonzero(~small), sizes[~small])
        new = ~hot[numbers]
        hot[numbers] = True
        first, other = leaders(*runs(bucket[new]))
        near.compare(numbers[new][first], numbers[new][other])
        near.settle()
    _meet_again(near, np.flatnonzero(hot))
    return near


def _meet_again(near: NearTexts, hot: Rows) -> None:
    """Rows of hot buckets, by their rare shingles: in a small run every pair, in a large one stars in rounds."""
    place, keys = prefixes(near.texts.whole, near.rows[hot], near.scopes[hot], near.alike.threshold)
    order = np.lexsort((place, keys))
    starts, sizes = runs(keys[order])
    small = sizes <= _RUN
    numbers = hot[place[order]]
    for a, b in pairs_of_runs(starts[small], sizes[small]):
        near.compare(numbers[a], numbers[b])
        near.settle()
    numbers, run = numbers[positions(starts[~small], sizes[~small])], np.repeat(np.flatnonzero(~small), sizes[~small])
    for _ in range(_ROUNDS):
        first, other = leaders(*runs(run))
        if not len(first):
            break
        left = other[near.compare(numbers[first], numbers[other])]
        near.settle()
        numbers, run = numbers[left], run[left]
    _, sizes = runs(run)
    near.crowded = len(np.unique(numbers[np.repeat(sizes > 1, sizes)]))
