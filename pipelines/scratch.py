"""tables on their way through match -> files of this run, read column by column"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.address import is_remote
from pipelines.place import Place, place, remove_tree
from pipelines.tables import Room, replacing
from pipelines.together import AT_ONCE, together

SLAB = 1 << 18  # rows read together, more or less: whole files


def scratch(room: Room) -> Place:
    """Where workers leave files for each other. OUT/tmp is swept after every run."""
    return place(room.out, "tmp", f"match@{room.recipe}.scratch")


def empty_scratch(room: Room) -> None:
    remove_tree(scratch(room))


def write_scratch(room: Room, name: str, tables: Iterable[pa.Table]) -> None:
    """An Arrow file beside those of the other workers; no tables make no file."""
    tables = iter(tables)
    first = next(tables, None)
    if first is None:
        return
    with (
        replacing(room.out, scratch(room) / f"{name}.arrow") as temporary,
        pa.OSFile(str(temporary), "wb") as file,
        pa.ipc.new_file(file, first.schema) as writer,
    ):
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def read_scratch(room: Room, name: str, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a file; of its columns those named are read, no others. No file has no rows."""
    wanted = columns or schema.names
    options = pa.ipc.IpcReadOptions(included_fields=[schema.get_field_index(column) for column in wanted])
    try:
        with _opened(scratch(room) / f"{name}.arrow") as file, pa.ipc.open_file(file, options=options) as reader:
            return reader.read_all().select(wanted)
    except FileNotFoundError:
        return pa.schema([schema.field(column) for column in wanted]).empty_table()


def _opened(path: Place) -> pa.NativeFile:
    return pa.OSFile(str(path)) if isinstance(path, Path) else pa.PythonFile(path.open("rb"), "r")


def read_slabs(room: Room, names: Sequence[str], schema: pa.Schema, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of all files, one after the other, some SLAB at a time."""
    held: list[pa.Table] = []
    step = AT_ONCE if is_remote(room.out) else 1
    for start in range(0, len(names), step):
        for table in together(room.out, lambda name: read_scratch(room, name, schema, columns), names[start : start + step]):
            held.append(table)
            if sum(map(len, held)) >= SLAB:
                yield pa.concat_tables(held).combine_chunks()
                held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


class Columns:
    """Columns of 64-bit numbers in a file, written slab by slab, read one column at a time: n x 8 bytes of memory for each that is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.slabs: list[tuple[int, int]] = []  # (byte at which it begins, rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def add(self, table: npt.NDArray[np.uint64]) -> None:
        """(columns, rows)."""
        with self.path.open("ab") as file:
            self.slabs.append((file.tell(), table.shape[1]))
            np.ascontiguousarray(table).tofile(file)

    def __call__(self, column: int) -> npt.NDArray[np.uint64]:
        slabs = (np.fromfile(self.path, np.uint64, rows, offset=begin + 8 * column * rows) for begin, rows in self.slabs)
        return np.concatenate([np.empty(0, np.uint64), *slabs])


class Lists:
    """Lists of 64-bit numbers in a file, written one after the other, then mapped: what is looked at is read, and can be let go again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sizes = [np.zeros(1, np.int64)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def add(self, lists: pa.ListArray) -> None:
        with self.path.open("ab") as file:
            lists.flatten().to_numpy(zero_copy_only=False).tofile(file)
        self.sizes.append(np.diff(lists.offsets.to_numpy()).astype(np.int64))

    def mapped(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(offsets, values) of all lists."""
        offsets = np.cumsum(np.concatenate(self.sizes))
        return offsets, np.memmap(self.path, np.int64, "r") if offsets[-1] else np.empty(0, np.int64)


class Spilled:
    """Tables of one schema in a file of this machine, written one after the other, then asked for some of their rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema = path, schema

    def write(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Each table, once it is written. The file is whole when all have been asked for."""
        with pa.OSFile(str(self.path), "wb") as file, pa.ipc.new_file(file, self.schema) as writer:
            for table in tables:
                writer.write_table(table)
                yield table

    def rows(self, wanted: npt.NDArray[np.bool_]) -> pa.Table:
        """Those of all rows, in the order in which they were written, that are `wanted`: no others are held."""
        found, begin = [self.schema.empty_table()], 0
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as reader:
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                some = wanted[begin : begin + len(batch)]
                begin += len(batch)
                if some.any():
                    found.append(pa.Table.from_batches([batch]).filter(pa.array(some)))
        return pa.concat_tables(found)
