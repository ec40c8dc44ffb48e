"""Two sides of ordered streams: every row is met once, equal ids together, whatever the sizes of what is held"""

import itertools
import random

import pyarrow as pa
import pytest

from curate.diff.join import Disorder, Stream, by_digest, by_id, meetings
from curate.digest import digest64

EMPTY = pa.table({"id": pa.array([], pa.string()), "side": pa.array([], pa.int64())})


def stream(ids, key, side, chance=None, name="file"):
    """The rows of `ids` in pieces of random sizes, empty ones among them."""
    table = pa.table({"id": pa.array(ids, pa.string()), "side": pa.array([side] * len(ids), pa.int64())})
    cuts = sorted(chance.choices(range(len(ids) + 1), k=chance.choice((0, 1, 5)))) if chance else []
    ends = [0, *cuts, len(ids)]
    return Stream(iter([table.slice(start, end - start) for start, end in itertools.pairwise(ends)]), key, name)


@pytest.mark.parametrize("key", [by_id, by_digest])
@pytest.mark.parametrize("seed", range(20))
def test_every_row_is_met_once_and_with_its_like(key, seed):
    chance = random.Random(seed)
    known = sorted((f"é{n}" if n % 7 == 0 else f"a/{n}" for n in range(40)), key=digest64 if key is by_digest else None)
    sides, held = [], []
    for side in range(2):
        of_stream = [[], [], []][: chance.choice((1, 2, 3))]
        for id in known:
            if chance.random() < 0.6:
                chance.choice(of_stream).append(id)
        held.append({id for ids in of_stream for id in ids})
        sides.append([stream(ids, key, side, chance) for ids in of_stream])
    found = {"went": [], "came": [], "both": []}
    for met in meetings(sides, EMPTY):
        assert met.before["id"].equals(met.now["id"])
        assert set(met.before["side"].to_pylist()) | set(met.went["side"].to_pylist()) <= {0}
        assert set(met.now["side"].to_pylist()) | set(met.came["side"].to_pylist()) <= {1}
        for name, table in (("went", met.went), ("came", met.came), ("both", met.now)):
            found[name] += table["id"].to_pylist()
    wanted = {"went": held[0] - held[1], "came": held[1] - held[0], "both": held[0] & held[1]}
    assert {name: sorted(ids) for name, ids in found.items()} == {name: sorted(ids) for name, ids in wanted.items()}


def test_no_more_than_a_table_of_each_stream_is_held():
    taken = []

    def tables(side):
        for number in range(5):
            taken.append((side, number))
            yield pa.table({"id": [f"{number}"], "side": [side]})

    steps = meetings([[Stream(tables(0), by_id, "a")], [Stream(tables(1), by_id, "b")]], EMPTY)
    next(steps)
    assert taken == [(0, 0), (1, 0)]


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        ([["b", "a"]], "file: its rows do not lie in the order of their ids; 'verify' tells more"),
        ([["b"], ["a"]], "file: its rows do not lie in the order of their ids; 'verify' tells more"),
        ([["a", "a"]], "file: its rows do not lie in the order of their ids; 'verify' tells more"),
        ([["a", None]], "file: a row without an id"),
    ],
)
def test_rows_out_of_order_are_told(pieces, wanted):
    tables = (pa.table({"id": pa.array(ids, pa.string()), "side": pa.array([0] * len(ids), pa.int64())}) for ids in pieces)
    with pytest.raises(Disorder, match=wanted):
        list(meetings([[Stream(tables, by_id, "file")], []], EMPTY))


def test_an_id_that_two_streams_of_a_side_have_is_told():
    with pytest.raises(Disorder, match="train, validation: the id a comes more than once"):
        list(meetings([[stream(["a"], by_id, 0, name=name) for name in ("train", "validation")], []], EMPTY))
