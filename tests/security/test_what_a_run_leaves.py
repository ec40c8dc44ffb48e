"""A run under a user's own secrets: what lies in OUT, and what was said, holds none of them, no program, no link"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import Place, Ran

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "aws-0b7f2d",
    "AWS_SESSION_TOKEN": "session-0b7f2d",
    "REWRITE_API_KEY": "rewrite-0b7f2d",
    "HF_TOKEN": "hub-0b7f2d",
    "AZURE_STORAGE_KEY": "azure-0b7f2d",
}
MARK = b"-0b7f2d"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    place = Place(tmp_path_factory.mktemp("guarded"))
    write_small(place.folder)
    before = dict(os.environ)
    os.environ.update(SECRETS)
    try:
        return place.out, place.run()
    finally:
        for name in SECRETS.keys() - before.keys():
            del os.environ[name]


def test_no_secret_of_the_environment_is_written_or_said(ran: tuple[Path, Ran]) -> None:
    out, run = ran
    assert run.status == 0
    assert [str(path) for path in out.rglob("*") if path.is_file() and MARK in path.read_bytes()] == []
    assert MARK.decode() not in run.said + run.told


def test_its_user_alone_may_enter_and_nothing_in_it_is_a_link_or_a_program(ran: tuple[Path, Ran]) -> None:
    out, _ = ran
    assert oct(out.stat().st_mode & 0o777) == "0o700"
    found = [path.lstat().st_mode for path in out.rglob("*")]
    assert {stat.S_IFMT(mode) for mode in found} == {stat.S_IFREG, stat.S_IFDIR}
    assert [oct(mode) for mode in found if stat.S_ISREG(mode) and mode & 0o111] == []
    assert [oct(mode) for mode in found if mode & stat.S_IWOTH] == []


def test_nothing_in_it_is_a_pickle_and_all_that_steers_a_run_is_json(ran: tuple[Path, Ran]) -> None:
    out, _ = ran
    kinds = {path.suffix for path in (out / "stages").rglob("*") if path.is_file()}
    assert kinds <= {".parquet", ".json", ".arrow", ".pack", ".bin", ""}
    assert [str(path) for path in out.rglob("*") if path.is_file() and path.read_bytes()[:1] == b"\x80"] == []
    assert json.loads((out / "run.json").read_bytes())["recipes"].keys() == {"default"}
