"""a written corpus and an id -> the shard and row that hold it"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from curate.digest import digest64


@dataclass(frozen=True, slots=True)
class Place:
    shard: Path
    row: int  # in the shard, from 0


def place_of(corpus: Path, split: str, id: str) -> Place | None:
    """Where `id` ships: shards lie in the order of the ids' digests, so a search reads the ids of a few row groups."""
    if not (corpus / "index.json").is_file():
        return None
    shards = sorted(corpus.glob(f"{split}-*.parquet"))
    number = bisect.bisect_right(shards, digest64(id), key=_first_digest) - 1
    if number < 0:
        return None
    ids = ids_in(shards[number])
    return Place(shards[number], ids.index(id)) if id in ids else None


def places_of(out: str, id: str) -> Iterator[Place]:
    """Where `id` ships in any corpus of OUT, whatever recipe made it."""
    for index in sorted(Path(out, "corpora").glob("*/index.json")):
        for split in sorted({path.name.rpartition("-of-")[0].rpartition("-")[0] for path in index.parent.glob("*-of-*.parquet")}):
            if place := place_of(index.parent, split, id):
                yield place


def ids_in(file: Path) -> list[str]:
    ids: list[str] = pq.ParquetFile(file).read(columns=["id"])["id"].to_pylist()
    return ids


def _first_digest(shard: Path) -> int:
    return digest64(pq.ParquetFile(shard).read_row_group(0, columns=["id"])["id"][0].as_py())
