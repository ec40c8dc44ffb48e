"""shards: ours against a raw write and the writer of `datasets`; random rows by size of row group"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curate.emit.columns import LOADED
from curate.emit.write import write_shard
from schemas.image import Ship
from tests.bench.figure import Figure, interleaved, seconds

IMAGES = 1_000
BYTES = 300_000  # of one image: as large as figures of articles are
RANDOM_ROWS = 60


def measure(folder: Path, samples: int) -> list[Figure]:
    images = [np.random.default_rng(number).bytes(BYTES) for number in range(IMAGES)]
    rows = _rows()
    ours, raw, ratio = interleaved(lambda: _shard(folder / "shard.parquet", rows, images, 4 << 20), lambda: _raw(folder / "raw", images))
    hub = seconds(lambda: _datasets(folder / "hub.parquet", images))
    _shard(folder / "large.parquet", rows, images, 32 << 20)
    few, many, _ = interleaved(lambda: _read(folder / "shard.parquet"), lambda: _read(folder / "large.parquet"), rounds=3)
    size = IMAGES * BYTES / 1e6
    return [
        Figure(name="emit: shard against a raw write, both with fsync", figure=ratio, unit="x", target=">= 0.9"),
        Figure(name="emit: shard", figure=size / ours, unit="MB/s", note="SHA-256 of every byte in it"),
        Figure(name="emit: raw write", figure=size / raw, unit="MB/s"),
        Figure(name="emit: shard against the writer of datasets", figure=hub / ours, unit="x", target=">= 6"),
        Figure(name="emit: 60 random rows, 4 MB against 32 MB row groups", figure=few / many, unit="of the time", target="<= 0.2"),
        Figure(name="emit: 60 random rows", figure=1_000 * few, unit="ms"),
    ]


def _rows() -> pa.Table:
    empty = {"string": "", "double": 1.0, "int64": 1}
    rows = []
    for number in range(IMAGES):
        place = {"root": "source", "path": f"{number}", "member": "", "offset": 0, "length": BYTES, "format": "jpeg", "digest": ""}
        row = {field.name: empty.get(str(field.type), []) for field in LOADED}
        shown = {"ships": [place], "blanked": [[]], "widths": [512], "heights": [512], "phashes": ["0" * 16]}
        rows.append({**row, "id": f"bench/{number}", "source": "bench", **shown})
    return pa.Table.from_pylist(rows, schema=LOADED)


def _shard(path: Path, rows: pa.Table, images: list[bytes], group_bytes: int) -> None:
    def read(source: str, ship: Ship) -> bytes:
        return images[int(ship.path)]

    write_shard(path, rows, read, group_bytes=group_bytes)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _raw(path: Path, images: list[bytes]) -> None:
    with path.open("wb") as file:
        for image in images:
            file.write(image)
        os.fsync(file.fileno())


def _datasets(path: Path, images: list[bytes]) -> None:
    from datasets import Dataset, Features, Image, Value, disable_progress_bars

    disable_progress_bars()

    features = Features({"id": Value("string"), "images": [Image()]})

    def rows() -> Iterator[dict]:
        return ({"id": f"{number}", "images": [{"bytes": image, "path": None}]} for number, image in enumerate(images))

    Dataset.from_generator(rows, features=features, cache_dir=str(path.parent / "cache")).to_parquet(str(path))
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _read(path: Path) -> None:
    """Random rows as a trainer's sampler takes them: each from the row group it lies in."""
    file = pq.ParquetFile(path)
    ends = np.cumsum([file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)])
    for row in np.random.default_rng(1).integers(0, ends[-1], RANDOM_ROWS):
        group = int(np.searchsorted(ends, row, side="right"))
        start = int(ends[group - 1]) if group else 0
        file.read_row_group(group, columns=["images"]).slice(int(row) - start, 1).to_pylist()
