"""the cost of Beam: rows through a shuffle as Arrow slices, and as elements of their own"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import numpy as np
import pyarrow as pa

from pipelines.batch import Batch, pack, slices, unpack
from pipelines.engine import beam_options, new_pipeline, run_pipeline
from tests.bench.figure import Figure, seconds

ROWS, BATCH, PARTITIONS = 1_000_000, 10_000, 64
SINGLE = 50_000  # rows as elements: more would take minutes


def measure(folder: Path, samples: int) -> list[Figure]:
    start = min(seconds(lambda: _run(_sliced(0))) for _ in range(3))
    sliced = min(seconds(lambda: _run(_sliced(ROWS))) for _ in range(3)) - start
    single = min(seconds(lambda: _run(_single(SINGLE))) for _ in range(2)) - start
    ours, peer = 1e6 * sliced / ROWS, 1e6 * single / SINGLE
    return [
        Figure(name="engine: a row through a shuffle, in Arrow slices", figure=ours, unit="us", target="<= 6", note="id and 64-bit hash"),
        Figure(name="engine: a row through a shuffle, as an element", figure=peer, unit="us"),
        Figure(name="engine: slices against elements", figure=peer / ours, unit="x"),
        Figure(name="engine: an empty pipeline", figure=start, unit="s"),
    ]


def _run(transform: beam.PTransform) -> None:
    pipeline = new_pipeline(beam_options((), workers=1, processes=False))
    _ = pipeline | transform
    run_pipeline(pipeline)


def _sliced(rows: int) -> beam.PTransform:
    batches = list(range(0, rows, BATCH))
    return beam.Create(batches, reshuffle=False) | beam.FlatMap(_hashed) | beam.GroupByKey() | beam.Map(_count)


def _hashed(first: int) -> Iterator[tuple[int, Batch]]:
    hashes = np.random.default_rng(first).integers(0, 1 << 63, BATCH, dtype=np.uint64)
    table = pa.table({"id": pa.array([f"bench/{number}" for number in range(first, first + BATCH)]), "hash": hashes})
    yield from slices(unpack(pack(table)), (hashes % PARTITIONS).astype(np.int64))


def _count(grouped: tuple[int, list[Batch]]) -> int:
    _, batches = grouped
    return len(pa.concat_tables([unpack(batch) for batch in batches]).sort_by("id"))


def _single(rows: int) -> beam.PTransform:
    return beam.Create(range(0, rows, BATCH), reshuffle=False) | beam.FlatMap(_elements) | beam.GroupByKey() | beam.MapTuple(_longest)


def _elements(first: int) -> Iterator[tuple[int, dict]]:
    hashes = np.random.default_rng(first).integers(0, 1 << 63, BATCH, dtype=np.uint64)
    for number, value in enumerate(hashes.tolist()):
        yield value % PARTITIONS, {"id": f"bench/{first + number}", "hash": value}


def _longest(partition: int, rows: list[dict]) -> int:
    return len(sorted(rows, key=lambda row: row["id"]))
