"""diff against a dictionary: random pairs of runs, corpora alone, what it refuses, and what it tells"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.diff.survivors import ELSE, STORIES
from curate.digest import digest64
from pipelines import compared
from pipelines.diff import difference
from tests.pipelines.diff_pairs import (
    RECIPE,
    SECRET,
    counted,
    expected_fates,
    expected_modalities,
    expected_rows,
    expected_survivors,
    make_pair,
    told,
    write_corpus,
    write_out,
)
from tests.pipelines.whole_run import run, sha256
from tests.signed_index import signed

IDS = 4


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window holds a few rows, so that every seam between windows is met."""
    monkeypatch.setattr(compared, "ROWS", 5)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("seed", range(9))
def test_a_pair_of_runs_differs_as_a_dictionary_says(tmp_path: Path, seed: int) -> None:
    before, now = make_pair(seed)
    outs = [str(write_out(tmp_path / name, side, shard_rows=rows)) for name, side, rows in (("a", before, 7), ("b", now, 11))]
    found = difference(*outs, ids=IDS).plain()
    changes, same = expected_fates(before, now)
    assert (told(found["samples"]["changes"]), found["samples"]["same"]) == (counted(changes, IDS), same)
    assert told(found["samples"]["survivors"]) == counted(expected_survivors(before, now), IDS)
    assert told(found["modalities"]) == counted(expected_modalities(before, now), IDS)
    for corpus in found["corpora"]:
        rows = [side.corpora[corpus["name"]] for side in (before, now)]
        changes, same = expected_rows(*rows)
        assert (told(corpus["changes"]), corpus["same"]) == (counted(changes, IDS), same)
        assert corpus["different"] == len({*rows[0]} & {*rows[1]}) - same
        assert corpus["rows"] == {"before": len(rows[0]), "now": len(rows[1])}
    assert (found["equal"], [corpus["name"] for corpus in found["corpora"]]) == (False, ["extra", "medical"])
    sides = [(len(side.verdicts), sum(verdict.decision == "kept" for verdict in side.verdicts.values())) for side in (before, now)]
    assert [tuple(found["samples"][name].values()) for name in ("before", "now")] == sides


def test_the_random_pairs_hold_every_kind_of_change() -> None:
    pairs = [make_pair(seed) for seed in range(9)]
    kinds = {key[0] for pair in pairs for key in expected_fates(*pair)[0]}
    assert kinds == {"came", "went", "now rejected", "now kept", "other reason", "other winner", "other evidence"}
    stories = {key[3] for pair in pairs for key in expected_survivors(*pair)}
    assert stories == {*ELSE.values()} | {story for of_kind in STORIES.values() for _, story in of_kind}


def test_the_same_run_in_other_buckets_and_shards_is_equal(tmp_path: Path) -> None:
    first, _ = make_pair(1)
    outs = [write_out(tmp_path / "a", first, shard_rows=5), write_out(tmp_path / "b", dataclasses.replace(first, buckets=16), shard_rows=9)]
    ran = run("diff", *outs)
    assert (ran.status, ran.said.splitlines()[-1]) == (0, "=> equal: the same samples, verdicts and rows")
    assert "Nothing differs in what the two runs were asked for" in ran.said


def test_what_differs_between_the_runs_alone_makes_them_not_different(tmp_path: Path) -> None:
    first, _ = make_pair(1)
    wider = {**RECIPE, "limits": {"min_tokens": 5}}
    outs = [write_out(tmp_path / "a", first), write_out(tmp_path / "b", dataclasses.replace(first, recipe=wider))]
    ran = run("diff", *outs)
    assert ran.status == 0
    assert "  recipe limits.min_tokens: 10 -> 5   (read by screen)" in ran.said.splitlines()


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("seed", [3, 4])
def test_two_corpora_alone_differ_as_a_dictionary_says(tmp_path: Path, seed: int) -> None:
    before, now = (side.corpora["medical"] for side in make_pair(seed))
    folders = [write_corpus(tmp_path / name, rows.values()) for name, rows in (("one", before), ("two", now))]
    found = difference(*map(str, folders), ids=IDS).plain()
    changes, same = expected_rows(before, now)
    (corpus,) = found["corpora"]
    assert (corpus["name"], told(corpus["changes"]), corpus["same"]) == ("one, two", counted(changes, IDS), same)
    assert (found["samples"], found["modalities"], found["files"]) == (None, None, [])


def test_without_image_bytes_all_else_is_compared(tmp_path: Path) -> None:
    before, now = (side.corpora["medical"] for side in make_pair(6))
    folders = [write_corpus(tmp_path / name, rows.values()) for name, rows in (("one", before), ("two", now))]
    (corpus,) = difference(*map(str, folders), ids=IDS, quick=True).plain()["corpora"]
    changes, _ = expected_rows(before, now)
    assert told(corpus["changes"]) == {key: ids for key, ids in counted(changes, IDS).items() if key[0] != "image bytes"}
    assert any(key[0] == "image bytes" for key in changes)
    assert corpus["image_bytes_read"] is False
    assert "image bytes were not read (--quick)" in run("diff", *folders, "--quick").said


def test_a_corpus_is_compared_with_its_like_in_a_run(tmp_path: Path) -> None:
    before, now = make_pair(2)
    out = write_out(tmp_path / "a", before)
    folder = write_corpus(tmp_path / "extra", now.corpora["extra"].values())
    found = difference(str(out), str(folder)).plain()
    assert [(corpus["name"], corpus["rows"]["before"]) for corpus in found["corpora"]] == [("extra", len(before.corpora["extra"]))]
    strange = write_corpus(tmp_path / "strange", now.corpora["extra"].values())
    ran = run("diff", strange, out)
    assert (ran.status, ran.told) == (2, f"error: {out}: no corpus 'strange' in it, it has extra, medical; give the folder of one\n")


def test_a_corpus_that_only_one_run_has_is_told(tmp_path: Path) -> None:
    first, _ = make_pair(5)
    fewer = dataclasses.replace(first, corpora={"medical": first.corpora["medical"]})
    ran = run("diff", write_out(tmp_path / "a", first), write_out(tmp_path / "b", fewer))
    assert (ran.status, ran.said.splitlines()[-1]) == (1, "=> different")
    assert f"Corpus extra: {len(first.corpora['extra'])} rows before, none now" in ran.said


def test_shards_of_equal_digests_are_not_read(tmp_path: Path) -> None:
    rows = list(make_pair(6, samples=60)[0].corpora["medical"].values())
    folders = [write_corpus(tmp_path / name / "medical", rows, shard_rows=5) for name in "ab"]
    for path in folders[1].glob("*.parquet"):
        path.write_bytes(b"x" * path.stat().st_size)
    found = difference(*map(str, folders))
    assert (found.equal, found.corpora[0].skipped) == (True, len(rows))


def test_columns_that_one_corpus_alone_has_are_told_and_the_others_compared(tmp_path: Path) -> None:
    rows = list(make_pair(6, samples=60)[0].corpora["medical"].values())
    folders = [write_corpus(tmp_path / name / "medical", rows, shard_rows=1000) for name in "ab"]
    rewrite(folders[1], lambda table: table.drop_columns(["tokens"]).append_column("origin", pa.repeat("x", len(table))))
    rewrite(folders[1], lambda table: table.set_column(table.column_names.index("weight"), "weight", table["weight"].cast(pa.float32())))
    (corpus,) = difference(*map(str, folders)).plain()["corpora"]
    assert corpus["columns"] == {"before": ["tokens"], "now": ["origin"], "retyped": ["weight"]}
    assert (corpus["same"], corpus["changes"]) == (len(rows), [])
    ran = run("diff", *folders)
    assert (ran.status, "  columns that are new: origin" in ran.said) == (1, True)


def rewrite(folder: Path, change: object) -> None:
    """Each shard anew, and the index with it."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    for shard in index["shards"]:
        path = folder / shard["name"]
        pq.write_table(change(pq.read_table(path)), path)  # type: ignore[operator]
        shard.update(bytes=path.stat().st_size, sha256=sha256(path))
    index["bytes"] = sum(shard["bytes"] for shard in index["shards"])
    (folder / "index.json").write_text(json.dumps(signed(index)), encoding="utf-8")


def test_nothing_of_what_was_read_is_told(tmp_path: Path) -> None:
    before, now = make_pair(7)
    ran = run("diff", write_out(tmp_path / "a", before), write_out(tmp_path / "b", now), "--json", tmp_path / "diff.json", "--ids", "1000")
    assert ran.status == 1
    for text in (ran.said, ran.told, (tmp_path / "diff.json").read_text(encoding="utf-8")):
        assert SECRET not in text
        assert not any(evidence in text for evidence in ("3 < 10", "phash 2", "vqa_rad"))


def test_the_json_says_what_the_lines_say_and_ids_can_be_left_out(tmp_path: Path) -> None:
    before, now = make_pair(8)
    outs = write_out(tmp_path / "a", before), write_out(tmp_path / "b", now)
    ran = run("diff", *outs, "--json", tmp_path / "diff.json", "--ids", "0")
    found = json.loads((tmp_path / "diff.json").read_text(encoding="utf-8"))
    assert all(change["ids"] == [] for change in found["samples"]["changes"])
    assert not any(id in ran.said for id in before.verdicts)
    lost = sum(change["count"] for change in found["samples"]["changes"] if change["what"] == "now rejected")
    line = next(line for line in ran.said.splitlines() if line.endswith("  kept before, rejected now"))
    assert int(line.split()[0].replace(",", "")) == lost > 0


def damaged(tmp_path: Path, name: str) -> list[str]:
    """Two corpora, the second of which something was done to; gives what diff says of it."""
    rows = list(make_pair(9, samples=60)[0].corpora["medical"].values())
    one, two = (write_corpus(tmp_path / side, rows, shard_rows=size) for side, size in (("one", 9), ("two", 8)))
    index, shard = two / "index.json", two / "train-00000-of-00002.parquet"
    match name:
        case "truncated":
            shard.write_bytes(shard.read_bytes()[:-1])
        case "missing":
            shard.unlink()
        case "stray":
            (two / "train-00009-of-00010.parquet").write_bytes(shard.read_bytes())
        case "escapes":
            index.write_text(index.read_text().replace(shard.name, f"../two/{shard.name}"))
        case "no json":
            index.write_text("[" * 100_000)
        case "scrambled":
            shard.write_bytes(b"PAR1" + b"\0" * (shard.stat().st_size - 8) + b"PAR1")
        case "out of order":
            rewrite(two, lambda table: table.take(list(range(len(table)))[::-1]))
        case "twice":
            rewrite(two, lambda table: table.take([0, *range(len(table) - 1)]))
        case "no id":
            rewrite(two, lambda table: table.set_column(0, "id", pa.array([None] * len(table), pa.string())))
        case "other columns":
            table = pq.read_table(shard)
            pq.write_table(table.rename_columns(["key", *table.column_names[1:]]), shard)
            rewrite(two, lambda table: table)
        case "mixed columns":
            pq.write_table(pq.read_table(shard).drop_columns(["tokens"]), shard)
            rewrite(two, lambda table: table)
        case "rows":
            found = json.loads(index.read_text())
            for each, more in ((found["shards"][0], 1), (found["shards"][1], -1)):
                each["rows"] += more
            index.write_text(json.dumps(signed(found)))
    ran = run("diff", one, two)
    assert (ran.status, ran.said) == (2, "")
    assert SECRET not in ran.told
    return ran.told.replace(f"{tmp_path}/", "").splitlines()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("truncated", "error: two: train-00000-of-00002.parquet: "),
        ("missing", "error: two: train-00000-of-00002.parquet: missing"),
        ("stray", "error: two: train-00009-of-00010.parquet: a shard that the index does not name"),
        ("escapes", "error: two/index.json: shards[0].name: found '../two/train-00000-of-00002.parquet', a plain name wanted"),
        ("no json", "error: two/index.json: found no JSON"),
        ("scrambled", "error: two/train-00000-of-00002.parquet: cannot be read as Parquet ("),
        ("out of order", "error: two/train-*.parquet: its rows do not lie in the order of their ids; 'verify' tells more"),
        ("twice", "error: two/train-*.parquet"),
        ("no id", "error: two/train-*.parquet: a row without an id"),
        ("other columns", "error: two/train-00000-of-00002.parquet: columns wanted that are not there: id (string)"),
        ("mixed columns", "error: two/train-00001-of-00002.parquet: its columns are not those of "),
        ("rows", "error: two/train-00000-of-00002.parquet: 8 rows found, the index says 9"),
    ],
)
def test_a_damaged_corpus_is_refused_with_the_file_named(tmp_path: Path, name: str, wanted: str) -> None:
    (line, *_) = damaged(tmp_path, name)
    assert line.startswith(wanted)


def test_a_shard_that_unpacks_to_far_more_than_it_says_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """60,000 rows of one word of a megabyte, in a file of 300 kB."""
    monkeypatch.setattr(compared, "HELD", 1 << 29)
    rows = list(make_pair(9, samples=60)[0].corpora["medical"].values())
    one, two = (write_corpus(tmp_path / side, rows, shard_rows=1000) for side in ("one", "two"))
    ids = pa.array(sorted((f"s/{number}" for number in range(60_000)), key=digest64))
    word = pa.DictionaryArray.from_arrays(pa.array([0] * len(ids), pa.int32()), pa.array(["x" * (1 << 20)]))
    bomb = pa.table({"id": ids, "source": pa.repeat("s", len(ids)), "modality": word})
    index = json.loads((two / "index.json").read_text(encoding="utf-8"))
    for shard in index["shards"]:
        pq.write_table(bomb, two / shard["name"], store_schema=False)
        shard.update(rows=len(ids), bytes=(two / shard["name"]).stat().st_size, sha256=sha256(two / shard["name"]))
    totals = {name: sum(shard[name] for shard in index["shards"]) for name in ("rows", "bytes")}
    index.update(totals, splits={shard["split"]: shard["rows"] for shard in index["shards"]})
    (two / "index.json").write_text(json.dumps(signed(index)), encoding="utf-8")
    ran = run("diff", one, two)
    assert ran.status == 2
    assert re.fullmatch(rf"error: {two}/\w+-00000-of-00001.parquet: cannot be read as Parquet \(ArrowMemoryError\)\n", ran.told)


def test_a_run_that_has_not_ended_or_lost_a_bucket_is_refused_and_all_faults_told(tmp_path: Path) -> None:
    first, _ = make_pair(1)
    outs = [write_out(tmp_path / name, dataclasses.replace(first, buckets=4)) for name in "ab"]
    (outs[0] / "report" / "figures.json").unlink()
    (outs[1] / "verdicts" / "002.parquet").unlink()
    ran = run("diff", *outs)
    assert (ran.status, ran.told.splitlines()) == (
        2,
        [
            f"error: {outs[0]}: its run has not ended (no report/figures.json); the same command again ends it",
            f"{outs[1]}/verdicts: 002.parquet: missing",
        ],
    )


def test_what_is_no_run_and_no_corpus_is_refused(tmp_path: Path) -> None:
    ran = run("diff", tmp_path, tmp_path / "nothing")
    assert (ran.status, ran.told.splitlines()) == (
        2,
        [
            f"error: {tmp_path}: found neither run.json nor index.json, the OUT of a run or the folder of a corpus wanted",
            f"{tmp_path}/nothing: no folder of that name",
        ],
    )
