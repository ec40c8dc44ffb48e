"""made tables of the stages before it -> time and memory of stage balance: what it holds of a sample, from the tables in to the tables out

python -m tests.bench.balance_stage make COUNT FOLDER: the tables of so many samples; choose RECIPE FOLDER: the stage over them, in this
process; writes told.json. The buckets are those of a hundred million samples, so that a bucket is as small a part of the whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.digest import digest64
from curate.recipe import CorpusPlan, Recipe
from pipelines.balance import plan_balance
from pipelines.run import Options, Run
from pipelines.stage import EachUnit
from pipelines.tables import Entry
from pipelines.units import write_todo
from schemas.arrow import arrow_schema
from schemas.attribute import Tagged
from schemas.cluster import SampleClusters
from schemas.sample import Screened
from schemas.verdict import Verdict
from tests.bench.balance import RECIPES, made_rows
from tests.bench.figure import Figure

FEW, MANY = 1_000_000, 4_000_000  # with fewer a bucket, which does not grow with their number, is most of what is held
BUCKETS = 128
TARGET = "<= 150"


def measure(folder: Path) -> list[Figure]:
    scratch = folder / "stage"
    few, many = (_ran(count, scratch) for count in (FEW, MANY))
    figures = []
    for name in RECIPES:
        held = (many[name]["peak"] - few[name]["peak"]) / (MANY - FEW)
        note = f"{MANY:,} samples, {many[name]['peak'] / 1e6:,.0f} MB, {many[name]['seconds']:.1f} s of one processor"
        figures.append(Figure(name=f"balance, {name}: memory of the stage", figure=held, unit="bytes a row", target=TARGET, note=note))
    return figures


def _ran(count: int, scratch: Path) -> dict[str, Any]:
    """What was told of each recipe."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    _apart("make", str(count), scratch)
    told = {}
    for name in RECIPES:
        _apart("choose", name, scratch)
        told[name] = json.loads((scratch / "told.json").read_text(encoding="utf-8"))
    shutil.rmtree(scratch)
    return told


def _apart(what: str, which: str, scratch: Path) -> None:
    subprocess.run([sys.executable, "-m", "tests.bench.balance_stage", what, which, str(scratch)], check=True)


def choose(name: str, folder: str) -> None:
    run = _run(name, folder)
    plan = plan_balance(run)
    stage = plan.build(None)
    assert isinstance(stage, EachUnit)
    write_todo(plan.room, plan.units)
    stage.worker.setup()
    plan.room.forget("selection")
    began = time.process_time()
    stage.worker.process("selection")
    told = {"seconds": time.process_time() - began, "peak": _peak()}
    Path(folder, "told.json").write_text(json.dumps(told), encoding="utf-8")


def _peak() -> int:
    """Bytes resident at the most, of this program alone: what getrusage tells has that of the process that started it in it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _run(name: str, folder: str) -> Run:
    recipe = Recipe(id="bench", title="Bench", corpora=(CorpusPlan(name="medical", balance=RECIPES[name]),))
    options = Options(data=folder, out=f"{folder}/out", recipe=recipe, manifests=(), buckets=BUCKETS)
    return Run(options=options, folders={}, resolved={})


def make(count: int, folder: str) -> None:
    """The tables, bucket by bucket; a tenth of the samples show an image of a cluster, one in fifty is refused as a copy."""
    run = _run("plain", folder)
    written: dict[str, list[Entry]] = {}
    for number, rows in enumerate(made_rows(count)):
        digests = np.fromiter(map(digest64, rows["id"].to_pylist()), np.uint64, count=len(rows))
        rows = rows.append_column("number", pa.array(digests % np.uint64(count))).take(pa.array(np.argsort(digests)))
        edges = np.searchsorted(np.sort(digests) >> np.uint64(57), np.arange(BUCKETS + 1)).tolist()
        for start, stop in pairwise(edges):
            for (stage, table), data in _tables(rows.slice(start, stop - start).combine_chunks()).items():
                written.setdefault(stage, []).extend(run.decisions(stage).write(table, f"part-{number:05d}", data))
    for stage in ("screen", "match", "shield", "dedup", "tag"):
        room = run.decisions(stage)
        room.commit("f", [room.sign("a", "f", written.get(stage, []))], 0)


def _tables(rows: pa.Table) -> Mapping[tuple[str, str], pa.Table]:
    number = rows["number"].to_numpy().astype(np.int64)
    clustered, copies = pa.array(number % 10 == 0), pa.array(number % 50 == 1)
    cluster = pc.binary_join_element_wise("bench/image", pc.cast(pa.array(number // 30), pa.string()), "-")
    images = pa.ListArray.from_arrays(pa.array(np.arange(len(rows) + 1, dtype=np.int32)), cluster)
    plain = {"text": pa.array([""] * len(rows)), "images": images}
    return {
        ("screen", "samples"): _screened(rows),
        ("match", "clusters"): _table(SampleClusters, {"id": rows["id"], **plain}).filter(clustered),
        ("dedup", "verdicts"): _table(Verdict, {"id": rows["id"]}).filter(copies),
        ("tag", "modalities"): _table(Tagged, {"id": rows["id"], "modality": rows["modality"]}),
    }


def _screened(rows: pa.Table) -> pa.Table:
    schema, count = arrow_schema(Screened), len(rows)
    sample = schema.field("sample").type
    has_picture = (rows["pixels"].to_numpy() % 7 > 0).astype(np.int32)
    pixels = rows["pixels"].filter(pa.array(has_picture > 0)).combine_chunks()
    shown = {"width": pixels, "height": pa.array(np.ones(len(pixels), np.int64)), "bytes": pixels}
    picture = schema.field("pictures").type.value_type
    pictures = pa.ListArray.from_arrays(pa.array(np.r_[0, np.cumsum(has_picture)].astype(np.int32)), _struct(picture, shown, len(pixels)))
    given = {name: rows[name].combine_chunks() for name in ("id", "source", "table", "task", "domain", "split", "reliability")}
    top = {name: rows[name] for name in ("id", "group", "said", "yes_no")}
    tokens = pa.array(rows["number"].to_numpy().astype(np.int64) % 200)
    return _table(Screened, {**top, "tokens": tokens, "sample": _struct(sample, given, count), "pictures": pictures})


def _struct(kind: pa.StructType, columns: Mapping[str, pa.Array], count: int) -> pa.StructArray:
    fields = [columns.get(field.name, pa.nulls(count, field.type)) for field in kind]
    return pa.StructArray.from_arrays(fields, fields=list(kind))


def _table(row_type: type, columns: Mapping[str, Any]) -> pa.Table:
    """What is not given is null: balance does not read it."""
    count = len(columns["id"])
    return pa.table([columns.get(field.name, pa.nulls(count, field.type)) for field in arrow_schema(row_type)], arrow_schema(row_type))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        choose(sys.argv[2], sys.argv[3])
