"""edges between rows -> clusters, every member with its proof"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

from schemas.arrow import arrow_schema
from schemas.cluster import Member

Rows = npt.NDArray[np.int64]
PROOFS = ("bytes", "pixels", "phash", "text")  # strongest first
PIECE = 1 << 20  # rows of one piece of a column: of strings it may hold 2 GiB
FIRST = "first"  # the proof of a cluster's own id


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of rows found to be copies; all columns of one length."""

    a: Rows
    b: Rows
    proof: npt.NDArray[np.int8]  # position in PROOFS
    distance: npt.NDArray[np.int16]  # pHash bits; -1 where it does not apply
    similarity: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.a)


def edges_of(a: Rows, b: Rows, proof: str, distance: int | Rows, similarity: float | npt.NDArray[np.float64]) -> Edges:
    """Edges of one proof; distance and similarity are one for all or one each."""
    size = len(a)
    return Edges(
        a.astype(np.int64),
        b.astype(np.int64),
        np.full(size, PROOFS.index(proof), np.int8),
        np.broadcast_to(np.asarray(distance, np.int16), size),
        np.broadcast_to(np.asarray(similarity, np.float64), size),
    )


def joined(parts: list[Edges]) -> Edges:
    """All edges of `parts` as one; none make an empty one."""
    parts = [*parts, edges_of(np.empty(0, np.int64), np.empty(0, np.int64), PROOFS[0], 0, 0.0)]
    a, b, proof, distance, similarity = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("a", "b", "proof", "distance", "similarity")
    )
    return Edges(a, b, proof, distance, similarity)


def groups(count: int, a: Rows, b: Rows) -> Rows:
    """For each of `count` rows the number of its component; bounded by the memory of the edges (16 bytes each, twice)."""
    if not len(a):
        return np.arange(count)
    graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def star(keys: npt.NDArray[np.generic]) -> tuple[Rows, Rows]:
    """(row, first row with the same key) for every row that is not the first of its key."""
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    first = firsts[inverse]
    rows = np.flatnonzero(first != np.arange(len(keys)))
    return first[rows], rows


def members(ids: pa.Array, sources: pa.Array, edges: Edges) -> pa.Table:
    """Member rows of every cluster of two or more, sorted by id. Rows are positions in `ids`, which ascend, so the smallest id of a
    cluster is its lowest row. `other` is the next member on the way to the cluster's own id over the strongest edges."""
    rows = np.unique(np.concatenate([edges.a, edges.b]))
    a, b = np.searchsorted(rows, edges.a), np.searchsorted(rows, edges.b)
    if not len(rows):
        return pa.Table.from_pylist([], schema=arrow_schema(Member))
    component = groups(len(rows), a, b)
    first = np.unique(component, return_index=True)[1][component]
    other, edge = _ways(a, b, edges, np.unique(first), len(rows))
    is_first = first == np.arange(len(rows))
    proofs = np.where(is_first, len(PROOFS), edges.proof[edge])
    distances = np.where(is_first, -1, edges.distance[edge]).astype(np.int64)
    similarities = np.where(is_first, 1.0, np.round(edges.similarity[edge], 4))

    def table(some: slice) -> pa.Table:
        others = ids.take(pa.array(np.where(is_first[some], 0, rows[other[some]]), mask=is_first[some]))
        columns = {
            "cluster": ids.take(pa.array(rows[first[some]])),
            "id": ids.take(pa.array(rows[some])),
            "source": sources.take(pa.array(rows[some])),
            "proof": pa.array([*PROOFS, FIRST]).take(pa.array(proofs[some])),
            "other": others.fill_null(""),
            "distance": distances[some],
            "similarity": similarities[some],
        }
        return pa.table(columns).cast(arrow_schema(Member))

    return pa.concat_tables(table(slice(start, start + PIECE)) for start in range(0, len(rows), PIECE))


def _ways(a: Rows, b: Rows, edges: Edges, firsts: Rows, count: int) -> tuple[Rows, Rows]:
    """For each row the next row on its way to the first of its component, and the edge that leads there (0 for the firsts)."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((high, low, -edges.similarity, edges.distance, edges.proof))  # strongest first; no two alike, on any machine
    pairs = low[order] * count + high[order]
    kept = np.sort(np.unique(pairs, return_index=True)[1])  # the strongest edge of each pair
    order = order[kept]
    weights = np.arange(1, len(order) + 1, dtype=np.float64)  # unique: the tree is one
    tree = minimum_spanning_tree(_graph(weights, low[order], high[order], count)).tocoo()
    root = np.full(len(firsts), count)
    lengths = np.concatenate([tree.data, np.ones(len(firsts))])
    rooted = _graph(lengths, np.concatenate([tree.row, root]), np.concatenate([tree.col, firsts]), count + 1)
    way = breadth_first_order(rooted, count, directed=False)[1][:count].astype(np.int64)
    way = np.where(way == count, np.arange(count), way)
    keys = low[order] * count + high[order]
    by_key = np.argsort(keys, kind="stable")
    wanted = np.minimum(way, np.arange(count)) * count + np.maximum(way, np.arange(count))
    place = np.minimum(np.searchsorted(keys[by_key], wanted), len(keys) - 1)
    return way, order[by_key[place]]


def _graph(weights: npt.NDArray[np.float64], low: Rows, high: Rows, nodes: int) -> csr_array:
    """Indices of 32 bits: scipy before 1.16 refuses others in its tree searches (fewer than 2^31 rows meet here)."""
    graph = csr_array((weights, (low, high)), shape=(nodes, nodes))
    graph.indices, graph.indptr = graph.indices.astype(np.int32), graph.indptr.astype(np.int32)
    return graph
