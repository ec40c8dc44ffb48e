"""the emit stage over JPEG files with metadata, against a bare copy loop of the same files; its memory from 1 GB to 20"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import shutil
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from curate.recipe import CorpusPlan
from pipelines.balance import plan_balance
from pipelines.emit import plan_emit
from pipelines.run import Run, cores
from pipelines.stage import execute
from schemas.sample import Picture
from tests.bench.figure import Figure, seconds
from tests.bench.watched import watch
from tests.curate.emit.tiny_corpus import TinyCorpus
from tests.pipelines.at_rest import give, run_of

DISTINCT = 500  # files; samples of more images than that show them again, each read, checked and stripped anew
SIDE = 520  # pixels of noise: some 230 KB as JPEG
TIMED = 6_000  # images of the run that is timed: 1.4 GB, six shards
SMALL, LARGE = 1e9, 20e9  # bytes of images that memory is watched at, the large ones as far as the disk allows
ROUNDS = 3
SHARD = 256 << 20
PROCESSES = "--direct_running_mode=multi_processing"  # for both sizes alike, though the small one would not start them


@dataclass
class Files(TinyCorpus):
    """A tiny corpus of JPEGs that shows its files again and again, each inspected once."""

    known: dict[str, Picture] = field(default_factory=dict)

    def picture(self, path: str, data: bytes) -> Picture:
        return self.known.get(path) or self.known.setdefault(path, _as_jpeg(super().picture(path, data)))


def measure(folder: Path) -> list[Figure]:
    files = _files()
    (folder / "data").mkdir()
    for name, data in files.items():
        (folder / "data" / name).write_bytes(data)
    ratios, rates = [], []
    for _ in range(ROUNDS):
        bare = seconds(lambda: _copy(folder, TIMED))
        ours, _ = _emit(folder, files, TIMED)
        ratios.append(bare / ours)
        rates.append(_bytes(files, TIMED) / 1e6 / ours)
    note = f"{TIMED:,} files, {cores()} workers, SHA-256 checked, metadata stripped; {', '.join(f'{ratio:.2f}' for ratio in ratios)}"
    return [
        Figure(name="emit stage: against a bare copy loop of the files", figure=statistics.median(ratios), unit="x", note=note),
        Figure(name="emit stage", figure=statistics.median(rates), unit="MB/s"),
        *_memory(folder, files),
    ]


def _memory(folder: Path, files: dict[str, bytes]) -> list[Figure]:
    mean = statistics.mean(map(len, files.values()))
    room = shutil.disk_usage(folder).free
    sizes = [SMALL, min(LARGE, room / 2)]
    peaks = [_emit(folder, files, int(size / mean), PROCESSES)[1] for size in sizes]
    exponent = math.log(peaks[1] / peaks[0]) / math.log(sizes[1] / sizes[0])
    note = f"its processes together; {peaks[0] / 1e6:,.0f} MB at {sizes[0] / 1e9:.0f} GB"
    return [
        Figure(name=f"emit stage: peak memory at {sizes[1] / 1e9:.0f} GB", figure=peaks[1] / 1e6, unit="MB", note=note),
        Figure(name="emit stage: growth of memory with bytes", figure=exponent, unit="exponent", target="<= 0.1"),
    ]


def _emit(folder: Path, files: dict[str, bytes], count: int, *flags: str) -> tuple[float, float]:
    """Seconds of the stage over `count` images, and the peak of its memory. What it wrote is removed."""
    corpus = Files(files=files)
    for number, name in zip(range(count), _again(files)):
        corpus.add(f"slake/{number}", [("user", "What is shown?"), ("assistant", f"Number {number}.")], {name: files[name]})
    run = _run(folder, flags)
    give(run, corpus, dropped=())
    execute(plan_balance(run), run)
    watched = watch([sys.executable, "-m", "tests.bench.emit_stage", str(folder), *flags], folder / "log")
    index = json.loads((run.decisions("emit").folder / "index.json").read_text(encoding="utf-8"))
    shutil.rmtree(run.options.out)
    return index["seconds"], watched.peak()


def _run(folder: Path, flags: Iterable[str]) -> Run:
    return run_of(folder, corpora=(CorpusPlan(name="medical"),), workers=cores(), flags=flags)


def _files() -> dict[str, bytes]:
    """JPEGs of noise, each with an Exif description and a comment to strip."""
    files = {}
    for number in range(DISTINCT):
        sink, exif = io.BytesIO(), Pillow.Exif()
        exif[0x010E] = f"picture {number}"
        noise = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        Pillow.fromarray(noise).save(sink, "JPEG", quality=88, exif=exif, comment=b"made")
        files[f"{number}.jpg"] = sink.getvalue()
    return files


def _again(files: dict[str, bytes]) -> Iterable[str]:
    while True:
        yield from files


def _bytes(files: dict[str, bytes], count: int) -> int:
    return sum(len(files[name]) for name, _ in zip(_again(files), range(count)))


def _as_jpeg(picture: Picture) -> Picture:
    assert picture.ship is not None
    return dataclasses.replace(picture, ship=dataclasses.replace(picture.ship, format="jpeg"))


def _copy(folder: Path, count: int) -> None:
    """The files into as many large ones, one after the other: nothing is checked, stripped or digested."""
    names = sorted((folder / "data").iterdir())
    copied = folder / "copied"
    copied.mkdir()
    number = 0
    while number < count:
        with (copied / f"{number}").open("wb") as target:
            while number < count and target.tell() < SHARD:
                target.write(names[number % len(names)].read_bytes())
                number += 1
            target.flush()
            os.fsync(target.fileno())
    shutil.rmtree(copied)


if __name__ == "__main__":
    asked = _run(Path(sys.argv[1]), sys.argv[2:])
    execute(plan_emit(asked), asked)
