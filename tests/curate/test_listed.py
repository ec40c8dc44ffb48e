"""index.json as people and programs break it: every fault told, at once, and nothing believed"""

import copy
import itertools
import json
import time

import pytest

from curate.listed import VERSION, NotListed, few, folder_faults, read_listed
from tests.signed_index import signed

DIGEST = "ab" * 32
OLDER = "an older version of this program made it: 'corpus' with this one makes it anew"


def shard(split: str = "train", number: int = 0, count: int = 1, **fields) -> dict:
    name = f"{split}-{number:05d}-of-{count:05d}.parquet"
    return {"name": name, "split": split, "rows": 2, "images": 3, "bytes": 10, "sha256": DIGEST, **fields}


GOOD = signed({
    "version": VERSION, "corpus": "medical", "title": "A title", "rows": 6, "images": 9, "bytes": 30,
    "splits": {"train": 4, "validation": 2},
    "shards": [shard(number=0, count=2), shard(number=1, count=2), shard("validation")],
    "cards": [{"name": "README.md", "bytes": 5, "sha256": DIGEST}], "recipe": {"id": "default"},
})  # fmt: skip


def faults(index: object) -> list[str]:
    with pytest.raises(NotListed) as told:
        read_listed(index if isinstance(index, bytes) else json.dumps(index).encode())
    return str(told.value).splitlines()


def changed(**fields) -> dict:
    return signed({**copy.deepcopy(GOOD), **fields})


def with_shard(**fields) -> dict:
    return changed(shards=[{**GOOD["shards"][0], **fields}, *GOOD["shards"][1:]])


def test_an_index_that_holds_is_read_whole():
    listed = read_listed(json.dumps(GOOD).encode())
    assert (listed.corpus, listed.rows, listed.images, listed.bytes) == ("medical", 6, 9, 30)
    assert listed.splits == {"train": 4, "validation": 2}
    assert [(file.name, file.bytes, file.sha256) for file in listed.files][-1] == ("README.md", 5, DIGEST)
    assert [(found.split, found.rows, found.images) for found in listed.shards] == [("train", 2, 3), ("train", 2, 3), ("validation", 2, 3)]
    assert listed.plain == GOOD


def test_an_index_that_was_edited_is_told_however_it_is_spaced():
    assert read_listed(json.dumps(GOOD, indent=3).encode()).plain == GOOD
    edited = ["digest: not that of the rest of the index: someone has edited it"]
    assert faults({**GOOD, "title": "Another"}) == edited
    assert faults({**GOOD, "digest": None}) == edited
    assert faults({name: value for name, value in GOOD.items() if name != "digest"}) == edited


def test_a_corpus_without_rows_is_one():
    empty = changed(rows=0, images=0, bytes=0, splits={}, shards=[])
    assert read_listed(json.dumps(empty).encode()).shards == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "found no JSON"),
        (b"\xff\xfe{}", "found no JSON"),
        (b"[" * 200_000, "found no JSON"),
        (b"[]", "found a list, an object wanted"),
        (b"{}", f"version: found None, {VERSION} wanted"),
        (b'{"version": true}', f"version: found True, {VERSION} wanted"),
        (b'{"version": 1}', f"version 1 found, {VERSION} wanted: {OLDER}"),
        (b'{"version": 3}', f"version 3 found, {VERSION} wanted: a newer one made it"),
        (b"[" + b"{}," * 3_000_000, "3,000,001 objects and lists found, an index of at most 250,000 wanted"),
    ],
)
def test_what_is_no_index_is_told_in_a_line(data, said):
    assert faults(data) == [said]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "../../etc/passwd"}, "shards[0].name: found '../../etc/passwd', a plain name wanted"),
        ({"name": "/etc/passwd"}, "shards[0].name: found '/etc/passwd', a plain name wanted"),
        ({"name": "..\\x.parquet"}, "shards[0].name: found '..\\\\x.parquet', a plain name wanted"),
        ({"name": ".hidden"}, "shards[0].name: found '.hidden', a plain name wanted"),
        ({"name": "a\nb"}, "shards[0].name: found 'a\\nb', a plain name wanted"),
        ({"name": 7}, "shards[0].name: found 7, a plain name wanted"),
        ({"split": "tr/ain"}, "shards[0].split: found 'tr/ain', a plain name wanted"),
        ({"rows": -1}, "shards[0].rows: found -1, a count wanted"),
        ({"rows": True}, "shards[0].rows: found True, a count wanted"),
        ({"rows": 2.0}, "shards[0].rows: found 2.0, a count wanted"),
        ({"bytes": 10**30}, f"shards[0].bytes: found {10**30}, a count wanted"),
        ({"sha256": "AB" * 32}, f"shards[0].sha256: found '{'AB' * 32}', 64 hexadecimal digits wanted"),
        ({"sha256": None}, "shards[0].sha256: found None, 64 hexadecimal digits wanted"),
    ],
)
def test_a_shard_that_is_none_is_told_with_its_place(fields, said):
    assert faults(with_shard(**fields)) == [said]


def test_all_faults_of_shape_are_told_at_once():
    index = changed(corpus="a/b", rows="6", splits=[], shards=[7, {**shard(), "rows": None}], cards=None)
    assert faults(index) == [
        "corpus: found 'a/b', a plain name wanted",
        "rows: found '6', a count wanted",
        "splits: found a list, an object wanted",
        "shards[0]: found a number, an object wanted",
        "shards[1].rows: found None, a count wanted",
        "cards: found nothing, a list wanted",
    ]


def test_a_split_that_is_no_name_is_told():
    assert faults(changed(splits={"../x": 4, "validation": 2}))[0] == "splits: found '../x', a plain name wanted"


def test_sums_that_do_not_add_up_are_told():
    assert faults(changed(rows=7, images=8, bytes=31, splits={"train": 5, "validation": 2})) == [
        "rows: 7 found, the shards have 6",
        "images: 8 found, the shards have 9",
        "bytes: 31 found, the shards have 30",
        "splits: {'train': 5, 'validation': 2} found, the shards have {'train': 4, 'validation': 2}",
    ]


def test_names_that_stand_twice_or_do_not_fit_their_split_are_told():
    twice = changed(shards=[shard(count=2), shard(count=2), shard("validation")])
    assert faults(twice) == ["train-00000-of-00002.parquet: named 2 times"]
    older = changed(shards=[shard(number=0, count=2), shard(number=1, count=3), shard("validation")])
    assert faults(older) == ["train-00001-of-00003.parquet: one of 2 shards of train, by its name it is not"]
    card = changed(cards=[{"name": "train-00000-of-00002.parquet", "bytes": 5, "sha256": DIGEST}])
    assert faults(card) == ["train-00000-of-00002.parquet: named 2 times"]


def test_a_folder_is_held_to_its_index():
    listed = read_listed(json.dumps(GOOD).encode())
    whole = {**{found["name"]: 10 for found in GOOD["shards"]}, "README.md": 5, "index.json": 999, ".gitattributes": 3}
    assert folder_faults(listed, whole) == []
    del whole["validation-00000-of-00001.parquet"]
    broken = {**whole, "train-00001-of-00002.parquet": 9, "train-00000-of-00001.parquet": 1, "README.md": 6}
    assert folder_faults(listed, broken) == [
        "train-00001-of-00002.parquet: 9 bytes found, 10 wanted",
        "validation-00000-of-00001.parquet: missing",
        "README.md: 6 bytes found, 5 wanted",
        "train-00000-of-00001.parquet: a shard that the index does not name",
    ]


def test_of_many_faults_of_a_kind_the_first_are_told_and_the_rest_counted():
    began = time.monotonic()
    told = faults({**GOOD, "shards": [{}] * 10_000, "splits": {f"s{n}": 1 for n in range(65)}})
    assert time.monotonic() - began < 2
    assert [line for line in told if "rows" in line] == [
        "shards[0].rows: found None, a count wanted", "shards[1].rows: found None, a count wanted",
        "shards[2].rows: found None, a count wanted; and 9,997 more like it",
    ]  # fmt: skip
    assert told[0] == "splits: 65 found, at most 64 wanted"
    assert len(told) == 1 + 3 * 6


def test_no_more_faults_are_looked_for_than_anyone_reads():
    assert few(f"{n}: wrong" for n in range(5)) == ["0: wrong", "1: wrong", "2: wrong; and 2 more like it"]
    assert few(["a1", "b", "a2", "a3", "a4"]) == ["a1", "a2", "a3; and 1 more like it", "b"]
    assert few(["1", "2", "3"], alike=2) == ["1", "2; and 1 more like it"]
    assert few("x" * n for n in range(1, 60)) == ["x" * n for n in range(1, 51)] + ["9 faults of other kinds"]
    endless = itertools.count()
    assert few(f"{n}" for n in endless) == ["0", "1", "2; and 99,997 more like it", "after 100,000 faults no more were looked for"]
    assert next(endless) == 100_001


def test_files_that_a_folder_lacks_are_named_up_to_a_hundred():
    many = [shard(number=n, count=150) for n in range(150)]
    listed = read_listed(json.dumps(changed(shards=many, rows=300, images=450, bytes=1500, splits={"train": 300}, cards=[])).encode())
    told = folder_faults(listed, {})
    assert len(told) == 100
    assert told[0] == "train-00000-of-00150.parquet: missing"
    assert told[-1] == "train-00099-of-00150.parquet: missing; and 50 more like it"
