import numpy as np
import pyarrow as pa

from curate.dedup.apart import comparable, digests, groups
from curate.dedup.candidates import SCHEMA
from curate.digest import digest64


def keys(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint64)


def table(*rows: tuple[str, str | None, list[str], str]) -> pa.Table:
    other = {"source": "a", "row": "", "images": [], "labels": None, "reliability": 1, "length": 1, "pixels": 1, "openness": 1}
    return pa.Table.from_pylist(
        [{"id": id, "scope": scope, "clusters": clusters, "text": text, **other} for id, scope, clusters, text in rows], schema=SCHEMA
    )


def test_what_is_compared_with_nothing_is_left_out():
    rows = table(("a", "caption", ["x"], ""), ("b", None, ["x"], ""), ("c", None, [], "t"))
    assert comparable(rows)["id"].to_pylist() == ["a", "c"]


def test_a_digest_is_of_the_scope_and_the_clusters_in_order():
    pictures, texts = digests(table(("a", "caption", ["x", "y"], ""), ("b", "caption", ["y", "x"], ""), ("c", None, ["x"], "t")))
    assert pictures.tolist() == [digest64("caption\0\0x\0y"), digest64("caption\0\0y\0x"), 0]
    assert texts.tolist() == [0, 0, digest64("t")]


def test_who_is_alone_in_both_is_in_no_group():
    assert groups(keys(1, 2, 2, 0), keys(0, 0, 0, 0), 10).tolist() == [-1, 0, 0, -1]


def test_who_is_of_a_text_cluster_stays_though_others_of_it_are_gone():
    assert groups(keys(1, 0), keys(0, 9), 10).tolist() == [-1, 0]


def test_ties_by_pictures_and_by_texts_hold_a_group_together():
    pictures, texts = keys(1, 1, 0, 0, 2, 2), keys(0, 8, 8, 7, 0, 0)
    assert groups(pictures, texts, 1).tolist() == [0, 0, 0, 1, 2, 2]


def test_a_group_holds_about_as_many_as_are_wanted():
    pictures = np.repeat(np.arange(1, 101, dtype=np.uint64), 2)
    group = groups(pictures, np.zeros(200, np.uint64), 50)
    assert np.bincount(group).tolist() == [50, 50, 50, 50]
    assert groups(keys(), keys(), 5).tolist() == []
