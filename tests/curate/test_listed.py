"""index.json as people and programs break it: every fault told, at once, and nothing believed"""

import copy
import json

import pytest

from curate.digest import digest_of_json
from curate.listed import NotListed, folder_faults, read_listed

DIGEST = "ab" * 32


def shard(split: str = "train", number: int = 0, count: int = 1, **fields) -> dict:
    name = f"{split}-{number:05d}-of-{count:05d}.parquet"
    return {"name": name, "split": split, "rows": 2, "images": 3, "bytes": 10, "sha256": DIGEST, **fields}


GOOD = {
    "version": 1, "corpus": "medical", "title": "A title", "rows": 6, "images": 9, "bytes": 30, "splits": {"train": 4, "validation": 2},
    "shards": [shard(number=0, count=2), shard(number=1, count=2), shard("validation")],
    "cards": [{"name": "README.md", "bytes": 5, "sha256": DIGEST}], "recipe": {"id": "default"},
}  # fmt: skip


def faults(index: object) -> list[str]:
    with pytest.raises(NotListed) as told:
        read_listed(index if isinstance(index, bytes) else json.dumps(index).encode())
    return str(told.value).splitlines()


def changed(**fields) -> dict:
    return {**copy.deepcopy(GOOD), **fields}


def with_shard(**fields) -> dict:
    return changed(shards=[{**GOOD["shards"][0], **fields}, *GOOD["shards"][1:]])


def test_an_index_that_holds_is_read_whole():
    listed = read_listed(json.dumps(GOOD).encode())
    assert (listed.corpus, listed.rows, listed.images, listed.bytes) == ("medical", 6, 9, 30)
    assert listed.splits == {"train": 4, "validation": 2}
    assert [(file.name, file.bytes, file.sha256) for file in listed.files][-1] == ("README.md", 5, DIGEST)
    assert [(found.split, found.rows, found.images) for found in listed.shards] == [("train", 2, 3), ("train", 2, 3), ("validation", 2, 3)]
    assert listed.plain == GOOD


def test_an_index_that_was_edited_is_told_and_an_older_one_without_a_digest_is_read():
    signed = {**GOOD, "digest": digest_of_json(GOOD)}
    assert read_listed(json.dumps(signed, indent=3).encode()).plain == signed
    assert faults({**signed, "title": "Another"}) == ["digest: not that of the rest of the index: someone has edited it"]
    assert faults({**signed, "digest": None}) == ["digest: not that of the rest of the index: someone has edited it"]


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
        (b"{}", "version: found None, 1 wanted"),
        (b'{"version": 2}', "version: found 2, 1 wanted"),
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
