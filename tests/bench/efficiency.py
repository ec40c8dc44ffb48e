"""parallel efficiency: how many times faster than one core all cores are, at inspect, at tag on a CPU, and over the whole run

Amdahl's speed-up, T(1) / T(p): the same command held to one core by `taskset`, and let go. One worker that may use every core is a figure
of its own: there what is beside its work (reading, writing, other children) has the other core already. What the machine itself has to
give is the speed-up of a bare loop over the same files, a process a core, taken in the same rounds."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from curate.models import biomedclip
from curate.models.weights import find_weights
from pipelines.run import cores
from tests.bench import inspect_stage
from tests.bench.end_to_end import _hash
from tests.bench.figure import Figure, interleaved, seconds
from tests.bench.overhead import write_samples
from tests.bench.ran import run
from tests.bench.tag_speed import DISK, DRAWN, SIDE, Bench, _loaded
from tests.captions import Captions, encoded, picture
from tests.curate.models.tiny_biomedclip import FULL, write_tiny

FILES = 6_000  # of inspect and of the whole run, at most
CALLS = 6  # batches that each worker's model is given
ROUNDS = 3


def measure(folder: Path, samples: int) -> list[Figure]:
    count = min(samples, FILES)
    figures = [*_inspect(folder / "inspect", count), *_whole(folder / "whole", count)]
    return [*figures, *(_tag(folder / "tag") if shutil.disk_usage(folder).free > DISK else ())]


def _inspect(folder: Path, files: int) -> list[Figure]:
    images, flags = inspect_stage.write_files(folder, files)
    some = sorted(images.rglob("*.*g"))
    alone: list[tuple[float, float]] = []

    def seconds_of(*more: str, held: bool = False) -> float:
        if held:
            alone.append((_bare(some, 1), _bare(some, cores())))
        return run("inspect", folder / "out", [*flags, *more, "--tagger", "none"], cores=_first(held)).stages["inspect"]

    figures = _figures("inspect", seconds_of, f"{files:,} files", ">= 1.8")
    note = f"what inspect's is to be held against; {', '.join(f'{one:.1f} s / {all:.1f} s' for one, all in alone)}"
    name = f"efficiency: a bare loop of Pillow + imagehash, {cores()} cores against one"
    return [*figures, Figure(name=name, figure=statistics.median(one / all for one, all in alone), unit="x", note=note)]


def _bare(files: Sequence[Path], count: int) -> float:
    """Seconds, in so many processes on so many cores; they start before the clock does."""
    with ProcessPoolExecutor(count, initializer=os.sched_setaffinity, initargs=(0, sorted(os.sched_getaffinity(0))[:count])) as pool:
        list(pool.map(_hash, files[:count]))
        return seconds(lambda: list(pool.map(_hash, files, chunksize=32)))


def _whole(folder: Path, samples: int) -> list[Figure]:
    flags = write_samples(folder, samples)

    def seconds_of(*more: str, held: bool = False) -> float:
        return run("corpus", folder / "out", [*flags, *more, "--tagger", "pixels"], cores=_first(held)).seconds

    return _figures("the whole run", seconds_of, f"{samples:,} samples, start-up with it", ">= 1.6")


def _first(held: bool) -> list[int]:
    return sorted(os.sched_getaffinity(0))[:1] if held else []


def _figures(name: str, seconds_of: Callable[..., float], note: str, target: str) -> list[Figure]:
    timed = [(seconds_of(held=True), seconds_of(), seconds_of("--workers", "1")) for _ in range(ROUNDS)]
    return [
        Figure(
            name=f"efficiency: {name}, {against}", figure=statistics.median(few[place] / few[1] for few in timed), unit="x",
            target=wanted if cores() == 2 else "", note=f"{note}; {', '.join(f'{few[place]:.1f} s / {few[1]:.1f} s' for few in timed)}",
        )
        for place, against, wanted in ((0, f"{cores()} cores against one", target), (2, f"{cores()} workers against one on all cores", ""))
    ]  # fmt: skip


def _tag(folder: Path) -> list[Figure]:
    """The stage that calls the model: BiomedCLIP at full size, by the route that this machine's CPU takes, loaded before."""
    import torch

    torch.set_num_threads(1)
    folder.mkdir()
    captions = Captions(samples=DRAWN, side=SIDE, quality=90)
    files = [encoded(picture(number, captions), captions) for number in range(DRAWN)]
    for number, data in enumerate(files):
        (folder / f"{number}.jpg").write_bytes(data)
    weights = find_weights(str(write_tiny(folder / "weights", size=FULL)), {})
    assert weights is not None
    route = "cpu-bf16" if biomedclip.choose_route().name == "cpu-bf16" else "cpu-fp32"
    clip = biomedclip.load(weights, route)
    clip.embed(np.zeros((1, 224, 224, 3), np.uint8))
    bench, count = Bench(folder=folder, files=files), CALLS * cores() * clip.batch
    all, one = (bench.run(clip, count, workers=workers) for workers in (cores(), 1))
    with _loaded(clip):
        took, alone, ratio = interleaved(lambda: bench.stage(all), lambda: bench.stage(one), rounds=ROUNDS)
    note = f"{count:,} JPEGs, BiomedCLIP, {route}; {alone:.1f} s / {took:.1f} s"
    name = f"efficiency: tag, {cores()} workers against one"
    return [Figure(name=name, figure=ratio, unit="x", target=">= 1.8" if cores() == 2 else "", note=note)]
