"""A run over data in which everything is wrong that can be wrong ends, loses nothing, says what is wrong and tells nothing it read"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.lock import locked
from tests.pipelines.hostile_files import FAULTS, write_hostile
from tests.pipelines.hostile_rows import SECRET, Fate
from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import Ran, account_closes, corpus, digests, fates, images, ingested, run, shipped, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    folder: Path
    out: Path
    wanted: dict[str, Fate]
    ran: Ran


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    folder = tmp_path_factory.mktemp("hostile")
    wanted = write_hostile(folder)
    out = folder / "out"
    ran = corpus(out, "--data", folder / "data", "--manifests", folder / "manifests")
    return Hostile(folder=folder, out=out, wanted=wanted, ran=ran)


def test_every_row_ends_as_it_must_and_none_is_lost(hostile: Hostile) -> None:
    assert fates(hostile.out) == {id: (fate.stage, fate.reason) for id, fate in hostile.wanted.items()}
    assert account_closes(hostile.out)


def test_every_image_that_cannot_be_used_has_its_reason(hostile: Hostile) -> None:
    evidence = {id.rpartition("/")[2]: verdict.evidence for id, verdict in verdicts(hostile.out).items()}
    for id, fate in hostile.wanted.items():
        if fate.seen:
            assert f": {fate.seen} " in evidence[id.rpartition("/")[2]]
    refused = sorted(reason for reason, _ in images(hostile.out).values() if reason)
    assert refused == sorted(fate.seen for fate in hostile.wanted.values() if fate.seen)


def test_every_file_that_cannot_be_read_is_one_fault_with_found_and_wanted(hostile: Hostile) -> None:
    faults = [fault for counts in ingested(hostile.out).values() for fault in counts["faults"]]
    assert {(fault["source"], fault["file"]): fault["reason"] for fault in faults} == FAULTS
    assert len(faults) == len(FAULTS)
    assert all(fault["found"] and fault["wanted"] for fault in faults)


def test_the_run_ends_incomplete_with_a_line_for_each_fault(hostile: Hostile) -> None:
    lines = [line for line in hostile.ran.told.splitlines() if line.startswith("incomplete: ")]
    assert hostile.ran.status == 3
    assert len(lines) == len(FAULTS)
    assert (
        "incomplete: hostile_tables: c_renamed.csv, table 'csv': column_missing: "
        "found a header of 3 columns, wanted column 'question' (nearest: 'qestion')"
    ) in lines
    assert "incomplete: hostile_empty: its folder: no_layout: found 0 files, wanted rows.jsonl (lines)" in lines
    assert "  incomplete   hostile_empty: its folder fits no layout of its manifest" in hostile.ran.said.splitlines()


def test_nothing_that_was_read_is_told(hostile: Hostile) -> None:
    told = [hostile.ran.said, hostile.ran.told]
    told += [path.read_text(encoding="utf-8") for path in (hostile.out / "report").rglob("*") if path.is_file()]
    told += [str(verdict) for verdict in verdicts(hostile.out).values()]
    told += [path.read_text(encoding="utf-8") for path in hostile.out.rglob("*.json")]
    assert [text for text in told if SECRET in text] == []


def test_no_file_name_and_no_id_becomes_markup_of_the_report(hostile: Hostile) -> None:
    page = (hostile.out / "report" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<b>bold" not in page


def test_a_command_in_a_pickle_is_not_run(hostile: Hostile) -> None:
    assert not Path("pwned").exists()
    assert not list(hostile.folder.rglob("pwned"))


def test_what_ships_has_one_mark_an_image_and_nothing_from_outside(hostile: Hostile) -> None:
    rows = {row["id"]: row for row in shipped(hostile.out, "medical")}
    assert set(rows) == {id for id, fate in hostile.wanted.items() if not fate.stage}
    for row in rows.values():
        marks = sum(message["content"].count("<image>") for message in row["messages"])
        assert (row["id"], marks) == (row["id"], len(row["images"]))
    outside = (hostile.folder / "outside.png").read_bytes()
    assert all(image["bytes"] != outside for row in rows.values() for image in row["images"])


def test_the_data_are_left_as_they_were_and_no_temporary_file_stays(hostile: Hostile) -> None:
    assert not (hostile.out / "tmp").exists()
    assert (hostile.folder / "data" / "hostile_rows" / "images" / "pipe.png").is_fifo()
    assert list((hostile.folder / "data" / "hostile_empty").iterdir()) == []


def test_a_second_run_over_the_same_faults_is_as_before(hostile: Hostile) -> None:
    again = corpus(hostile.out, "--data", hostile.folder / "data", "--manifests", hostile.folder / "manifests")
    assert (again.status, again.told.count("as before")) == (3, 11)


def test_why_finds_strange_ids(hostile: Hostile) -> None:
    for id in ("hostile_rows/x~2", "hostile_rows/../up", "hostile_rows/'; drop", "hostile_rows/images/new\nline.png"):
        told = run("why", id, "--out", hostile.out)
        assert (told.status, told.said.startswith(f"{id}: ")) == (0, True)


def test_manifest_faults_of_two_files_are_told_at_once_before_any_work(tmp_path: Path) -> None:
    flags = write_small(tmp_path)
    texts = tmp_path / "manifests" / "small_texts.yaml"
    texts.write_text(texts.read_text("utf-8").replace("license: MIT", "lisense: MIT").replace("task: qa", "task: quiz"), encoding="utf-8")
    questions = tmp_path / "manifests" / "small_questions.yaml"
    questions.write_text(questions.read_text("utf-8").replace('"{question}"', '"{question"'), encoding="utf-8")
    ran = corpus(tmp_path / "out", *flags, "--sources", "small_txts", "--corpus", "defalt", "--limit", "3")
    assert ran.status == 2
    assert f"{texts}: $.lisense: no such field; nearest: 'license'" in ran.told
    assert f"{texts}: $.layouts[0].tables[0].task: 'quiz' found, one of" in ran.told
    assert f"{questions}: $.layouts[0].tables[0].turns[0].user" in ran.told
    assert "--corpus defalt: no such file, and not one of the shipped recipes (default, lingshu)" in ran.told
    assert not (tmp_path / "out").exists()


def test_a_recipe_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    flags = write_small(tmp_path)
    recipe = tmp_path / "mine.yaml"
    corpora = "[{name: a, sources: [small_txts]}, {name: b, sources: [small_texts/texts, small_test, small_texts/text]}]"
    rendering = "{small_txts: {window: lung}, small_texts: {choice: 2}}"
    text = f"id: mine\ntitle: Mine\nrendering: {rendering}\nshield: {{vqa_rat: {{others: image}}}}\ncorpora: {corpora}\n"
    recipe.write_text(text, encoding="utf-8")
    ran = corpus(tmp_path / "out", *flags, "--corpus", recipe)
    assert (ran.status, ran.told.splitlines()) == (
        2,
        [
            "error: corpus a: 'small_txts' is no source; did you mean 'small_texts'?; 'plan' lists them",
            "       corpus b: 'small_test' is no source; did you mean 'small_texts'?; 'plan' lists them",
            "       corpus b: 'text' is no table of small_texts; did you mean 'texts'?",
            "       rendering: 'small_txts' is no source; did you mean 'small_texts'?; 'plan' lists them",
            "       shield: 'vqa_rat' is no benchmark; did you mean 'vqa_rad'?; 'plan' lists them",
        ],
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--sources", "small_txts"), "'small_txts' is no source; did you mean 'small_texts'?"),
        (("--root", "small_texts=/nowhere"), "--root small_texts=/nowhere: wanted ID=DIR with a folder that exists"),
        (("--data", "/nowhere"), "--data /nowhere: no such folder"),
        (("--data", "hdfs://somewhere"), "--data hdfs://...: wanted a folder of this machine, or gs://BUCKET/... or s3://BUCKET/..."),
        (("--root", "small_texts=s3://key:secret@bucket/x"), "--root: an address with a name or a password in it"),
        (("--sources", "slake"), "not found under"),
        (("--colour", "red"), "'--colour' is no flag of this program or of Beam"),
        (("--direct_running_mode=multi_threading",), "it loses rows"),
        (("--runner=DirectRunner",), "--runner=DirectRunner is refused"),
        (("--runner=FlinkRunner",), "Beam would fetch a job server"),
        (("--runner=FlinkRunner", "--flink_master=far:1"), "local folders cannot be reached from a remote runner"),
        (("--direct_running_mode=foo",), "--direct_running_mode: invalid choice: 'foo'"),
        (("--weights", "/nowhere"), "/nowhere"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(tmp_path: Path, flags: tuple[str, ...], words: str) -> None:
    ran = corpus(tmp_path / "out", *write_small(tmp_path), *flags)
    assert (ran.status, ran.told.startswith("error: "), words in ran.told) == (2, True, True)
    assert not (tmp_path / "out" / "corpora").exists()


def test_an_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    flags = write_small(tmp_path)
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    ran = corpus(tmp_path / "out", *flags)
    assert (ran.status, ran.told) == (2, f"error: --out {tmp_path / 'out'}: a file found, a folder wanted\n")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_an_out_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = corpus(tmp_path / "file" / "out", *write_small(tmp_path))
    assert (ran.status, ran.told) == (2, f"error: --out {tmp_path / 'file' / 'out'}: cannot be made: Not a directory\n")


def test_a_terminal_that_knows_no_bars_gets_the_summary_all_the_same(hostile: Hostile) -> None:
    command = [sys.executable, "-m", "pipelines", "report", "--out", str(hostile.out)]
    told = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (told.returncode, told.stderr) == (0, b"")
    assert b"  Text, no image          10  ????" in told.stdout


def test_a_second_run_in_the_same_out_is_refused(tmp_path: Path) -> None:
    flags = write_small(tmp_path)
    with locked(str(tmp_path / "out")):
        ran = corpus(tmp_path / "out", *flags)
    assert ran.status == 2
    assert "another run (process" in ran.told
    assert digests(tmp_path / "out") == {}


def test_an_interrupt_stops_at_once_and_the_next_run_goes_on(tmp_path: Path) -> None:
    flags = ["--out", str(tmp_path / "out"), "--tagger", "none", *write_small(tmp_path)]
    code = (
        "import os, signal, sys; from pipelines import stage; from pipelines.__main__ import main\n"
        "execute = stage.execute\n"
        "def stop(plan, run):\n"
        "    if plan.room.stage == 'match': os.kill(os.getpid(), signal.SIGINT)\n"
        "    return execute(plan, run)\n"
        "import pipelines.corpus; pipelines.corpus.execute = stop; sys.exit(main(sys.argv[1:]))"
    )
    stopped = subprocess.run([sys.executable, "-c", code, "corpus", *flags], capture_output=True, text=True, check=False)
    assert (stopped.returncode, stopped.stderr.splitlines()[-1]) == (130, "stopped; the same command goes on from here")
    ran = corpus(tmp_path / "out", *flags[4:])
    assert (ran.status, ran.told.splitlines()[1:4]) == (0, ["ingest   as before", "inspect  as before", "screen   as before"])
