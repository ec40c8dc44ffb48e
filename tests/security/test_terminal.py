"""Names that others chose do not steer the terminal of who reads them"""

from pathlib import Path

import pytest

from pipelines.__main__ import main

ESCAPE = "evil\x1b[31mred\x1b]0;title\x07"


def told(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_folder_that_nothing_claims_is_named_without_being_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / ESCAPE).mkdir(parents=True)
    (tmp_path / "data" / "slake").mkdir()
    main(["plan", "--data", str(tmp_path / "data")])
    said = told(capsys)
    assert "\x1b" not in said
    assert r"evil\u001b[31mred" in said
    main(["ingest", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")])
    said = told(capsys)
    assert "\x1b" not in said
    assert r"evil\u001b[31mred\u001b]0;title\u0007: no manifest claims this folder" in said


def test_a_manifest_whose_name_or_text_would_be_obeyed_is_told_of_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / f"{ESCAPE}.yaml").write_text('id: "x\\e[31m"\n')
    assert main(["plan", "--data", str(tmp_path), "--manifests", str(folder)]) == 2
    said = told(capsys)
    assert "\x1b" not in said
    assert r"evil\u001b[31mred" in said
