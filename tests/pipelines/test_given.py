"""What stands on a command line and cannot be taken: told in a line each, all at once, before anything is looked at"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.address import WANTED
from pipelines.commands import STAGES
from pipelines.given import EMPTY
from tests.pipelines.whole_run import Ran, run

MEANT = f"wanted {WANTED}; did you mean 's3://bucket'?"
ON_IT = "this machine; wanted a name on it, no address"


def told(ran: Ran) -> list[str]:
    assert (ran.status, ran.said) == (2, "")
    return ran.told.removeprefix("error: ").rstrip("\n").split("\n       ")


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the default OUT is named from here
    monkeypatch.setattr("pipelines.named._store_faults", lambda flag, name, may_be_new: [])  # no network


@pytest.mark.parametrize("command", ["plan", "corpus", *STAGES])
def test_a_mistyped_address_is_no_folder(command: str, tmp_path: Path) -> None:
    flags = ("--data", "s3:/bucket", "--out", "s3:/bucket", "--root", "slake=s3:/bucket", "--manifests", "gs://bucket/m")
    assert told(run(command, *flags)) == [
        f"--data s3:/...: {MEANT}",
        f"--out s3:/...: {MEANT}",
        f"--manifests gs://...: manifests are read from {ON_IT}",
        f"--root slake s3:/...: {MEANT}",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_graph_is_built_for_no_mistyped_address_and_written_to_this_machine(tmp_path: Path) -> None:
    flags = ("--data", "s3:/bucket", "--out", "gs://", "--to", "s3:/bucket", "--root", "slake=gcs://x", "--runner=json.Foo")
    assert told(run("graph", "--tagger", "none", *flags)) == [
        f"--data s3:/...: {MEANT}",
        f"--out gs://...: wanted {WANTED}; credentials and endpoints come from the environment",
        f"--to s3:/...: graphs are written to {ON_IT}",
        "--runner=json.Foo: no runner of Beam; wanted one of DataflowRunner, FlinkRunner, PortableRunner, PrismRunner, SparkRunner",
        f"--root slake gcs://...: wanted {WANTED}",
    ]
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    wrong = told(run("graph", "--tagger", "none", "--data", "s3://bucket", "--out", "s3://bucket", "--to", "file"))
    assert wrong == ["--to file: a file found, a folder wanted"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("why", "a/1", "--out", "s3:/bucket"), f"--out s3:/...: {MEANT}"),
        (("report", "--out", "s3:/bucket"), f"--out s3:/...: {MEANT}"),
        (("preview", "slake", "--data", "s3:/bucket"), f"--data s3:/...: {MEANT}"),
        (("verify", "s3:/bucket"), f"OUT|CORPUS_FOLDER s3:/...: {MEANT}"),
        (("diff", ".", "s3:/bucket"), f"OUT|CORPUS_FOLDER s3:/...: {MEANT}"),
        (("export", "s3:/bucket", "--to", "llava", "--dest", "x"), f"OUT s3:/...: {MEANT}"),
        (("export", ".", "--to", "llava", "--dest", "s3:/bucket"), f"--dest s3:/...: an export is written to {ON_IT}"),
        (("doctor", "--weights", "gs://bucket/w"), f"--weights gs://...: weights are read from {ON_IT}"),
        (("verify", ""), f"OUT|CORPUS_FOLDER '': {EMPTY}"),
        (("why", ""), f"id '': {EMPTY}"),
        (("export", ".", "--to", "csv", "--dest", "x"), "--to csv: wanted one of webdataset, llava, swift, llamafactory"),
        (("diff", ".", ".", "--ids", "-1"), "--ids -1: wanted a whole number from 0"),
    ],
)
def test_every_command_tells_of_what_it_cannot_take(words: tuple[str, ...], fault: str) -> None:
    assert told(run(*words)) == [fault]


EMPTIES = ("--data", "--out", "--corpus", "--sources", "--manifests", "--weights", "--probe", "--launch", "--rewrite-server", "--tagger")


def test_an_empty_word_is_told_with_all_else() -> None:
    flags = [word for flag in EMPTIES for word in (flag, "")]
    assert told(run("corpus", *flags, "--root", "slake=", "--root", " ", "--runner=", "--job_name", "", "--workers", "0")) == [
        *(f"{flag} '': {EMPTY}" for flag in EMPTIES),
        f"--root '': {EMPTY}",
        "--workers 0: wanted a whole number from 1",
        f"--root slake=: {EMPTY}",
        f"--runner '': {EMPTY}",
        f"--job_name '': {EMPTY}",
    ]
    graph = told(run("graph", "--tagger", "none", "--data", "", "--to", "", "--stage", ""))
    assert graph == [f"--data '': {EMPTY}", f"--to '': {EMPTY}", f"--stage '': {EMPTY}"]
    assert told(run("preview", "", "--data", "")) == [f"source '': {EMPTY}", f"--data '': {EMPTY}"]


def test_numbers_are_told_with_what_was_wanted() -> None:
    flags = ("--workers", "abc", "--buckets", "2048", "--limit", "1.5", "--memory", "much", "--rewrite-parallel", "-3", "--launch", "a 'b")
    assert told(run("corpus", *flags, "--data", "/nowhere")) == [
        "--workers abc: wanted a whole number from 1",
        "--buckets 2048: wanted a power of two from 1 to 1024",
        "--limit 1.5: wanted a whole number from 1",
        "--memory much: wanted a share such as 0.5, or an amount such as 12GB",
        "--rewrite-parallel -3: wanted a whole number from 1",
        "--launch a 'b: wanted a command and its arguments (No closing quotation)",
        "--data /nowhere: no such folder",
    ]
    probe = told(run("probe", "--labels", "none.csv", "--out", "x.npz", "--augment", "-1", "--penalty", "0", "--folds", "x"))
    assert probe == [
        "--augment -1: wanted a whole number from 0",
        "--penalty 0: wanted a number above 0",
        "--folds x: wanted a whole number from 0",
        "--labels none.csv: no such file",
    ]
