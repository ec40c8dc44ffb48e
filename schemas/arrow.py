"""dataclass -> Arrow schema; rows <-> Arrow tables"""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import pyarrow as pa

Row = TypeVar("Row")
Value = Any  # a cell as Arrow hands it over: str, int, float, bytes, list or dict

_PLAIN = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), bytes: pa.binary()}


def arrow_type(kind: object) -> pa.DataType:
    """The Arrow type of an annotation: scalars, `X | None`, `tuple[X, ...]`, nested dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return pa.string()
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return arrow_type(inner)
    if origin is tuple:
        return pa.list_(arrow_type(arguments[0]))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return pa.struct(list(arrow_schema(kind)))
    if isinstance(kind, type) and kind in _PLAIN:
        return _PLAIN[kind]
    raise TypeError(f"no Arrow type for {kind!r}")


@functools.cache
def arrow_schema(row_type: type) -> pa.Schema:
    """The schema of a table of `row_type`, its fields in their order. A field's metadata may name its own type:
    `field(metadata={"arrow": pa.uint64()})`."""
    hints = typing.get_type_hints(row_type)
    return pa.schema(
        [
            pa.field(field.name, field.metadata.get("arrow") or arrow_type(hints[field.name]))
            for field in dataclasses.fields(row_type)  # type: ignore[arg-type]
        ]
    )


def plain(value: Value) -> Value:
    """A row, and all that it holds, as plain dicts and lists."""
    if isinstance(value, str | int | float | bytes | None):
        return value
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    names: tuple[str, ...] = _names(type(value))  # type: ignore[arg-type]
    return {name: plain(getattr(value, name)) for name in names}


@functools.cache
def _names(row_type: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(row_type))  # type: ignore[arg-type]


def to_table(rows: Iterable[Row], row_type: type[Row]) -> pa.Table:
    """Column by column: half the time of row by row, a fifth where a column holds no rows of its own."""
    schema: pa.Schema = arrow_schema(row_type)  # type: ignore[arg-type]
    rows = list(rows)
    columns = [pa.array(_column(rows, field), type=field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(rows: list[Row], field: pa.Field) -> list[Value]:
    values = map(operator.attrgetter(field.name), rows)
    return list(map(plain, values) if _holds_rows(field.type) else values)


def _holds_rows(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) or (pa.types.is_list(kind) and _holds_rows(kind.value_type))


def from_table(table: pa.Table, row_type: type[Row]) -> list[Row]:
    return [from_plain(row, row_type) for row in table.to_pylist()]


@functools.cache
def _builders(row_type: type) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(row_type)
    return tuple((field.name, _builder(hints[field.name])) for field in dataclasses.fields(row_type))


def _builder(kind: object) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        build = _builder(inner)
        return None if build is None else lambda value: None if value is None else build(value)
    if origin is tuple:
        build = _builder(arguments[0])
        return tuple if build is None else lambda values: tuple(build(value) for value in values)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return lambda value: from_plain(value, kind)
    return None


def from_plain(row: Mapping[str, Value], row_type: type[Row]) -> Row:
    """The dataclass of a dict as Arrow gives it; an unknown column is left out."""
    builders: tuple[tuple[str, Any], ...] = _builders(row_type)  # type: ignore[arg-type]
    return row_type(**{name: row[name] if build is None or row[name] is None else build(row[name]) for name, build in builders})
