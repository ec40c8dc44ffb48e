"""a fitted probe and its rows -> what is told of it: plain JSON that travels in its file, and lines to read"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from curate.probe.fit import Fitted
from curate.probe.folds import split_by_source
from curate.probe.measure import (
    at_coverage,
    balanced_accuracy,
    class_weights,
    confusion,
    coverage_at,
    ece,
    recalls,
    reliability_table,
    risk_coverage,
)
from curate.probe.training import Training

TINY = 20  # pictures of a class: fewer say little of it
ACCURACY = 0.95
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)

Plain = dict[str, Any]


def report_of(fitted: Fitted, training: Training, terms: Mapping[str, Mapping[str, str]] | None = None) -> Plain:
    """What the rows were, and what held-out rows show. `terms`: of a source what is known of its licence and access."""
    held = fitted.held_out
    whole = np.ones(len(held.ids), bool)
    return {
        "sources": _sources(training, terms or {}),
        "classes": _classes(training),
        "held_out": {"all": _measured(fitted, whole), "by_source": _measured(fitted, held.by_source)},
        "warnings": list(_warnings(fitted, training)),
    }


def _sources(training: Training, terms: Mapping[str, Mapping[str, str]]) -> Plain:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    copies = Counter(source for source, tested in zip(training.sources, training.tested) if not tested)
    for source, label, tested in zip(training.sources, training.labels, training.tested):
        counts[source][label] += int(tested)
    return {
        source: {
            "pictures": {label: count for label, count in sorted(of.items()) if count}, "learnt_only": copies[source],
            **terms.get(source, {}),
        }
        for source, of in sorted(counts.items())
    }  # fmt: skip


def _classes(training: Training) -> Plain:
    by_source = dict(zip(training.labels, split_by_source(training).tolist()))
    pictures, sources = Counter[str](), defaultdict[str, set[str]](set)
    for label, source, tested in zip(training.labels, training.sources, training.tested):
        if tested:
            pictures[label] += 1
            sources[label].add(source)
    return {
        label: {"pictures": pictures[label], "sources": len(sources[label]), "held_out_by": "source" if by_source[label] else "group"}
        for label in training.classes
    }


def _measured(fitted: Fitted, chosen: np.ndarray) -> Plain | None:
    """Of the chosen held-out rows; None where there are none. `balanced_accuracy` is the mean of the recalls of the classes that occur;
    `source_balanced_accuracy` the same with a recall that is the mean of its sources'. Calibration is of rows as they come; abstention
    once so, and once with every class weighing the same."""
    held = fitted.held_out
    if not chosen.any():
        return None
    truth, found, sources = ([texts[place] for place in np.flatnonzero(chosen)] for texts in (held.labels, held.found, held.sources))
    confidence = held.probabilities[chosen].max(axis=1)
    correct = np.array([true == seen for true, seen in zip(truth, found)], float)
    curve = risk_coverage(confidence, correct)
    even = risk_coverage(confidence, correct, class_weights(truth))
    return {
        "pictures": len(truth),
        "balanced_accuracy": _short(balanced_accuracy(truth, found)),
        "source_balanced_accuracy": _short(balanced_accuracy(truth, found, sources)),
        "recall": {name: _short(value) for name, value in recalls(truth, found).items()},
        "recall_by_source": {
            f"{name} of {source}": [int(right), count] for (name, source), (right, count) in _by_source(truth, found, sources).items()
        },
        "ece": _short(ece(confidence, correct)),
        "reliability": [{name: _short(value) for name, value in asdict(each).items()} for each in reliability_table(confidence, correct)],
        "abstention": [{name: _short(value) for name, value in asdict(at_coverage(curve, share)).items()} for share in COVERAGES],
        "sure": _sure(curve),
        "sure_class_balanced": _sure(even),
        "confusion": {"classes": list(held.classes), "rows_are_truth": confusion(truth, found, held.classes).tolist()},
    }


def _by_source(truth: Sequence[str], found: Sequence[str], sources: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    right, count = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for true, seen, source in zip(truth, found, sources):
        right[true, source] += true == seen
        count[true, source] += 1
    return {cell: (right[cell], count[cell]) for cell in sorted(count)}


def _sure(curve: Sequence[Any]) -> Plain | None:
    """The most that can be answered at ACCURACY."""
    point = coverage_at(curve, ACCURACY)
    return {name: _short(value) for name, value in asdict(point).items()} if point else None


def _warnings(fitted: Fitted, training: Training) -> Iterator[str]:
    for label, said in _classes(training).items():
        if not said["pictures"]:
            yield f"{label}: learnt from drawn pictures alone, and not measured"
        elif said["held_out_by"] == "group":
            yield f"{label}: one source; held out by group, its figures say little of other sources"
        if 0 < said["pictures"] < TINY:
            yield f"{label}: {said['pictures']} pictures"
    if fitted.rows < len(training):
        yield f"{len(training):,} pictures and copies found, learnt from {fitted.rows:,}"


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """For people, 120 columns or a little more."""
    yield "sources"
    for source, said in report["sources"].items():
        counts = ", ".join(f"{label} {count:,}" for label, count in said["pictures"].items()) or "none measured"
        terms = ", ".join(str(said[name]) for name in ("license", "access") if said.get(name))
        alone = f"; {said['learnt_only']:,} learnt from alone" if said["learnt_only"] else ""
        yield f"  {source}: {counts}{alone}" + (f" ({terms})" if terms else "")
    for title, name in (("on sources it never saw", "by_source"), ("on all that was held out", "all")):
        if measured := report["held_out"][name]:
            yield from _measured_lines(title, measured)
    yield from (f"warning: {warning}" for warning in report["warnings"])


def _measured_lines(title: str, measured: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{title}: {measured['pictures']:,} pictures, balanced accuracy {measured['balanced_accuracy']:.3f} (sources alike "
        f"{measured['source_balanced_accuracy']:.3f}), ECE {measured['ece']:.3f}"
    )
    sure = measured["sure"]
    yield "  " + (
        f"right in {sure['accuracy']:.3f} where it is sure of {sure['threshold']:.3f}: {sure['coverage']:.1%} of pictures"
        if sure
        else f"never right in {ACCURACY:.0%}, however sure"
    )
    names = measured["confusion"]["classes"]
    width = max(map(len, names))
    yield f"  {'truth':<{width}} recall  found as"
    for name, row in zip(names, measured["confusion"]["rows_are_truth"]):
        if sum(row):
            found = ", ".join(f"{other} {count}" for count, other in sorted(zip(row, names), key=lambda each: (-each[0], each[1])) if count)
            yield f"  {name:<{width}} {measured['recall'][name]:>6.3f}  {found}"


def _short(value: float) -> float:
    return float(f"{value:.4g}")
