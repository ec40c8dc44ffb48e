"""What is found, what is refused before anything of it is read"""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.manifest import load_manifests
from curate.recipe import Recipe
from pipelines.find import find_sources
from pipelines.options import MANIFESTS
from pipelines.run import Options, UsageError

MANIFEST = """\
id: private
title: Data behind a form
license: PhysioNet-Credentialed
commercial: no
access: credentialed
layouts:
  - {name: a, if: [a.jsonl], tables: [{name: a, files: [a.jsonl], format: jsonl, task: qa, turns: [{user: "{q}"}, {assistant: "{a}"}]}]}
"""
REMOTE = ("--runner=FlinkRunner", "--flink_master=localhost:1")


def options(tmp_path: Path, *, flags: tuple[str, ...] = (), allowed: bool = False) -> Options:
    (tmp_path / "data" / "private").mkdir(parents=True)
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "private.yaml").write_text(MANIFEST)
    return Options(
        data=str(tmp_path / "data"), out=str(tmp_path / "out"), recipe=Recipe(id="r", title="R"), beam_flags=flags,
        manifests=tuple(load_manifests(MANIFESTS, [tmp_path / "manifests"])), allow_credentialed=allowed,
    )  # fmt: skip


def test_credentialed_sources_stay_on_this_machine(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^private: credentialed data would leave this machine; --allow-credentialed if"):
        find_sources(options(tmp_path, flags=REMOTE))


@pytest.mark.parametrize(("flags", "allowed"), [((), False), (REMOTE, True)])
def test_credentialed_sources_are_read_here_and_where_that_is_allowed(tmp_path: Path, flags: tuple[str, ...], allowed: bool) -> None:
    assert find_sources(options(tmp_path, flags=flags, allowed=allowed)) == {"private": str(tmp_path / "data" / "private")}
