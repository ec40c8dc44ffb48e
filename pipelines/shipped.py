"""a written corpus and an id -> the shard that holds it"""

from __future__ import annotations

import bisect
from pathlib import Path

import pyarrow.parquet as pq

from curate.digest import digest64


def shard_of(corpus: Path, split: str, id: str) -> Path | None:
    """The shard that holds `id`: shards lie in the order of the ids' digests, so a search reads the ids of a few row groups."""
    if not (corpus / "index.json").is_file():
        return None
    shards = sorted(corpus.glob(f"{split}-*.parquet"))
    place = bisect.bisect_right(shards, digest64(id), key=_first_digest) - 1
    if place < 0:
        return None
    return shards[place] if id in ids_in(shards[place]) else None


def ids_in(file: Path) -> list[str]:
    ids: list[str] = pq.ParquetFile(file).read(columns=["id"])["id"].to_pylist()
    return ids


def _first_digest(shard: Path) -> int:
    return digest64(pq.ParquetFile(shard).read_row_group(0, columns=["id"])["id"][0].as_py())
