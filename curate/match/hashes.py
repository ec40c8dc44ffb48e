"""distinct 64-bit pHashes -> every pair within a distance, by the chunk index"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from curate.match.buckets import blocks, pairs_of_runs, positions, runs

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Near = tuple[Rows, Rows, Rows]  # position, position, bits apart
_HOT = 2048  # a bucket above this is cut in chunks again: a pair is near in it only where it is near in the bits that are left
_PAIRS = 1 << 20  # compared at once
_EQUAL = 2  # chunks that a near pair has in common


def near_pairs(hashes: Hashes, distance: int) -> Iterator[Near]:
    """Every pair (a < b) of `hashes`, which are distinct, at most `distance` bits apart, once, in blocks.

    Two hashes at most d bits apart are equal in two of d + 2 chunks (Manku, Jain, Das Sarma: Detecting near-duplicates for web crawling,
    WWW 2007, section 3); only pairs that share two are compared. For 3 that is 10 sorts by 25 bits: by one of 4 x 16 bits, as the code
    that Lingshu cites (xuehuachunsheng/DupImageDetection), buckets grow with the hashes, and time with their square. A hot bucket is
    indexed again by its remaining bits, so the result is exact whatever the hashes are."""
    if distance > 0 and len(hashes) > 1:
        yield from _near(hashes, np.arange(len(hashes)), np.zeros(len(hashes), np.int64), distance, [])


class Sought:
    """Hashes, distinct, that are looked for among many others: those of evaluation sets."""

    def __init__(self, hashes: Hashes, distance: int) -> None:
        self.hashes, self.distance = hashes, distance
        count = distance + _EQUAL
        cuts = [64 * chunk // count for chunk in range(count + 1)]
        bits = np.uint64(1) << np.arange(64, dtype=np.uint64)
        chunks = [np.bitwise_or.reduce(bits[low:high]) for low, high in itertools.pairwise(cuts)]
        # mask; masks of earlier ways; order by it; keys in order
        self._ways: list[tuple[np.uint64, list[np.uint64], npt.NDArray[np.int32], Hashes]] = []
        for common in itertools.combinations(range(count), _EQUAL):
            mask = np.bitwise_or.reduce([chunks[number] for number in common])
            earlier = [chunks[number] for number in range(common[-1]) if number not in common]
            order = np.argsort(hashes & mask, kind="stable").astype(np.int32)
            self._ways.append((mask, earlier, order, (hashes & mask)[order]))

    def near(self, hashes: Hashes) -> Iterator[Near]:
        """(place in `hashes`, place in those sought, bits apart) of every pair at most `distance` bits apart, once, in blocks. As
        near_pairs, but only across: a corpus is large, and what is near inside it is not asked."""
        for mask, earlier, order, keys in self._ways:
            starts = np.searchsorted(keys, hashes & mask, side="left")
            counts = np.searchsorted(keys, hashes & mask, side="right") - starts
            for block in blocks(counts, _PAIRS):
                place = positions(starts[block], counts[block])
                asking = np.repeat(np.arange(block.start, block.stop), counts[block])
                found = order[place]
                different = hashes[asking] ^ self.hashes[found]
                near = np.flatnonzero(np.bitwise_count(different) <= self.distance)
                near = near[_first_here(different[near], earlier)] if len(near) else near
                if len(near):
                    yield asking[near], found[near].astype(np.int64), np.bitwise_count(different[near]).astype(np.int64)


def _near(values: Hashes, rows: Rows, group: Rows, distance: int, earlier: list[np.uint64]) -> Iterator[Near]:
    """Pairs inside each group of `values`, distinct in it; `rows` are what to call them, groups ascend."""
    starts, sizes = runs(group)
    free, count = _varying(values, starts, sizes), distance + _EQUAL
    if len(free) < 2 * count:
        yield from _compared(values, rows, starts, sizes, distance, earlier)
        return
    cuts = [len(free) * chunk // count for chunk in range(count + 1)]
    chunks = [np.bitwise_or.reduce(free[low:high]) for low, high in itertools.pairwise(cuts)]
    for common in itertools.combinations(range(count), _EQUAL):
        before = earlier + [chunks[number] for number in range(common[-1]) if number not in common]
        key = values & np.bitwise_or.reduce([chunks[number] for number in common])
        order = np.lexsort((key, group)) if len(starts) > 1 else np.argsort(key, kind="stable")
        starts_in, sizes_in = runs(key[order], group[order])
        small = (sizes_in > 1) & (sizes_in <= _HOT)
        yield from _compared(values[order], rows[order], starts_in[small], sizes_in[small], distance, before)
        hot = sizes_in[sizes_in > _HOT]
        inside = order[positions(starts_in[sizes_in > _HOT], hot)]
        if len(hot):
            yield from _near(values[inside], rows[inside], np.repeat(np.arange(len(hot)), hot), distance, before)


def _varying(values: Hashes, starts: Rows, sizes: Rows) -> Hashes:
    """The bits in which two values of one group may differ, each as a mask."""
    different = np.bitwise_or.reduce(values ^ np.repeat(values[starts], sizes))
    masks = np.uint64(1) << np.arange(64, dtype=np.uint64)
    return masks[(different & masks) != 0]


def _compared(values: Hashes, rows: Rows, starts: Rows, sizes: Rows, distance: int, earlier: list[np.uint64]) -> Iterator[Near]:
    for a, b in pairs_of_runs(starts, sizes):
        different = values[a] ^ values[b]
        near = np.flatnonzero(np.bitwise_count(different) <= distance)
        near = near[_first_here(different[near], earlier)] if len(near) else near
        if len(near):
            yield (*_ordered(rows[a[near]], rows[b[near]]), np.bitwise_count(different[near]).astype(np.int64))


def _first_here(different: Hashes, earlier: list[np.uint64]) -> npt.NDArray[np.bool_]:
    """Not equal in an earlier chunk: by that one the pair was found already."""
    new = np.ones(len(different), bool)
    for mask in earlier:
        new &= (different & mask) != 0
    return new


def _ordered(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    return np.minimum(a, b), np.maximum(a, b)
