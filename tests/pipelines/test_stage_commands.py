"""ingest ... emit as commands: each runs the stages up to it, what later ones made stays, and a whole run goes on from there"""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from pipelines.commands import STAGES
from pipelines.corpus import STAGES as PLANS
from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import Place, Ran, run, times, written


@pytest.fixture
def place(small_run: Place) -> Place:
    return small_run


def stage(place: Place, name: str, *flags: str | Path, out: str = "out") -> tuple[int, list[str], list[str]]:
    """Status, what was said, and which stages ran (not 'as before')."""
    of_place = ("--data", place.data(), "--manifests", place.folder / "manifests", "--out", place.folder / out)
    told = run(name, *of_place, "--tagger", "none", "--workers", "2", *flags)
    return told.status, told.said.splitlines(), ran(told)


def ran(told: Ran) -> list[str]:
    return [line.split()[0] for line in told.told.splitlines() if re.search(r" in [\d,.]+ s$", line)]


def test_every_stage_that_a_run_has_is_a_command_but_those_inside_another() -> None:
    names = [plan.__name__.removeprefix("plan_") for plan in PLANS]
    assert [name for name in names if name not in ("embed", "report")] == list(STAGES)


def test_stages_one_by_one_make_what_a_whole_run_makes(place: Place) -> None:
    steps = partial(stage, place, out="steps")
    said = ["ingest: 3 rows of benchmarks, 41 rows of images, 62 rows of samples, 2 rows of verdicts"]
    assert steps("ingest") == (0, said, ["ingest"])
    assert steps("ingest") == (0, said, [])
    assert steps("shield")[2] == ["inspect", "screen", "match", "shield"]
    assert steps("rewrite") == (0, ["rewrite: the recipe asks for none; the stages before it are done"], [])
    assert steps("balance")[2] == ["dedup", "tag", "balance"]
    assert not (place.folder / "steps" / "corpora").exists()
    assert steps("emit")[2] == ["emit"]
    assert not (place.folder / "steps" / "verdicts").exists()
    assert written(place.folder / "steps") == written(place.out)
    assert ran(place.run(out="steps")) == ["report"]


def test_a_stage_that_finds_all_done_leaves_a_whole_run_whole(place: Place) -> None:
    before = {path: moment for path, moment in times(place.out / "stages").items() if not path.startswith("files/")}  # looked at anew
    assert stage(place, "tag")[::2] == (0, [])
    assert before.items() <= times(place.out / "stages").items()
    assert run("verify", place.out, "--quick").status == 0


def test_a_stage_that_changes_something_leaves_a_run_that_has_not_ended(place: Place) -> None:
    shutil.copytree(place.out, place.folder / "changed")
    assert stage(place, "ingest", "--limit", "9", out="changed")[2] != []
    told = run("verify", place.folder / "changed", "--quick")
    assert told.status == 1
    assert "damaged: run.json: the last run of recipe 'default' has not ended: 'corpus' ends it\n" in told.said


def test_a_stage_ends_as_a_run_does(place: Place, tmp_path: Path) -> None:
    assert stage(place, "ingest", "--sources", "nobody")[0] == 2
    assert stage(place, "screen", "--runner=DirectRunner")[0] == 2
    write_small(tmp_path)
    (tmp_path / "data" / "small_texts" / "texts.json").write_text("{")
    assert stage(Place(tmp_path), "ingest")[0] == 3
