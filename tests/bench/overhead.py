"""the whole run against the sum of its bare loops (decode and hash, signatures, model, copy); without a model against Data-Juicer, which
has none here"""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from curate.models import pixels
from curate.pixels.render import render
from pipelines.run import cores
from tests.bench import overhead_peer_work
from tests.bench.end_to_end import _copy, _hash, _sign
from tests.bench.environments import ALONE, install, python_of
from tests.bench.figure import Figure, seconds
from tests.bench.peers import PEERS
from tests.bench.ran import Ran, run
from tests.bench.watched import watch
from tests.captions import SOURCE, Captions, image_files, write_source

SAMPLES = 20_000  # at most
SIDE, QUALITY = 512, 85  # of a JPEG: some 60 KB, as figures of journals are
CORRUPT = 500  # one file in so many is cut in half
ROUNDS = 2
PEER = "data_juicer"
LOOPS = ("decode + hash", "signatures", "model", "copy")


def measure(folder: Path, samples: int) -> list[Figure]:
    """The bare loops run before, between and after the runs, on all cores each; what each of ours is held against is the mean of the two
    beside it."""
    count = min(samples, SAMPLES)
    flags, failed = write_samples(folder, count), install(PEER, PEERS[PEER])
    bare, ours, plain, theirs = [_bare(folder)], [], [], []
    for _ in range(ROUNDS):
        ours.append(run("corpus", folder / "out", [*flags, "--tagger", "pixels"]))
        shutil.rmtree(folder / "out")
        bare.append(_bare(folder))
        if not failed:
            plain.append(run("corpus", folder / "out", [*flags, "--tagger", "none"]))
            theirs.append(_peer(folder))
    sums = [(sum(before) + sum(after)) / 2 for before, after in itertools.pairwise(bare)]
    ratios = [one.seconds / all for one, all in zip(ours, sums)]
    told = ", ".join(f"{name} {statistics.median(times):.1f} s" for name, times in zip(LOOPS, zip(*bare)))
    note = f"{count:,} samples, {cores()} cores: {', '.join(f'{ratio:.2f}' for ratio in ratios)}"
    figures = [
        Figure(name="overhead: the whole run against the sum of its bare loops", figure=statistics.median(ratios), unit="x", note=note),
        Figure(name="overhead: the sum of the bare loops", figure=statistics.median(sums), unit="s", note=told),
        *_ours(ours),
    ]
    return [*figures, *_against(plain, theirs, failed)]


def write_samples(folder: Path, samples: int) -> list[str]:
    """A source of captions with a JPEG each, some of them cut; the flags that make the pipeline read it."""
    flags = write_source(folder, Captions(samples=samples, side=SIDE, quality=QUALITY), threads=cores())
    for path in list(image_files(folder))[CORRUPT - 1 :: CORRUPT]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return flags


def _bare(folder: Path) -> list[float]:
    """Seconds of each of LOOPS."""
    files = list(image_files(folder))
    whole = [path for number, path in enumerate(files, 1) if number % CORRUPT]
    with (folder / "data" / SOURCE / "captions.csv").open(encoding="utf-8", newline="") as file:
        texts = [row[2] for row in csv.reader(file)][1:]
    embedder = pixels.load()
    ready = np.stack([embedder.prepare(render(path.read_bytes()).image) for path in whole[: embedder.batch]])

    def model(start: int) -> None:
        embedder.embed(ready[: len(files) - start])

    return [
        seconds(lambda: _in_threads(_hash, whole)),
        seconds(lambda: _sign(texts)),
        seconds(lambda: _in_threads(model, range(0, len(files), embedder.batch))),
        seconds(lambda: _copy(files, folder / "copy")),
    ]


def _in_threads(work, given: Sequence) -> None:
    with ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(work, given):
            pass


def _ours(ours: Sequence[Ran]) -> list[Figure]:
    count = len(ours)
    stages = {name: sum(ran.stages[name] for ran in ours) / count for name in ours[0].stages}
    told = ", ".join(f"{name} {took:.1f}" for name, took in stages.items())
    between = sum(ran.between for ran in ours) / count
    return [
        Figure(name="overhead: the whole run", figure=sum(ran.seconds for ran in ours) / count, unit="s", note=told),
        Figure(name="overhead: in no stage", figure=between, unit="s", note="imports, listing, what stands between stages"),
        Figure(name="overhead: cores kept busy", figure=statistics.median(ran.processor / ran.seconds for ran in ours), unit="cores"),
        Figure(name="overhead: peak memory", figure=max(ran.peak for ran in ours) / 1e6, unit="MB", target="<= 1024"),
    ]


def _peer(folder: Path) -> tuple[float, int]:
    """(seconds of the whole process, bytes at its peak), corrupt files left out: it drops a whole batch around each of them."""
    scratch = folder / "peer"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    table = folder / "data" / SOURCE / "captions.csv"
    command = [*ALONE, python_of(PEER), overhead_peer_work.__file__, str(table), str(CORRUPT), str(scratch)]
    began = time.perf_counter()
    peak = watch(command, scratch / "log").peak()
    took = time.perf_counter() - began
    print(f"{PEER}: {json.loads((scratch / 'told.json').read_text('utf-8'))} rows kept", file=sys.stderr)
    return took, peak


def _against(plain: Sequence[Ran], theirs: Sequence[tuple[float, int]], failed: str) -> list[Figure]:
    name = "overhead: the whole run without a model against Data-Juicer's filters and deduplicators"
    if failed:
        return [Figure(name=name, figure=None, unit="x", target=">= 2", note=failed)]
    ratio = statistics.median(peer / one.seconds for one, (peer, _) in zip(plain, theirs))
    took, peak = statistics.median(took for took, _ in theirs), max(peak for _, peak in theirs)
    mine = statistics.median(one.seconds for one in plain)
    note = f"{mine:.1f} s; it takes {took:.1f} s and {peak / 1e6:,.0f} MB, without images in its output or corrupt files in its input"
    own = max(one.peak for one in plain) / 1e6
    return [
        Figure(name=name, figure=ratio, unit="x", target=">= 2", note=note),
        Figure(name="overhead: peak memory without a model", figure=own, unit="MB", target="<= 1024"),
    ]
