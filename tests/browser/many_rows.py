"""rows -> OUT as it is when emit has ended, with as many inputs: numbers and ids alone, no file of a source behind them"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.recipe import Recipe
from pipelines.run import Options, Run, write_run
from pipelines.tables import Entry
from schemas.arrow import arrow_schema
from schemas.attribute import Tagged
from schemas.cluster import Choice
from schemas.image import Image
from schemas.modality import TWELVE
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

SOURCES, TOGETHER = 40, 8  # sources that are written as one part
INGEST, SCREEN, IMAGE, SHIELD, DEDUP, BALANCE = 5, 15, 16, 18, 28, 70  # of hundred rows in turn, the first that the stage does not reject
DECIDED = (
    ("ingest", 0, INGEST, "image_missing"), ("screen", INGEST, SCREEN, "caption_too_short"), ("screen", SCREEN, IMAGE, "image_rejected"),
    ("shield", IMAGE, SHIELD, "shield_image"), ("dedup", SHIELD, DEDUP, "duplicate_image"),
)  # fmt: skip


def many_rows(out: Path, rows: int, *, buckets: int) -> Run:
    """A run of `rows` inputs, spread over SOURCES, that has done all stages but the report."""
    each = rows // SOURCES // 100 * 100
    run = Run(
        options=Options(data=str(out), out=str(out), recipe=Recipe(id="default", title="Rows that were counted off"), manifests=(),
                        workers=2, buckets=buckets),
        folders={f"s{number:02d}": str(out) for number in range(SOURCES)}, resolved={"tokenizer": {"name": "clip-bpe"}, "tagger": None},
    )  # fmt: skip
    write_run(run.options, run.resolved)
    files: dict[str, list[Entry]] = {}
    shards: dict[str, list[pa.Table]] = {"train": [], "validation": []}
    for first in range(0, SOURCES, TOGETHER):
        for stage, table, row_type, data in _tables([_Rows(f"s{number:02d}", each) for number in range(first, first + TOGETHER)], shards):
            room = run.facts(stage) if stage in ("ingest", "inspect") else run.decisions(stage)
            files.setdefault(stage, []).extend(room.write(table, f"part-{first:04d}", _typed(data, row_type)))
    _commit(run, files, each)
    folder = out / "corpora" / "medical"
    folder.mkdir(parents=True)
    for split, parts in shards.items():
        pq.write_table(pa.concat_tables(parts), folder / f"{split}-00000-of-00001.parquet")
    sizes = [path.stat().st_size for path in folder.glob("*.parquet")]
    index = {"rows": sum(len(part) for parts in shards.values() for part in parts), "shards": [{"bytes": size} for size in sizes]}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return run


class _Rows:
    """The columns of one source, by the number of the row."""

    def __init__(self, source: str, count: int) -> None:
        self.number = np.arange(count)
        self.turn = self.number % 100
        self.id = pc.binary_join_element_wise(source, pa.array(self.number).cast(pa.string()), "/")
        shown = self.number - (self.number % 3 == 2)  # every third row shows the picture of the row before it
        self.image = pc.binary_join_element_wise(source, pc.binary_join_element_wise(pa.array(shown).cast(pa.string()), "png", "."), "/")
        self.source = pa.array([source] * count)
        self.modality = pa.array(TWELVE).take(pa.array(self.number % 12))
        self.width, self.height = 40 + self.number * 7_919 % 3_000, 64 + self.number * 104_729 % 2_000
        self.tokens = self.number * 17 % 700

    def of(self, low: int, high: int, **columns: Any) -> pa.Table:
        """The columns, and those that every row has, of rows whose turn lies between."""
        chosen = pa.array((self.turn >= low) & (self.turn < high))
        table = pa.table({"id": self.id, **{name: _column(value, len(self.number)) for name, value in columns.items()}})
        return table.filter(chosen)


def _tables(sources: list[_Rows], shards: dict[str, list[pa.Table]]) -> Iterator[tuple[str, str, type, pa.Table]]:
    """Every table of every stage, of some sources."""

    def all_of(low: int, high: int, columns: Any) -> pa.Table:
        return pa.concat_tables([rows.of(low, high, **columns(rows)) for rows in sources])

    for stage in ("ingest", "screen", "shield", "dedup"):
        parts = [
            all_of(low, high, lambda rows, stage=stage, reason=reason: _rejection(rows, stage, reason))
            for which, low, high, reason in DECIDED if which == stage
        ]  # fmt: skip
        yield stage, "verdicts", Verdict, pa.concat_tables(parts)
    yield "ingest", "samples", Sample, all_of(INGEST, 100, _sample)
    yield "inspect", "images", Image, pa.concat_tables([_pictures(rows) for rows in sources])
    yield "screen", "samples", Screened, all_of(IMAGE, 100, lambda rows: {"tokens": rows.tokens})
    yield "match", "images", Image, all_of(SHIELD, DEDUP, lambda rows: {"proof": "bytes"})
    yield "tag", "modalities", Tagged, all_of(DEDUP, 100, _tag)
    yield "balance", "selection", Choice, all_of(DEDUP, 100, _choice)
    shards["train"].append(all_of(BALANCE, 99, _shipped))
    shards["validation"].append(all_of(99, 100, _shipped))


def _rejection(rows: _Rows, stage: str, reason: str) -> dict[str, Any]:
    winner = pc.binary_join_element_wise(rows.source, pa.array(rows.number - rows.turn + 99).cast(pa.string()), "/")
    evidence: Any = {"dedup": "bytes", "shield": "set: bytes"}.get(stage, "")
    if reason == "image_rejected":
        evidence = pc.binary_join_element_wise(rows.image, "image_too_small 40 < 64", ": ")
    return {"source": rows.source, "stage": stage, "decision": "rejected", "reason": reason, "evidence": evidence,
            "winner": winner if stage == "dedup" else ""}  # fmt: skip


def _sample(rows: _Rows) -> dict[str, Any]:
    declared = pc.if_else(pa.array(rows.number % 5 > 0), rows.modality, None)
    images = pa.ListArray.from_arrays(pa.array(np.arange(len(rows.number) + 1), pa.int32()), rows.image)
    return {"source": rows.source, "table": "train", "task": "caption", "domain": "medical", "images": images, "modality": declared,
            "license": "CC0-1.0", "access": "open"}  # fmt: skip


def _pictures(rows: _Rows) -> pa.Table:
    length = 500 + rows.number * 31_337 % 3_000_000
    ship = pa.StructArray.from_arrays(
        [_column(value, len(length)) for value in ("source", "gone.png", "", 0, length, "png", "0" * 64, 0)],
        names=["root", "path", "member", "offset", "length", "format", "digest", "deflated"],
    )
    facts = {"source": rows.source, "reason": None, "evidence": None, "width": rows.width, "height": rows.height, "ship": ship,
             "format": "png", "mode": "L", "bits": 8, "spread": 9.0}  # fmt: skip
    table = rows.of(0, 100, **facts)
    return table.set_column(0, "id", rows.image).filter(pa.array(rows.number % 3 != 2))


def _tag(rows: _Rows) -> dict[str, Any]:
    seen = pc.if_else(pa.array(rows.number % 7 > 0), rows.modality, "")
    return {"modality": rows.modality, "by": pc.if_else(pa.array(rows.number % 5 > 0), "declared", "caption"), "score": 1.0, "seen": seen}


def _choice(rows: _Rows) -> dict[str, Any]:
    selected = pa.array(rows.turn >= BALANCE)
    return {"corpus": "medical", "selected": selected, "reason": pc.if_else(selected, "", "over_target"), "modality": rows.modality,
            "weight": selected.cast(pa.float64()), "split": pc.if_else(pa.array(rows.turn == 99), "validation", "train")}  # fmt: skip


def _shipped(rows: _Rows) -> dict[str, Any]:
    lists = [pa.ListArray.from_arrays(pa.array(np.arange(len(rows.number) + 1), pa.int32()), pa.array(side)) for side in _sides(rows)]
    return {"domain": "medical", "modality": rows.modality, "tokens": rows.tokens, "widths": lists[0], "heights": lists[1], "weight": 1.0}


def _sides(rows: _Rows) -> tuple[np.ndarray, np.ndarray]:
    shown = rows.number - (rows.number % 3 == 2)
    return rows.width[shown], rows.height[shown]


def _column(value: Any, count: int) -> Any:
    return value if isinstance(value, pa.Array | pa.ChunkedArray | np.ndarray) else pa.repeat(pa.scalar(value), count)


def _typed(data: pa.Table, row_type: type) -> pa.Table:
    """All columns of the row's type: what a source of numbers does not tell is empty."""
    schema = arrow_schema(row_type)
    empty: dict[str, Any] = {"string": "", "bool": False, "binary": b""}
    columns = {}
    for each in schema:
        if each.name in data.column_names:
            columns[each.name] = data[each.name].cast(each.type)
        elif str(each.type) in empty or pa.types.is_integer(each.type) or pa.types.is_floating(each.type):
            columns[each.name] = pa.repeat(pa.scalar(empty.get(str(each.type), 0)).cast(each.type), len(data))
        elif pa.types.is_list(each.type):
            columns[each.name] = pa.repeat(pa.scalar([], each.type), len(data))
        else:
            columns[each.name] = pa.nulls(len(data), each.type)
    extra = {name: data[name] for name in data.column_names if name not in schema.names}
    return pa.table({**columns, **extra})


def _commit(run: Run, files: dict[str, list[Entry]], each: int) -> None:
    """Every stage's receipts and index, with the counts that the report reads in them."""
    sources = [f"s{number:02d}" for number in range(SOURCES)]
    entering, selected = (_by_modality(each, low) for low in (DEDUP, BALANCE))
    whole = sum(selected.values()) * SOURCES
    cells = [
        {"name": name, "outside": False, "supply": SOURCES * entering[name], "selected": SOURCES * selected[name], "target": 1 / 12,
         "weighted": SOURCES * selected[name] / whole, "shortfall": 0.0, "why": "", "cut": [], "floor": None, "floor_met": True}
        for name in TWELVE
    ]  # fmt: skip
    report = {"corpus": "medical", "mode": "cap", "cap": 1.25, "sizes": [{"mode": "cap", "modalities": whole}], "binding": [],
              "cells": cells, "feeds": [], "limits": [], "fixes": []}  # fmt: skip
    rejected = each * INGEST // 100
    counted: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "ingest": [(source, {"samples": each - rejected, "rejected": rejected, "faults": []}) for source in sources],
        "inspect": [("all", {})],
        "screen": [("all-0000", {"cleaned": {}, "scrubbed": {}, "identifiers": {}})],
        "match": [("images", {"images": 0, "bytes": SOURCES * each // 10, "pixels": 0, "phash": 0, "phash_confirmed": 0, "phash_refused": 0,
                              "phash_crowded": 0, "leaks": 0})],
        "shield": [(f"{source}-0000", {"shielded": {"set": {"bytes": each * (SHIELD - IMAGE) // 100}}}) for source in sources],
        "dedup": [("all", {"kept_apart": 0})],
        "tag": [("all", {})],
        "balance": [("all", {"reports": [report]})],
        "emit": [("all", {})],
    }  # fmt: skip
    for stage, units in counted.items():
        room = run.facts(stage) if stage in ("ingest", "inspect") else run.decisions(stage)
        given = [room.sign(unit, "f", files.get(stage, []) if not at else [], counts) for at, (unit, counts) in enumerate(units)]
        room.commit("f", given, 60.0)


def _by_modality(each: int, low: int) -> dict[str, int]:
    """Of one source: rows whose turn is `low` or later."""
    number = np.arange(each)
    found = np.bincount(number[number % 100 >= low] % 12, minlength=12)
    return {name: int(found[at]) for at, name in enumerate(TWELVE)}
