"""digests and sizes of the samples of a split -> its shards: ranges of digests, cut by cumulative bytes"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlan:
    """One shard: the samples of its split whose digest is from `first` to `last`, both included."""

    first: int
    last: int
    rows: int
    bytes: int  # planned; what is written is about as large


def plan_shards(digests: npt.NDArray[np.uint64], sizes: npt.NDArray[np.int64], shard_bytes: int) -> list[ShardPlan]:
    """As few shards as hold `sizes` at `shard_bytes` each (a single sample may be larger), all about equally large.
    Samples in any order; the plan depends on the digests and sizes alone, and samples of the same digest share a shard."""
    if not len(digests):
        return []
    order = np.argsort(digests, kind="stable")
    digests, sizes = digests[order], sizes[order]
    del order  # of a hundred million samples each of these columns is a gigabyte
    total = int(sizes.sum())
    count = max(1, -(-total // shard_bytes))
    shard = np.cumsum(sizes, dtype=np.float64)  # exact enough: 2^53 bytes are 9 PB
    shard -= sizes
    shard *= count / max(1, total)
    np.floor(shard, out=shard)
    again = digests[1:] == digests[:-1]
    if again.any():
        firsts = np.flatnonzero(np.append(True, ~again))
        shard = np.repeat(shard[firsts], np.diff(np.append(firsts, len(shard))))
    edges = np.concatenate([[0], np.flatnonzero(shard[1:] != shard[:-1]) + 1, [len(shard)]])
    return [
        ShardPlan(first=int(digests[start]), last=int(digests[stop - 1]), rows=int(stop - start), bytes=int(sizes[start:stop].sum()))
        for start, stop in pairwise(edges)
    ]


def shard_name(split: str, number: int, count: int) -> str:
    return f"{split}-{number:05d}-of-{count:05d}.parquet"


def shard_pattern(split: str, count: int) -> str:
    """What matches the `count` shards of a split and no shard of an earlier, smaller or larger, corpus."""
    return f"{split}-*-of-{count:05d}.parquet"


def row_groups(sizes: npt.NDArray[np.int64], group_bytes: int) -> list[tuple[int, int]]:
    """(first row, row behind the last) of each row group: as many rows as `group_bytes` hold, one at least."""
    groups, start, held = [], 0, 0
    for row, size in enumerate(sizes.tolist()):
        if row > start and held + size > group_bytes:
            groups.append((start, row))
            start, held = row, 0
        held += size
    return [*groups, (start, len(sizes))] if len(sizes) else []
