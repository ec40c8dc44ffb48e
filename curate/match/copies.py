"""equal rows, near rows -> the clusters of texts by their ids, and what their members are compared by"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.likeness import Compared
from curate.match.edges import Edges, edges_of, groups, joined, members
from curate.match.strings import taken
from curate.shingles import Shingles
from schemas.arrow import arrow_schema
from schemas.cluster import Likeness

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
TOGETHER = 100_000  # members of near clusters that are written, and elected from, together; a cluster is never cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Rows of texts found to be copies. Numbers, of which edges are made, are places in `rows`."""

    rows: Rows  # of all that are in a cluster, in the order of their ids
    ids: pa.LargeStringArray  # of these rows
    equal: Edges
    near: Edges
    single: Rows  # the number of each text that was compared; -1 where nothing near was found
    stand_in: Rows  # for each number that of its equal with the smallest id: it has the edges to others
    first: Rows  # for each number the smallest of its cluster


def copies(ids: pa.ChunkedArray, equal: tuple[Rows, Rows], single: Rows, near: Edges) -> Copies:
    """`equal` are (row, another that is equal), one row for all of its equals; `near` edges between places in `single`, the rows that
    were compared."""
    unordered = np.unique(np.concatenate([*equal, single[near.a], single[near.b]]))
    named = taken(ids, unordered)
    order = pc.sort_indices(named).to_numpy().astype(np.int64)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    one, other = (number[np.searchsorted(unordered, rows)] for rows in equal)
    stand_in = np.arange(len(order))
    np.minimum.at(stand_in, one, other)
    stand_in[other] = stand_in[one]
    moved = np.flatnonzero(stand_in != np.arange(len(order)))
    place = np.minimum(np.searchsorted(unordered, single), max(len(unordered) - 1, 0))
    compared = np.where(unordered[place] == single, stand_in[number[place]], -1) if len(unordered) else np.full(len(single), -1)
    equals = edges_of(stand_in[moved], moved, "text", -1, 1.0)
    nears = Edges(compared[near.a], compared[near.b], near.proof, near.distance, near.similarity)
    both = joined([equals, nears])
    component = groups(len(order), both.a, both.b)
    first = np.unique(component, return_index=True)[1][component]
    in_order = named.take(pa.array(order))
    return Copies(rows=unordered[order], ids=in_order, equal=equals, near=nears, single=compared, stand_in=stand_in, first=first)


def member_table(found: Copies, sources: pa.ChunkedArray) -> pa.Table:
    """Member rows, sorted by id."""
    return members(found.ids, taken(sources, found.rows), joined([found.equal, found.near]))


def likenesses(found: Copies, keys: Keys, compared: Compared) -> Iterator[pa.Table]:
    """Likeness rows of the clusters that hold more than equal texts, whole clusters of some TOGETHER rows at once; equal texts need no
    second look. `compared` has the sets of each of `found.single`."""
    near = np.zeros(len(found.rows), bool)
    near[found.first[found.near.a]] = True
    numbers = np.flatnonzero(near[found.first])
    numbers = numbers[np.argsort(found.first[numbers], kind="stable")]
    place = np.full(len(found.rows), -1)
    place[found.single[found.single >= 0]] = np.flatnonzero(found.single >= 0)
    borders = np.flatnonzero(np.diff(found.first[numbers], prepend=-1))
    cuts = np.unique(borders[np.searchsorted(borders, np.arange(0, len(numbers), TOGETHER), side="right") - 1])
    for start, end in itertools.pairwise([*cuts.tolist(), len(numbers)]):
        some = numbers[start:end]
        own = found.stand_in[some] == some
        shown = compared.take(place[some[own]])
        columns = {
            "id": found.ids.take(pa.array(some)),
            "cluster": found.ids.take(pa.array(found.first[some])),
            "key": keys[found.rows[some]],
            "whole": _spread(shown.whole, own),
            "asked": _spread(shown.asked, own),
            "words": _spread(shown.stated.words, own),
            "negations": _numbers(shown.stated.negations, own),
            "rest": _numbers(shown.stated.rest, own),
        }
        yield pa.table(columns).cast(arrow_schema(Likeness))


def _spread(sets: Shingles, own: npt.NDArray[np.bool_]) -> pa.ListArray:
    """The sets at the rows that have one of their own; null elsewhere."""
    sizes = np.zeros(len(own), np.int64)
    sizes[own] = np.diff(sets.offsets)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32), mask=np.append(~own, False))
    return pa.ListArray.from_arrays(offsets, pa.array(sets.hashes))


def _numbers(values: npt.NDArray[np.generic], own: npt.NDArray[np.bool_]) -> pa.Array:
    spread = np.zeros(len(own), values.dtype)
    spread[own] = values
    return pa.array(spread, mask=~own)
