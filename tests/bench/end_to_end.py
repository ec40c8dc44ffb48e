"""the whole pipeline over generated captions: seconds, rows and memory of each stage, against bare loops of the same work"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import imagehash
from datasketch import MinHash
from PIL import Image

from curate.words import words_of
from pipelines.run import cores
from tests.bench.figure import Figure, seconds
from tests.bench.watched import watch
from tests.captions import SOURCE, Captions, image_files, write_source

SIDE = 112  # pixels: about 3 KB as a JPEG
CAPPED = 20_000  # samples up to which a run has to do with 1 GB
BARE = 20_000  # samples of a bare loop, at most: its rate is what counts
SHARE = 10  # the two runs that compare image bytes take one sample in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    name: str
    seconds: float
    peak: int  # bytes, of the process tree while it ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    stages: list[Stage]
    seconds: float
    peak: int


def measure(folder: Path, samples: int) -> list[Figure]:
    captions = Captions(samples=samples, side=SIDE)
    outcome = _run(folder, captions)
    figures = [
        Figure(name=f"end-to-end: {samples:,} captions", figure=outcome.seconds, unit="s"),
        Figure(name="end-to-end: samples", figure=samples / outcome.seconds, unit="rows/s"),
        Figure(name="end-to-end: peak memory", figure=outcome.peak / 1e6, unit="MB", target="<= 1024" if samples <= CAPPED else ""),
    ]
    bare = {stage: (what, rate) for stage, what, rate in _bare(folder, samples)}
    for stage in outcome.stages:
        figures.append(Figure(name=f"{stage.name}: time", figure=stage.seconds, unit="s"))
        if stage.seconds >= 0.1:
            figures.append(Figure(name=f"{stage.name}: rate", figure=samples / stage.seconds, unit="rows/s"))
        figures.append(Figure(name=f"{stage.name}: peak memory", figure=stage.peak / 1e6, unit="MB"))
        if stage.name in bare:
            what, rate = bare[stage.name]
            target = "<= 1.15" if stage.name == "inspect" and samples >= BARE else ""
            figures.append(
                Figure(name=f"{stage.name}: time against {what}", figure=stage.seconds * rate / samples, unit="x", target=target)
            )
    shutil.rmtree(folder)
    return figures + _growth(folder, max(1, samples // SHARE))


def _run(folder: Path, captions: Captions) -> Outcome:
    flags = write_source(folder, captions, threads=cores())
    out = folder / "out"
    command = [sys.executable, "-m", "pipelines", "corpus", "--out", str(out), *flags, "--tagger", "none"]
    watched = watch(command, folder / "log")
    stages = []
    for path in sorted((out / "stages").rglob("index.json"), key=lambda path: path.stat().st_mtime):
        index, end = json.loads(path.read_text(encoding="utf-8")), path.stat().st_mtime
        stages.append(Stage(name=_name(path, out), seconds=index["seconds"], peak=watched.peak(end - index["seconds"] - 0.2, end + 0.2)))
    return Outcome(stages=stages, seconds=watched.times[-1] - watched.times[0], peak=watched.peak())


def _name(index: Path, out: Path) -> str:
    stage, *recipe = index.parent.relative_to(out / "stages").parts
    return "tag scores" if stage == "tag" and not recipe else stage


def _growth(folder: Path, samples: int) -> list[Figure]:
    """The same samples with images of four times the bytes: memory must not follow."""
    peaks, sizes = [], []
    for captions in (Captions(samples=samples, side=SIDE), Captions(samples=samples, side=2 * SIDE, quality=90)):
        outcome = _run(folder, captions)
        peaks.append(outcome.peak)
        sizes.append(sum(path.stat().st_size for path in image_files(folder)))
        shutil.rmtree(folder)
    folder.mkdir()
    more = f"{samples:,} samples, image bytes x {sizes[1] / sizes[0]:.1f}"
    return [
        Figure(name=f"end-to-end: peak memory, {samples:,} samples, {sizes[0] / 1e6:,.0f} MB of images", figure=peaks[0] / 1e6, unit="MB"),
        Figure(name=f"end-to-end: peak memory, {samples:,} samples, {sizes[1] / 1e6:,.0f} MB of images", figure=peaks[1] / 1e6, unit="MB"),
        Figure(name="end-to-end: growth of memory with image bytes", figure=peaks[1] / peaks[0], unit="x", target="<= 1.1", note=more),
    ]


def _bare(folder: Path, samples: int) -> list[tuple[str, str, float]]:
    """Stage, what was done by a bare loop, and its samples a second."""
    table = folder / "data" / SOURCE / "captions.csv"
    files = list(image_files(folder))[:BARE]
    with table.open(encoding="utf-8", newline="") as file:
        texts = [row[2] for row in csv.reader(file)][1 : BARE + 1]
    return [
        ("ingest", "csv.reader", samples / seconds(lambda: _read(table))),
        ("inspect", f"Pillow + imagehash, {cores()} threads", len(files) / seconds(lambda: _in_threads(_hash, files))),
        ("match", "MinHash.bulk of its texts", len(texts) / seconds(lambda: _sign(texts))),
        ("emit", "copy of the images + fsync", len(files) / seconds(lambda: _copy(files, folder / "copy"))),
    ]


def _read(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def _in_threads(work: Callable[[Path], object], files: list[Path]) -> None:
    with ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(work, files):
            pass


def _hash(path: Path) -> str:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return str(imagehash.phash(image))


def _sign(texts: list[str]) -> None:
    shingles = [{" ".join(words[start : start + 5]).encode() for start in range(max(1, len(words) - 4))} for words in map(words_of, texts)]
    MinHash.bulk(shingles, num_perm=128)


def _copy(files: list[Path], path: Path) -> None:
    with path.open("wb") as file:
        for source in files:
            file.write(source.read_bytes())
        os.fsync(file.fileno())
