"""Arrow tables as Beam elements"""

import numpy as np
import pyarrow as pa

from pipelines.batch import batch, merge, pack, rows, slices, unpack
from schemas.verdict import Verdict


def verdict(id: str, reason: str = "") -> Verdict:
    return Verdict(id=id, source="a", stage="screen", decision="kept", reason=reason, evidence="", winner="")


def test_rows_of_a_batch_are_what_went_in():
    found = [verdict("a/1"), verdict("a/2", "x")]
    assert rows([batch(*found)], Verdict) == found


def test_rows_of_several_batches_keep_their_order():
    assert [row.id for row in rows([batch(verdict("a/2")), batch(verdict("a/1"), verdict("a/3"))], Verdict)] == ["a/2", "a/1", "a/3"]


def test_a_pickled_slice_holds_its_own_rows_alone():
    table = pa.table({"id": [f"{number:08}" for number in range(10_000)]})
    assert len(pack(table.slice(5_000, 1))) < 1_000
    assert unpack(pack(table.slice(5_000, 1))).to_pylist() == [{"id": "00005000"}]


def test_slices_send_every_row_to_its_partition():
    table = pa.table({"id": ["a", "b", "c", "d", "e"]})
    found = {partition: unpack(element)["id"].to_pylist() for partition, element in slices(table, np.array([3, 0, 3, 1, 0]))}
    assert found == {0: ["b", "e"], 1: ["d"], 3: ["a", "c"]}


def test_slices_of_no_rows_are_none():
    assert list(slices(pa.table({"id": pa.array([], pa.string())}), np.array([], dtype=np.int64))) == []


def test_merge_does_not_depend_on_the_order_of_arrival():
    first, second = pack(pa.table({"id": ["c", "a"], "n": [1, 2]})), pack(pa.table({"id": ["b", "a"], "n": [3, 1]}))
    wanted = [{"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "b", "n": 3}, {"id": "c", "n": 1}]
    assert merge([first, second], by=["id", "n"]).to_pylist() == wanted
    assert merge([second, first], by=["id", "n"]).to_pylist() == wanted
