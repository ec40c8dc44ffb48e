"""Clusters looked up by digest are those of the ids, also where two ids have one digest"""

import numpy as np
import pyarrow as pa
import pytest

from curate import digests
from curate.match import edges, strings
from curate.match.edges import edges_of
from curate.match.strings import Clusters, taken, whole


def clusters_of(**clusters: str) -> Clusters:
    return Clusters(pa.table({"id": list(clusters), "cluster": list(clusters.values())}))


def test_ids_in_no_cluster_have_none() -> None:
    known = clusters_of(b="a", a="a", d="c", c="c")
    assert known.of(pa.array(["d", "x", "b", "b", "a"])).to_pylist() == ["c", None, "a", "a", "a"]
    assert known.of(pa.array([], pa.string())).to_pylist() == []
    assert clusters_of().of(pa.array(["x"])).to_pylist() == [None]


@pytest.mark.parametrize("distinct", [1, 2])
def test_ids_of_one_digest_are_told_apart(monkeypatch, distinct: int) -> None:
    monkeypatch.setattr(strings, "digests64", lambda ids: np.array([int(ord(id) % distinct) for id in ids.to_pylist()], np.uint64))
    known = clusters_of(a="a", b="a", c="c")
    assert known.of(pa.array(["c", "x", "b", "a"])).to_pylist() == ["c", None, "a", "a"]


def test_rows_are_taken_in_their_order_and_again() -> None:
    column = pa.chunked_array([["a", "b"], [], ["c"]], pa.string())
    assert taken(column, np.array([2, 0, 2])).to_pylist() == ["c", "a", "c"]
    assert taken(column.dictionary_encode(), np.array([1])).to_pylist() == ["b"]
    assert taken(column, np.array([], np.int64)).to_pylist() == []


def test_pieces_of_a_table_are_the_table(monkeypatch) -> None:
    ids, sources = pa.array(["a", "b", "c", "d", "e"], pa.large_string()), pa.array(["s"] * 5)
    found = edges_of(np.array([0, 1, 3]), np.array([1, 2, 4]), "pixels", 0, 1.0)
    at_once = edges.members(ids, sources, found)
    monkeypatch.setattr(edges, "PIECE", 2)
    monkeypatch.setattr(digests, "PIECE", 2)
    in_pieces = edges.members(ids, sources, found)
    assert in_pieces.equals(at_once)
    assert in_pieces.to_pydict() | {"proof": []} == {
        "cluster": ["a", "a", "a", "d", "d"], "id": ["a", "b", "c", "d", "e"], "source": ["s"] * 5, "proof": [],
        "other": ["", "a", "b", "", "d"], "distance": [-1, 0, 0, -1, 0], "similarity": [1.0] * 5,
    }  # fmt: skip
    assert digests.digests64(whole(at_once["id"])).tolist() == digests.digests64(["a", "b", "c", "d", "e"]).tolist()
    assert Clusters(in_pieces).of(pa.array(["e", "c"])).to_pylist() == ["d", "a"]
