"""verify on folders that somebody made to harm whoever looks: told in a line, in bounded time and memory, nothing of it quoted"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.digest import digest_of_json
from curate.emit.columns import SHARD
from curate.verify.claims import read_claims
from curate.verify.readers import Readers
from curate.verify.stages import read_stage
from curate.verify.strict import NoJson, strict_json
from tests.curate.verify.signed_corpus import READERS, WANTED, T, damages, edit_index, row, shards_of, vouch, write_corpus

SECRET = "Jane Doe, born 1956"
JSON = [
    (b"", "no JSON at character 0 of 0"),
    (b"{", "no JSON at character 1 of 1"),
    (b"\xff{}", "no UTF-8 at byte 0"),
    (b'{"a": 1, "a": 2}', "a name stands twice in one object of its JSON: readers would differ on what it says"),
    (b'{"b": [{"a": 1, "a": 1}]}', "a name stands twice in one object of its JSON: readers would differ on what it says"),
    (b'{"a": NaN}', "NaN or Infinity, which are no JSON"),
    (b'{"a": -Infinity}', "NaN or Infinity, which are no JSON"),
    (b'{"a": ' + b"9" * 5000 + b"}", "JSON that cannot be read (ValueError)"),
    (b"[" * 100_000 + b"]" * 100_000, "JSON that cannot be read (RecursionError)"),
    (b"[]", "no index: a JSON object wanted"),
    (b'"index"', "no index: a JSON object wanted"),
]


@pytest.mark.parametrize(("data", "what"), JSON)
def test_an_index_that_two_readers_could_read_differently_is_none(tmp_path: Path, data: bytes, what: str) -> None:
    write_corpus(tmp_path, shards_of())
    (tmp_path / "index.json").write_bytes(data)
    assert damages(tmp_path) == [("index.json", what)]


def test_json_larger_than_an_index_is_not_read() -> None:
    assert strict_json(b"[1, 2, 3]", most=9) == [1, 2, 3]
    with pytest.raises(NoJson, match="10 bytes of JSON found, at most 9 wanted"):
        strict_json(b"[1, 2, 33]", most=9)
    assert strict_json(b'[[], {}, ""]', parts=3) == [[], {}, ""]
    with pytest.raises(NoJson, match="4 objects and lists of JSON found, at most 3 wanted"):
        strict_json(b"[[], {}, []]", parts=3)


ABSURD = [
    (b'{"version": 2, "shards": [' + b"{}, " * 2_999_999 + b"{}]}", "3,000,002 objects and lists of JSON found, at most 250,000 wanted"),
    (b'{"version": 2, "shards": [' + b"0, " * 3_000_000 + b"0]}", "shards: not what an index holds there"),
    (b'{"version": 2, "splits": {' + b", ".join(b'"s%d": 1' % n for n in range(65)) + b"}}", "splits: not what an index holds there"),
]


@pytest.mark.parametrize(("data", "what"), ABSURD)
def test_an_absurd_index_is_refused_at_once(tmp_path: Path, data: bytes, what: str) -> None:
    write_corpus(tmp_path, shards_of())
    (tmp_path / "index.json").write_bytes(data)
    began = time.monotonic()
    found = damages(tmp_path)
    assert time.monotonic() - began < 2
    assert ("index.json", what) in found
    assert len(found) < 20


def test_faults_of_one_kind_are_counted(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    (tmp_path / "index.json").write_bytes(b'{"version": 2, "shards": [' + b"{}, " * 1999 + b"{}]}")
    found = [what for _, what in damages(tmp_path) if what.startswith("shards[")]
    assert len(found) == 3 * 6
    assert {what for what in found if "rows" in what} == {
        "shards[0].rows: missing", "shards[1].rows: missing", "shards[2].rows: missing; and 1,997 more like it",
    }  # fmt: skip


def test_an_export_is_told_from_a_corpus_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"version": 1, "layout": "swift"}')
    assert damages(tmp_path) == [("index.json", "no index of a corpus but of an export: verify the corpus that it was made of")]


def test_a_huge_index_is_not_opened(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    os.truncate(tmp_path / "index.json", 1 << 40)  # a hole: it takes no disk
    assert damages(tmp_path) == [("index.json", "cannot be read: 1,099,511,627,776 bytes found, at most 67,108,864 wanted")]


def test_an_index_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    (tmp_path / "index.json").unlink()
    os.mkfifo(tmp_path / "index.json")
    assert damages(tmp_path) == [("index.json", "cannot be read: no file")]


def set_in(*keys: str | int, value: Any) -> Callable[[Any], None]:
    def edit(index: Any) -> None:
        for key in keys[:-1]:
            index = index[key]
        index[keys[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("rows",), -1), (("rows",), True), (("rows",), 1.0), (("rows",), "11"), (("rows",), 1 << 60), (("splits",), []),
        (("splits", "train"), None), (("counts",), {"modality": 3}), (("counts", "license", SECRET), "x"), (("recipe",), SECRET),
        (("settings",), None), (("shards",), {}), (("cards",), "README.md"), (("corpus",), 7),
    ],
)  # fmt: skip
def test_an_index_of_other_kinds_is_told_by_the_place(tmp_path: Path, keys: tuple[str, ...], value: Any) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, set_in(*keys, value=value))
    assert ("index.json", f"{keys[0]}: not what an index holds there") in damages(tmp_path)
    assert SECRET not in str(damages(tmp_path))


@pytest.mark.parametrize(
    ("key", "value"), [("sha256", "0" * 63), ("sha256", "G" * 64), ("sha256", 0), ("bytes", -1), ("rows", None), ("name", ["a"])]
)
def test_a_shard_of_other_kinds_is_told_by_its_place(tmp_path: Path, key: str, value: Any) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, set_in("shards", 2, key, value=value))
    assert damages(tmp_path) == [("index.json", f"shards[2].{key}: not what an index holds there")]
    edit_index(tmp_path, lambda index: index["shards"][2].pop(key))
    assert damages(tmp_path) == [("index.json", f"shards[2].{key}: missing")]


@pytest.mark.parametrize(
    "name",
    ["../secret.parquet", "/etc/passwd", "a/b.parquet", "..", "", ".hidden.parquet", "C:\\x", f"{SECRET}.parquet",
     "train-00000-of-00003.parquet\n", "train-00000-of-00003.PARQUET", "train-٠٠٠٠٠-of-00003.parquet"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_never_opened_nor_quoted(tmp_path: Path, name: str) -> None:
    write_corpus(tmp_path / "corpus", shards_of())
    (tmp_path / "secret.parquet").write_bytes(b"secret")
    edit_index(tmp_path / "corpus", set_in("shards", 0, "name", value=name))
    found = damages(tmp_path / "corpus")
    assert [what for file, what in found if file == "index.json" and what.endswith("no name of a shard of its split")]
    assert not any("bytes found" in what or "SHA-256)" in what for _, what in found)
    assert "secret" not in str(found)
    assert not any(file == name for file, _ in found)
    assert SECRET not in str(found)


@pytest.mark.parametrize("name", ["../README.md", "/etc/passwd", ".huggingface.yaml", "index.json", "a/b", f"{SECRET}.md"])
def test_cards_that_lie_elsewhere_are_never_opened_nor_quoted(tmp_path: Path, name: str) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, set_in("cards", 0, "name", value=name))
    found = damages(tmp_path)
    assert ("index.json", "card 0: no name of a file beside it") in found
    assert SECRET not in str(found)


def test_one_file_under_two_lines_of_the_index_is_told(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, lambda index: index["cards"].append(index["cards"][0]))
    assert ("index.json", "ATTRIBUTION.md: named 2 times") in damages(tmp_path)


def test_rows_that_are_announced_and_not_there_cost_nothing(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, lambda index: (index["shards"][0].update(rows=10**9), index.update(rows=10**9 + 8)))
    assert (T[0], "3 rows found, 1,000,000,000 wanted") in damages(tmp_path)


def test_a_million_rows_in_few_bytes_are_left_at_the_first_that_no_shard_holds(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    rows, one = 1_000_000, pa.Table.from_pylist([row("slake/1")], schema=SHARD)
    columns = [pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), one["id"].combine_chunks())]
    few = {name: pa.repeat(one[name][0], rows) for name in ("source", "tokens", "weight")}
    empty = {name: pa.nulls(rows, SHARD.field(name).type) for name in SHARD.names if name not in ("id", *few)}
    bomb = pa.table([columns[0].cast(pa.string()) if name == "id" else {**few, **empty}[name] for name in SHARD.names], schema=SHARD)
    pq.write_table(bomb, tmp_path / T[0], compression="zstd")
    vouch(tmp_path, T[0])
    edit_index(tmp_path, lambda index: index["shards"][0].update(rows=rows))
    began = time.monotonic()
    assert (T[0], "row 0: no value in column 'access'") in damages(tmp_path)
    assert time.monotonic() - began < 5


def shard_of_one_text(path: Path, length: int) -> dict[str, Any]:
    """A whole shard of one row, whose text takes `length` bytes in memory and few on disk."""
    long = row("slake/1", messages=[{"role": "user", "content": "<image>" + "x" * length}])
    pq.write_table(pa.Table.from_pylist([long], schema=SHARD), path, compression="zstd", use_dictionary=False)
    return {"shape": WANTED.shape, "rows": 1, "counted": list(WANTED.counted), "whole": True}


def test_a_page_that_unpacks_to_more_than_there_is_costs_its_own_process(tmp_path: Path) -> None:
    job = shard_of_one_text(tmp_path / T[0], 64 << 20)
    assert (tmp_path / T[0]).stat().st_size < 1 << 20
    assert READERS.ask("rows", tmp_path / T[0], **job).found["faults"] == []
    with Readers(memory=400 << 20) as readers:
        ((fault),) = readers.ask("rows", tmp_path / T[0], **job).found["faults"]
        assert fault == "takes more memory to read than a file of its kind" or fault.startswith("no reader survives it")
        assert readers.ask("rows", tmp_path / T[0], **shard_of_one_text(tmp_path / T[0], 10)).found["faults"] == []


def test_a_file_that_never_ends_costs_its_own_process(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / T[0])
    with Readers(seconds=1.5) as readers:
        assert readers.ask("verdicts", tmp_path / T[0], bucket=0, buckets=1).found["faults"] == [
            "no reader survives it (signal 14): it is not what this program writes"
        ]


def test_ids_and_texts_that_are_no_text_are_told_without_them(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    table = pq.read_table(tmp_path / T[0])
    broken = pa.array([b"slake/\xff", b"slake/\xfe", b"slake/\xfd"], pa.binary()).view(pa.string())
    pq.write_table(table.set_column(0, "id", broken), tmp_path / T[0])
    vouch(tmp_path, T[0])
    assert (T[0], "cannot be read as Parquet") in damages(tmp_path)


def test_footers_of_every_kind_of_damage_end_in_a_line(tmp_path: Path) -> None:
    """Any byte of the footer changed, and the index made to vouch for it: a fault, or rows that can still be read."""
    write_corpus(tmp_path, shards_of())
    whole = (tmp_path / T[0]).read_bytes()
    job = {"shape": WANTED.shape, "rows": 3, "counted": list(WANTED.counted), "whole": True}
    for place in range(len(whole) - int.from_bytes(whole[-8:-4], "little") - 8, len(whole), 23):
        (tmp_path / "x.parquet").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        found = READERS.ask("rows", tmp_path / "x.parquet", **job).found
        assert len(found["faults"]) <= 30
        assert SECRET not in json.dumps(found)


STAGE: dict[str, Any] = {
    "stage": "tag", "receipts": [{"unit": "a", "counts": {}, "files": [{"path": "stages/tag/a.parquet", "bytes": 1, "sha256": "0" * 64}]}],
}  # fmt: skip


def test_the_index_of_a_stage_names_its_files() -> None:
    stage, fault = read_stage(json.dumps(STAGE).encode(), name="tag", recipe="")
    assert (stage and [file.name for file in stage.files], fault) == (["stages/tag/a.parquet"], "")


@pytest.mark.parametrize(
    ("keys", "value", "what"),
    [
        (("stage",), "dedup", "the index of another stage"),
        (("receipts",), {}, "no index of a stage"),
        (("receipts", 0, "unit"), 3, "no index of a stage"),
        (("receipts", 0, "counts"), [], "no index of a stage"),
        (("receipts", 0, "files"), None, "no index of a stage"),
        (("receipts", 0, "files", 0, "sha256"), "x", "no index of a stage"),
        *(
            (("receipts", 0, "files", 0, "path"), path, "names files that lie elsewhere")
            for path in ("/etc/passwd", "../a", "stages/../../a", "sample-data/a", "stages//a", "run.json", "")
        ),
    ],
)
def test_the_index_of_a_stage_that_lies_is_none(keys: tuple[str | int, ...], value: Any, what: str) -> None:
    edited = json.loads(json.dumps(STAGE))
    set_in(*keys, value=value)(edited)
    assert read_stage(json.dumps(edited).encode(), name="tag", recipe="") == (None, what)


def test_claims_need_every_column_that_is_counted() -> None:
    empty: dict[str, Any] = {"version": 2, "corpus": "a", **dict.fromkeys(("rows", "images", "bytes"), 0)}
    empty |= {**{name: {} for name in ("splits", "counts", "settings", "recipe", "mixtures")}, "shards": [], "cards": []}
    data = json.dumps({**empty, "digest": digest_of_json(empty)}).encode()
    assert read_claims(data, counted=["task"]) == (None, ["counts.task: missing"])
    claims, faults = read_claims(data, counted=[])
    assert claims is not None
    assert faults == ["ATTRIBUTION.md, README.md, SHA256SUMS and 1 more: not named; no corpus is without"]
