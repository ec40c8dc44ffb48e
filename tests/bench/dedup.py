"""image rows, ten thousand to a million, with planted copies, hot keys and ladders: time, its growth, memory and what is found of match

python -m tests.bench.dedup OUT: match the planted images in OUT, print what it took"""

from __future__ import annotations

import itertools
import json
import math
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.recipe import Recipe
from pipelines.match import plan_match
from pipelines.run import Options, Run
from pipelines.stage import execute
from schemas.cluster import Member
from tests.bench.figure import Figure
from tests.bench.planted import Planted
from tests.bench.watched import watch

ROWS = (10_000, 100_000, 1_000_000)
HASHES = ("uniform", "alike")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    rows: int
    processor: float  # seconds of the process, threads counted apiece: what else the machine does does not count
    seconds: float
    peak: float  # bytes resident
    looks: int  # pairs of pictures compared
    found: float  # of the planted copies
    mixed: int  # clusters that hold two pictures


def measure(folder: Path, samples: int) -> list[Figure]:
    figures = []
    for hashes in HASHES:
        outcomes = [_outcome(folder / "dedup", Planted(rows=rows, hashes=hashes)) for rows in ROWS]
        figures += _figures(f"dedup, {hashes} hashes", outcomes)
    return figures


def _figures(name: str, outcomes: list[Outcome]) -> list[Figure]:
    first, last = outcomes[0], outcomes[-1]
    steps = [_exponent(a, b) for a, b in itertools.pairwise(outcomes)]
    each = (last.peak - first.peak) / (last.rows - first.rows)
    return [
        *(Figure(name=f"{name}: {of.rows:,} images", figure=of.seconds, unit="s", note=_told(of)) for of in outcomes),
        Figure(name=f"{name}: exponent of growth in time, {first.rows:,} to {last.rows:,}", figure=_exponent(first, last), unit="",
               target="<= 1.05", note=f"processor time; by steps {', '.join(f'{step:.2f}' for step in steps)}"),
        Figure(name=f"{name}: peak memory, {last.rows:,} images", figure=last.peak / 1e6, unit="MB", target="<= 1200"),
        Figure(name=f"{name}: memory for one more image", figure=each, unit="bytes", target="<= 700"),
        Figure(name=f"{name}: planted copies found", figure=min(of.found for of in outcomes), unit="of all", target=">= 0.999"),
        Figure(name=f"{name}: clusters of two pictures", figure=sum(of.mixed for of in outcomes), unit="", target="<= 0"),
    ]  # fmt: skip


def _told(outcome: Outcome) -> str:
    return f"{outcome.processor:.1f} s of a processor, {outcome.peak / 1e6:,.0f} MB, {outcome.looks:,} pairs looked at"


def _exponent(a: Outcome, b: Outcome) -> float:
    return math.log(b.processor / a.processor) / math.log(b.rows / a.rows)


def _outcome(out: Path, planted: Planted) -> Outcome:
    run = run_in(out)
    give(run, planted)
    log = out / "log"
    watched = watch([sys.executable, "-m", "tests.bench.dedup", str(out)], log)
    took = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    found, mixed = quality(run, planted)
    shutil.rmtree(out)
    return Outcome(rows=planted.rows, found=found, mixed=mixed, peak=watched.peak(), **took)


def run_in(out: Path) -> Run:
    return Run(options=Options(data="", out=str(out), recipe=Recipe(id="bench", title="bench"), manifests=()), folders={}, resolved={})


def give(run: Run, planted: Planted) -> None:
    """What inspect and screen would have written: images, and no sample."""
    planted.write(run)
    run.decisions("screen").commit("f", [], 0)


def quality(run: Run, planted: Planted) -> tuple[float, int]:
    """The share of planted copies that are in their picture's cluster, and how many clusters hold pictures that are not one."""
    table = run.decisions("match").read("images", Member, columns=["id", "cluster"])
    cluster, shown = np.arange(planted.rows), planted.truth()
    rows, firsts = _rows(table["id"]), _rows(table["cluster"])
    cluster[rows] = firsts
    copies = np.flatnonzero(shown != np.arange(planted.rows))
    pairs = np.unique(np.stack([firsts, shown[rows]]), axis=1)
    return float(np.mean(cluster[copies] == cluster[shown[copies]])), int(np.count_nonzero(np.bincount(pairs[0]) > 1))


def _rows(ids: pa.ChunkedArray) -> np.ndarray:
    """planted/images/123/picture-000000123.jpg is row 123."""
    return pc.utf8_slice_codeunits(ids, -13, -4).cast(pa.int64()).to_numpy()


def main(out: str) -> None:
    run = run_in(Path(out))
    began, processor = time.perf_counter(), time.process_time()
    index = execute(plan_match(run), run)
    (counts,) = (receipt.counts for receipt in index.receipts if receipt.unit == "images")
    took = {
        "processor": time.process_time() - processor,
        "seconds": time.perf_counter() - began,
        "looks": counts["phash_confirmed"] + counts["phash_refused"],
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main(sys.argv[1])
