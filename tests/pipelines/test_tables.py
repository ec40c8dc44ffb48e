"""Tables at rest, receipts and the index"""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curate.digest import bucket_of
from pipelines import tables
from pipelines.reading import DamagedTable
from pipelines.stage import Taking
from pipelines.tables import Receipt, Room, replacing, sweep, write_json
from pipelines.units import Unit, write_todo
from schemas.arrow import from_table
from schemas.verdict import Verdict
from tests.pipelines.toy import files


def verdict(id: str, reason: str = "") -> Verdict:
    return Verdict(id=id, source="a", stage="screen", decision="rejected", reason=reason, evidence="", winner="")


def a_room(out: Path, buckets: int = 4) -> Room:
    return Room(out=str(out), stage="screen", buckets=buckets, recipe="default")


def write(room: Room, part: str, *ids: str) -> Receipt:
    return room.sign(part, "made from a", room.write_rows("verdicts", part, [verdict(id) for id in ids], Verdict))


IDS = [f"a/{number}" for number in range(40)]


def test_every_row_lies_in_the_bucket_of_its_id_sorted(tmp_path):
    room = a_room(tmp_path)
    room.commit("f", [write(room, "a-0000", *reversed(IDS))], 0.0)
    for bucket in range(4):
        wanted = sorted(id for id in IDS if bucket_of(id, 4) == bucket)
        file = room.folder / "verdicts" / f"bucket={bucket:03d}" / "a-0000.parquet"
        assert pq.ParquetFile(file).read()["id"].to_pylist() == wanted
        assert room.read("verdicts", Verdict, bucket=bucket)["id"].to_pylist() == wanted


def test_a_table_read_whole_gives_its_rows_back(tmp_path):
    room = a_room(tmp_path)
    room.commit("f", [write(room, "a-0000", *IDS[:25]), write(room, "a-0001", *IDS[25:])], 0.0)
    found = from_table(room.read("verdicts", Verdict), Verdict)
    assert sorted(found, key=lambda row: row.id) == sorted((verdict(id) for id in IDS), key=lambda row: row.id)
    assert sorted(room.read("verdicts", Verdict, part="a-0001", columns=["id"])["id"].to_pylist()) == sorted(IDS[25:])


def test_writing_a_part_again_gives_the_same_bytes(tmp_path):
    first, second = a_room(tmp_path / "1"), a_room(tmp_path / "2")
    assert [entry.sha256 for entry in write(first, "a-0000", *IDS).files] == [
        entry.sha256 for entry in write(second, "a-0000", *reversed(IDS)).files
    ]


def test_a_part_without_rows_has_a_receipt_and_no_file(tmp_path):
    room = a_room(tmp_path)
    assert write(room, "a-0000").files == ()
    assert room.receipts()["a-0000"].files == ()
    room.commit("f", room.receipts().values(), 0.0)
    assert len(room.read("verdicts", Verdict)) == 0


def test_an_index_read_back_is_the_index_committed(tmp_path):
    room = a_room(tmp_path)
    committed = room.commit("f", [write(room, "b-0000", "b/1"), write(room, "a-0000", *IDS)], 1.234)
    assert room.index() == committed
    assert [receipt.unit for receipt in committed.receipts] == ["a-0000", "b-0000"]
    assert (committed.rows("verdicts"), committed.rows("samples"), committed.parts("verdicts")) == (41, 0, ["a-0000", "b-0000"])
    assert committed.seconds == 1.23


def test_the_digest_of_an_index_is_of_the_content_alone(tmp_path):
    first, second, other = a_room(tmp_path / "1"), a_room(tmp_path / "2"), a_room(tmp_path / "3")
    digest = first.commit("f", [write(first, "a-0000", *IDS)], 1.0).digest()
    assert second.commit("g", [write(second, "a-0000", *reversed(IDS))], 2.0).digest() == digest
    assert other.commit("f", [write(other, "a-0000", *IDS[1:])], 1.0).digest() != digest


def test_a_commit_sweeps_files_and_receipts_that_it_does_not_name(tmp_path):
    room = a_room(tmp_path, buckets=1)
    write(room, "gone-0000", "gone/1")
    room.commit("f", [write(room, "a-0000", "a/1")], 0.0)
    assert files(room.folder) == ["index.json", "parts/a-0000.json", "verdicts/bucket=000/a-0000.parquet"]


def test_a_commit_sweeps_a_table_that_no_unit_writes_any_more(tmp_path):
    room = a_room(tmp_path, buckets=1)
    room.write_rows("samples", "a-0000", [verdict("a/1")], Verdict)
    room.commit("f", [write(room, "a-0000", "a/1")], 0.0)
    assert files(room.folder) == ["index.json", "parts/a-0000.json", "verdicts/bucket=000/a-0000.parquet"]


def test_a_commit_of_facts_leaves_the_decisions_in_the_same_folder_alone(tmp_path):
    facts, decisions = Room(out=str(tmp_path), stage="tag", buckets=1), Room(out=str(tmp_path), stage="tag", buckets=1, recipe="default")
    decisions.commit("f", [write(decisions, "000", "a/1")], 0.0)
    facts.commit("f", [write(facts, "a-0000", "a/1")], 0.0)
    assert decisions.read("verdicts", Verdict)["id"].to_pylist() == ["a/1"]
    assert len(decisions.receipts()) == 1


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"short")])
def test_a_receipt_whose_file_is_gone_or_cut_does_not_count(tmp_path, harm):
    room = a_room(tmp_path, buckets=1)
    entry = write(room, "a-0000", *IDS).files[0]
    assert list(room.receipts()) == ["a-0000"]
    harm(tmp_path / entry.path)
    assert room.receipts() == {}


def test_a_damaged_file_is_named_and_nothing_of_it_is_given(tmp_path):
    room = a_room(tmp_path, buckets=1)
    receipt = write(room, "a-0000", *IDS)
    room.commit("f", [receipt], 0.0)
    path = tmp_path / receipt.files[0].path
    path.write_bytes(bytes(receipt.files[0].bytes))
    with pytest.raises(DamagedTable, match=r"a-0000\.parquet: .*remove it and run again"):
        room.read("verdicts", Verdict)


def test_a_table_of_other_rows_than_its_receipt_says_is_refused(tmp_path):
    room = a_room(tmp_path, buckets=1)
    receipt = write(room, "a-0000", *IDS)
    room.commit("f", [receipt], 0.0)
    room.write_rows("verdicts", "a-0000", [verdict("a/1")], Verdict)
    with pytest.raises(DamagedTable):
        room.read("verdicts", Verdict)


def test_a_stage_that_has_not_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="the stage 'screen' has not run"):
        a_room(tmp_path).read("verdicts", Verdict)


def test_replacing_leaves_the_old_file_whole_until_the_new_one_is(tmp_path):
    path = tmp_path / "index.json"
    write_json(str(tmp_path), path, {"a": 1})

    def killed() -> None:
        with replacing(str(tmp_path), path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert json.loads(path.read_text()) == {"a": 1}
    assert files(tmp_path) == ["index.json"]


def test_sweep_removes_what_killed_runs_left(tmp_path):
    write_json(str(tmp_path), tmp_path / "run.json", {})
    left = ["0123456789abcdef" * 2, f"{'0' * 32}.tmp", "screen@default.units", "tag@.asked", f"clock-{'f' * 32}"]
    for name in left:
        (tmp_path / "tmp" / name).write_text("half")
    for name in ("corpus-ab_12xyz", "match@default.scratch"):
        (tmp_path / "tmp" / name / "below").mkdir(parents=True)
        (tmp_path / "tmp" / name / "below" / "x").write_text("half")
    sweep(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    sweep(str(tmp_path))


def test_sweep_takes_nothing_that_no_run_has_named(tmp_path):
    mine = ["tmp/mine/thesis.txt", "tmp/notes.tmp", "tmp/corpus-of-2024/a.txt", "tmp/match/x", "tmp/units"]
    for name in mine:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("three years")
    write_json(str(tmp_path), tmp_path / "run.json", {})
    sweep(str(tmp_path))
    assert files(tmp_path) == sorted([*mine, "run.json"])


def test_sweep_follows_no_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{'0' * 32}.tmp").write_text("x")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tmp").symlink_to(tmp_path / "elsewhere")
    sweep(str(tmp_path / "out"))
    assert files(tmp_path / "elsewhere") == [f"{'0' * 32}.tmp"]


def test_a_name_that_is_no_unicode_can_still_be_written(tmp_path):
    path = tmp_path / "receipt.json"
    write_json(str(tmp_path), path, {"file": b"caf\xe9.csv".decode("utf-8", "surrogateescape")})
    assert path.read_bytes() == '{\n "file": "caf\udce9.csv"\n}\n'.encode("utf-8", "surrogatepass")


def test_a_worker_that_has_looked_into_out_does_not_make_it_anew(tmp_path, monkeypatch):
    room = Room(out=str(tmp_path / "out"), stage="screen", buckets=4)
    write_todo(room, [Unit(name="a", fingerprint="f", weight=1)])
    monkeypatch.setattr(tables, "_written", set())  # another process: it has read, and written nothing
    Taking(room).setup()
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(FileNotFoundError) as told:
        room.sign("a", "f", [])
    assert told.value.filename == str(tmp_path / "out")
    assert not (tmp_path / "out").exists()
