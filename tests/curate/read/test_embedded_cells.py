"""a Parquet table that embeds its images -> rows without their bytes; cells, one by one"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.read import ReadFault, Where
from curate.read.parquet import read_cells, read_parquet

ROWS = [
    {"n": 0, "image": {"bytes": b"zero", "path": "0.png"}, "images": [{"bytes": b"a", "path": "a.png"}, {"bytes": b"b", "path": None}]},
    {"n": 1, "image": {"bytes": None, "path": "1.png"}, "images": []},
    {"n": 2, "image": None, "images": None},
    {"n": 3, "image": {"bytes": b"three", "path": None}, "images": [None, {"bytes": b"c", "path": "c.png"}]},
]


def written(rows: Sequence[Mapping[str, Any]], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink, **options)
    return sink.getvalue()


def rows_of(data: bytes, *leave: str) -> list[Any]:
    found = read_parquet(Where(path="t.parquet", open=lambda path: io.BytesIO(data)), {"leave": list(leave)})
    return [row for item in found for row in (item if isinstance(item, list) else [item])]


def cells(data: bytes, *wanted: tuple[int, str]) -> list[Any]:
    return list(read_cells(io.BytesIO(data), wanted))


def test_rows_are_read_without_the_leaves_that_are_left() -> None:
    assert rows_of(written(ROWS), "image.bytes", "images.bytes") == [
        {"n": 0, "image": {"path": "0.png"}, "images": [{"path": "a.png"}, {"path": None}]},
        {"n": 1, "image": {"path": "1.png"}, "images": []},
        {"n": 2, "image": None, "images": None},
        {"n": 3, "image": {"path": None}, "images": [None, {"path": "c.png"}]},
    ]
    assert rows_of(written(ROWS), "image", "images") == [{"n": number} for number in range(4)]
    assert rows_of(written(ROWS), "n", "image", "images") == [{}] * 4


def test_bytes_that_are_left_are_not_read() -> None:
    """They are overwritten in the file; their pages would not unpack."""
    data = bytearray(written([{"n": 0, "image": {"bytes": b"Z" * 5000, "path": "0.png"}}], compression="zstd"))
    column = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(0).column(1)
    assert column.path_in_schema == "image.bytes"
    begin = column.dictionary_page_offset or column.data_page_offset
    data[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    assert rows_of(bytes(data), "image.bytes") == [{"n": 0, "image": {"path": "0.png"}}]
    with pytest.raises(ReadFault, match="parquet_broken"):
        cells(bytes(data), (0, "image.bytes"))


@pytest.mark.parametrize("options", [{}, {"row_group_size": 1}, {"use_compliant_nested_type": False}, {"use_dictionary": False}])
def test_a_cell_is_found_through_structs_and_lists(options: Mapping[str, Any]) -> None:
    data = written(ROWS, **options)
    assert cells(data, (0, "image.bytes"), (1, "image.bytes"), (2, "image.bytes"), (3, "image.bytes")) == [b"zero", None, None, b"three"]
    assert cells(data, (0, "images.0.bytes"), (0, "images.1.bytes"), (0, "images.2.bytes"), (1, "images.0.bytes")) == [
        b"a",
        b"b",
        None,
        None,
    ]
    assert cells(data, (2, "images.0.bytes"), (3, "images.0.bytes"), (3, "images.1.bytes")) == [None, None, b"c"]
    assert cells(data, (0, "image.bytes"), (0, "images.0.bytes"), (3, "images.1.bytes")) == [b"zero", b"a", b"c"]


def test_a_plain_column_and_one_with_dots_in_its_name_are_cells_too() -> None:
    data = written([{"image": b"x", "a.b": b"y", "list": [b"p", b"q"]}])
    assert cells(data, (0, "image"), (0, "a.b"), (0, "list.1")) == [b"x", b"y", b"q"]


def test_rows_that_are_not_there_have_no_cells() -> None:
    data = written(ROWS)
    assert cells(data, (-1, "image.bytes"), (0, "image.bytes"), (4, "image.bytes"), (99, "image.bytes")) == [None, b"zero", None, None]
    assert cells(data, (99, "image.bytes")) == [None]


def test_only_the_row_groups_that_are_asked_for_are_read() -> None:
    rows = [{"image": {"bytes": bytes([number]) * 3000}} for number in range(100)]
    data = bytearray(written(rows, row_group_size=10, compression="zstd"))
    groups = pq.ParquetFile(io.BytesIO(bytes(data))).metadata
    for number in (0, 5, 9):
        column = groups.row_group(number).column(0)
        begin = column.dictionary_page_offset or column.data_page_offset
        data[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    assert cells(bytes(data), (10, "image.bytes"), (49, "image.bytes"), (89, "image.bytes")) == [bytes([n]) * 3000 for n in (10, 49, 89)]


@pytest.mark.parametrize("column", ["picture.bytes", "image.content", "n.bytes", "image.byte"])
def test_a_column_that_is_not_there_is_a_fault_with_the_nearest(column: str) -> None:
    with pytest.raises(ReadFault) as caught:
        cells(written(ROWS), (0, column))
    near = " (nearest: 'image.bytes')" if column == "image.byte" else ""
    assert (caught.value.reason, caught.value.found) == ("column_missing", "a table of 5 columns")
    assert caught.value.wanted.startswith(f"column '{column}'{near}")


def test_a_file_that_is_no_table_is_a_fault() -> None:
    with pytest.raises(ReadFault, match="parquet_broken"):
        cells(written(ROWS)[:-9], (0, "image.bytes"))
