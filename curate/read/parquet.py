"""Parquet files -> rows; the bytes of embedded images are left where they are, and read from there cell by cell"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from curate.read.names import check_columns, wanted_columns
from curate.read.opened import ReadFault, Row, Where, opened
from schemas.verdict import Fault

AT_ONCE = 32  # rows of embedded images in memory
BUFFER = 1 << 20  # bytes read at a time: otherwise a column of a row group is read whole
BROKEN = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError)


def read_parquet(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Rows without what `leave` names: columns, or leaves of columns, through lists (`image.bytes`, `images.bytes`). Raises ReadFault:
    parquet_broken, column_missing."""
    with opened(where) as file:
        try:
            table = pq.ParquetFile(file)
            empty = {field.name for field in table.schema_arrow if pa.types.is_null(field.type)}  # nothing tells what is in them
            needs = {name.split(".")[0] if name.split(".")[0] in empty else name for name in where.needs}
            check_columns(table.schema_arrow.names, needs, where.absent, paths=[name for _, name in _leaves(table)])
            left = tuple(options.get("leave", ()))
            paths = [path for path, name in _leaves(table) if not any(_is_in(name, leaf) for leaf in left)]
            for batch in table.iter_batches(batch_size=1000, columns=paths):
                yield from _rows(batch) if paths else ({} for _ in range(batch.num_rows))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise ReadFault("parquet_broken", found="no Parquet, or a file that is cut", wanted="a whole Parquet file") from None


def read_cells(file: BinaryIO, wanted: Sequence[tuple[int, str]]) -> Iterator[Any]:
    """The cell of each (row, column); rows from 0, ascending; a column may go into structs and lists: `image.bytes`, `images.0.bytes`.
    None where nothing is there. Row groups are read once, some rows at a time. Raises ReadFault: parquet_broken, column_missing."""
    try:
        table = pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
        parts, paths = _ways({column for _, column in wanted}, table)
        left = iter(wanted)
        row, column = next(left)
        for begin, batch in _batches(table, paths, [row for row, _ in wanted]):
            while row < begin + batch.num_rows:
                yield _cell(batch.column(parts[column][0])[row - begin].as_py(), parts[column][1:]) if row >= begin else None
                row, column = next(left)
        yield from [None] * (1 + sum(1 for _ in left))  # rows beyond the last
    except StopIteration:
        return
    except BROKEN as error:
        if getattr(error, "errno", None):
            raise  # of the disk; Arrow's own, of pages that do not unpack, have no number
        raise ReadFault("parquet_broken", found="no Parquet, or a file that is cut", wanted="a whole Parquet file") from None


def _ways(columns: Collection[str], table: pq.ParquetFile) -> tuple[dict[str, list[str]], list[str]]:
    """The steps into each column, and the paths of the leaves that hold them all. Raises ReadFault."""
    names, leaves = table.schema_arrow.names, _leaves(table)
    parts = {column: [column] if column in names else column.split(".") for column in columns}
    asked = {".".join(part for part in way if not part.isdigit() or part in names) for way in parts.values()}
    lacking = sorted(leaf for leaf in asked if not any(_is_in(name, leaf) for _, name in leaves))
    if lacking:
        found = [name for _, name in leaves]
        raise ReadFault("column_missing", found=f"a table of {len(found)} columns", wanted=wanted_columns(lacking, found, ()))
    return parts, [path for path, name in leaves if any(_is_in(name, leaf) for leaf in asked)]


def _is_in(name: str, column: str) -> bool:
    return name == column or name.startswith(f"{column}.")


def _batches(table: pq.ParquetFile, paths: list[str], rows: Sequence[int]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """(its first row, rows) of those row groups that hold some of `rows`."""
    begin = at = 0
    for number in range(table.num_row_groups):
        end = begin + table.metadata.row_group(number).num_rows
        place = begin
        if at < len(rows) and rows[at] < end:
            for batch in table.iter_batches(batch_size=AT_ONCE, row_groups=[number], columns=paths):
                yield place, batch
                place += batch.num_rows
                while at < len(rows) and rows[at] < place:
                    at += 1
                if at == len(rows) or rows[at] >= end:
                    break
        begin = end


def _cell(value: Any, way: Sequence[str]) -> Any:
    for part in way:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            return None
    return value


def _leaves(table: pq.ParquetFile) -> list[tuple[str, str]]:
    """(path in the file, name without the levels that lists are made of) of each: 'images.list.element.bytes', 'images.bytes'."""
    names = [name for field in table.schema_arrow for name in _names(field.name, field.type)]
    return [(table.schema.column(number).path, name) for number, name in enumerate(names)]


def _names(name: str, kind: pa.DataType) -> Iterator[str]:
    if isinstance(kind, pa.BaseExtensionType):
        yield from _names(name, kind.storage_type)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _names(name, kind.value_type)
    elif pa.types.is_map(kind):
        yield from (*_names(f"{name}.key", kind.key_type), *_names(f"{name}.value", kind.item_type))
    elif pa.types.is_struct(kind) and kind.num_fields:
        for field in kind:
            yield from _names(f"{name}.{field.name}", field.type)
    else:
        yield name


def _rows(batch: pa.RecordBatch) -> list[Row | Fault]:
    try:
        return batch.to_pylist()
    except (ValueError, OverflowError):  # one cell spoils all: which row it is
        return [_row(batch.slice(place, 1)) for place in range(batch.num_rows)]


def _row(batch: pa.RecordBatch) -> Row | Fault:
    """The one row of `batch`."""
    try:
        return batch.to_pylist()[0]
    except UnicodeDecodeError:
        return Fault(reason="bad_encoding", evidence=f"bytes that are not utf-8, {batch.num_columns} cells")
    except (ValueError, OverflowError):
        return Fault(reason="row_broken", evidence=f"a value beyond its type, {batch.num_columns} cells")
