"""shards as they may come from anywhere: what is none is told without a word of its text"""

import io
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.emit.columns import SHARD
from curate.export import rows as module
from curate.export.rows import NoShard, read_rows
from tests.curate.export.made_corpus import asked, named, odd_rows, picture, row, shards_of, write_shard

SECRET = "Jane Doe 1234567"


def shard(rows: list[dict], schema: pa.Schema = SHARD, **options) -> io.BytesIO:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, **options)
    return io.BytesIO(sink.getvalue())


def fault(file: io.BytesIO, count: int) -> str:
    with pytest.raises(NoShard) as told:
        list(read_rows(file, count))
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    return str(told.value)


def test_every_row_comes_whole_whatever_is_in_it():
    (rows,) = shards_of(odd_rows(), 1)
    found = list(read_rows(shard(rows, row_group_size=7), len(rows)))
    shown = [[{"bytes": bytes(shown.bytes), "path": shown.name} for shown in got.pictures] for got in found]
    assert [{**got.fields, "images": images} for got, images in zip(found, shown, strict=True)] == rows
    assert list(read_rows(shard([]), 0)) == []


def test_a_shard_is_read_a_few_rows_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    (rows,) = shards_of(odd_rows(), 1)
    assert [got.id for got in read_rows(shard(rows), len(rows))] == [held["id"] for held in rows]


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="no /proc here: the system does not tell what a process holds")
def test_memory_is_that_of_a_row_group_however_large_the_shard(tmp_path):
    """In a process of its own: the most that it ever held."""
    shown = (named(b"\xff\xd8\xff" + random.Random(number).randbytes(1 << 20), "jpg") for number in range(150))
    (rows,) = shards_of([asked(f"s/{number}", picture) for number, picture in enumerate(shown)], 1)
    write_shard(tmp_path / "large.parquet", rows)
    code = (
        "import re, sys; from pathlib import Path; from curate.export.rows import read_rows\n"
        "held = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) >> 10\n"
        "before, file = held(), open(sys.argv[1], 'rb')\n"
        "print(sum(len(row.pictures) for row in read_rows(file, 150)), held() - before)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, tmp_path / "large.parquet"], capture_output=True, text=True, check=True)
    pictures, megabytes = map(int, ran.stdout.split())
    assert pictures == 150
    assert megabytes < 80


def test_files_that_are_no_parquet_are_told():
    assert fault(io.BytesIO(b""), 1) == "cannot be read as Parquet (ArrowInvalid)"
    assert fault(io.BytesIO(b"PAR1" + b"\0" * 100 + b"\xff\xff\xff\x7fPAR1"), 1) == "cannot be read as Parquet (ArrowInvalid)"
    data = bytearray(shard([asked("s/1", named(picture(0)), text=SECRET)], compression="zstd").getvalue())
    data[4:400] = bytes(396)
    assert fault(io.BytesIO(bytes(data)), 1).startswith("cannot be read as Parquet (")


def test_rows_that_are_more_or_fewer_than_told_are():
    assert fault(shard([asked("s/1")]), 2) == "1 rows found, 2 wanted"
    assert fault(shard([asked("s/1")]), 10**12) == "1 rows found, 1,000,000,000,000 wanted"


def test_rows_out_of_order_or_there_twice_are_told():
    (ordered,) = shards_of([asked("s/1"), asked("s/2"), asked("s/3")], 1)
    assert fault(shard(ordered[::-1]), 3) == "row 1: out of the order of the hash of ids, or an id that was there before"
    assert fault(shard([ordered[0], ordered[0]]), 2) == "row 1: out of the order of the hash of ids, or an id that was there before"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (asked("s/1", text=f"<image>{SECRET}"), "row 0: 0 images and 1 marks found, wanted as many, in user turns"),
        (asked("s/1", named(picture(0)), text="<image>"), "row 0: 1 images and 2 marks found, wanted as many, in user turns"),
        (
            row("s/1", [("user", "?"), ("assistant", "<image>")], [named(picture(0))]),
            "row 0: 1 images and 1 marks found, wanted as many, in user turns",
        ),
        (row("s/1", []), "row 0: found no id, or no messages"),
        ({**asked("s/1"), "id": None}, "row 0: found no id, or no messages"),
        ({**asked("s/1"), "messages": None}, "row 0: found no id, or no messages"),
        ({**asked("s/1"), "images": None}, "images: nothing found where a list was wanted"),
        (row("s/1", [("tool", SECRET)]), "row 0: a message found whose role is none of system, user, assistant, or that says nothing"),
        (row("s/1", [("user", None)]), "row 0: a message found whose role is none of system, user, assistant, or that says nothing"),
        (asked("s/1", {"bytes": None, "path": "a.png"}), "images: a picture without bytes"),
        (asked("s/1", {"bytes": b"", "path": "a.jpg"}), "images: bytes found that are no jpg, as their name says"),
        (asked("s/1", {"bytes": f"<html>{SECRET}".encode(), "path": "a.png"}), "images: bytes found that are no png, as their name says"),
        (asked("s/1", {"bytes": b"x", "path": None}), "images: a name found that ends in none of jpg, png, gif, webp"),
        (asked("s/1", {"bytes": b"x", "path": f"{SECRET}.exe"}), "images: a name found that ends in none of jpg, png, gif, webp"),
        (asked("s/1", {"bytes": b"x", "path": "../../a.png/../x"}), "images: a name found that ends in none of jpg, png, gif, webp"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_place(found, said):
    assert fault(shard([found]), 1) == said


def test_columns_that_are_otherwise_are_told():
    text = [pa.field("id", pa.string()), pa.field("messages", SHARD.field("messages").type)]
    other = pa.schema([*text, pa.field("images", pa.list_(pa.binary()))])
    assert fault(shard([{"id": "s/1"}], other), 1) == "columns: images found otherwise than every corpus has them"
    assert fault(shard([{"x": 1}], pa.schema([pa.field("x", pa.int64())])), 1) == (
        "columns: id, images, messages found otherwise than every corpus has them"
    )
    raw = pa.schema([*SHARD, pa.field("raw", pa.binary())])
    assert fault(shard([asked("s/1")], raw), 1) == "columns ['raw']: a type found that JSON has no word for"


def test_columns_that_a_later_corpus_adds_ride_along():
    later = pa.schema([*SHARD, pa.field("choices", pa.list_(pa.struct([("letter", pa.string()), ("right", pa.bool_())])))])
    choices = [{"letter": "A", "right": True}]
    (got,) = read_rows(shard([{**asked("s/1"), "choices": choices}], later), 1)
    assert got.fields["choices"] == choices


def test_a_row_group_that_announces_more_than_any_has_is_refused(monkeypatch):
    monkeypatch.setattr(module, "GROUP_BYTES", 500)
    assert fault(shard([asked("s/1", text="x" * 1000)]), 1).endswith(" bytes found, at most 500 wanted")


def test_text_that_is_no_utf8_is_told():
    table = pa.Table.from_pylist([asked("s/1")], schema=SHARD)
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")])
    sink = io.BytesIO()
    pq.write_table(table.set_column(table.schema.get_field_index("group"), "group", broken), sink)
    assert fault(io.BytesIO(sink.getvalue()), 1) == "cannot be read as Parquet (UnicodeDecodeError)"
