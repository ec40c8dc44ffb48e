"""two sides, each of ordered streams of tables -> windows in which equal ids meet; a few batches are held, never a side"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.digests import digests64

Keys: TypeAlias = "pa.Array | npt.NDArray[np.uint64]"


class Disorder(ValueError):
    """Rows that do not come in the order they are written in, or twice: what two sides have in common cannot be told."""


def by_id(table: pa.Table) -> pa.Array:
    """The key of tables at rest, which are sorted by id. Raises Disorder where an id is missing."""
    ids = _flat(table["id"])
    if ids.null_count:
        raise Disorder("a row without an id")
    return ids


def by_digest(table: pa.Table) -> npt.NDArray[np.uint64]:
    """The key of shards, which lie in the order of the digests of their ids."""
    return digests64(by_id(table))


class Stream:
    """Tables in ascending order of their keys, one of them held at a time. `name` is the file or folder they come from."""

    def __init__(self, tables: Iterator[pa.Table], key: Callable[[pa.Table], Keys], name: str) -> None:
        self.tables, self.key, self.name = tables, key, name
        self.table: pa.Table | None = None
        self.keys: Keys = np.zeros(0, np.uint64)
        self.keys_end: Any = None  # the highest so far

    def fill(self) -> bool:
        """Whether rows are left; the next table is fetched if the one held is used up. Raises Disorder."""
        while not len(self.keys):
            table = next(self.tables, None)
            if table is None:
                return False
            if len(table):
                self._take_in(table)
        return True

    def _take_in(self, table: pa.Table) -> None:
        try:
            self.table, self.keys = table, self.key(table)
        except Disorder as fault:
            raise Disorder(f"{self.name}: {fault}") from None
        if (self.keys_end is not None and _plain(self.keys[0]) < self.keys_end) or not _ascends(self.keys):
            raise Disorder(f"{self.name}: its rows do not lie in the order of their ids; 'verify' tells more")
        self.keys_end = _plain(self.keys[len(self.keys) - 1])

    def upto(self, key: str | int) -> pa.Table:
        """The held rows whose key is no higher; they are held no more."""
        assert self.table is not None
        place = bisect.bisect_right(self.keys, key, key=_plain)  # type: ignore[arg-type]
        rows, self.table = self.table.slice(0, place), self.table.slice(place)
        self.keys = self.keys[place:]
        return rows


@dataclass(frozen=True, slots=True)
class Meeting:
    """Rows of one window. `before` and `now` are as long as each other and hold the same ids in the same order."""

    went: pa.Table  # of the first side alone
    came: pa.Table  # of the second side alone
    before: pa.Table
    now: pa.Table


def meetings(sides: Sequence[Sequence[Stream]], empty: pa.Table) -> Iterator[Meeting]:
    """Every row of the two sides in exactly one meeting. `empty` is their table without rows. Raises Disorder."""
    while True:
        live = [[stream for stream in side if stream.fill()] for side in sides]
        ends = [stream.keys_end for side in live for stream in side]
        if not ends:
            return
        upper = min(ends)
        before, now = (pa.concat_tables([empty, *(stream.upto(upper) for stream in side)]) for side in live)
        for rows, side in ((before, live[0]), (now, live[1])):
            _check_once(_flat(rows["id"]), side)
        yield meet(before, now)


def _check_once(ids: pa.Array, streams: Sequence[Stream]) -> None:
    counts = ids.value_counts()
    if len(counts) != len(ids):
        twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
        raise Disorder(f"{', '.join(stream.name for stream in streams)}: the id {twice[0]} comes more than once")


def meet(before: pa.Table, now: pa.Table) -> Meeting:
    """Each table has an id once."""
    ids = [_flat(table["id"]) for table in (before, now)]
    if ids[0].equals(ids[1]):
        return Meeting(before.slice(0, 0), now.slice(0, 0), before, now)
    places = pc.index_in(ids[0], value_set=ids[1])
    both = places.is_valid()
    return Meeting(
        went=before.filter(pc.invert(both)),
        came=now.filter(pc.invert(pc.is_in(ids[1], value_set=ids[0]))),
        before=before.filter(both),
        now=now.take(places.drop_null()),
    )


def _ascends(keys: Keys) -> bool:
    if isinstance(keys, np.ndarray):
        return bool(np.all(keys[:-1] <= keys[1:]))
    return bool(pc.all(pc.less(keys[:-1], keys[1:])).as_py() is not False)


def _plain(key: pa.Scalar | np.uint64) -> str | int:
    return key.as_py() if isinstance(key, pa.Scalar) else int(key)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
