"""rows -> folds in which no source, and where a class has one source no group, is on both sides"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from curate.probe.training import Training, hashed


@dataclass(frozen=True, eq=False, kw_only=True)
class Fold:
    """What is learnt from and what is measured. Some rows are in neither: of a source that is held out, a class that only it has."""

    train: np.ndarray  # bool (n,)
    test: np.ndarray
    sources: tuple[str, ...]  # held out


def split_by_source(training: Training) -> np.ndarray:
    """bool (n,): rows of a class that two sources or more can be tested on. The others are held out by group."""
    sources: dict[str, set[str]] = defaultdict(set)
    for label, source, tested in zip(training.labels, training.sources, training.tested):
        if tested:
            sources[label].add(source)
    return np.array([len(sources[label]) > 1 for label in training.labels], bool)


def folds_of(training: Training, most: int, seed: int = 0) -> list[Fold]:
    """Every tested row in the test of one fold. About `most` folds (0: one source a fold), more where a class would lose all its sources
    at once. A class of one source is dealt over the folds by group, in which the source stays to be learnt from; a group that is alone in
    its class is not tested, for nothing of its class would be left."""
    by_source = split_by_source(training)
    wanted = _classes_of_sources(training, by_source)
    held = _deal_sources(wanted, most or len(wanted), seed)
    groups = _deal_groups(training, ~by_source, held, max(len(held), min(most, 5) if most else 5), seed)
    held += [set() for _ in range(max(groups.values(), default=-1) + 1 - len(held))]
    return [fold for number, sources in enumerate(held) if (fold := _fold(training, by_source, sources, groups, number)).test.any()]


def _classes_of_sources(training: Training, by_source: np.ndarray) -> dict[str, set[str]]:
    """The sources that are tested as such, with the classes that they are tested on."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in np.flatnonzero(by_source & training.tested):
        found[training.sources[place]].add(training.labels[place])
    return dict(found)


def _deal_sources(wanted: dict[str, set[str]], most: int, seed: int) -> list[set[str]]:
    """Sources to folds: those of many classes first; each where its classes are held out least, never with the last other of one."""
    if not wanted:
        return []
    total = Counter(label for labels in wanted.values() for label in labels)
    held: list[set[str]] = [set() for _ in range(min(most, len(wanted)))]
    gone: list[Counter[str]] = [Counter() for _ in held]
    for source in sorted(wanted, key=lambda name: (-len(wanted[name]), hashed(name, seed))):
        labels = wanted[source]
        free = [number for number, count in enumerate(gone) if all(count[label] + 1 < total[label] for label in labels)]
        if not free:
            held.append(set())
            gone.append(Counter())
            free = [len(held) - 1]
        best = min(free, key=lambda number: (sum(gone[number][label] for label in labels), len(held[number]), number))
        held[best].add(source)
        gone[best].update(labels)
    return held


def _deal_groups(training: Training, alone: np.ndarray, held: list[set[str]], most: int, seed: int) -> dict[tuple[str, str], int]:
    """(source, group) -> the fold in which it is tested, for classes of one source: one in which the source stays."""
    keys = training.group_keys()
    of_class: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for place in np.flatnonzero(alone & training.tested):
        of_class[training.labels[place]].add(keys[place])
    dealt: dict[tuple[str, str], int] = {}
    for _, groups in sorted(of_class.items()):
        source = min(groups)[0]
        open_folds = [number for number in range(most) if number >= len(held) or source not in held[number]]
        if len(open_folds) < 2:  # its only test would take all of it away
            open_folds += range(most, most + 2)
        if len(groups) > 1:
            for number, key in enumerate(sorted(groups - dealt.keys(), key=lambda key: hashed("\n".join(key), seed))):
                dealt[key] = open_folds[number % len(open_folds)]
    return dealt


def _fold(training: Training, by_source: np.ndarray, sources: Iterable[str], groups: dict[tuple[str, str], int], number: int) -> Fold:
    out = frozenset(sources)
    is_out = np.array([source in out for source in training.sources], bool)
    is_dealt = np.array([groups.get(key) == number for key in training.group_keys()], bool)
    train = ~is_out & ~is_dealt
    learnt = {training.labels[place] for place in np.flatnonzero(train)}
    is_learnt = np.array([label in learnt for label in training.labels], bool)
    test = training.tested & is_learnt & ((is_out & by_source) | (is_dealt & ~by_source))
    return Fold(train=train, test=test, sources=tuple(sorted(out)))
