"""bands and shingle sets -> verified edges between near-duplicate texts"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from curate.match.buckets import leaders, pairs_of_runs, positions, runs
from curate.match.edges import Edges, edges_of, groups, joined
from curate.shingles import Shingles

Rows = npt.NDArray[np.int64]
_BLOCK = 1 << 16  # pairs verified at once
_SMALL = 16  # rows of a bucket in which every pair is compared
_ROUNDS = 32  # leaders a bucket may have: a bucket of texts that are not alike costs as many comparisons a text, never all pairs


@dataclass(frozen=True, slots=True)
class Compared:
    """Texts that are compared: the shingles of all of it, and of what is asked in it (none where nothing is asked)."""

    whole: Shingles
    asked: Shingles

    def similarity(self, a: Rows, b: Rows, threshold: float) -> npt.NDArray[np.float64]:
        """Of each pair of rows the lower Jaccard similarity of the two: 'Is it inherited?' has one answer for a thousand diseases."""
        whole = jaccard(self.whole, a, b)
        near = np.flatnonzero(whole >= threshold)
        whole[near] = np.minimum(whole[near], jaccard(self.asked, a[near], b[near]))
        return whole


def jaccard(sets: Shingles, a: Rows, b: Rows) -> npt.NDArray[np.float64]:
    """The true Jaccard similarity of each pair of rows; 1 where both are empty."""
    sizes = np.diff(sets.offsets)
    matrix = csr_array((np.ones(len(sets.hashes), np.int32), sets.hashes, sets.offsets), shape=(len(sets), np.iinfo(np.int64).max))
    matrix.has_canonical_format = True
    shared = np.empty(len(a), np.int64)
    for start in range(0, len(a), _BLOCK):
        block = slice(start, start + _BLOCK)
        shared[block] = np.diff(matrix[a[block]].multiply(matrix[b[block]]).indptr)
    union = sizes[a] + sizes[b] - shared
    return np.where(union == 0, 1.0, shared / np.maximum(union, 1))


def near_edges(bands: Iterable[npt.NDArray[np.uint64]], texts: Compared, threshold: float) -> Edges:
    """Edges between rows of which some band's keys are equal and whose similarity is at least `threshold`.

    `bands` gives one column of keys a band, so that only one need be in memory. Rows come in the order of their ids. In a large bucket
    the first row is compared with the others (a star); those that are not like it have a leader of their own in the next round.
    Rows already known to be in one cluster are not compared again, so a thousand copies cost a thousand comparisons."""
    found: list[Edges] = []
    group = np.arange(len(texts.whole))
    for keys in bands:
        order = np.argsort(keys, kind="stable")
        starts, sizes = runs(keys[order])
        new = _bucket_edges(order, starts[sizes > 1], sizes[sizes > 1], group, texts, threshold)
        if new:
            found += new
            edges = joined(found)
            group = groups(len(texts.whole), edges.a, edges.b)
    return joined(found)


def _bucket_edges(order: Rows, starts: Rows, sizes: Rows, group: Rows, texts: Compared, threshold: float) -> list[Edges]:
    """Small buckets pair by pair, the others in rounds of stars."""
    small = sizes <= _SMALL
    pairs = list(pairs_of_runs(starts[small], sizes[small]))
    found = [_verified(order[a], order[b], group, texts, threshold)[0] for a, b in pairs]
    starts, sizes = starts[~small], sizes[~small]
    rows, bucket = order[positions(starts, sizes)], np.repeat(np.arange(len(sizes)), sizes)
    for _ in range(_ROUNDS):
        first, other = leaders(*runs(bucket))
        if not len(first):
            break
        edges, apart = _verified(rows[first], rows[other], group, texts, threshold)
        found.append(edges)
        left = other[apart]
        rows, bucket = rows[left], bucket[left]
    return [edges for edges in found if len(edges)]


def _verified(a: Rows, b: Rows, group: Rows, texts: Compared, threshold: float) -> tuple[Edges, Rows]:
    """Edges of the pairs that are alike, and the positions of the pairs that are neither alike nor in one cluster."""
    unknown = np.flatnonzero(group[a] != group[b])
    similarity = texts.similarity(a[unknown], b[unknown], threshold)
    alike = similarity >= threshold
    chosen = unknown[alike]
    return edges_of(a[chosen], b[chosen], "text", -1, similarity[alike]), unknown[~alike]
