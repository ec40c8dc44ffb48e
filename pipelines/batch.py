"""Arrow tables as Beam elements: one element is some 500-10,000 rows as IPC bytes, because the number of elements is the cost"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
import pyarrow as pa

from schemas.arrow import from_table, to_table

Batch = bytes  # Arrow IPC stream; never a pickled slice, which would pickle the whole parent
Row = TypeVar("Row")


def pack(table: pa.Table) -> Batch:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def unpack(batch: Batch) -> pa.Table:
    return pa.ipc.open_stream(batch).read_all()


def batch(*rows: Row) -> Batch:
    """Rows of one dataclass as one element."""
    return pack(to_table(rows, type(rows[0])))


def rows(batches: Iterable[Batch], row_type: type[Row]) -> list[Row]:
    return [row for element in batches for row in from_table(unpack(element), row_type)]


def slices(table: pa.Table, partitions: np.ndarray) -> Iterator[tuple[int, Batch]]:
    """(partition, its rows) of a table whose row i belongs to `partitions[i]`: what a shuffle carries."""
    order = np.argsort(partitions, kind="stable")
    sorted_partitions = partitions[order]
    starts = np.flatnonzero(np.diff(sorted_partitions, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)]):
        yield int(sorted_partitions[start]), pack(table.take(pa.array(order[start:end])))


def merge(batches: Iterable[Batch], *, by: list[str]) -> pa.Table:
    """The slices of one partition as one table, in an order that no runner decides: sorted by `by`, which must tell rows apart."""
    table = pa.concat_tables([unpack(element) for element in batches])
    return table.sort_by([(name, "ascending") for name in by])
