"""preview: what a manifest makes of the first rows, for who writes one"""

from pathlib import Path

import pytest

from pipelines.__main__ import main

MANIFEST = """\
id: mine
title: Mine
license: CC0-1.0
commercial: yes
layouts:
  - name: table
    if: [labels.csv]
    tables:
      - name: pictures
        files: [labels.csv]
        format: table
        task: classification
        row: "{file}"
        image: "{file}"
        modality: {map: kind, values: {CXR: xray}}
        labels: ["{finding}"]
        keys: {patient: "{patient}"}
        turns: [{user: "What is seen?"}, {assistant: "The image shows {finding}."}]
"""
ROWS = "file,kind,finding,patient\na.png,CXR,effusion,7\nb.png,CXR,mass,7\nc.png,MR,mass,8\nd.png,CXR,,8\ngone.png,CXR,mass,9\n"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mine.yaml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "data" / "mine").mkdir(parents=True)
    (tmp_path / "data" / "mine" / "labels.csv").write_text(ROWS, encoding="utf-8")
    for name in "abcd":
        (tmp_path / "data" / "mine" / f"{name}.png").touch()
    return tmp_path


def preview(folders: Path, *more: str) -> int:
    return main(["preview", "mine", "--data", str(folders / "data"), "--manifests", str(folders / "mine"), *more])


def test_it_tells_rows_kept_and_rejected_why_and_shows_samples_whole(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert preview(folders, "--show", "1") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"mine: {folders}/data/mine, 5 files, layout: table",
        "table pictures: 1 file, 5 rows read: 2 kept, 3 rejected",
        "2 images",
        "rejected 1 x value_unmapped, first mine/c.png: column 'kind', 2 characters",
        "rejected 1 x text_missing, first mine/d.png: column 'finding' is empty",
        "rejected 1 x image_missing, first mine/gone.png: none of 1 paths is there",
        "",
        "mine/a.png",
        "  table      pictures (classification)",
        "  split      none",
        "  language   en",
        "  modality   xray",
        "  license    CC0-1.0, commercial use: yes",
        "  images     mine/a.png",
        "  labels     effusion",
        "  keys       patient=7",
        "  user       <image>",
        "             What is seen?",
        "  assistant  The image shows effusion.",
    ]


def test_a_column_that_is_not_there_ends_it_with_the_nearest(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "data" / "mine" / "labels.csv").write_text(ROWS.replace("finding", "findings"), encoding="utf-8")
    assert preview(folders) == 3
    said = capsys.readouterr().out
    assert "wanted column 'finding' (nearest: 'findings')" in said
    assert "table pictures: 1 file, 0 rows read: 0 kept, 0 rejected" in said


def test_a_source_without_a_folder_is_told_with_the_names_it_may_have(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "data" / "mine").rename(folders / "data" / "other")
    assert preview(folders) == 2
    wanted = f"error: mine: no folder of it; wanted {folders}/data/ one of mine, or --root mine=DIR\n"
    assert capsys.readouterr().err == wanted


def test_it_writes_nothing(folders: Path) -> None:
    before = sorted(folders.rglob("*"))
    preview(folders, "--out", str(folders / "out"))
    assert sorted(folders.rglob("*")) == before
