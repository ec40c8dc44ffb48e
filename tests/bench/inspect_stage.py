"""the inspect stage over files as image collections have them, against a bare loop of Pillow and imagehash on all cores"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines.run import cores
from tests.bench.end_to_end import _hash
from tests.bench.figure import Figure, seconds
from tests.bench.pixels import _file
from tests.bench.watched import watch
from tests.captions import MANIFEST, SOURCE

FILES = 20_000
DISTINCT = 400  # pictures of 224 to 1024 pixels, a third PNG, two thirds JPEG; the others are links to them, each read and decoded anew
FOLDER = 1_000
ROUNDS = 3


def measure(folder: Path, samples: int) -> list[Figure]:
    """The bare loop runs before, between and after the stage's runs, over a quarter of the files: whatever else the machine does falls on
    both."""
    data, flags = write_files(folder)
    some = sorted(data.rglob("*.*g"))[::4]
    bare, times, peak = [_bare(some)], [], 0.0
    for number in range(ROUNDS):
        out = folder / f"out{number}"
        watched = watch([sys.executable, "-m", "pipelines", "corpus", "--out", str(out), *flags, "--tagger", "none"], folder / "log")
        index = out / "stages" / "inspect" / "index.json"
        end = index.stat().st_mtime
        times.append(json.loads(index.read_text(encoding="utf-8"))["seconds"])
        peak = max(peak, watched.peak(end - times[-1] - 0.2, end + 0.2))
        shutil.rmtree(out)
        bare.append(_bare(some))
    ratios = sorted(time / FILES / ((before + after) / 2) for time, before, after in zip(times, bare, bare[1:]))
    middle = ROUNDS // 2
    note = f"{FILES:,} files, {cores()} workers, median of {ROUNDS}: {', '.join(f'{ratio:.3f}' for ratio in ratios)}"
    return [
        Figure(name="inspect stage: time against a bare loop", figure=ratios[middle], unit="x", target="<= 1.15", note=note),
        Figure(name="inspect stage: images", figure=FILES / sorted(times)[middle], unit="images/s"),
        Figure(name="inspect stage: bare loop of Pillow + imagehash", figure=1 / sorted(bare)[len(bare) // 2], unit="images/s"),
        Figure(name="inspect stage: peak memory", figure=peak / 1e6, unit="MB"),
    ]


def write_files(folder: Path, files: int = FILES) -> tuple[Path, list[str]]:
    """A source of so many images; the folder of its images and the flags that make the pipeline read it."""
    data, manifests = folder / "data" / SOURCE, folder / "manifests"
    (data / "images").mkdir(parents=True)
    manifests.mkdir()
    (manifests / f"{SOURCE}.yaml").write_text(MANIFEST.format(source=SOURCE, samples=files), encoding="utf-8")
    originals = []
    for number in range(DISTINCT):
        originals.append(data / "images" / f"{number}.{'png' if number % 3 == 0 else 'jpg'}")
        originals[-1].write_bytes(_file(number))
    with (data / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "image", "caption"])
        for number in range(files):
            original = originals[number % DISTINCT]
            path = data / "images" / str(number // FOLDER) / f"{number}{original.suffix}"
            path.parent.mkdir(exist_ok=True)
            os.link(original, path)
            writer.writerow([number, path.relative_to(data / "images").as_posix(), f"A caption of number {number}"])
    for original in originals:
        original.unlink()
    return data / "images", ["--data", str(folder / "data"), "--manifests", str(manifests)]


def _bare(files: list[Path]) -> float:
    """Seconds an image."""

    def work() -> None:
        with ThreadPoolExecutor(cores()) as pool:
            for _ in pool.map(_hash, files):
                pass

    return seconds(work) / len(files)
