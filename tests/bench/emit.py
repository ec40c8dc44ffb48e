"""shards: ours against a raw write, a copy and other writers; random rows by size of row group; the whole stage and its memory"""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curate.emit.columns import LOADED
from curate.emit.write import write_shard
from schemas.image import Ship
from tests.bench import emit_peers, emit_stage
from tests.bench.figure import Figure, interleaved, seconds

IMAGES = 1_000
BYTES = 300_000  # of one image: as large as figures of articles are
RANDOM_ROWS = 60
ROUNDS = 7


def measure(folder: Path, samples: int) -> list[Figure]:
    return [*_writers(folder), *_random_rows(folder), *emit_stage.measure(folder)]


def _writers(folder: Path) -> list[Figure]:
    """All in turn, round by round: a ratio is the median of those of the rounds."""
    images, rows = _images(), made_rows()
    _shard(folder / "shard.parquet", rows, images, 4 << 20)
    works = {
        "raw": lambda path: emit_peers.raw(path, images),
        "shard": lambda path: _shard(path, rows, images, 4 << 20),
        **emit_peers.works(folder / "shard.parquet", images),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS):
        for name, work in works.items():
            if name == "datasets" and number % 3:
                continue  # it takes as long as all the others
            times[name].append(_written(work, folder / name))
    (folder / "shard.parquet").unlink()

    def ratio(name: str) -> float:
        return statistics.median(peer / ours for peer, ours in zip(times[name], times["shard"][:: 3 if name == "datasets" else 1]))

    size = IMAGES * BYTES / 1e6
    rates = [
        Figure(name=f"emit: {emit_peers.NAMES[name]}", figure=size / statistics.median(times[name]), unit="MB/s") for name in works
    ]
    return [
        Figure(name="emit: shard against a raw write, both with fsync", figure=ratio("raw"), unit="x", target=">= 0.9"),
        Figure(name="emit: shard against a sequential copy of it", figure=ratio("copy"), unit="x"),
        Figure(name="emit: shard against pyarrow, its own settings", figure=ratio("pyarrow"), unit="x"),
        Figure(name="emit: shard against pyarrow, our settings", figure=ratio("lean"), unit="x", note="what the digest and reading cost"),
        Figure(name="emit: shard against webdataset", figure=ratio("webdataset"), unit="x"),
        Figure(name="emit: shard against the writer of datasets", figure=ratio("datasets"), unit="x", target=">= 6"),
        *rates,
    ]


def _written(work: emit_peers.Work, path: Path) -> float:
    """Seconds that a new file takes; making room for it is not counted."""
    time = seconds(lambda: emit_peers.synced(work, path))
    path.unlink()
    return time


def _random_rows(folder: Path) -> list[Figure]:
    images, rows = _images(), made_rows()
    _shard(folder / "small.parquet", rows, images, 4 << 20)
    _shard(folder / "large.parquet", rows, images, 32 << 20)
    few, many, _ = interleaved(lambda: _read(folder / "small.parquet"), lambda: _read(folder / "large.parquet"), rounds=3)
    footer = pq.read_metadata(folder / "small.parquet").serialized_size
    for name in ("small", "large"):
        (folder / f"{name}.parquet").unlink()
    return [
        Figure(name="emit: 60 random rows, 4 MB against 32 MB row groups", figure=few / many, unit="of the time", target="<= 0.2"),
        Figure(name="emit: 60 random rows", figure=1_000 * few, unit="ms"),
        Figure(name="emit: footer", figure=footer / (IMAGES * BYTES / 1e6), unit="bytes/MB"),
    ]


def _images() -> list[bytes]:
    return [np.random.default_rng(number).bytes(BYTES) for number in range(IMAGES)]


def made_rows() -> pa.Table:
    """Rows of `LOADED`, an image each, whose path is its number."""
    empty = {"string": "", "double": 1.0, "int64": 1}
    rows = []
    for number in range(IMAGES):
        place = {"root": "source", "path": f"{number}", "member": "", "offset": 0, "length": BYTES, "format": "jpeg", "digest": ""}
        row = {field.name: empty.get(str(field.type), []) for field in LOADED}
        shown = {"ships": [place], "blanked": [[]], "widths": [512], "heights": [512], "phashes": ["0" * 16]}
        said = [{"role": "user", "content": f"<image>\nWhat is {number}?"}, {"role": "assistant", "content": f"Number {number}."}]
        rows.append({**row, "id": f"bench/{number}", "source": "bench", "messages": said, **shown})
    return pa.Table.from_pylist(rows, schema=LOADED)


def _shard(path: Path, rows: pa.Table, images: list[bytes], group_bytes: int) -> None:
    def read(source: str, ship: Ship) -> bytes:
        return images[int(ship.path)]

    write_shard(path, rows, read, group_bytes=group_bytes)


def _read(path: Path) -> None:
    """Random rows as a trainer's sampler takes them: each from the row group it lies in."""
    file = pq.ParquetFile(path)
    ends = np.cumsum([file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)])
    for row in np.random.default_rng(1).integers(0, ends[-1], RANDOM_ROWS):
        group = int(np.searchsorted(ends, row, side="right"))
        start = int(ends[group - 1]) if group else 0
        file.read_row_group(group, columns=["images"]).slice(int(row) - start, 1).to_pylist()
