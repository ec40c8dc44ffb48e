"""held-out probabilities and truth -> how good and how honest they are: recall, confusion, calibration, what abstaining gains"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 15  # of equal width, of the highest probability (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    low: float  # of the highest probability, exclusive but in the first
    high: float  # inclusive
    weight: float  # of the rows in it, of all
    confidence: float  # their mean
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What is answered if only probabilities from `threshold` are."""

    threshold: float
    coverage: float  # share of rows answered
    accuracy: float  # of those


def reliability_table(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray | None = None) -> list[Bin]:
    """Of the bins that hold rows. Bin i of 15 holds (i/15, (i+1)/15]."""
    weights = _shares(len(confidence), weights)
    places = np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1).astype(int)
    table = []
    for place in np.unique(places):
        inside = places == place
        share = weights[inside] / max(weights[inside].sum(), 1e-300)
        mean, right = float(share @ confidence[inside]), float(share @ correct[inside])
        whole = float(weights[inside].sum())
        table.append(Bin(low=place / BINS, high=(place + 1) / BINS, weight=whole, confidence=mean, accuracy=right))
    return table


def ece(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Expected calibration error: how far confidence is from accuracy, bin by bin, weighed by what the bins hold."""
    return sum(each.weight * abs(each.confidence - each.accuracy) for each in reliability_table(confidence, correct, weights))


def risk_coverage(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray | None = None) -> list[Point]:
    """One point for each confidence that occurs, from the surest: rows of equal confidence are answered together, or none of them."""
    weights = _shares(len(confidence), weights)
    order = np.argsort(-confidence, kind="stable")
    answered, right = np.cumsum(weights[order]), np.cumsum((weights * correct)[order])
    answered[-1] = 1.0  # what sums of shares come to but for their last bits
    last = np.flatnonzero(np.diff(confidence[order], append=-np.inf))
    return [
        Point(threshold=float(confidence[order[place]]), coverage=float(answered[place]), accuracy=float(right[place] / answered[place]))
        for place in last
    ]


def coverage_at(points: Sequence[Point], accuracy: float) -> Point | None:
    """The point of most coverage at which what is answered is right at least so often; None if there is none."""
    return max((point for point in points if point.accuracy >= accuracy - 1e-12), key=lambda point: point.coverage, default=None)


def at_coverage(points: Sequence[Point], coverage: float) -> Point:
    """The first point that answers at least so much."""
    return next((point for point in points if point.coverage >= coverage - 1e-12), points[-1])


def confusion(truth: Sequence[str], found: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """int (names, names): rows are the truth, columns what was found."""
    counts = np.zeros((len(names), len(names)), int)
    place = {name: number for number, name in enumerate(names)}
    for true, seen in zip(truth, found, strict=True):
        counts[place[true], place[seen]] += 1
    return counts


def recalls(truth: Sequence[str], found: Sequence[str], sources: Sequence[str] | None = None) -> dict[str, float]:
    """Of each class in `truth` the share that was found as such; with `sources` the mean of these shares over the sources of the class."""
    cells: dict[str, dict[str, list[bool]]] = {}
    for true, seen, source in zip(truth, found, sources or [""] * len(truth), strict=True):
        cells.setdefault(true, {}).setdefault(source, []).append(true == seen)
    return {name: float(np.mean([np.mean(right) for right in of_source.values()])) for name, of_source in sorted(cells.items())}


def balanced_accuracy(truth: Sequence[str], found: Sequence[str], sources: Sequence[str] | None = None) -> float:
    """The mean of `recalls` over the classes that occur in `truth`, each counting once."""
    return float(np.mean(list(recalls(truth, found, sources).values())))


def class_weights(truth: Sequence[str]) -> np.ndarray:
    """float64 (n,), sum 1: every class that occurs weighs the same, its rows among them too."""
    names, places, counts = np.unique(np.asarray(truth), return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[places] / len(names))


def _shares(n: int, weights: np.ndarray | None) -> np.ndarray:
    return np.full(n, 1 / n) if weights is None else weights / weights.sum()
