"""rows that a probe is fitted on: checked, in an order of their own, weighed so that nothing counts for its number"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np


class TrainingError(ValueError):
    """Nothing can be fitted on these rows; the message says what was found and what was wanted."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Training:
    """Pictures, a row each. Rows of one source and group (a patient, a file) are never on both sides of a test; a copy made of a picture
    has the source and group of the picture and is not `tested`, nor is what was drawn: it is learnt from, and nothing is measured on it."""

    ids: tuple[str, ...]  # unique
    features: np.ndarray  # float32 or float16 (n, width)
    labels: tuple[str, ...]  # class names
    sources: tuple[str, ...]
    groups: tuple[str, ...]  # '' : the picture is a group of its own
    tested: np.ndarray  # bool (n,)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.labels)))

    def group_keys(self) -> list[tuple[str, str]]:
        return [(source, group or f"\n{id}") for source, group, id in zip(self.sources, self.groups, self.ids)]

    def take(self, rows: np.ndarray) -> Training:
        """These rows: positions, or a bool for each."""
        places = np.flatnonzero(rows) if rows.dtype == bool else rows
        texts = {name: tuple(getattr(self, name)[place] for place in places) for name in ("ids", "labels", "sources", "groups")}
        return Training(**texts, features=self.features[places], tested=self.tested[places])


def checked(training: Training) -> Training:
    """The rows sorted by id, so that what is fitted does not depend on their order. Raises TrainingError with all that is wrong."""
    n, faults = len(training), []
    lengths = {name: len(getattr(training, name)) for name in ("features", "labels", "sources", "groups", "tested")}
    faults += [f"{length} {name} for {n} ids" for name, length in lengths.items() if length != n]
    if training.features.ndim != 2 or training.features.dtype not in (np.float16, np.float32, np.float64):
        faults.append(f"features are {training.features.dtype} {training.features.shape}, wanted floats (n, width)")
    elif not all(np.isfinite(training.features[start : start + 4096]).all() for start in range(0, n, 4096)):
        faults.append("features hold what is no number")
    if len(set(training.ids)) < n:
        faults.append("ids are not unique")
    if len(training.classes) < 2:
        faults.append(f"{len(training.classes)} classes ({', '.join(training.classes)}), wanted two at least")
    if faults:
        raise TrainingError("; ".join(faults))
    return training.take(np.array(sorted(range(n), key=training.ids.__getitem__)))


def thinned(training: Training, most: int) -> Training:
    """At most `most` rows, as even as can be over the classes, in a class over its sources, in a source over its groups; which, by hash
    of the id, pictures before copies."""
    if len(training) <= most:
        return training
    keys = list(zip(training.labels, training.sources, training.group_keys()))
    ranks = [(not tested, hashed(id)) for id, tested in zip(training.ids, training.tested.tolist())]
    order = _dealt([*range(len(training))], keys, ranks)
    return training.take(np.array(sorted(order[:most])))


def _dealt(rows: list[int], keys: Sequence[tuple[Hashable, ...]], ranks: Sequence[tuple[bool, str]], depth: int = 0) -> list[int]:
    """Rows in an order in which every beginning is as even over the first key as can be, then over the second ..."""
    if depth == len(keys[0]):
        return sorted(rows, key=ranks.__getitem__)
    apart: dict[Hashable, list[int]] = defaultdict(list)
    for row in rows:
        apart[keys[row][depth]].append(row)
    in_order = sorted(apart, key=lambda key: (hashed(str(key)), str(key)))
    piles = [_dealt(apart[key], keys, ranks, depth + 1) for key in in_order]
    return [row for _, _, row in sorted((place, number, row) for number, pile in enumerate(piles) for place, row in enumerate(pile))]


def balanced_weights(training: Training, *, source_power: float = 0.0) -> np.ndarray:
    """float64 (n,), sum 1: every class weighs the same; in a class its sources do (with `source_power` 1 as many as they have groups,
    with 0.5 as its root); in a source its groups; in a group its rows."""
    tree: dict[str, dict[str, dict[Hashable, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    keys = training.group_keys()
    for label, source, key in zip(training.labels, training.sources, keys):
        tree[label][source][key] += 1
    shares = {label: {source: len(groups) ** source_power for source, groups in each.items()} for label, each in tree.items()}
    totals = {label: sum(share.values()) for label, share in shares.items()}
    weights = [
        shares[label][source] / totals[label] / len(tree[label][source]) / tree[label][source][key] / len(tree)
        for label, source, key in zip(training.labels, training.sources, keys)
    ]
    return np.array(weights)


def hashed(text: str, seed: int = 0) -> str:
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()
