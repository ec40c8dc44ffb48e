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
    order = np.argsort(digests, kind="stable")
    digests, sizes = digests[order], sizes[order]
    total = int(sizes.sum())
    count = max(1, -(-total // shard_bytes))
    starts = np.cumsum(sizes) - sizes
    shard = (starts.astype(np.float64) * (count / max(1, total))).astype(np.int64)  # exact enough: 2^53 bytes are 9 PB
    first_of_digest = np.concatenate([[True], digests[1:] != digests[:-1]]) if len(digests) else np.zeros(0, bool)
    shard = shard[np.maximum.accumulate(np.where(first_of_digest, np.arange(len(shard)), 0))]
    edges = np.concatenate([np.flatnonzero(np.diff(shard, prepend=-1)), [len(shard)]])
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
