"""The solver against an independent one; temperature; what is fitted depends on rows and not on their order"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from curate.models.probe import Probe
from curate.probe.fit import FitLimits, fit
from curate.probe.report import lines, report_of
from curate.probe.solve import nll, solve, temperature_of
from curate.probe.training import Training, TrainingError

CLASSES = ("ct", "mri", "oct")
QUICK = FitLimits(grid=(0.3, 0.03), folds=0, inner_folds=2)


def rows(n: int = 90, *, width: int = 6, seed: int = 0, apart: float = 1.5, quirk: float = 1.0) -> Training:
    """Three classes of three sources with quirks of their own; every tenth has a copy that is not measured."""
    chance = np.random.default_rng(seed)
    labels = [CLASSES[place % 3] for place in range(n)]
    sources = [f"{labels[place]}{place // 3 % 3}" for place in range(n)]
    centres = {name: chance.normal(size=width) * apart for name in CLASSES}
    quirks = {name: chance.normal(size=width) * quirk for name in sorted(set(sources))}
    features = np.array([centres[label] + quirks[source] + chance.normal(size=width) for label, source in zip(labels, sources)], np.float32)
    return Training(
        ids=tuple(f"{place:03}" for place in range(n)), features=features, labels=tuple(labels), sources=tuple(sources),
        groups=tuple(f"p{place // 9}" for place in range(n)), tested=np.array([place % 10 != 9 for place in range(n)]),
    )  # fmt: skip


def test_the_solver_finds_the_minimum_of_another_solver() -> None:
    chance = np.random.default_rng(3)
    z, truth, weights = chance.normal(size=(60, 4)), chance.integers(0, 3, 60), chance.random(60)
    weights /= weights.sum()

    def loss(flat: np.ndarray) -> float:  # row by row, as the formula reads
        matrix = flat.reshape(3, 5)
        total = 0.0
        for row, true, weight in zip(z, truth, weights):
            powers = [np.exp(matrix[name, :4] @ row + matrix[name, 4]) for name in range(3)]
            total -= weight * np.log(powers[true] / sum(powers))
        return float(total + 0.05 * (matrix[:, :4] ** 2).sum())

    found = solve(z, truth, weights, 3, 0.1, tolerance=1e-10)
    other = minimize(loss, np.zeros(15), method="BFGS", options={"gtol": 1e-8}).x.reshape(3, 5)
    np.testing.assert_allclose(found.weights, other[:, :4], atol=1e-6)
    np.testing.assert_allclose(found.bias, other[:, 4] - other[:, 4].mean(), atol=1e-6)


def test_without_features_the_bias_is_the_log_of_the_shares() -> None:
    found = solve(np.zeros((4, 1)), np.array([0, 0, 0, 1]), np.full(4, 0.25), 2, 1.0, tolerance=1e-10)
    assert found.bias[0] - found.bias[1] == pytest.approx(np.log(3), abs=1e-6)


def test_weights_count_as_repeated_rows_do() -> None:
    chance = np.random.default_rng(5)
    z, truth = chance.normal(size=(30, 3)), np.arange(30) % 3
    times = np.arange(30) % 4 + 1
    weighed = solve(z, truth, times / times.sum(), 3, 0.1, tolerance=1e-10)
    repeated = solve(z.repeat(times, 0), truth.repeat(times), np.full(times.sum(), 1 / times.sum()), 3, 0.1, tolerance=1e-10)
    np.testing.assert_allclose(weighed.weights, repeated.weights, atol=1e-7)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_temperature_of_a_simulation_is_found_again(true: float) -> None:
    chance = np.random.default_rng(0)
    honest = chance.normal(size=(20_000, 4)) * 2
    drawn = (honest + chance.gumbel(size=honest.shape)).argmax(axis=1)  # of softmax(honest)
    assert temperature_of(honest * true, drawn, np.full(20_000, 1 / 20_000)) == pytest.approx(true, rel=0.03)


def test_a_class_that_cannot_be_has_no_share() -> None:
    assert nll(np.array([[0.0, 0.0, -np.inf]]), np.array([1])).tolist() == [pytest.approx(np.log(2))]


def test_any_order_of_the_rows_gives_the_same_bytes() -> None:
    data = rows()

    def content(training: Training) -> bytes:
        return fit(training, QUICK).probe(embedder="pixels:aa:cpu", attribute="modality_pixels_v1", about={}).content()

    first = content(data)
    assert content(data.take(np.random.default_rng(1).permutation(len(data)))) == first
    assert content(rows(seed=1)) != first


def test_what_is_told_of_held_out_rows_is_worth_what_new_sources_show() -> None:
    data = rows(120, width=10, quirk=2.0)
    fitted = fit(data, QUICK)
    held = np.mean([true == seen for true, seen in zip(fitted.held_out.labels, fitted.held_out.found)])
    of_learnt = fitted.probe(embedder="a", attribute="b", about={}).scores(data.features).argmax(axis=1)
    learnt = np.mean([fitted.classes[place] == label for place, label in zip(of_learnt, data.labels)])
    assert learnt > 0.9
    assert held < learnt - 0.1  # quirks of sources are learnt, and do not help on others
    assert len(fitted.held_out.ids) == 108  # tested rows alone
    assert fitted.held_out.by_source.all()


def test_the_scores_of_the_file_are_those_that_were_fitted() -> None:
    data = rows(apart=3.0)
    fitted = fit(data, QUICK)
    probe = fitted.probe(embedder="pixels:aa:cpu", attribute="modality_pixels_v1", about={"command": "x"})
    assert isinstance(probe, Probe)
    assert [each.name for each in probe.classes] == ["ct", "mri", "oct"]
    assert (probe.embedder, probe.fitted["command"], probe.fitted["penalty"]) == ("pixels:aa", "x", fitted.penalty)
    seen = probe.scores(data.features).argmax(axis=1)
    assert np.mean([fitted.classes[place] == label for place, label in zip(seen, data.labels)]) > 0.95
    far = probe.scores(data.features[:1] + 1e3)
    assert far.max() < probe.scores(data.features[:1]).max()


def test_features_that_never_vary_are_no_reason_to_stop() -> None:
    data = rows()
    data.features[:, 0] = 7
    probe = fit(data, QUICK).probe(embedder="a", attribute="b", about={})
    moved = data.features.copy()
    moved[:, 0] += 0.01
    assert np.abs(probe.weights[:, 0]).max() < 1e-12
    assert (probe.scores(moved) == probe.scores(data.features)).all()


def test_half_precision_is_fitted_as_a_run_keeps_it() -> None:
    data = rows()
    assert fit(replace(data, features=data.features.astype(np.float16)), QUICK).rows == 90


def test_unknown_classes_are_told() -> None:
    data = rows()
    odd = replace(data, labels=("xrey", *data.labels[1:]))
    with pytest.raises(TrainingError, match="no such class: xrey; wanted some of xray, ct"):
        fit(odd, QUICK)


def test_the_report_says_what_was_measured_and_warns() -> None:
    data = rows(60)
    lonely = replace(data, sources=tuple("only" if label == "oct" else source for label, source in zip(data.labels, data.sources)))
    report = report_of(fit(lonely, QUICK), lonely, {"ct0": {"license": "CC0-1.0"}})
    assert json.loads(json.dumps(report)) == report
    assert report["sources"]["ct0"] == {"pictures": {"ct": 6}, "learnt_only": 1, "license": "CC0-1.0"}
    assert report["classes"]["oct"] == {"pictures": 18, "sources": 1, "held_out_by": "group"}
    assert report["held_out"]["all"]["pictures"] == 54
    assert sorted(report["held_out"]["by_source"]["recall"]) == ["ct", "mri"]
    assert report["warnings"] == [
        "ct: 18 pictures",
        "mri: 18 pictures",
        "oct: one source; held out by group, its figures say little of other sources",
        "oct: 18 pictures",
    ]
    told = list(lines(report))
    assert told[1] == "  ct0: ct 6; 1 learnt from alone (CC0-1.0)"
    assert any(line.startswith("on sources it never saw: 36 pictures, balanced accuracy ") for line in told)


def test_where_nothing_is_to_be_learnt_the_strongest_penalty_stands() -> None:
    grid = (1.0, 0.1, 0.001)
    noise = fit(rows(apart=0.0), FitLimits(grid=grid, folds=3, inner_folds=2))
    clear = fit(rows(apart=2.0, quirk=0.1), FitLimits(grid=grid, folds=3, inner_folds=2))
    assert (noise.penalty, clear.penalty < 1.0) == (1.0, True)
    assert [step for step, _ in clear.path] == list(grid)
    assert noise.held_out.probabilities.max(axis=1).mean() < 0.5  # and the temperature lets no one be sure
