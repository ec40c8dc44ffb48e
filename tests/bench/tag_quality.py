"""real pictures by source -> how well the shipped look tells modalities apart on sources that it never saw, and how honest it is

Each source is held out in turn: the probe is fitted anew on the others, on copies of them as other places would publish them, on drawn
pictures, and on nothing of that source; penalty as the shipped probe has it, temperature without the source. Pictures of equal pixels
count once, wherever they stand. A modality counts if two sources have it; in it each source counts the same, and each modality the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from curate.inspect.children import Children
from curate.models import pixels
from curate.probe.fit import FitLimits, fit
from curate.probe.report import lines, report_of
from curate.probe.training import Training
from pipelines.labelled import read_labels
from pipelines.looked import carried, drawn, look, rows_of
from tests.bench.figure import Figure
from tests.real import REAL

COPIES = 2  # of each picture: the shipped probe learns from more
ANSWERED = 0.6  # of pictures, at least, where it is sure
TARGET = ">= 0.75"
SURE = ">= 0.95"


def measure(folder: Path, samples: int) -> list[Figure]:
    labels = REAL / "modality" / "labels.csv" if REAL else None
    if labels is None or not labels.is_file():
        return [Figure(name="tag quality: sources never seen", figure=None, unit="share", target=TARGET, note="no real pictures here")]
    report = measured(rows(labels))
    print("\n".join(lines(report)), file=sys.stderr)  # with the confusion table
    return list(figures(report["held_out"]["by_source"]))


def measured(training: Training) -> Mapping[str, Any]:
    """The report of curate.probe.report."""
    limits = FitLimits(folds=0, inner_folds=2, grid=(pixels.load_head().fitted["penalty"],))
    return report_of(fit(training, limits), training)


def rows(labels: Path) -> Training:
    with closing(Children()) as children:
        gathered = read_labels(labels, children)
        looked = look([*gathered.pictures, *carried(), *drawn()], pixels.load(), copies=COPIES, threads=os.cpu_count() or 1)
    return rows_of(looked)[0]


def figures(held_out: Mapping[str, Any]) -> Iterator[Figure]:
    """Of a report's held_out/by_source."""
    told = f"{held_out['pictures']} pictures"
    surest = next(point for point in reversed(held_out["abstention"]) if point["coverage"] >= ANSWERED)
    shares: tuple[tuple[str, float, str, str], ...] = (
        ("balanced accuracy, sources alike", held_out["source_balanced_accuracy"], TARGET, told),
        ("balanced accuracy, pictures alike", held_out["balanced_accuracy"], "", ""),
        ("right where surest", surest["accuracy"], SURE, f"{surest['coverage']:.0%} answered"),
        ("expected calibration error", held_out["ece"], "", ""),
    )
    for name, share, target, note in shares:
        yield Figure(name=f"tag quality: {name}", figure=share, unit="share", target=target, note=note)
    for point in held_out["abstention"]:
        name = f"tag quality: right if it answers from {point['threshold']:.2f}"
        yield Figure(name=name, figure=point["accuracy"], unit="share", note=f"{point['coverage']:.0%} answered")
    for name, recall in held_out["recall"].items():
        yield Figure(name=f"tag quality: {name} found", figure=recall, unit="share")
