"""candidates -> those that can be a copy of another, in groups so that no copy is in another group than what it is a copy of"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curate.digests import digests64

Digests = npt.NDArray[np.uint64]
NOWHERE = np.uint64(0)


def comparable(candidates: pa.Table) -> pa.Table:
    """Those whose images are compared with others', or that are of a text cluster."""
    return candidates.filter(pc.or_(pc.is_valid(candidates["scope"]), pc.not_equal(candidates["text"], "")))


def shown(candidates: pa.Table) -> pa.ChunkedArray:
    """What samples must have in common to show the same: their scope, and the clusters of their images in order; null: nothing."""
    return pc.binary_join_element_wise(candidates["scope"], pc.binary_join(candidates["clusters"], "\0"), "\0\0")


def digests(candidates: pa.Table) -> tuple[Digests, Digests]:
    """64 bits of what each shows, and of its text cluster; NOWHERE where it has none."""
    return _digests(shown(candidates)), _digests(pc.if_else(pc.equal(candidates["text"], ""), None, candidates["text"]))


def _digests(column: pa.ChunkedArray) -> Digests:
    return np.where(column.is_null(), NOWHERE, digests64(column.fill_null("")))


def groups(pictures: Digests, texts: Digests, most: int) -> npt.NDArray[np.int32]:
    """The group of each candidate, from 0; -1 where nobody shows or says the same. A group holds whole sets of those that are tied by what
    they show or say, about `most` candidates (one set may be larger)."""
    tied = _repeated(pictures) | (texts != NOWHERE)
    group = np.full(len(tied), -1, np.int32)
    if not tied.any():
        return group
    count, tie = _ties(pictures[tied], texts[tied])
    sizes = np.bincount(tie, minlength=count)
    group[tied] = ((np.cumsum(sizes) - sizes) // max(1, most))[tie]
    _, group[tied] = np.unique(group[tied], return_inverse=True)
    return group


def _repeated(keys: Digests) -> npt.NDArray[np.bool_]:
    order = np.argsort(keys)
    equal = np.append(keys[order][1:] == keys[order][:-1], False)
    found = np.zeros(len(keys), bool)
    found[order] = equal | np.roll(equal, 1)
    return found & (keys != NOWHERE)


def _ties(pictures: Digests, texts: Digests) -> tuple[int, npt.NDArray[np.int32]]:
    """(number of sets, the set of each)"""
    _, one = np.unique(pictures, return_inverse=True)
    _, two = np.unique(texts, return_inverse=True)
    rows, first, second = len(one), int(one.max()) + 1, int(two.max()) + 1
    has_picture, has_text = np.flatnonzero(pictures != NOWHERE), np.flatnonzero(texts != NOWHERE)
    ends = np.concatenate([rows + one[has_picture], rows + first + two[has_text]])
    starts = np.concatenate([has_picture, has_text])
    size = rows + first + second
    graph = coo_array((np.ones(len(ends), np.int8), (starts, ends)), shape=(size, size))
    count, component = connected_components(graph, directed=False)
    return count, component[:rows]
