"""pictures of known classes -> a probe, and what it would be worth on sources that it never saw"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from curate.models.probe import CLASSES, Probe, far, model_of, softmax, standardised
from curate.probe.folds import Fold, folds_of, split_by_source
from curate.probe.solve import Linear, nll, solve, temperature_of
from curate.probe.training import Training, TrainingError, balanced_weights, checked, thinned

_FLOOR = 1e-4  # of a standard deviation, as a share of the largest: what hardly varies says nothing
_NOTHING = 1e9  # its scale: all its z are 0
TRIED, LAST = 1e-4, 1e-5  # tolerance of gradients: of models that are only compared, of the one that is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class FitLimits:
    grid: tuple[float, ...] = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)  # penalties, strongest first: each starts where the last ended
    folds: int = 10  # about; 0: one for each source, the longest and most honest
    inner_folds: int = 4  # in which penalty and temperature are chosen for a fold, without it
    max_rows: int = 40_000  # that are learnt from: the most even choice of more
    tried_rows: int = 10_000  # the same of those on which penalty and temperature are chosen, and the figures measured: some 400 fits
    clip: float = 5.0  # standard deviations at which a feature is cut
    guard: float = 0.99  # of what was learnt from lies nearer to its class than the limit of certainty; 0: no guard
    source_power: float = 0.0  # sources of a class weigh as their number of groups to this power: 0 all alike
    seed: int = 0  # of the hash that deals sources and groups to folds


@dataclass(frozen=True, eq=False, kw_only=True)
class Standard:
    """What z is, and how far is far."""

    mean: np.ndarray
    scale: np.ndarray
    centres: np.ndarray
    limit: float


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldOut:
    """Tested rows, each by a model that saw neither its source (`by_source`) nor else its group; penalty and temperature were chosen
    without them too."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    sources: tuple[str, ...]
    probabilities: np.ndarray  # float64 (n, classes)
    by_source: np.ndarray  # bool (n,); the others are of a class that has one source, and were held out by group
    classes: tuple[str, ...]

    @property
    def found(self) -> tuple[str, ...]:
        return tuple(self.classes[place] for place in self.probabilities.argmax(axis=1))


@dataclass(frozen=True, eq=False, kw_only=True)
class Fitted:
    classes: tuple[str, ...]
    linear: Linear
    standard: Standard
    temperature: float
    penalty: float
    path: tuple[tuple[float, float], ...]  # penalty, held-out NLL
    held_out: HeldOut
    rows: int  # learnt from
    limits: FitLimits

    def probe(self, *, embedder: str, attribute: str, about: Mapping[str, Any]) -> Probe:
        """`embedder` is an Embedder.name; `about` what people want to know of the training: plain JSON."""
        known = {each.name: each for each in CLASSES}
        chosen = {
            "penalty": self.penalty, "held_out_nll": [list(step) for step in self.path], "rows": self.rows, "limits": _plain(self.limits),
        }  # fmt: skip
        single = {"weights": self.linear.weights, "bias": self.linear.bias, "mean": self.standard.mean, "scale": self.standard.scale}
        arrays = {name: array.astype(np.float32) for name, array in {**single, "centres": self.standard.centres}.items()}
        return Probe(
            attribute=attribute, embedder=model_of(embedder), classes=tuple(known[name] for name in self.classes),
            weights=arrays["weights"], bias=arrays["bias"], mean=arrays["mean"], scale=arrays["scale"], centres=arrays["centres"],
            temperature=self.temperature, limit=self.standard.limit, clip=self.limits.clip, fitted={**chosen, **about},
        )  # fmt: skip


def fit(training: Training, limits: FitLimits = FitLimits()) -> Fitted:
    """The probe of these rows, and how it does on rows held out. The same for any order of the rows. Raises TrainingError."""
    rows = thinned(checked(training), limits.max_rows)
    unknown = sorted(set(rows.labels) - {each.name for each in CLASSES})
    if unknown:
        raise TrainingError(f"no such class: {', '.join(unknown)}; wanted some of {', '.join(each.name for each in CLASSES)}")
    classes = tuple(each.name for each in CLASSES if each.name in set(rows.labels))
    tried = thinned(rows, limits.tried_rows)
    folds = folds_of(tried, limits.folds, limits.seed)
    penalty, temperature, path = _choose(tried, folds, classes, limits)
    linear, standard = _learn(rows, classes, [penalty], limits, tolerance=LAST)[0]
    return Fitted(
        classes=classes, linear=linear, standard=standard, temperature=temperature, penalty=penalty, path=path, rows=len(rows),
        held_out=_held_out(tried, folds, classes, limits), limits=limits,
    )  # fmt: skip


def _held_out(rows: Training, folds: Sequence[Fold], classes: tuple[str, ...], limits: FitLimits) -> HeldOut:
    """Nested: for each fold penalty and temperature are chosen anew from what is learnt from there."""
    places, found = [np.empty(0, int)], [np.empty((0, len(classes)))]
    for fold in folds:
        train = rows.take(fold.train)
        penalty, temperature, _ = _choose(train, folds_of(train, limits.inner_folds, limits.seed), classes, limits)
        model = _learn(train, classes, [penalty], limits)[0]
        places.append(np.flatnonzero(fold.test))
        found.append(softmax(logits_of(rows.take(fold.test).features, *model, limits.clip) / temperature))
    at = np.concatenate(places)
    order = np.argsort(at)
    some = rows.take(at[order])
    return HeldOut(
        ids=some.ids, labels=some.labels, sources=some.sources, probabilities=np.concatenate(found)[order],
        by_source=split_by_source(rows)[at[order]], classes=classes,
    )  # fmt: skip


def _choose(
    rows: Training, folds: Sequence[Fold], classes: tuple[str, ...], limits: FitLimits
) -> tuple[float, float, tuple[tuple[float, float], ...]]:
    """Penalty, temperature, and the held-out NLL of each penalty at its own best temperature. Of the grid the strongest penalty that is
    worse than the best by no more than one standard error of the difference over sources of classes."""
    logits = [[np.empty((0, len(classes)))] for _ in limits.grid]
    places = [np.empty(0, int)]
    for fold in folds:
        models = _learn(rows.take(fold.train), classes, limits.grid, limits)
        places.append(np.flatnonzero(fold.test))
        tested = rows.features[places[-1]]
        for of_penalty, model in zip(logits, models, strict=True):
            of_penalty.append(logits_of(tested, *model, limits.clip))
    at = np.concatenate(places)
    if not len(at):
        return limits.grid[0], 1.0, ()
    some = rows.take(at)
    truth, weights = _truth(some, classes), balanced_weights(some, source_power=limits.source_power)
    # Every picture alike: balanced weights would let the few of the hardest sources speak for how sure it may be of all
    alike = np.full(len(at), 1 / len(at))
    temperatures = [temperature_of(np.concatenate(each), truth, alike) for each in logits]
    losses = np.array([nll(np.concatenate(each), truth, temperature) for each, temperature in zip(logits, temperatures)])
    chosen = _one_error(losses, weights, list(zip(some.labels, some.sources)))
    means = losses @ weights
    path = tuple((penalty, float(f"{mean:.6g}")) for penalty, mean in zip(limits.grid, means))
    return limits.grid[chosen], temperatures[chosen], path


def _one_error(losses: np.ndarray, weights: np.ndarray, cells: Sequence[tuple[str, str]]) -> int:
    """The first of (penalties, n) losses that is not worse than the least by more than one standard error of their difference over cells
    (class, source), each weighing as its rows do."""
    names = {cell: number for number, cell in enumerate(sorted(set(cells)))}
    places = np.array([names[cell] for cell in cells])
    share = np.bincount(places, weights)
    means = np.array([np.bincount(places, weights * loss) / share for loss in losses])  # (penalties, cells)
    totals = means @ share
    best = int(totals.argmin())
    gaps = means - means[best]
    spread = np.sqrt(((share * (gaps - (gaps @ share)[:, None])) ** 2).sum(axis=1) * len(share) / max(len(share) - 1, 1))
    return int(np.flatnonzero(totals - totals[best] <= spread)[0]) if len(share) > 1 else best


def _learn(
    rows: Training, classes: tuple[str, ...], grid: Sequence[float], limits: FitLimits, *, tolerance: float = TRIED
) -> list[tuple[Linear, Standard]]:
    """A model for each penalty. A class that has no rows cannot be: its bias is -inf."""
    weights = balanced_weights(rows, source_power=limits.source_power)
    truth = _truth(rows, classes)
    present, places = np.unique(truth, return_inverse=True)
    z, standard = _standardise(rows.features, truth, weights, len(classes), limits)
    models, last = [], None
    for penalty in grid:
        last = solve(z, places, weights, len(present), penalty, start=last, tolerance=tolerance)
        linear = Linear(weights=np.zeros((len(classes), z.shape[1])), bias=np.full(len(classes), -np.inf))
        linear.weights[present], linear.bias[present] = last.weights, last.bias
        models.append((linear, standard))
    return models


def _standardise(
    features: np.ndarray, truth: np.ndarray, weights: np.ndarray, classes: int, limits: FitLimits
) -> tuple[np.ndarray, Standard]:
    """float32 z, and what it was made with. In float32 as a probe keeps it: what is learnt from is what will be seen."""
    narrow = weights.astype(np.float32)
    mean = narrow @ features.astype(np.float32)
    deviation = np.sqrt(np.maximum(narrow @ (features.astype(np.float32) - mean) ** 2, 0))
    scale = np.where(deviation > _FLOOR * deviation.max(initial=0), deviation, _NOTHING).astype(np.float32)
    z = np.clip((features - mean) / scale, -limits.clip, limits.clip).astype(np.float32)
    centres = np.zeros((classes, z.shape[1]), np.float32)
    for place in np.unique(truth):
        inside = truth == place
        centres[place] = narrow[inside] @ z[inside] / narrow[inside].sum()
    known = centres[np.unique(truth)]
    limit = _quantile(_distance(z, known), weights, limits.guard) if limits.guard else 0.0
    # a class that is not learnt has no centre: its rows stand where no z can be
    centres[np.setdiff1d(np.arange(classes), truth)] = 2 * limits.clip
    return z, Standard(mean=mean, scale=scale, centres=centres, limit=float(f"{limit:.6g}"))


def _distance(z: np.ndarray, centres: np.ndarray) -> np.ndarray:
    squares = (z**2).sum(axis=1)[:, None] - 2 * z @ centres.T + (centres**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares.min(axis=1), 0) / z.shape[1]), np.float64)


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The least value that so much of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    place = np.searchsorted(np.cumsum(weights[order]), share * weights.sum())
    return float(values[order[min(int(place), len(order) - 1)]])


def logits_of(features: np.ndarray, linear: Linear, standard: Standard, clip: float) -> np.ndarray:
    """As Probe.scores has them before its temperature: float64 (n, classes)."""
    z = standardised(features, standard.mean, standard.scale, clip)
    return np.asarray((z @ linear.weights.T + linear.bias) / far(z, standard.centres.astype(np.float64), standard.limit)[:, None])


def _truth(rows: Training, classes: Sequence[str]) -> np.ndarray:
    place = {name: number for number, name in enumerate(classes)}
    return np.array([place[label] for label in rows.labels], int)


def _plain(limits: FitLimits) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(limits).items()}
