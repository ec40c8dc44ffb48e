"""made texts of growing number -> time and memory of the text part of match as the stage runs it, how time grows; order decides nothing

python -m tests.bench.text_scale COUNT FOLDER: one size, in a process of its own; writes told.json. Texts are made a part at a time and
signed as they come; making them does not count."""

from __future__ import annotations

import json
import math
import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from curate.recipe import Matching
from pipelines.scratch import write_scratch
from pipelines.signed import MatchTexts
from pipelines.tables import Room
from pipelines.units import write_todo
from schemas.arrow import arrow_schema
from schemas.cluster import Member
from tests.bench.figure import Figure
from tests.bench.text_made import made_texts
from tests.bench.text_ours import PART, Found, Named, cluster, named, sign
from tests.bench.watched import watch

SIZES = (10_000, 100_000, 1_000_000)
SHUFFLED, UNRELATED = 100_000, 20_000
GIBIBYTES = 24  # that five million texts may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    count: int
    sign: float  # seconds
    match: float
    near: int  # texts in clusters
    peak: int  # bytes resident, mapped pages of files among them


def measure(folder: Path, samples: int) -> list[Figure]:
    sizes = (*SIZES, samples) if samples > SIZES[-1] else SIZES
    runs = [_run(count, folder / "scratch") for count in sizes]
    figures = [figure for ran in runs for figure in _figures(ran)]
    changed, members = changes()
    what = "text-scale: proofs and decisions that differ in another order, beside an unrelated source"
    return [*figures, *_growth(runs), Figure(name=what, figure=changed, unit=f"of {members:,}", target="<= 0", note=f"{SHUFFLED:,} texts")]


def _figures(ran: Ran) -> Iterator[Figure]:
    name, note = f"text-scale: {ran.count:,} texts", f"{ran.near:,} in clusters"
    yield Figure(name=f"{name}, signed", figure=ran.count / ran.sign, unit="texts/s", note="one process")
    yield Figure(name=f"{name}, matched", figure=ran.count / ran.match, unit="texts/s", note=note)
    target = f"<= {GIBIBYTES}" if ran.count <= 5_000_000 else ""
    yield Figure(name=f"{name}, peak memory", figure=ran.peak / (1 << 30), unit="GiB", target=target)


def _growth(runs: list[Ran]) -> Iterator[Figure]:
    """Exponents of time over the number of texts. The smallest run has what starting costs in it, which makes growth look slower: so it
    is also told from the second size on."""
    for first, last in ((runs[0], runs[-1]), (runs[1], runs[-1])):
        name = f"text-scale: exponent of time, {first.count:,} to {last.count:,}"
        note = f"match alone {_exponent(first, last, first.match, last.match):.2f}"
        figure = _exponent(first, last, first.sign + first.match, last.sign + last.match)
        yield Figure(name=name, figure=figure, unit="", target="<= 1.05", note=note)


def _exponent(first: Ran, last: Ran, early: float, late: float) -> float:
    return math.log(late / early) / math.log(last.count / first.count)


def _run(count: int, scratch: Path) -> Ran:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    watched = watch([sys.executable, "-m", "tests.bench.text_scale", str(count), str(scratch)], scratch.with_suffix(".log"))
    told = json.loads((scratch / "told.json").read_text(encoding="utf-8"))
    shutil.rmtree(scratch)
    return Ran(count=count, sign=told["sign"], match=told["match"], near=told["near"], peak=watched.peak())


def changes() -> tuple[int, int]:
    """How many proofs and decisions differ once the texts come in another order, another source's among them; of how many."""
    texts = named([text for chunk in made_texts(SHUFFLED) for text in chunk])
    mixed = texts + named([text for chunk in made_texts(UNRELATED, seed=12) for text in chunk], "other")
    random.Random(3).shuffle(mixed)
    first, second = (_rows(cluster(given, Matching())) for given in (texts, mixed))
    return len(first ^ second), len(first)


def _rows(found: Found) -> set[tuple[object, ...]]:
    """Proofs and decisions."""
    rows: list[tuple[object, ...]] = [tuple(row.values()) for row in found.members.to_pylist() if row["id"].startswith("bench/")]
    return {*rows, *(pair for pair in found.winner.items() if pair[0].startswith("bench/"))}


def main(count: str, folder: str) -> None:
    room, matching = Room(out=folder, stage="match", buckets=16, recipe="bench"), Matching()
    write_scratch(room, "members", [arrow_schema(Member).empty_table()])  # of images there are none
    _sign(room, "warm", named(["what is imported late is imported now"]), matching)
    names, signing = [], 0.0
    for number, texts in enumerate(made_texts(int(count))):
        part = [(f"bench/{number * PART + place:08d}", text) for place, text in enumerate(texts)]
        began = time.perf_counter()
        names.append(_sign(room, f"bench-{number:05d}", part, matching))
        signing += time.perf_counter() - began
    began = time.perf_counter()
    worker = MatchTexts(room, None, matching=matching)
    write_todo(room, [])
    worker.setup()
    worker.process(("", names))
    matching_took = time.perf_counter() - began
    near = sum(pq.ParquetFile(path).metadata.num_rows for path in (room.folder / "texts").rglob("*.parquet"))
    Path(folder, "told.json").write_text(json.dumps({"sign": signing, "match": matching_took, "near": near}))


def _sign(room: Room, name: str, texts: Named, matching: Matching) -> str:
    write_scratch(room, f"part-{name}", [sign(texts, matching)])
    return name


if __name__ == "__main__":
    main(*sys.argv[1:])
