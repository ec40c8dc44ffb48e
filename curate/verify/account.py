"""OUT/verdicts, the page's figures -> whether they tell of the samples that the shards hold"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import pyarrow.parquet as pq

from curate.digests import buckets_of, digests64
from curate.terms import term
from curate.verify.rows import BATCH, MAX_PARTS, MAX_STRINGS, MAX_WORDS, Digests
from schemas.arrow import arrow_schema
from schemas.verdict import Verdict

FATE = ("source", "stage", "decision", "reason")


@dataclass(slots=True)
class Verdicts:
    """What was read of one file of verdicts. `ids`: digests of the samples it keeps; `fates`: source, stage, decision, reason, samples."""

    rows: int = 0
    fates: list[list[Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ids: Digests = field(default_factory=lambda: np.zeros(0, np.uint64))


def read_verdicts(file: BinaryIO, *, bucket: int, buckets: int) -> Verdicts:
    """The verdicts of one bucket, each id once, in the order of ids. Raises pyarrow's errors where the file is no Parquet."""
    parquet = pq.ParquetFile(file, pre_buffer=False, thrift_string_size_limit=MAX_STRINGS, thrift_container_size_limit=MAX_PARTS)
    found, fates = Verdicts(rows=parquet.metadata.num_rows), Counter[tuple[str, ...]]()
    if parquet.schema_arrow.remove_metadata() != arrow_schema(Verdict):
        found.faults.append("its columns are not those of verdicts")
        return found
    last, kept = "", [np.zeros(0, np.uint64)]
    for batch in parquet.iter_batches(batch_size=BATCH, columns=["id", *FATE], use_threads=False):
        ids = batch["id"].to_pylist()
        if any(column.null_count for column in batch.columns) or ids != sorted(set(ids)) or (last and ids[0] <= last):
            found.faults.append("not one verdict for each id, in the order of ids")
            return found
        last = ids[-1]
        digests = digests64(ids)
        if (buckets_of(digests, buckets) != bucket).any():
            found.faults.append("ids of another file of verdicts")
            return found
        kept.append(digests[np.array([decision == "kept" for decision in batch["decision"].to_pylist()], bool)])
        fates.update(zip(*(batch[name].to_pylist() for name in FATE), strict=True))
        if len(fates) > MAX_WORDS:
            found.faults.append(f"more than {MAX_WORDS:,} different fates")
            return found
    found.ids = np.concatenate(kept)
    found.fates = [[*fate, count] for fate, count in sorted(fates.items())]
    return found


def kept_faults(shards: Mapping[str, Digests], kept: Mapping[str, Digests]) -> Iterator[tuple[str, str]]:
    """(file, what) where the samples of the shards are not those that verdicts keep. Both by the file they lie in."""
    everything = np.sort(np.concatenate([np.zeros(0, np.uint64), *kept.values()]))
    for name, ids in shards.items():
        if strange := int((~_among(ids, everything)).sum()):
            yield name, f"{strange:,} of its samples have no verdict that keeps them"
    shipped = np.unique(np.concatenate([np.zeros(0, np.uint64), *shards.values()]))
    for name, ids in kept.items():
        if lost := int((~_among(ids, shipped)).sum()):
            yield name, f"{lost:,} samples that it keeps are in no shard"


def _among(ids: Digests, known: Digests) -> np.ndarray:
    """Of each id whether it is in `known`, which is ascending."""
    places = np.searchsorted(known, ids)
    inside = places < len(known)
    inside[inside] = known[places[inside]] == ids[inside]
    return inside


def figure_faults(figures: Mapping[str, Any], fates: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Where the figures of the page are not those of the verdicts: samples in all, of each source, of each reason."""
    by = Counter[tuple[str, ...]]()
    for source, stage, decision, reason, count in fates:
        by[(decision,)] += count
        by["of", source, decision] += count
        if decision == "rejected":
            by["why", source, reason] += count
            by["where", stage, reason] += count
    head = figures["headline"]
    found = {"inputs": by["kept",] + by["rejected",], "kept": by["kept",], "rejected": by["rejected",]}
    yield from (f"headline: {head[name]} {name} told, {count:,} counted" for name, count in found.items() if head[name] != count)
    told: Counter[tuple[str, ...]] = Counter()
    for source in figures["sources"]:
        told["of", source["id"], "kept"] = source["kept"]
        told["of", source["id"], "rejected"] = source["rejected"]
        told.update({("why", source["id"], reason): count for reason, count in source["reasons"]})
    told.update({("where", row["stage"], row["reason"]): row["count"] for row in figures["reasons"]})
    for key in ("of", "why", "where"):
        if {name: count for name, count in told.items() if count and name[0] == key} != {
            name: count for name, count in by.items() if name[0] == key and len(name) == 3
        }:
            yield f"{_TOLD[key]} are not those of the verdicts"


_TOLD = {"of": "samples of each source", "why": "reasons of each source", "where": "reasons of each stage"}


def corpus_figure_faults(figures: Mapping[str, Any], sizes: Mapping[str, Mapping[str, Any] | None]) -> Iterator[str]:
    """Where the figures of a corpus are not those of its index; `sizes`: corpus -> after, shards, bytes, splits, or None where its index
    was refused: of that there is nothing to say."""
    for told in figures["corpora"]:
        wanted = sizes.get(told["name"])
        if told["name"] in sizes and wanted is None:
            continue
        if wanted is None:
            yield f"a corpus '{term(told['name'])}' that is not here"
        elif found := [name for name, size in wanted.items() if (dict(told[name]) if name == "splits" else told[name]) != size]:
            yield f"corpus '{term(told['name'])}': its {', '.join(found)} are not those of its index"

