"""A pickle of plain lists can still be a bomb: what it says once may stand in a row 2^50 times"""

import io
import pickle
from typing import Any

import pytest

from curate.read.opened import ReadFault, Where
from curate.read.pickled import MAX_VALUES, read_pickle


def read(rows: Any) -> list[Any]:
    written = pickle.dumps(rows)
    return list(read_pickle(Where(path="rows.pkl", open=lambda path: io.BytesIO(written)), {}))


def doubled(times: int, value: Any) -> Any:
    for _ in range(times):
        value = [value, value]
    return value


def endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> Any:
    value: dict[str, Any] = {}
    for _ in range(400):
        value = {"k": value}
    return value


@pytest.mark.parametrize("value", [doubled(50, "x"), endless(), {"k": doubled(50, [])}, [doubled(19, "x")] * 3])
def test_a_row_that_is_a_bomb_is_refused_before_anyone_walks_through_it(value: Any) -> None:
    with pytest.raises(ReadFault, match="pickle_refused: a row that holds itself, or one value millions of times found"):
        read([{"q": value}])


@pytest.mark.parametrize("value", ["x", ["yes", "no"], doubled(10, "x"), deep(), {"k": [1, 2]}])
def test_a_row_that_shares_what_it_says_is_read(value: Any) -> None:
    shared = ["one", "two"]
    assert read([{"q": value, "all": shared}, {"q": "y", "all": shared}]) == [{"q": value, "all": shared}, {"q": "y", "all": shared}]


def test_a_large_value_that_many_rows_share_is_counted_once() -> None:
    """Else reading is the product of both."""
    shared = list(range(MAX_VALUES - 10))
    assert len(read([{"q": shared}] * 2_000)) == 2_000
