"""one shard of a corpus, which may be anything -> its rows, and the bytes of their pictures; a few at a time"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.digest import digest64
from schemas.sample import IMAGE_MARK

BATCH = 64  # rows held together, pictures and all
GROUP_BYTES = 4 << 30  # of a row group, unpacked: a file that announces more is none of ours
# What a corpus ships, and how its bytes begin; a picture's file is named by its bytes and one of these alone
SUFFIXES = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF8", "webp": b"RIFF"}
ROLES = ("system", "user", "assistant")
PICTURES = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
WANTED = {"id": pa.string(), "images": PICTURES, "messages": MESSAGES}


class NoShard(ValueError):
    """A file is no shard of a corpus. Says where and what, and nothing of the text in it."""


@dataclass(frozen=True, slots=True)
class Picture:
    name: str  # 'path' of the corpus
    suffix: str
    bytes: memoryview


@dataclass(frozen=True, slots=True)
class Row:
    fields: dict[str, Any]  # every column but `images`, as plain values
    pictures: tuple[Picture, ...]

    @property
    def id(self) -> str:
        return str(self.fields["id"])


def read_rows(file: BinaryIO, rows: int) -> Iterator[Row]:
    """The rows of an open shard, which must be as many as `rows`, in the order of the hash of their ids, each id once, each with one
    mark for each image. Raises NoShard."""
    try:
        shard = pq.ParquetFile(file)
        _check_layout(shard, rows)
        place, before = 0, (-1, "")
        for batch in _batches(shard):
            for row in _rows(batch):
                _check_row(row, place)
                now = (digest64(row.id), row.id)
                if now <= before:
                    raise NoShard(f"row {place}: out of the order of the hash of ids, or an id that was there before")
                place, before = place + 1, now
                yield row
        if place != rows:
            raise NoShard(f"{place:,} rows found, {rows:,} wanted")
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:  # Arrow: ArrowInvalid, ArrowMemoryError ...
        raise NoShard(f"cannot be read as Parquet ({type(error).__name__})") from None


def _batches(shard: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Row group by row group: a reader of all of them at once holds on to every one that it has read."""
    for group in range(shard.num_row_groups):
        yield from shard.iter_batches(batch_size=BATCH, row_groups=[group], use_threads=False)


def is_typed(value: object) -> bool:
    """Whether a reader that guesses the type of a column from its values learns anything from this one."""
    return value is not None and value != []


def _check_layout(shard: pq.ParquetFile, rows: int) -> None:
    schema, about = shard.schema_arrow, shard.metadata
    wrong = [name for name, kind in WANTED.items() if name not in schema.names or schema.field(name).type != kind]
    if wrong or len(set(schema.names)) != len(schema.names):
        raise NoShard(f"columns: {', '.join(wrong) or 'one name twice'} found otherwise than every corpus has them")
    if odd := [field.name for field in schema if field.name != "images" and not _is_plain(field.type)]:
        raise NoShard(f"columns {odd!a}: a type found that JSON has no word for")
    if about.num_rows != rows:
        raise NoShard(f"{about.num_rows:,} rows found, {rows:,} wanted")
    sizes = [about.row_group(group).total_byte_size for group in range(about.num_row_groups)]
    if any(size > GROUP_BYTES for size in sizes):
        raise NoShard(f"a row group of {max(sizes):,} bytes found, at most {GROUP_BYTES:,} wanted")


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):
        return _is_plain(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_is_plain(field.type) for field in kind)
    return any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_integer, pa.types.is_float64, pa.types.is_boolean))


def _rows(batch: pa.RecordBatch) -> Iterator[Row]:
    """The bytes of pictures stay where Arrow has them: they are looked at, not copied."""
    shown = batch.column("images")
    if shown.null_count:
        raise NoShard("images: nothing found where a list was wanted")
    pictures = shown.flatten()
    data, names = pc.struct_field(pictures, "bytes"), pc.struct_field(pictures, "path").to_pylist()
    counts = pc.list_value_length(shown).to_pylist()
    start = 0
    for fields, count in zip(batch.drop_columns("images").to_pylist(), counts, strict=True):
        yield Row(fields, tuple(_picture(data[place], names[place]) for place in range(start, start + count)))
        start += count


def _picture(data: pa.BinaryScalar, name: str | None) -> Picture:
    suffix = (name or "").rpartition(".")[2].lower()
    if suffix not in SUFFIXES:
        raise NoShard(f"images: a name found that ends in none of {', '.join(SUFFIXES)}")
    if not data.is_valid:
        raise NoShard("images: a picture without bytes")
    held = memoryview(data.as_buffer())
    if bytes(held[: len(SUFFIXES[suffix])]) != SUFFIXES[suffix]:
        raise NoShard(f"images: bytes found that are no {suffix}, as their name says")
    return Picture(str(name), suffix, held)


def _check_row(row: Row, place: int) -> None:
    messages = row.fields["messages"]
    if not isinstance(row.fields["id"], str) or not messages:
        raise NoShard(f"row {place}: found no id, or no messages")
    if any(message is None or message["role"] not in ROLES or message["content"] is None for message in messages):
        raise NoShard(f"row {place}: a message found whose role is none of {', '.join(ROLES)}, or that says nothing")
    marks, wanted = Counter[str](), Counter(user=len(row.pictures))
    for message in messages:
        marks[message["role"]] += message["content"].count(IMAGE_MARK)
    if marks != wanted:
        raise NoShard(f"row {place}: {len(row.pictures)} images and {marks.total()} marks found, wanted as many, in user turns")
