"""rows in order, a way to read their images -> one shard: Parquet whose bytes depend on the rows alone"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.emit.blank import blank
from curate.emit.columns import COLUMNS, IMAGES, SHARD
from curate.emit.digesting import Digesting
from curate.emit.rows import loaded_sizes
from curate.emit.shards import row_groups
from curate.emit.ship import image_name
from schemas.image import Region, Ship

GATHERED = 64 << 10  # small writes are gathered to so much: Parquet makes thousands of a few bytes. Larger ones pass by
Read = Callable[[str, Ship], bytes]  # source, place -> the bytes to ship

# How a shard lies, by what its columns hold. A row group holds a dozen rows where images are large: a codec and a dictionary cost their
# setting up, thousands of times a shard, and a statistic its place in the footer, which whoever reads one row over a network reads first.
BYTES = "images.list.element.bytes"  # coded already: a codec or a dictionary costs half the speed and saves nothing (engine, 4)
TEXTS = [  # every row has its own: zstd, no dictionary; the rest are short words and numbers: a dictionary, no codec
    "id", "images.list.element.path", "messages.list.element.content", "labels.list.element", "group", "clusters.list.element",
    "phashes.list.element",
]  # fmt: skip
WORDS = ["source", "task", "domain", "language", "modality", "submodality", "figure_type", "license", "access"]  # what readers filter by


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a shard turned out to be."""

    rows: int
    images: int
    image_bytes: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Picture:
    path: str
    bytes: bytes
    phash: str = ""  # of the pixels that ship, where they are not those inspected


def write_shard(path: Path, rows: pa.Table, read: Read, *, group_bytes: int, threads: int = 2) -> Written:
    """Write `rows` (of `LOADED`, in the order they shall have) to a new file at `path`, row group by row group, each of at most
    `group_bytes` or one row. Images are read, and blanked where they are to be, by `threads` threads, one row group ahead: no more than
    three row groups of them are ever in memory. The caller syncs the file."""
    images = image_bytes = 0
    with pa.OSFile(os.fsencode(path), "wb") as file, pa.BufferedOutputStream(file, GATHERED) as gathered, Digesting(path) as digest:
        with pq.ParquetWriter(gathered, SHARD, **LAYOUT) as writer:
            for group, pictures in _filled(rows, read, row_groups(loaded_sizes(rows), group_bytes), threads):
                writer.write_table(_with_images(group, pictures), row_group_size=len(group))
                _reach(digest, gathered)
                images += sum(map(len, pictures))
                image_bytes += sum(len(picture.bytes) for picture in chain.from_iterable(pictures))
        _reach(digest, gathered)
        return Written(rows=len(rows), images=images, image_bytes=image_bytes, bytes=digest.size, sha256=digest.hexdigest())


def _reach(digest: Digesting, gathered: pa.BufferedOutputStream) -> None:
    gathered.flush()
    digest.reach(gathered.tell())


def _filled(rows: pa.Table, read: Read, groups: list[tuple[int, int]], threads: int) -> Iterator[tuple[pa.Table, list[list[_Picture]]]]:
    """Each row group with the pictures of its rows; those of the next are being read meanwhile."""

    def picture(source: str, place: dict, black: list[dict]) -> _Picture:
        ship = Ship(**place)
        data = read(source, ship)
        if not black:
            return _Picture(image_name(ship), data)
        made = blank(data, [Region(**region) for region in black])
        return _Picture(made.name, made.bytes, f"{made.phash:016x}")

    with ThreadPoolExecutor(threads) as pool:

        def begin(start: int, stop: int) -> tuple[pa.Table, list]:
            group = rows.slice(start, stop - start)
            shown = zip(*(group[name].to_pylist() for name in ("source", "ships", "blanked")))
            return group, [[pool.submit(picture, source, *of) for of in zip(places, black, strict=True)] for source, places, black in shown]

        ahead = begin(*groups[0]) if groups else None
        for following in [*groups[1:], None]:
            if ahead is None:
                return
            group, reading = ahead
            ahead = begin(*following) if following else None
            yield group, [[future.result() for future in futures] for futures in reading]


def _with_images(group: pa.Table, pictures: list[list[_Picture]]) -> pa.Table:
    shown = list(chain.from_iterable(pictures))
    struct = pa.StructArray.from_arrays(
        [pa.array([picture.bytes for picture in shown], pa.binary()), pa.array([picture.path for picture in shown], pa.string())],
        fields=list(IMAGES.value_type),
    )
    offsets = [0]
    for row in pictures:
        offsets.append(offsets[-1] + len(row))
    known = pc.list_flatten(group["phashes"]).to_pylist()
    phashes = pa.array([picture.phash or phash for picture, phash in zip(shown, known, strict=True)], pa.string())
    places = pa.array(offsets, pa.int32())
    made = {"images": pa.ListArray.from_arrays(places, struct), "phashes": pa.ListArray.from_arrays(places, phashes)}
    return pa.table([made[name] if name in made else group[name] for name, _ in COLUMNS], schema=SHARD)


def _leaves(name: str, kind: pa.DataType) -> Iterator[str]:
    """How Parquet names the columns that a column of Arrow becomes."""
    if pa.types.is_list(kind):
        yield from _leaves(f"{name}.list.element", kind.value_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(f"{name}.{field.name}", field.type)
    else:
        yield name


_LEAVES = [leaf for name, kind in COLUMNS for leaf in _leaves(name, kind)]
LAYOUT = {
    "compression": {leaf: "ZSTD" if leaf in TEXTS else "NONE" for leaf in _LEAVES},
    "use_dictionary": [leaf for leaf in _LEAVES if leaf not in (BYTES, *TEXTS)],
    "write_statistics": WORDS,
    "write_page_index": True,
}
