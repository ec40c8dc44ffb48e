"""Files on their way through match: what is written is read, whole or by columns"""

import itertools

import numpy as np
import pyarrow as pa

from pipelines import scratch
from pipelines.scratch import Columns, Lists, empty_scratch, read_scratch, read_slabs, write_scratch
from pipelines.tables import Room

SCHEMA = pa.schema([("id", pa.string()), ("key", pa.uint64()), ("list", pa.list_(pa.int64()))])


def table(first: int, count: int) -> pa.Table:
    rows = range(first, first + count)
    return pa.table([[f"a/{n}" for n in rows], list(rows), [[n] * (n % 3) for n in rows]], schema=SCHEMA)


def test_columns_of_a_file_are_read_alone(tmp_path):
    room = Room(out=str(tmp_path), stage="match", buckets=1, recipe="r")
    write_scratch(room, "part", [table(0, 3), table(3, 4)])
    assert read_scratch(room, "part", SCHEMA).equals(pa.concat_tables([table(0, 3), table(3, 4)]))
    assert read_scratch(room, "part", SCHEMA, ["list", "id"]).equals(table(0, 7).select(["list", "id"]))
    assert read_scratch(room, "none", SCHEMA, ["key"]).equals(SCHEMA.empty_table().select(["key"]))
    write_scratch(room, "empty", [])
    empty_scratch(room)
    assert not scratch.scratch(room).exists()


def test_slabs_are_whole_files_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "SLAB", 5)
    room = Room(out=str(tmp_path), stage="match", buckets=1, recipe="r")
    for name, first, count in (("a", 0, 3), ("b", 3, 4), ("c", 7, 1)):
        write_scratch(room, name, [table(first, count)])
    slabs = list(read_slabs(room, ["a", "b", "none", "c"], SCHEMA, ["id", "list"]))
    assert [slab["id"].to_pylist() for slab in slabs] == [[f"a/{n}" for n in range(7)], ["a/7"]]
    assert list(read_slabs(room, [], SCHEMA, ["id"])) == []


def test_a_column_of_many_slabs_comes_in_one_piece(tmp_path):
    columns = Columns(tmp_path / "deep" / "bands.bin")
    whole = np.arange(30, dtype=np.uint64).reshape(3, 10)
    columns.add(whole[:, :4])
    columns.add(whole[:, 4:4])
    columns.add(whole[:, 4:])
    assert [columns(band).tolist() for band in range(3)] == whole.tolist()
    assert Columns(tmp_path / "bands.bin")(0).tolist() == []


def test_lists_are_mapped_as_they_were_added(tmp_path):
    lists = Lists(tmp_path / "deep" / "whole.bin")
    for part in (table(0, 5), table(5, 0), table(5, 4).slice(1)):
        lists.add(part["list"].combine_chunks())
    offsets, values = lists.mapped()
    given = [*table(0, 5)["list"].to_pylist(), *table(6, 3)["list"].to_pylist()]
    assert [values[begin:end].tolist() for begin, end in itertools.pairwise(offsets)] == given
    nothing = Lists(tmp_path / "nothing.bin").mapped()
    assert [each.tolist() for each in nothing] == [[0], []]
