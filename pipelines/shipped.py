"""a written corpus and an id -> the shard and row that hold it"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from curate.digest import digest64
from pipelines.place import Place, place
from pipelines.reading import parquet_file


@dataclass(frozen=True, slots=True)
class Shipped:
    shard: Place
    row: int  # in the shard, from 0


def place_of(corpus: Place, split: str, id: str) -> Shipped | None:
    """Where `id` ships: shards lie in the order of the ids' digests, so a search reads the ids of a few row groups."""
    if not (corpus / "index.json").is_file():
        return None
    shards: list[Place] = sorted(corpus.glob(f"{split}-*.parquet"), key=str)
    number = bisect.bisect_right(shards, digest64(id), key=_first_digest) - 1
    if number < 0:
        return None
    ids = ids_in(shards[number])
    return Shipped(shards[number], ids.index(id)) if id in ids else None


def places_of(out: str, id: str) -> Iterator[Shipped]:
    """Where `id` ships in any corpus of OUT, whatever recipe made it."""
    indexes: list[Place] = sorted(place(out, "corpora").glob("*/index.json"), key=str)
    for index in indexes:
        for split in sorted({path.name.rpartition("-of-")[0].rpartition("-")[0] for path in index.parent.glob("*-of-*.parquet")}):
            if found := place_of(index.parent, split, id):
                yield found


def ids_in(file: Place) -> list[str]:
    ids: list[str] = parquet_file(file).read(columns=["id"])["id"].to_pylist()
    return ids


def _first_digest(shard: Place) -> int:
    return digest64(parquet_file(shard).read_row_group(0, columns=["id"])["id"][0].as_py())
