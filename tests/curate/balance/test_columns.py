"""what is gathered of candidates bucket by bucket decides as the rows themselves would: codes, numbers, ties of digests, pieces"""

import numpy as np
import pyarrow as pa
import pytest

from curate.balance import pieces
from curate.balance.columns import digests, narrow
from curate.balance.select import select
from curate.balance.splits import in_validation
from curate.digest import digest64
from curate.recipe import Balance, CorpusPlan
from tests.curate.balance.candidate_rows import SPLITS, candidate, choices, drawn_rows, table

EVERY_LIMIT = Balance(
    group_cap=3, equal_text_cap=2, source_caps={"*": 0.5}, by_task={"vqa": "uniform"}, yes_no_share=0.2, text_share=0.2, floors={"pet": 3}
)


def told(columns, name):
    """A coded column as the strings that were put in."""
    column = getattr(columns, name)
    return [column.names[code] for code in column.codes.tolist()]


def test_a_column_holds_what_its_rows_say_however_many_names_there_are():
    rows = [candidate(f"a/{number}", table=f"t{number % 300}", modality=["ct", "xray"][number % 2]) for number in range(700)]
    columns = table(*rows, buckets=5)
    assert told(columns, "table") == [row["table"] for row in rows]
    assert told(columns, "modality") == [row["modality"] for row in rows]
    assert (columns.table.codes.dtype, columns.modality.codes.dtype) == (np.int16, np.int8)


def test_a_picture_of_more_pixels_than_32_bits_can_tell_is_still_the_larger_one():
    rows = [candidate("a/slide", pixels=1 << 40), candidate("a/small"), candidate("a/whole", pixels=(1 << 40) + 1)]
    columns = table(*rows, buckets=3)
    assert columns.pixels.tolist() == [1 << 40, 100, (1 << 40) + 1]
    chosen, _ = choices([*rows, candidate("c/1", modality="ct")], buckets=2, balance=Balance(mode="strict"))
    assert [row["id"] for row in chosen if row["selected"]] == ["a/whole", "c/1"]


@pytest.mark.parametrize(
    ("most", "kind"), [(0, np.int8), (127, np.int8), (128, np.int16), (-128, np.int8), (-129, np.int16), (1 << 31, np.int64)]
)
def test_numbers_are_kept_in_the_fewest_bytes_that_hold_them(most, kind):
    assert narrow(np.array([0, most])).dtype == kind
    assert narrow(np.array([0, most])).tolist() == [0, most]


def test_the_first_word_of_a_digest_is_that_of_its_id():
    texts = ["", "a/1", "Röntgen/1"]
    assert digests(pa.array(texts), 2)[:, 0].tolist() == [digest64(text) for text in texts]
    assert digests(pa.array([], pa.string()), 2).shape == (0, 2)


def test_groups_and_texts_are_one_in_whatever_buckets_they_come():
    rows = drawn_rows(4, 200)
    columns = table(*rows, buckets=7)
    for name, none in (("group", ""), ("said", 0)):
        numbers, found = getattr(columns, name).tolist(), {}
        for row, number in zip(rows, numbers):
            assert (number == -1) == (row[name] == none)
            assert found.setdefault(row[name], number) == number
        assert len(set(numbers)) == len(found)
    assert columns.groups > columns.group.max() > 20


@pytest.mark.parametrize("seed", range(8))
def test_the_choice_and_its_account_are_the_same_in_whatever_buckets_and_pieces_they_come(seed, monkeypatch):
    balance = Balance(mode="weights", text_share=0.1) if seed % 2 else EVERY_LIMIT
    whole = choices(drawn_rows(seed, 300), balance=balance)
    monkeypatch.setattr(pieces, "PIECE", 7)
    assert choices(drawn_rows(seed, 300), buckets=9, balance=balance) == whole


@pytest.mark.parametrize("swapped", [False, True])
def test_of_equal_digests_the_smaller_id_goes_first_though_no_id_is_held(swapped):
    """A third of the same digest has fewer pixels: it goes last whatever its id."""
    rows = [candidate("a/9"), candidate("a/10"), candidate("a/0", pixels=1), candidate("c/1", modality="ct")]
    rows = [rows[1], rows[0], *rows[2:]] if swapped else rows
    ids, asked = [row["id"] for row in rows], []
    columns = table(*rows, digests=[5, 5, 5, 1])
    plan = CorpusPlan(name="medical", balance=Balance(mode="strict"))

    def id_at(place):
        asked.append(ids[place])
        return ids[place]

    chosen, _ = select(columns, in_validation(columns, SPLITS), plan, id_at)
    assert [ids[place] for place in np.flatnonzero(chosen.codes == 0).tolist()] == ["a/10", "c/1"]
    assert sorted(asked) == ["a/10", "a/9"]


def test_where_no_digests_are_equal_no_id_is_asked_for():
    columns = table(*drawn_rows(1, 100))

    def id_at(place):
        raise AssertionError(place)

    select(columns, in_validation(columns, SPLITS), CorpusPlan(name="medical", balance=EVERY_LIMIT), id_at)


def test_rows_made_some_at_a_time_are_those_that_are_made_at_once():
    rows = drawn_rows(2, 90)
    ids = pa.array([row["id"] for row in rows])
    columns = table(*rows)
    chosen, _ = select(columns, in_validation(columns, SPLITS), CorpusPlan(name="medical", balance=EVERY_LIMIT), str)
    parts = [chosen.rows(start, ids[start : start + 20]) for start in range(0, 90, 20)]
    assert pa.concat_tables(parts).combine_chunks() == chosen.rows(0, ids)


def reached(rows):
    """Row by row what a chain of groups and clusters ties to validation, until nothing more is."""
    held = [
        {("group", row["group"])} - {("group", "")}
        | {("cluster", name) for name in row["clusters"] if name.startswith("image:") or row["modality"] == "text"}
        for row in rows
    ]
    found = [row["split"] == "validation" for row in rows]
    while True:
        keys = set().union(*(each for each, is_in in zip(held, found) if is_in))
        further = [is_in or bool(each & keys) for each, is_in in zip(held, found)]
        if further == found:
            return found
        found = further


@pytest.mark.parametrize("seed", range(40))
def test_what_a_chain_of_groups_and_clusters_ties_to_validation_goes_there(seed):
    draw = np.random.default_rng(seed)
    rows = []
    for row in drawn_rows(seed, 60):
        names = [f"{kind}:{number}" for kind in ("image", "text") for number in range(40)]
        clusters = [str(name) for name in draw.choice(names, int(draw.integers(0, 3)), replace=False)]
        split = str(draw.choice(["train", "validation"], p=[0.95, 0.05]))
        rows.append({**row, "clusters": clusters, "split": split, "group": row["group"] if draw.random() < 0.5 else ""})
    assert in_validation(table(*rows, buckets=4), SPLITS).tolist() == reached(rows)
