"""Rows in which two columns differ, against Python's own comparison"""

import random

import numpy as np
import pyarrow as pa
import pytest

from curate.diff.columns import differing

PICTURES = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
KINDS = {
    "string": (pa.string(), lambda chance: chance.choice(["", "a", "b", None])),
    "float": (pa.float64(), lambda chance: chance.choice([0.0, 1.5, None])),
    "large": (pa.large_list(pa.int64()), lambda chance: chance.choice([None, [], [1], [1, 2], [2, 1], [None]])),
    "struct": (pa.struct([("x", pa.int64())]), lambda chance: chance.choice([None, {"x": 1}, {"x": None}])),
    "pictures": (
        PICTURES,
        lambda chance: chance.choice([None, []]) if chance.random() < 0.4 else [picture(chance) for _ in range(chance.choice((1, 2)))],
    ),
    "lists of lists": (
        pa.list_(pa.list_(pa.string())),
        lambda chance: [[chance.choice("ab")] * chance.choice((0, 1, 2)) for _ in range(chance.choice((0, 1, 2)))],
    ),
}  # fmt: skip


def picture(chance: random.Random) -> dict:
    return {"bytes": chance.choice([b"", b"1", b"2", None]), "path": chance.choice(["1.jpg", None])}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_rows_differ_where_python_says_so(kind, seed):
    chance = random.Random(seed)
    of_type, draw = KINDS[kind]
    before = [draw(chance) for _ in range(80)]
    now = [draw(chance) if chance.random() < 0.5 else value for value in before]
    wanted = [left != right for left, right in zip(before, now)]
    assert any(wanted)
    assert differing(pa.array(before, of_type), pa.array(now, of_type)).tolist() == wanted
    pad = pa.array([draw(chance) for _ in range(7)], of_type)
    sliced = [pa.concat_arrays([pad, pa.array(values, of_type), pad]).slice(7, 80) for values in (before, now)]
    assert differing(*sliced).tolist() == wanted, "slices of longer columns too"


def test_columns_that_are_equal_differ_nowhere():
    column = pa.array([[{"bytes": b"1", "path": "a"}], None, []], PICTURES)
    assert not differing(column, column).any()
    assert differing(column.slice(0, 0), column.slice(0, 0)).dtype == np.bool_
