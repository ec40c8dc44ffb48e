"""published splits, groups and clusters -> split of each sample in the corpus, none of which a group or cluster straddles"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curate.balance.columns import Columns, Ties
from curate.balance.pieces import looked_up
from curate.balance.supply import Ints

TRAIN, VALIDATION = "train", "validation"


def in_validation(columns: Columns, splits: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """Which of the samples are of the validation split: those the recipe's `splits` puts there, and all that a chain of shared groups or
    clusters ties to one of them. Raises ValueError where a published split is not named in `splits`."""
    unknown = sorted(set(columns.split.names) - set(splits))
    if unknown:
        raise ValueError(f"splits {unknown} are not named in the recipe, which names {sorted(splits)}; screen refuses them")
    validation = looked_up(np.array([splits[name] == VALIDATION for name in columns.split.names], bool), columns.split.codes)
    if not validation.any() or validation.all():
        return validation
    return _spread(validation, columns.group, columns.groups, columns.ties)


def _spread(validation: npt.NDArray[np.bool_], group: Ints, groups: int, ties: Ties) -> npt.NDArray[np.bool_]:
    """A group is one node however many samples it holds, and a sample an edge for each cluster that it brings to its group: samples of a
    group alone, nearly all there are, are not in the graph."""
    touched = np.zeros(groups + 1, bool)  # by group; the last of what has none
    touched[group[validation]] = True
    tied = validation.copy()
    if len(ties.member):
        ends = groups + 1 + ties.cluster.astype(np.int64)
        nodes, at = np.unique(np.concatenate([_anchors(group, ends, ties.member), ends]), return_inverse=True)
        starts, ends = at[: len(ends)], at[len(ends) :]
        graph = coo_array((np.ones(len(ends), np.int8), (starts, ends)), shape=(len(nodes), len(nodes)))
        _, component = connected_components(graph, directed=False)
        reached = np.zeros(len(nodes), bool)  # by component
        are_groups = nodes < groups
        reached[component[ends[validation[ties.member]]]] = True
        reached[component[are_groups][touched[nodes[are_groups]]]] = True
        touched[nodes[are_groups]] |= reached[component[are_groups]]
        tied[ties.member[reached[component[ends]]]] = True
    touched[-1] = False
    return tied | looked_up(touched, group)


def _anchors(group: Ints, ends: Ints, member: Ints) -> Ints:
    """For each tie what its sample hangs on: its group, or the first of its clusters."""
    first = np.flatnonzero(np.r_[True, member[1:] != member[:-1]])
    of_first = np.repeat(ends[first], np.diff(np.r_[first, len(member)]))
    return np.where(group[member] < 0, of_first, group[member])
