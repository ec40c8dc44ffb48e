"""Recall, calibration and abstention by hand"""

from __future__ import annotations

import random

import numpy as np
import pytest

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


def test_ece_by_hand() -> None:
    confidence, correct = np.array([0.95, 0.95, 0.62, 0.62]), np.array([1.0, 1.0, 1.0, 0.0])
    # bins (14/15, 1] and (9/15, 10/15]: half of the rows each, 0.05 and 0.12 off
    assert ece(confidence, correct) == pytest.approx((0.05 + 0.12) / 2, abs=1e-12)
    table = reliability_table(confidence, correct)
    assert [(each.low, each.high, each.weight, each.accuracy) for each in table] == [(9 / 15, 10 / 15, 0.5, 0.5), (14 / 15, 1.0, 0.5, 1.0)]
    assert ece(confidence, correct, np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.05, abs=1e-12)


@pytest.mark.parametrize(("confidence", "low"), [(0.0, 0.0), (1 / 15, 0.0), (0.0667, 1 / 15), (1.0, 14 / 15)])
def test_a_bin_holds_its_upper_edge(confidence: float, low: float) -> None:
    (only,) = reliability_table(np.array([confidence]), np.array([1.0]))
    assert only.low == pytest.approx(low)


def test_what_abstaining_gains_by_hand() -> None:
    points = risk_coverage(np.array([0.5, 0.9, 0.8, 0.9]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert [(point.threshold, point.coverage, point.accuracy) for point in points] == [(0.9, 0.5, 1.0), (0.8, 0.75, 2 / 3), (0.5, 1.0, 0.5)]
    assert coverage_at(points, 0.95) == points[0]
    assert coverage_at(points, 0.5) == points[2]
    assert coverage_at(points[1:], 0.95) is None
    assert at_coverage(points, 0.6) == points[1]


def test_accuracy_that_rises_again_counts() -> None:
    points = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert coverage_at(points, 0.7) == points[3]


@pytest.mark.parametrize("seed", range(20))
def test_the_curve_ignores_order_and_ends_at_the_accuracy_of_all(seed: int) -> None:
    chance = random.Random(seed)
    rows = [(chance.choice([0.2, 0.5, 0.9]), chance.random() < 0.5) for _ in range(chance.randint(1, 30))]

    def curve(rows: list[tuple[float, bool]]) -> list[tuple[float, float, float]]:
        points = risk_coverage(np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows]))
        return [(point.threshold, round(point.coverage, 9), round(point.accuracy, 9)) for point in points]

    assert curve(rows) == curve(chance.sample(rows, len(rows)))
    assert curve(rows)[-1][1:] == (1.0, round(sum(row[1] for row in rows) / len(rows), 9))


def test_recall_confusion_and_balance_by_hand() -> None:
    truth, found = ["ct", "ct", "ct", "mri", "mri"], ["ct", "ct", "mri", "mri", "ct"]
    sources = ["a", "a", "b", "a", "a"]
    assert recalls(truth, found) == {"ct": pytest.approx(2 / 3), "mri": 0.5}
    assert recalls(truth, found, sources) == {"ct": 0.5, "mri": 0.5}  # ct: all of a, none of b
    assert balanced_accuracy(truth, found) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert confusion(truth, found, ["ct", "mri", "oct"]).tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert class_weights(truth).tolist() == pytest.approx([1 / 6] * 3 + [1 / 4] * 2)
