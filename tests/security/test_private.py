"""OUT on a machine of many: who may enter it, and where its links lead"""

import os
from pathlib import Path

import pytest

from pipelines.lock import Locked, locked
from pipelines.options import _make
from pipelines.private import _is_open, is_open, make_private, planted
from pipelines.run import UsageError


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o7777)


def test_a_folder_that_a_run_makes_is_its_users_alone_and_one_that_is_there_stays(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        make_private(tmp_path / "above" / "out")
        (tmp_path / "shared").mkdir(mode=0o755)
        make_private(tmp_path / "shared")
        with locked(str(tmp_path / "export.part")):
            pass
    finally:
        os.umask(before)
    found = [mode(tmp_path / name) for name in ("above", "above/out", "shared", "export.part")]
    assert found == ["0o755", "0o700", "0o755", "0o700"]


def test_a_lock_that_is_a_link_is_refused_and_what_it_leads_to_is_left(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".lock").symlink_to(mine)
    with pytest.raises(Locked, match=r"/\.lock: a link found, a file wanted"), locked(str(out)):
        pass
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("above", "own", "said"),
    [
        (0o755, 0o700, False), (0o755, 0o755, False), (0o755, 0o775, False), (0o1777, 0o700, False),
        (0o755, 0o777, True), (0o755, 0o1777, True), (0o777, 0o700, True),
    ],
)  # fmt: skip
def test_a_folder_is_open_where_anyone_may_put_something_in_it_or_in_its_place(tmp_path: Path, above: int, own: int, said: bool) -> None:
    parent = tmp_path / "above"
    out = parent / "out"
    out.mkdir(parents=True)
    out.chmod(own)
    parent.chmod(above)
    assert is_open(out) is said


def test_a_folder_of_somebody_else_is_open_to_him() -> None:
    found = [os.stat_result((0o40700, 1, 1, 1, owner, 0, 0, 0, 0, 0)) for owner in (os.geteuid(), 0, os.geteuid() + 1)]
    assert [_is_open(each) for each in found] == [False, False, True]


def test_links_in_a_folder_that_is_open_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    out = tmp_path / "out"
    (out / "stages" / "inspect").mkdir(parents=True)
    links = [out / "tmp", out / "stages" / "inspect" / "packs"]
    for link in links:
        link.symlink_to(mine)
    assert planted(out) == []  # its user alone can have put them there: another disk, as like as not
    _make(str(out))
    out.chmod(0o777)
    assert planted(out) == sorted(map(str, links))
    with pytest.raises(UsageError, match="anyone on this machine may have put links there"):
        _make(str(out))
    assert list(mine.iterdir()) == []
