"""A graph that was saved before anything had run, run when its turn comes"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

import pipelines.stage
from pipelines.failed import Failed
from pipelines.graphs import proto_of
from pipelines.launch import NotLaunched, launch
from pipelines.saved import main, run_saved
from pipelines.settings import LAYOUT
from pipelines.stage import execute
from pipelines.units import OtherSettings
from tests.pipelines.small_data import write_small
from tests.pipelines.toy import plan, run, unit
from tests.pipelines.whole_run import corpus, written
from tests.pipelines.whole_run import run as command

UNITS = [unit(f"source-{number:04d}", weight=20 + number) for number in range(6)]


def saved(out: Path, folder: Path) -> Path:
    """A graph of the toy stage, made when no unit was known."""
    folder.mkdir()
    (folder / "toy.pb").write_bytes(proto_of(plan(out, []), run(out), None).SerializeToString())
    return folder


def launched(out: Path, **options):
    return dataclasses.replace(run(out), options=dataclasses.replace(run(out).options, launch="launcher", **options))


def test_a_graph_built_before_any_unit_was_known_does_them_all(tmp_path, monkeypatch):
    folder, wanted = saved(tmp_path / "out", tmp_path / "graphs"), execute(plan(tmp_path / "1", UNITS), run(tmp_path / "1"))
    asked = []

    def as_launcher(command: str, stage: str) -> None:
        asked.append((command, stage))
        assert main([str(folder), stage]) == 0

    monkeypatch.setattr(pipelines.stage, "launch", as_launcher)
    assert execute(plan(tmp_path / "out", UNITS[:4]), launched(tmp_path / "out")).rows("made") == sum(unit.weight for unit in UNITS[:4])
    assert execute(plan(tmp_path / "out", UNITS), launched(tmp_path / "out")).digest() == wanted.digest()
    assert execute(plan(tmp_path / "out", UNITS), launched(tmp_path / "out")).digest() == wanted.digest()
    assert asked == [("launcher", "toy")] * 2, "where nothing is to do, nothing is launched"


def test_a_graph_of_other_settings_refuses_the_run(tmp_path, monkeypatch):
    folder = saved(tmp_path / "out", tmp_path / "graphs")
    monkeypatch.setattr(pipelines.stage, "launch", lambda command, stage: run_saved(folder / "toy.pb", ()))
    other = dataclasses.replace(plan(tmp_path / "out", UNITS), version=2)
    with pytest.raises(OtherSettings, match="the graph was built with another --limit, version of the stage than this run has"):
        execute(other, launched(tmp_path / "out", limit=3))
    assert other.room.index() is None


def test_a_command_that_fails_or_does_nothing_ends_the_run(tmp_path):
    with pytest.raises(NotLaunched, match="toy: --launch false ended with status 1"):
        launch("false", "toy")
    with pytest.raises(NotLaunched, match="toy: --launch no-such-command: No such file or directory"):
        launch("no-such-command --flag", "toy")
    with pytest.raises(NotLaunched, match="toy: --launch 'unclosed: no command of a shell: no closing quotation"):
        launch("'unclosed", "toy")
    missing = dataclasses.replace(run(tmp_path), options=dataclasses.replace(run(tmp_path).options, launch="no-such-command"))
    with pytest.raises(NotLaunched, match="toy: --launch no-such-command: No such file or directory"):
        execute(plan(tmp_path, UNITS), missing)
    launch(f"{sys.executable} -c 'import sys; sys.exit(sys.argv[1:] != [\"toy\"])'", "toy")
    idle = dataclasses.replace(run(tmp_path), options=dataclasses.replace(run(tmp_path).options, launch="true"))
    with pytest.raises(Failed, match="toy: the pipeline ended without a receipt of source-0000"):
        execute(plan(tmp_path, UNITS), idle)


def test_a_graph_that_is_not_there_is_said(tmp_path, capsys):
    assert main([str(tmp_path), "toy"]) == 2
    assert f"error: {tmp_path}/toy.pb: no such graph" in capsys.readouterr().err
    assert main([]) == 2


def test_graphs_have_the_layout_that_out_was_begun_with(tmp_path, monkeypatch):
    asked = ("--tagger", "none", "--workers", "2", "--assume-rows", "20000000", "--memory", "8GB", *write_small(tmp_path))
    out, graphs = tmp_path / "out", tmp_path / "graphs"

    def drawn() -> str:
        ran = [command("graph", "--out", out, "--to", graphs, "--stage", stage, *asked) for stage in ("ingest", "inspect")]
        assert [(each.status, each.told) for each in ran] == [(0, ""), (0, "")]
        return ran[0].said.splitlines()[-1]

    monkeypatch.setattr(pipelines.stage, "launch", lambda command, stage: run_saved(graphs / f"{stage}.pb", ()))
    flags = ("--out", out, "--launch", "here", *(flag for flag in asked if flag not in ("--assume-rows", "20000000")))
    assert drawn() == f"32 buckets of each table, 20,000 rows of a part: those of a new OUT for so many samples; {out} is not begun"
    refused = command("inspect", *flags)
    told = f"ingest: the graph was built with another {LAYOUT} than this run has; build it again"
    assert (refused.status, told in refused.told) == (1, True)
    assert drawn() == f"8 buckets of each table, 10,000 rows of a part: those that {out} was begun with"
    assert command("inspect", *flags).status == 0
    assert command("inspect", "--out", tmp_path / "here", *flags[4:]).status == 0
    for stage in ("ingest", "inspect"):
        made = [json.loads((each / "stages" / stage / "index.json").read_text()) for each in (out, tmp_path / "here")]
        assert made[0]["receipts"] == made[1]["receipts"] != []


@pytest.mark.engines
def test_a_corpus_of_graphs_that_were_built_before_is_the_corpus(tmp_path, monkeypatch):
    flags = write_small(tmp_path)
    assert corpus(tmp_path / "1", *flags).status == 0
    asked = ("--tagger", "none", "--workers", "2", *flags)
    drawn = command("graph", "--out", tmp_path / "2", "--to", tmp_path / "graphs", *asked)
    assert (drawn.status, (tmp_path / "2").exists()) == (0, False)
    monkeypatch.setattr(pipelines.stage, "launch", lambda command, stage: run_saved(tmp_path / "graphs" / f"{stage}.pb", ()))
    assert command("corpus", "--out", tmp_path / "2", "--launch", "here", *asked).status == 0
    assert written(tmp_path / "2") == written(tmp_path / "1")
