"""runs of growing number of samples -> time, memory, bytes and shuffle of each stage, how they grow, and what that comes to at 100 million

`make bench ONLY=scale ARGS="--samples 50000,500000,5000000"`. What was measured is kept in build/scale.json, size by size, and
build/scale.md holds all of it as tables: a size that was run before need not be run again. Five million take an hour and 13 GB of disk."""

from __future__ import annotations

import itertools
import json
import math
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.run import cores
from tests.bench.figure import Figure
from tests.bench.scale_made import Made, write_made
from tests.bench.scale_run import told_of
from tests.bench.watched import Watched, watch

GIBIBYTES = 24  # that five million samples may take
LARGE = 100_000_000
WHOLE = "whole run"
BUILD = Path(__file__).parents[2] / "build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one stage of one run took."""

    seconds: float
    processor: float  # seconds of all processes
    peak: int  # bytes resident, of the process tree while it ran
    written: int  # bytes of its tables, packs and shards
    files: int
    units: int
    shuffled: int  # bytes of the elements that went through a shuffle


Sizes = Mapping[int, Mapping[str, Stage]]  # samples -> stage -> what it took


def measure(folder: Path, *samples: int) -> list[Figure]:
    kept = BUILD / "scale.json"
    sizes = {int(size): {name: Stage(**stage) for name, stage in stages.items()} for size, stages in _read(kept).items()}
    for count in samples:
        shutil.rmtree(folder, ignore_errors=True)
        sizes[Made(count).rows] = run(folder, count)
        kept.write_text(json.dumps({size: {name: asdict(stage) for name, stage in found.items()} for size, found in sorted(sizes.items())}))
        (BUILD / "scale.md").write_text("\n".join(tables(sizes)) + "\n", encoding="utf-8")
    return list(figures({size: sizes[size] for size in sorted(sizes)}))


def _read(kept: Path) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    return found


def run(folder: Path, samples: int, *flags: str) -> dict[str, Stage]:
    """Make so many samples in `folder`, run every stage over them, in a process of its own. Raises RuntimeError where the run fails."""
    print(f"making {samples:,} samples ...", file=sys.stderr, flush=True)
    given = write_made(folder, samples, processes=cores())
    print("running ...", file=sys.stderr, flush=True)
    out = folder / "out"
    command = [sys.executable, "-m", "tests.bench.scale_run", "--out", str(out), *given, "--tagger", "pixels", *flags]
    watched = watch(command, folder / "log")
    told = [json.loads(line) for line in told_of(str(out)).read_text(encoding="utf-8").splitlines()]
    found = {each["stage"]: _stage(each, watched) for each in told}
    whole = Stage(
        seconds=watched.times[-1] - watched.times[0], processor=sum(stage.processor for stage in found.values()), peak=watched.peak(),
        **{name: sum(getattr(stage, name) for stage in found.values()) for name in ("written", "files", "units", "shuffled")},
    )  # fmt: skip
    return {**found, WHOLE: whole}


def _stage(told: Mapping[str, float], watched: Watched) -> Stage:
    return Stage(
        seconds=told["end"] - told["begin"], processor=told["processor"], peak=watched.peak(told["begin"] - 0.2, told["end"] + 0.2),
        written=int(told["written"]), files=int(told["files"]), units=int(told["units"]), shuffled=int(told["shuffled"]),
    )  # fmt: skip


def figures(sizes: Sizes) -> Iterator[Figure]:
    for samples, stages in sizes.items():
        for name, stage in stages.items():
            yield Figure(name=f"scale: {samples:,}, {name}", figure=stage.seconds, unit="s", note=f"{stage.processor:,.0f} s of processors")
        peak = stages[WHOLE].peak / (1 << 30)
        target = f"<= {GIBIBYTES}" if samples <= 5_000_000 else ""
        yield Figure(name=f"scale: {samples:,}, peak memory", figure=peak, unit="GiB", target=target)
    measured = list(sizes)
    for first, last in itertools.pairwise(measured):
        for name in sizes[last]:
            power = exponent(sizes, name, first, last)
            if power is not None:
                what = f"scale: exponent of time, {first:,} to {last:,}, {name}"
                yield Figure(name=what, figure=power, unit="", target="<= 1.05" if name == WHOLE else "")


def exponent(sizes: Sizes, name: str, first: int, last: int, what: str = "seconds") -> float | None:
    """e of time ~ samples^e between two sizes; None where it cannot be told: a stage that took under a second is its start."""
    early, late = (getattr(sizes[size][name], what) if name in sizes[size] else 0.0 for size in (first, last))
    return math.log(late / early) / math.log(last / first) if early >= 1 and late > 0 else None


def tables(sizes: Sizes) -> Iterator[str]:
    """Markdown: each size stage by stage; exponents; what the largest size comes to at 100 million."""
    measured = sorted(sizes)
    for size in measured:
        yield f"\n### {size:,} samples\n"
        yield "| stage | s | processor s | peak MB | written MB | files | shuffled kB |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for name, stage in sizes[size].items():
            yield (
                f"| {name} | {stage.seconds:,.1f} | {stage.processor:,.1f} | {stage.peak / 1e6:,.0f} | {stage.written / 1e6:,.1f} | "
                f"{stage.files:,} | {stage.shuffled / 1e3:,.1f} |"
            )
    for first, last in itertools.pairwise(measured):
        yield f"\n### Exponents, {first:,} to {last:,}\n\n| stage | time | processor time | memory |\n| --- | ---: | ---: | ---: |"
        for name in sizes[last]:
            told = (exponent(sizes, name, first, last, what) for what in ("seconds", "processor", "peak"))
            yield f"| {name} | {' | '.join('-' if power is None else f'{power:.2f}' for power in told)} |"
    yield from _extrapolated(sizes, measured)


def _extrapolated(sizes: Sizes, measured: Sequence[int]) -> Iterator[str]:
    """Processor hours and bytes grow as they did between the last two sizes, and never slower than the samples."""
    if len(measured) < 2:
        return
    first, last = measured[-2:]
    yield f"\n### {LARGE:,} samples, on paper\n\n| stage | core hours | written GB | shuffled MB |\n| --- | ---: | ---: | ---: |"
    for name, stage in sizes[last].items():
        power = max(1.0, exponent(sizes, name, first, last, "processor") or 1.0)
        times = LARGE / last
        hours = stage.processor * times**power / 3600
        yield f"| {name} | {hours:,.1f} | {stage.written * times / 1e9:,.0f} | {stage.shuffled * times / 1e6:,.1f} |"
