"""Counts of changes with the smallest of their ids, in any order of the rows"""

import random

import numpy as np
import pyarrow as pa
import pytest

from curate.diff import tally as counting
from curate.diff.tally import Change, Counted, Tally, TooManyKinds


def rows(ids):
    return pa.table({"id": pa.array(ids, pa.string()), "source": pa.array([id.partition("/")[0] for id in ids], pa.string())})


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_ids_are_kept_whatever_the_order_and_the_pieces(seed):
    chance = random.Random(seed)
    ids = [f"{source}/{number:02d}" for source in "ab" for number in range(20)]
    words = {id: chance.choice(("ct", "mri")) for id in ids}
    shuffled = chance.sample(ids, len(ids))
    tally = Tally(3)
    for piece in (shuffled[:15], shuffled[15:15], shuffled[15:]):
        tally.add("modality", rows(piece), now=pa.array([words[id] for id in piece], pa.string()))
    wanted = {
        Change("modality", source, now=word): [id for id in ids if id[0] == source and words[id] == word]
        for source in "ab"
        for word in ("ct", "mri")
    }
    assert tally.changes == {change: Counted(len(of_change), of_change[:3]) for change, of_change in wanted.items()}


def test_only_the_rows_that_are_marked_are_counted():
    tally = Tally(3)
    tally.add("text", rows(["a/1", "a/2"]), np.array([False, True]))
    tally.add("text", rows(["a/3"]), np.array([False]))
    assert tally.changes == {Change("text", "a"): Counted(1, ["a/2"])}


def test_sources_that_are_no_words_are_refused(monkeypatch):
    monkeypatch.setattr(counting, "KINDS", 5)
    with pytest.raises(TooManyKinds, match="more than 5 kinds of changes found"):
        Tally(1).add("came", rows([f"{number}/1" for number in range(9)]))
