"""a file of a committed table -> its rows, some of their columns, also inside nested ones; or that it is damaged"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.failed import WORLD, naming, number_of
from pipelines.place import Place, place
from pipelines.proven import is_as_written

if TYPE_CHECKING:
    from pipelines.tables import Entry


SLAB = 1 << 17  # rows of a bucket's files that are read together


class DamagedTable(RuntimeError):
    """A table of an earlier stage is not what its receipt says."""


def read_columns(out: str, entry: Entry, columns: Sequence[str]) -> pa.Table:
    """All rows of one file. `columns` may name parts of nested ones as Parquet does ('sample.task'). Raises DamagedTable."""
    path = place(out, entry.path)
    with _reading(path, entry):
        table = parquet_file(path).read(columns=list(columns))
    _check_rows(path, len(table), entry)
    return table


def slabs(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Files that have SLAB rows together: the tables that they are compared with are gone through for each slab, not for each file."""
    held: list[Entry] = []
    rows = 0
    for entry in entries:
        held, rows = [*held, entry], rows + entry.rows
        if rows >= SLAB:
            yield held
            held, rows = [], 0
    if held:
        yield held


def read_batches(out: str, entry: Entry, columns: Sequence[str], *, rows: int) -> Iterator[pa.Table]:
    """The rows of one file, at most `rows` at a time: the whole of it is never held. Raises DamagedTable, at its end too."""
    path, found = place(out, entry.path), 0
    with _reading(path, entry):
        for batch in parquet_file(path).iter_batches(batch_size=rows, columns=list(columns)):
            found += len(batch)
            yield pa.Table.from_batches([batch])
    _check_rows(path, found, entry)


def parquet_file(path: Place) -> pq.ParquetFile:
    """Raises what the disk or the store raises, and pyarrow where it is no Parquet."""
    return pq.ParquetFile(path if isinstance(path, Path) else path.open("rb"))


@contextlib.contextmanager
def _reading(path: Place, entry: Entry) -> Iterator[None]:
    try:
        with naming(path):
            if not is_as_written(path, entry):
                raise DamagedTable(f"{path}: cannot be read as its receipt says (its bytes are others); remove it and run again")
            yield
    except (OSError, pa.ArrowInvalid) as error:
        if isinstance(error, OSError) and number_of(error) in WORLD - {errno.ENOENT}:
            raise  # of a disk or store that does not answer, or not to us: no table is damaged by that
        raise DamagedTable(f"{path}: cannot be read as its receipt says ({type(error).__name__}); remove it and run again") from error


def _check_rows(path: Place, found: int, entry: Entry) -> None:
    if found != entry.rows:
        raise DamagedTable(f"{path}: holds {found} rows, its receipt says {entry.rows}; remove it and run again")
