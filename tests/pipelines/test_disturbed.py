"""What happens to OUT and to the data under a run, or between two: nothing is made anew where OUT was, nothing damaged is read or believed,
nothing that changed counts as what was listed"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.ingest.find import list_files
from pipelines.inspect import _is_no_fault_of_its_own
from pipelines.opened import FileChanged, path_opener
from pipelines.reading import DamagedTable, read_columns
from pipelines.stage import execute
from pipelines.tables import Room, replacing, write_bytes
from schemas.image import Image
from schemas.verdict import Verdict
from tests.pipelines import toy


def test_an_out_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    write_bytes(str(out), out / "stages" / "a" / "b" / "one.json", b"1")
    out.rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError) as caught:
        write_bytes(str(out), out / "stages" / "a" / "b" / "two.json", b"2")
    assert (caught.value.filename, out.exists()) == (str(out), False)
    (tmp_path / "away").rename(out)
    write_bytes(str(out), out / "stages" / "c" / "two.json", b"2")
    assert toy.files(out) == ["stages/a/b/one.json", "stages/c/two.json"]


def test_what_a_disk_does_is_told_with_the_file_that_was_to_be(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught, replacing(str(tmp_path), tmp_path / "a.json"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "a.json")
    with pytest.raises(OSError, match="Input/output") as elsewhere, replacing(str(tmp_path), tmp_path / "a.json"):
        raise OSError(errno.EIO, "Input/output error")
    assert elsewhere.value.filename is None
    assert toy.files(tmp_path) == []


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_bit_that_was_lost_is_told_wherever_it_was(tmp_path: Path, place: float) -> None:
    room = Room(out=str(tmp_path), stage="screen", buckets=1)
    row = Verdict(id="", source="a", stage="screen", decision="rejected", reason="x", evidence="", winner="")
    rows = [dataclasses.replace(row, id=f"a/{number}", evidence=str(number)) for number in range(50)]
    (entry,) = room.write_rows("verdicts", "a", rows, Verdict)
    assert len(read_columns(room.out, entry, ["id"])) == 50
    path = tmp_path / entry.path
    content, status = bytearray(path.read_bytes()), path.stat()
    content[int(len(content) * place)] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))  # a clock that is coarse would give it the time it had
    with pytest.raises(DamagedTable, match="its bytes are others"):
        read_columns(room.out, entry, ["id"])


@pytest.mark.parametrize("name", ["index.json", "parts/one.json"])
@pytest.mark.parametrize("content", ["{}", '{"stage": "toy", "receipts": 3}', "[]", '{"unit": "one", "files": [{"path": 1}]}'])
def test_json_of_another_shape_is_told_with_its_place(tmp_path: Path, name: str, content: str) -> None:
    given = toy.run(tmp_path)
    execute(toy.plan(tmp_path, [toy.unit("one")]), given)
    path = tmp_path / "stages" / "toy" / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DamagedTable) as caught:
        execute(toy.plan(tmp_path, [toy.unit("one")]), given)
    assert str(caught.value) == f"{path}: JSON of another shape than this program writes; remove it and run again"
    path.unlink()
    execute(toy.plan(tmp_path, [toy.unit("one")]), given)
    assert len(Room(out=str(tmp_path), stage="toy", buckets=toy.BUCKETS).read("made", toy.Made)) == 50


def other_count(receipt: dict) -> None:
    receipt["counts"]["kept"] = 7


def other_digest(receipt: dict) -> None:
    receipt["files"][0]["sha256"] = "0" * 64


@pytest.mark.parametrize("change", [other_count, other_digest])
def test_where_index_and_receipt_differ_the_unit_is_done_again(tmp_path: Path, change: Callable[[dict], None]) -> None:
    given, units = toy.run(tmp_path), [toy.unit("one"), toy.unit("two")]
    before = execute(toy.plan(tmp_path, units), given)
    path = tmp_path / "stages" / "toy" / "parts" / "two.json"
    raw = json.loads(path.read_text("utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")
    toy.done(tmp_path)
    after = execute(toy.plan(tmp_path, units), given)
    assert toy.done(tmp_path) == ["two"]
    assert after.receipts == before.receipts


def test_a_file_that_changed_since_it_was_listed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1,2")
    open_path = path_opener(str(tmp_path), str(tmp_path), list_files(tmp_path))
    assert open_path("a.csv").read() == b"1,2"
    status = path.stat()
    path.write_bytes(b"1,3")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with pytest.raises(FileChanged):
        open_path("a.csv")
    path.write_bytes(b"1,2,3")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(FileChanged):
        open_path("a.csv")


def image(reason: str | None, evidence: str) -> Image:
    return Image(**{**dict.fromkeys(Image.__dataclass_fields__), "reason": reason, "evidence": evidence})  # type: ignore[arg-type]


def test_pictures_whose_decoder_was_killed_from_outside_are_looked_at_again() -> None:
    died = [("decoder_died", how) for how in ("SIGKILL", "SIGSEGV", "more than 60 s")]
    cases = [*died, ("unreadable", "PermissionError"), (None, "")]
    assert [_is_no_fault_of_its_own(image(*case)) for case in cases] == [True, False, False, True, False]
