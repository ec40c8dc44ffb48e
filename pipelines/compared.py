"""files of a side -> streams of its rows in their order, a little of each at a time"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.diff.difference import Files
from curate.diff.fates import COLUMNS
from curate.diff.join import Stream, by_digest, by_id
from curate.diff.rows import KEYS
from curate.listed import ListedShard
from pipelines.find import FILES
from pipelines.place import Place, place
from pipelines.reading import parquet_file
from pipelines.run import cores
from pipelines.sides import CorpusFolder, Opened, Unreadable
from pipelines.tables import Index, Room
from schemas.attribute import Tagged

VERDICT = pa.schema([(name, pa.string()) for name in COLUMNS])
MODALITY = pa.schema([("id", pa.string()), ("modality", pa.string())])
ROWS, BYTES = 65_536, 16 << 20  # held of one stream at once, whichever is reached first
HELD = 4 << 30  # bytes of address space beside what is loaded: five million samples take a tenth
ARENA = 128 << 20  # that a thread may reserve


@contextlib.contextmanager
def memory_bound() -> Iterator[None]:
    """A file that unpacks to far more than it says ends in an error, not in the memory of the machine. Where /proc tells what is taken."""
    taken = Path("/proc/self/statm")
    if not taken.is_file():
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = int(taken.read_text().split()[0]) * resource.getpagesize() + HELD + cores() * ARENA
    resource.setrlimit(resource.RLIMIT_AS, (most if before[0] == resource.RLIM_INFINITY else min(most, before[0]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextlib.contextmanager
def reading(path: Place) -> Iterator[None]:
    """What goes wrong with a file's Parquet is told with its name. Raises Unreadable."""
    try:
        yield
    except (OSError, pa.ArrowException) as fault:
        raise Unreadable(f"{path}: cannot be read as Parquet ({type(fault).__name__})") from fault


def opened(path: Place, wanted: pa.Schema) -> pq.ParquetFile:
    """Raises Unreadable, also where a column of `wanted` is missing or of another type."""
    with reading(path):
        file = parquet_file(path)
        schema = file.schema_arrow
    faults = [field for field in wanted if field.name not in schema.names or schema.field(field.name).type != field.type]
    if faults:
        raise Unreadable(f"{path}: columns wanted that are not there: {', '.join(f'{field.name} ({field.type})' for field in faults)}")
    return file


def verdict_rows(side: Opened) -> int:
    return sum(opened(side.verdicts(bucket), VERDICT).metadata.num_rows for bucket in range(side.buckets))


def verdict_stream(path: Place) -> Stream:
    """One bucket of verdicts, which is sorted by id."""
    return Stream(_batches(path, VERDICT.names, VERDICT), by_id, str(path))


def _batches(path: Place, columns: Sequence[str], wanted: pa.Schema) -> Iterator[pa.Table]:
    file = opened(path, wanted)
    for groups, rows in _spans(file, columns):
        with reading(path):
            batches = file.iter_batches(batch_size=rows, row_groups=groups, columns=list(columns))
        yield from _each(path, batches)


def _each(path: Place, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    while True:
        with reading(path):
            batch = next(batches, None)
        if batch is None:
            return
        yield pa.Table.from_batches([batch])


def _spans(file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[tuple[list[int], int]]:
    """Row groups to read together, and how many rows of them at a time: small groups are read several at once, large ones in pieces."""
    held: list[int] = []
    rows = size = 0
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        more = [group.column(place) for place in range(group.num_columns)]
        taken = sum(column.total_uncompressed_size for column in more if column.path_in_schema.partition(".")[0] in columns)
        if held and (rows + group.num_rows > ROWS or size + taken > BYTES):
            yield held, _piece(rows, size)
            held, rows, size = [], 0, 0
        held, rows, size = [*held, number], rows + group.num_rows, size + taken
    if held:
        yield held, _piece(rows, size)


def _piece(rows: int, size: int) -> int:
    return max(1, min(ROWS, rows * BYTES // max(size, 1)))


def shard_schema(corpus: CorpusFolder, shards: Sequence[ListedShard]) -> pa.Schema:
    """The columns of these shards, which must be the same in all; a column `split` beside them. Raises Unreadable."""
    wanted = pa.schema([(name, pa.string()) for name in KEYS])
    found: pa.Schema | None = None
    for shard in shards:
        path = corpus.folder / shard.name
        file = opened(path, wanted)
        schema = file.schema_arrow.remove_metadata()
        if found is not None and not found.equals(schema):
            raise Unreadable(f"{path}: its columns are not those of {shards[0].name}")
        if file.metadata.num_rows != shard.rows:
            raise Unreadable(f"{path}: {file.metadata.num_rows:,} rows found, the index says {shard.rows:,}")
        found = schema
    found = found if found is not None else wanted
    return found if "split" in found.names else found.append(pa.field("split", pa.string()))


def shard_streams(corpus: CorpusFolder, shards: Sequence[ListedShard], columns: Sequence[str]) -> list[Stream]:
    """A stream for each split: its shards one after the other, by the digests of ids."""
    of_split: dict[str, list[ListedShard]] = {}
    for shard in sorted(shards, key=lambda shard: shard.name):
        of_split.setdefault(shard.split, []).append(shard)
    return [
        Stream(_shard_tables(corpus, some, columns), by_digest, f"{corpus.folder}/{split}-*.parquet") for split, some in of_split.items()
    ]


def _shard_tables(corpus: CorpusFolder, shards: Sequence[ListedShard], columns: Sequence[str]) -> Iterator[pa.Table]:
    written = [name for name in columns if name != "split"]
    for shard in shards:
        for table in _batches(corpus.folder / shard.name, written, pa.schema([])):
            rows = table.select(written).append_column("split", pa.repeat(shard.split, len(table)))
            yield rows.select(list(columns))


def modality_tables(side: Opened) -> tuple[Room, Index] | None:
    room = Room(out=side.side.path, stage="tag", buckets=side.buckets, recipe=side.side.recipe)
    index = room.index()
    return (room, index) if index else None


def modality_stream(tables: tuple[Room, Index], buckets: range) -> Stream:
    """What samples of these buckets were tagged as: few bytes each, held whole, for every part of a source has its own file."""
    room, index = tables
    read = [room.read("modalities", Tagged, index=index, bucket=bucket, columns=MODALITY.names) for bucket in buckets]
    rows = pa.concat_tables(read).sort_by("id")
    pieces = (rows.slice(start, ROWS) for start in range(0, len(rows), ROWS))  # what two windows compare is copied: small ones
    return Stream(pieces, by_id, str(room.folder / "modalities"))


def files_that_differ(before: Opened, now: Opened) -> Iterator[Files]:
    """By source, of those that both runs read. Files that were all written anew are a copy: their times are not told."""
    folders = [place(side.side.path, "stages", "files") for side in (before, now)]
    tables = [[path for path in folder.glob("*.parquet") if path.suffixes == [".parquet"]] for folder in folders]  # of members: no sources
    sources = [{path.stem for path in found} for found in tables]
    for source in sorted(sources[0] & sources[1]):
        was, is_now = (_listing(folder / f"{source}.parquet") for folder in folders)
        at = pc.index_in(was["path"], value_set=is_now["path"].combine_chunks())
        both, there = was.filter(pc.is_valid(at)), is_now.take(at.drop_null())
        same_size = pc.equal(both["size"], there["size"]).to_numpy().astype(bool)
        retimed = same_size & (both["mtime_ns"].to_numpy() != there["mtime_ns"].to_numpy())
        found = Files(
            source=source, came=len(is_now) - len(both), went=len(was) - len(both), resized=int(np.sum(~same_size)),
            retimed=0 if np.sum(retimed) == np.sum(same_size) else int(np.sum(retimed)),
        )  # fmt: skip
        if found != Files(source=source):
            yield found


def _listing(path: Place) -> pa.Table:
    with reading(path):
        return opened(path, FILES).read(columns=["path", "size", "mtime_ns"])
