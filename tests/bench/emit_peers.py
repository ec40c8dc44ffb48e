"""images, a shard of them -> ways to write the same: raw, a copy, pyarrow, webdataset, datasets"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.emit.write import LAYOUT

Work = Callable[[Path], None]
NAMES = {
    "raw": "raw write",
    "shard": "shard, with SHA-256 of every byte",
    "copy": "sequential copy of the shard",
    "pyarrow": "pyarrow, its own settings, the table in memory",
    "lean": "pyarrow, our settings, the table in memory",
    "webdataset": "writer of webdataset",
    "datasets": "writer of datasets",
}
PIECE = 1 << 20


def works(shard: Path, images: list[bytes]) -> dict[str, Work]:
    """What writes a file of the rows of `shard`, whose images are `images`; each in one process."""
    table = pq.read_table(shard)
    ends = [group.num_rows for group in map(pq.ParquetFile(shard).metadata.row_group, range(pq.read_metadata(shard).num_row_groups))]
    return {
        "copy": lambda path: _copy(shard, path),
        "pyarrow": lambda path: _parquet(path, table, ends, {}),
        "lean": lambda path: _parquet(path, table, ends, LAYOUT),
        "webdataset": lambda path: _tar(path, images),
        "datasets": lambda path: _datasets(path, images),
    }


def synced(work: Work, path: Path) -> None:
    work(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def raw(path: Path, images: list[bytes]) -> None:
    with path.open("wb") as file:
        for image in images:
            file.write(image)


def _copy(source: Path, path: Path) -> None:
    """Through this process: file systems that share blocks would copy nothing."""
    with source.open("rb") as file, path.open("wb") as copy:
        shutil.copyfileobj(file, copy, PIECE)


def _parquet(path: Path, table: pa.Table, groups: list[int], layout: dict) -> None:
    with pq.ParquetWriter(path, table.schema, **layout) as writer:
        start = 0
        for rows in groups:
            writer.write_table(table.slice(start, rows), row_group_size=rows)
            start += rows


def _tar(path: Path, images: list[bytes]) -> None:
    import webdataset

    with path.open("wb") as file, webdataset.TarWriter(file) as writer:
        for number, image in enumerate(images):
            writer.write({"__key__": f"{number:06d}", "jpg": image, "json": {"id": f"bench/{number}"}})


def _datasets(path: Path, images: list[bytes]) -> None:
    from datasets import Dataset, Features, Image, Value, disable_progress_bars

    disable_progress_bars()
    features = Features({"id": Value("string"), "images": [Image()]})

    def rows() -> Iterator[dict]:
        return ({"id": f"{number}", "images": [{"bytes": image, "path": None}]} for number, image in enumerate(images))

    cache = path.parent / "cache"
    Dataset.from_generator(rows, features=features, cache_dir=str(cache), fingerprint="bench").to_parquet(str(path))
    shutil.rmtree(cache)
