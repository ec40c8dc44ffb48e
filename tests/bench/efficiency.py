"""parallel efficiency: how many times faster than one worker all workers are, at inspect, at tag on a CPU, and over the whole run"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np

from curate.models import biomedclip
from curate.models.weights import find_weights
from pipelines.run import cores
from tests.bench import inspect_stage
from tests.bench.figure import Figure, interleaved
from tests.bench.overhead import write_samples
from tests.bench.ran import run
from tests.bench.tag_speed import DISK, DRAWN, SIDE, Bench, _loaded
from tests.captions import Captions, encoded, picture
from tests.curate.models.tiny_biomedclip import FULL, write_tiny

FILES = 6_000  # of inspect and of the whole run, at most
CALLS = 6  # batches that each worker's model is given
ROUNDS = 3


def measure(folder: Path, samples: int) -> list[Figure]:
    """One worker and all of them in turn; a worker is a thread that has a decoder of its own, a model's lane, a process where Python is the
    work. The one worker may use every core for what is beside its work, as it does where somebody says --workers 1."""
    count = min(samples, FILES)
    figures = [_inspect(folder / "inspect", count), _whole(folder / "whole", count)]
    return [*figures, *(_tag(folder / "tag") if shutil.disk_usage(folder).free > DISK else ())]


def _inspect(folder: Path, files: int) -> Figure:
    _, flags = inspect_stage.write_files(folder, files)

    def seconds_of(workers: int) -> float:
        return run("inspect", folder / "out", [*flags, "--workers", str(workers), "--tagger", "none"]).stages["inspect"]

    return _figure("inspect", seconds_of, f"{files:,} files", ">= 1.8")


def _whole(folder: Path, samples: int) -> Figure:
    flags = write_samples(folder, samples)

    def seconds_of(workers: int) -> float:
        return run("corpus", folder / "out", [*flags, "--workers", str(workers), "--tagger", "pixels"]).seconds

    return _figure("the whole run", seconds_of, f"{samples:,} samples, start-up with it", ">= 1.6")


def _figure(name: str, seconds_of: Callable[[int], float], note: str, target: str) -> Figure:
    pairs = [(seconds_of(1), seconds_of(cores())) for _ in range(ROUNDS)]
    ratios = sorted(one / all for one, all in pairs)
    told = f"{note}; {', '.join(f'{one:.1f} s / {all:.1f} s' for one, all in pairs)}"
    name = f"efficiency: {name}, {cores()} workers against one"
    return Figure(name=name, figure=statistics.median(ratios), unit="x", target=target if cores() == 2 else "", note=told)


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
