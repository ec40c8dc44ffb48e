"""Clusters of texts by their ids, and what is handed on of them"""

import numpy as np
import pyarrow as pa
import pytest

from curate.match import copies as match_copies
from curate.match.buckets import bucketed
from tests.curate.match.matched import matched
from tests.curate.match.test_match_texts import drawn


@pytest.fixture
def found() -> dict[str, str]:
    base = drawn(12, 40)
    return {f"{'ba'[n % 2]}/{n:03d}": " ".join(base[n % 40][n // 80 :]) for n in range(200)} | {"c/1": "other", "c/2": "Other."}


@pytest.mark.parametrize("together", [1, 7, 100_000])
def test_clusters_are_handed_on_whole_and_equals_once(found: dict[str, str], together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_copies, "TOGETHER", together)
    matches = matched(found)
    tables = list(matches.near)
    seen = [set(table["cluster"].to_pylist()) for table in tables]
    assert sum(map(len, seen)) == len(set().union(*seen))  # no cluster is in two tables
    assert (len(tables) > 1) == (together < 100)
    rows = pa.concat_tables(tables).to_pylist()
    members = {row["id"]: row["cluster"] for row in matches.members.to_pylist()}
    assert {row["id"]: row["cluster"] for row in rows} == {id: cluster for id, cluster in members.items() if not id.startswith("c/")}
    for row in rows:
        equals = [other["id"] for other in rows if (other["cluster"], other["key"]) == (row["cluster"], row["key"])]
        assert (row["whole"] is not None) == (row["id"] == min(equals))


def test_buckets_are_of_equal_upper_halves_and_their_rows_ascend() -> None:
    keys = np.array([7 << 32, 3 << 32, 7 << 32 | 5, 1, 3 << 32, 0], np.uint64)
    order, starts, sizes = bucketed(keys)
    assert [order[start : start + size].tolist() for start, size in zip(starts, sizes)] == [[3, 5], [1, 4], [0, 2]]
    assert [each.tolist() for each in bucketed(np.empty(0, np.uint64))] == [[], [], []]
