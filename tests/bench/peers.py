"""a folder of images with planted copies -> how fast, in how much memory and how well ours, a bare loop and published tools find them"""

from __future__ import annotations

import csv
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.run import cores
from tests.bench import peer_work
from tests.bench.environments import ALONE, install, python_of
from tests.bench.figure import Figure
from tests.bench.peer_files import Files, write_files
from tests.bench.watched import watch
from tests.captions import MANIFEST, SOURCE

TORCH = ("torch==2.13.0", "torchvision==0.28.0")
PEERS = {  # each in an environment of its own, with what it asks for
    "cleanvision": ("cleanvision==0.3.7",),
    "imagededup": ("imagededup==0.3.3.post2", *TORCH),
    "fastdup": ("fastdup==2.54",),
    "data_juicer": ("py-data-juicer==1.6.1", "imagededup==0.3.3.post2", "aiohttp", "av", "ray==2.60.0", *TORCH),
}
OURS, BARE = "ours", "bare"
TARGETS = {"imagededup": ">= 2", "data_juicer": ">= 4"}
STAGES = ("ingest", "inspect", "match", "dedup")  # what image dedup takes
DISTINCT, FEW = (
    1_000,
    40,
)  # pictures in the folder that is timed, and in the one that tells what starting costs; half of them have two copies
CORRUPT = 5
ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    seconds: float  # of the whole process; of ours until dedup is done
    work: float  # without imports; of ours the stages that dedup takes
    inspect: float  # of ours
    peak: float  # bytes resident, of the process tree
    seen: int  # images that it could use
    groups: list[list[str]]


def measure(folder: Path, samples: int) -> list[Figure]:
    many, few, bad = (write_files(folder / name, distinct, corrupt) for name, distinct, corrupt in
                      (("many", DISTINCT, 0), ("few", FEW, 0), ("corrupt", FEW, CORRUPT)))  # fmt: skip
    failed = {name: word for name in PEERS if (word := install(name, PEERS[name]))}
    tools = [OURS, BARE, *(name for name in PEERS if name not in failed)]
    starts = {name: _run(name, few, folder / "scratch") for name in tools}
    rounds: dict[str, list[Ran]] = {name: [] for name in tools}
    for _ in range(ROUNDS):
        for name in tools:  # in turn: whatever else the machine does falls on all
            rounds[name].append(_run(name, many, folder / "scratch"))
    figures = [figure for name in tools for figure in _figures(name, rounds, starts, many)]
    figures += [Figure(name=f"peers: {name}", figure=None, unit="", note=word) for name, word in failed.items()]
    return figures + [_corrupt(name, bad, folder / "scratch") for name in tools]


def _figures(name: str, rounds: dict[str, list[Ran]], starts: dict[str, Ran], files: Files) -> list[Figure]:
    """Rates are without start-up: seconds for the files beyond those of the small folder."""
    own, start, count = rounds[name], starts[name], files.count - _few()
    each = statistics.median(ran.work - start.work for ran in own) / count
    whole = statistics.median(ran.seconds for ran in own)
    found, wrong = files.quality(own[0].groups)
    note = f"{whole:.1f} s for {files.count:,} files with start-up; found {found:.1%} of {len(files.copies):,} copies, {wrong:,} mistaken"
    figures = [Figure(name=f"peers: {name}", figure=1 / each, unit="images/s", note=note)]
    if name == OURS:
        inspect = statistics.median(ran.inspect - start.inspect for ran in own) / count
        figures.append(Figure(name="peers: ours, the inspect stage alone", figure=1 / inspect, unit="images/s"))
    else:
        pairs = list(zip(rounds[OURS], own))
        ratio = statistics.median(theirs.seconds / ours.seconds for ours, theirs in pairs)
        marginal = statistics.median((theirs.work - start.work) / (ours.work - starts[OURS].work) for ours, theirs in pairs)
        figures += [
            Figure(name=f"peers: ours against {name}, {files.count:,} files", figure=ratio, unit="x", target=TARGETS.get(name, "")),
            Figure(name=f"peers: ours against {name}, without start-up of either", figure=marginal, unit="x"),
        ]
    peak = statistics.median(ran.peak for ran in own)
    return [*figures, Figure(name=f"peers: {name}, peak memory", figure=peak / 1e6, unit="MB", target="<= 500" if name == OURS else "")]


def _few() -> int:
    return 2 * FEW


def _corrupt(name: str, files: Files, scratch: Path) -> Figure:
    """How many of the good files it still used, with a few among them that cannot be decoded."""
    good = files.count - CORRUPT
    what = f"peers: {name}, {CORRUPT} corrupt of {files.count} files: good ones used"
    try:
        ran = _run(name, files, scratch)
    except RuntimeError as error:
        return Figure(name=what, figure=0, unit=f"of {good}", note=str(error).splitlines()[1].rstrip(":"))
    return Figure(name=what, figure=ran.seen, unit=f"of {good}", target=f">= {good}" if name == OURS else "")


def _run(name: str, files: Files, scratch: Path) -> Ran:
    """Raises RuntimeError with the end of what it said if it fails."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    return _run_ours(files, scratch) if name == OURS else _run_peer(name, files, scratch)


def _run_peer(name: str, files: Files, scratch: Path) -> Ran:
    python = sys.executable if name == BARE else python_of(name)
    began = time.perf_counter()
    watched = watch([*ALONE, python, peer_work.__file__, name, str(files.images), str(scratch)], scratch / "log")
    took, told = time.perf_counter() - began, json.loads((scratch / "told.json").read_text(encoding="utf-8"))
    return Ran(seconds=took, work=told["work"], inspect=0, peak=watched.peak(), seen=told["seen"], groups=told["groups"])


def _run_ours(files: Files, scratch: Path) -> Ran:
    out = scratch / "out"
    flags = _source(files, scratch)
    began = time.time()  # as file times are
    command = [sys.executable, "-m", "pipelines", "corpus", "--out", str(out), *flags, "--tagger", "none"]
    watched = watch(command, scratch / "log")
    times, end = {}, 0.0
    for path in (out / "stages").rglob("index.json"):
        stage = path.relative_to(out / "stages").parts[0]
        if stage in STAGES:
            times[stage] = json.loads(path.read_text(encoding="utf-8"))["seconds"]
            end = max(end, path.stat().st_mtime)
    images = pq.ParquetDataset(out / "stages" / "inspect" / "images", partitioning=None).read(columns=["reason"])
    return Ran(seconds=end - began, work=sum(times.values()), inspect=times["inspect"], peak=watched.peak(end=end + 0.2),
               seen=images["reason"].null_count, groups=_groups(out))  # fmt: skip


def _groups(out: Path) -> list[list[str]]:
    names: dict[str, list[str]] = {}
    for members in (out / "stages" / "match").glob("*/images"):  # there is none where there are no copies
        table = pq.ParquetDataset(members, partitioning=None).read(columns=["id", "cluster"])
        for id, cluster in zip(table["id"].to_pylist(), table["cluster"].to_pylist()):
            names.setdefault(cluster, []).append(id.rpartition("/")[2])
    return list(names.values())


def _source(files: Files, scratch: Path) -> Sequence[str]:
    """The same folder as a source."""
    data, manifests = scratch / "data" / SOURCE, scratch / "manifests"
    data.mkdir(parents=True)
    manifests.mkdir()
    shutil.copytree(files.images, data / "images", copy_function=os.link)
    names = sorted(path.name for path in files.images.iterdir())
    (manifests / f"{SOURCE}.yaml").write_text(MANIFEST.format(source=SOURCE, samples=len(names)), encoding="utf-8")
    with (data / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "image", "caption"])
        writer.writerows((number, name, f"Caption of number {number}") for number, name in enumerate(names))
    return ["--data", str(scratch / "data"), "--manifests", str(manifests), "--workers", str(cores())]
