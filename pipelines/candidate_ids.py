"""files of screen's table, which of their rows are candidates -> the ids of these, read again where they are asked for

Of a hundred million samples the ids are four gigabytes; what is held here is a bit of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipelines.reading import read_columns
from pipelines.tables import Entry
from pipelines.together import together


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """Some files of a bucket."""

    bucket: int
    start: int  # place of its first candidate among all
    count: int  # candidates
    entries: tuple[Entry, ...]
    stays: pa.ChunkedArray  # which rows of the files are candidates


class CandidateIds:
    """Candidates are numbered in the order of `add`, which is that of buckets."""

    def __init__(self, out: str) -> None:
        self._out = out
        self._slabs: list[Slab] = []

    def __len__(self) -> int:
        return self._slabs[-1].start + self._slabs[-1].count if self._slabs else 0

    def add(self, bucket: int, entries: Sequence[Entry], stays: pa.ChunkedArray) -> None:
        """The next files: of their rows, one after the other, those that `stays` marks."""
        count = stays.true_count if isinstance(stays, pa.BooleanArray) else sum(chunk.true_count for chunk in stays.chunks)
        self._slabs.append(Slab(bucket=bucket, start=len(self), count=count, entries=tuple(entries), stays=stays))

    def at(self, place: int) -> str:
        """The id of one candidate. Raises IndexError where there are not so many."""
        for slab in self._slabs:
            if slab.start <= place < slab.start + slab.count:
                return str(self._read(slab)[place - slab.start])
        raise IndexError(f"candidate {place} of {len(self)}")

    def buckets(self) -> Iterator[tuple[int, int, pa.Array]]:
        """(bucket, place of its first candidate, ids of its candidates in their order) of each bucket that has any."""
        for bucket in dict.fromkeys(slab.bucket for slab in self._slabs if slab.count):
            slabs = [slab for slab in self._slabs if slab.bucket == bucket]
            ids = pa.chunked_array([chunk for slab in slabs for chunk in self._read(slab).chunks], pa.string())
            yield bucket, slabs[0].start, ids.combine_chunks()

    def _read(self, slab: Slab) -> pa.ChunkedArray:
        tables = together(self._out, lambda entry: read_columns(self._out, entry, ["id"]), slab.entries)
        return pa.concat_tables(tables)["id"].filter(slab.stays)
