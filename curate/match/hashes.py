"""distinct 64-bit pHashes -> every pair within a distance, by the chunk index"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from curate.match.buckets import pairs_of_runs, runs

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Near = tuple[Rows, Rows, Rows]  # position, position, bits apart
_HOT = 1024  # a bucket above this is cut in chunks again: a pair is near in it only where it is near in the bits that are left


def near_pairs(hashes: Hashes, distance: int) -> Iterator[Near]:
    """Every pair (a < b) of `hashes`, which are distinct, at most `distance` bits apart, once, in blocks.

    Two hashes at most d bits apart are equal in one of d + 1 chunks (for 3: 4 x 16 bits, as the code that Lingshu cites,
    xuehuachunsheng/DupImageDetection); only pairs that share a chunk are compared. A hot bucket is indexed again by its remaining
    bits, so the result is exact whatever the hashes are."""
    if distance > 0 and len(hashes) > 1:
        yield from _near(hashes, np.arange(len(hashes)), distance)


def _near(values: Hashes, rows: Rows, distance: int) -> Iterator[Near]:
    """Pairs among `values`, which are distinct; `rows` are what to call them."""
    bits = 0
    if len(values) > _HOT:
        values, bits = _varying(values)
    if bits < 2 * (distance + 1):
        yield from _compared(values, rows, np.zeros(1, np.int64), np.array([len(values)]), distance, [])
        return
    cuts = [bits * chunk // (distance + 1) for chunk in range(distance + 2)]
    chunks = [np.uint64((1 << high) - (1 << low)) for low, high in itertools.pairwise(cuts)]
    for number, chunk in enumerate(chunks):
        key = values & chunk
        order = np.argsort(key, kind="stable")
        starts, sizes = runs(key[order])
        small = (sizes > 1) & (sizes <= _HOT)
        yield from _compared(values[order], rows[order], starts[small], sizes[small], distance, chunks[:number])
        for start, size in zip(starts[sizes > _HOT], sizes[sizes > _HOT], strict=True):
            inside = order[start : start + size]
            yield from _hot(values[inside], rows[inside], distance, chunks[:number])


def _varying(values: Hashes) -> tuple[Hashes, int]:
    """`values` without the bits that all of them share, and how many bits are left: distances stay."""
    different = int(np.bitwise_or.reduce(values ^ values[0]))
    places = [bit for bit in range(64) if different >> bit & 1]
    packed = np.zeros(len(values), np.uint64)
    for place, bit in enumerate(places):
        packed |= ((values >> np.uint64(bit)) & np.uint64(1)) << np.uint64(place)
    return packed, len(places)


def _hot(values: Hashes, rows: Rows, distance: int, earlier: list[np.uint64]) -> Iterator[Near]:
    for a, b, apart in _near(values, np.arange(len(rows)), distance):
        new = _first_here(values[a] ^ values[b], earlier)
        if new.any():
            yield (*_ordered(rows[a[new]], rows[b[new]]), apart[new])


def _compared(values: Hashes, rows: Rows, starts: Rows, sizes: Rows, distance: int, earlier: list[np.uint64]) -> Iterator[Near]:
    for a, b in pairs_of_runs(starts, sizes):
        different = values[a] ^ values[b]
        apart = np.bitwise_count(different)
        near = (apart <= distance) & _first_here(different, earlier)
        if near.any():
            yield (*_ordered(rows[a[near]], rows[b[near]]), apart[near].astype(np.int64))


def _first_here(different: Hashes, earlier: list[np.uint64]) -> npt.NDArray[np.bool_]:
    """Not equal in an earlier chunk: there the pair was found already."""
    new = np.ones(len(different), bool)
    for mask in earlier:
        new &= (different & mask) != 0
    return new


def _ordered(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    return np.minimum(a, b), np.maximum(a, b)
