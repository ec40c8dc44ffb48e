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


LATER = [
    "",
    "kept is not yet in the corpus: a run opens every image, refuses test rows and what touches an evaluation set, keeps one of several",
    "copies, takes captions and reports on images of 10 to 1,024 tokens, or what the recipe says, and balances.",
]


def change(folders: Path, old: str, new: str) -> None:
    path = folders / "mine" / "mine.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def rows(folders: Path, text: str) -> None:
    (folders / "data" / "mine" / "labels.csv").write_text(text, encoding="utf-8")


def test_it_tells_rows_kept_and_rejected_why_and_shows_samples_whole(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert preview(folders, "--show", "1") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"mine: {folders}/data/mine, 5 files, layout: table",
        "table pictures: 1 file, 5 rows read: 2 kept, 3 rejected",
        "  rejected 1 x value_unmapped, first mine/c.png: column 'kind', 2 characters",
        "    column 'kind' holds 'MR' (1)",
        "  rejected 1 x text_missing, first mine/d.png: column 'finding' is empty",
        "  rejected 1 x image_missing, first mine/gone.png: nothing at {file}",
        "    tried gone.png; no file of that name is anywhere in the folder",
        "2 images",
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
        *LATER,
    ]


def test_counts_alone_are_shown_where_no_samples_are_asked_for(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert preview(folders, "--show", "0", "--limit", "1") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "table pictures: 1 file, first 1 row read (--limit N reads more): 1 kept, 0 rejected",
        "1 image",
        *LATER,
    ]


def test_of_a_table_longer_than_is_read_that_is_said(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows(folders, "file,kind,finding,patient\n" + "a.png,CXR,mass,7\n" * 1001)
    preview(folders, "--show", "0")
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "table pictures: 1 file, first 1,000 rows read (--limit N reads more): 1 kept, 999 rejected"
    repeats = "row is not unique: '{file}' repeats, in 999 of 1,000 rows, first in row 1"
    wanted = "wanted a 'row' that is another in each row of the source"
    assert said[4] == f"notice labels.csv: duplicate_id: found {repeats}, {wanted}"


def test_words_that_are_not_mapped_are_shown_with_their_number_the_most_frequent_first(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["MR"] * 3 + ["US"] * 2 + ["A", "B", "C", "D", "E"]
    rows(folders, "file,kind,finding,patient\n" + "".join(f"{number}.png,{word},m,7\n" for number, word in enumerate(words)))
    for number in range(len(words)):
        (folders / "data" / "mine" / f"{number}.png").touch()
    assert preview(folders) == 3
    assert "    column 'kind' holds 'MR' (3), 'US' (2), 'A' (1), 'B' (1), 'C' (1) and 2 words more" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("old/Gone.png", "    tried images/gone.png; old/Gone.png is there"),
        ("old/gone.jpeg", "    tried images/gone.png; old/gone.jpeg is there"),
        ("old/other.png", "    tried images/gone.png; no file of that name is anywhere in the folder"),
    ],
)
def test_a_path_that_leads_to_nothing_is_told_with_where_such_a_file_lies(
    folders: Path, capsys: pytest.CaptureFixture[str], there: str, said: str
) -> None:
    change(folders, 'image: "{file}"', 'image: "images/{file}"')
    rows(folders, "file,kind,finding,patient\ngone.png,CXR,mass,9\n")
    (folders / "data" / "mine" / "old").mkdir()
    (folders / "data" / "mine" / there).touch()
    assert preview(folders) == 3
    assert said in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("path", "images", "mark"),
    [
        ("images/{file}", ["  images     mine/images/a.png"], ["  user       <image>", "             What is seen?"]),
        ("**/images/{file}", [], ["  user       What is seen?"]),
    ],
)
def test_a_table_without_any_of_its_images_shows_what_it_would_give(
    folders: Path, capsys: pytest.CaptureFixture[str], path: str, images: list[str], mark: list[str]
) -> None:
    change(folders, 'image: "{file}"', f'image: "{path}"')
    assert preview(folders, "--show", "1") == 3
    said = capsys.readouterr().out.splitlines()
    assert "table pictures: 1 file, 5 rows read: 0 kept, 5 rejected" in said
    place = said.index("mine/a.png (if its images were there)")
    assert said[place + 6 :] == [
        *images,
        "  labels     effusion",
        "  keys       patient=7",
        *mark,
        "  assistant  The image shows effusion.",
    ]


def test_a_link_out_of_the_folder_is_not_supposed_to_be_there(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = folders / "secret.png"
    outside.touch()
    (folders / "data" / "mine" / "link.png").symlink_to(outside)
    rows(folders, "file,kind,finding,patient\nlink.png,CXR,mass,7\ngone.png,CXR,mass,7\n")
    assert preview(folders) == 3
    said = capsys.readouterr().out
    assert "mine/gone.png (if its images were there)" in said
    assert "mine/link.png (" not in said


def test_long_turns_are_cut_and_lines_that_go_on_are_marked(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folders, "The image shows {finding}.", "{finding} " + "word " * 400 + "\\n  end")
    preview(folders, "--show", "1")
    said = capsys.readouterr().out.splitlines()
    place = next(number for number, line in enumerate(said) if line.startswith("  assistant"))
    assert said[place].startswith("  assistant  effusion word word")
    assert said[place + 1].startswith("           > word word")
    assert said[-4] == "             ... 515 characters more (--whole shows them)"
    preview(folders, "--show", "1", "--whole")
    assert capsys.readouterr().out.splitlines()[-4] == "               end"


def test_a_question_is_shown_as_it_is_asked_without_choices(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = '[{user: "What?\\nA: {finding}", open: "What?"}, {assistant: "A: {finding}", open: "{finding}"}]'
    change(folders, '[{user: "What is seen?"}, {assistant: "The image shows {finding}."}]', asked)
    preview(folders, "--show", "1")
    said = capsys.readouterr().out.splitlines()
    place = said.index("  assistant  A: effusion")
    assert said[place - 3 : place + 6] == [
        "  user       <image>", "             What?", "             A: effusion", "  assistant  A: effusion",
        "  opened     <image>", "             What?", "  opened     effusion", "             (open)", "",
    ]  # fmt: skip


def test_a_fault_of_another_manifest_is_a_note(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "mine" / "other.yaml").write_text("id: other\ntitle: Other\n", encoding="utf-8")
    assert preview(folders) == 0
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"note: another manifest: {folders}/mine/other.yaml: $.license: missing"
    assert all(line.startswith("note: another manifest: ") for line in told)


def test_a_fault_of_its_own_manifest_ends_it(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folders, "format: table", "format: csv")
    (folders / "mine" / "other.yaml").write_text("id: other\n", encoding="utf-8")
    assert preview(folders) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith(f"error: {folders}/mine/mine.yaml: $.layouts[0].tables[0].format: 'csv' found")
    assert told.endswith("wanted; is 'table' meant?\n")


def test_a_manifest_that_is_called_as_its_folder_is_found_to_be_the_one_that_is_asked_for(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders / "mine" / "mine.yaml").rename(folders / "mine" / "Mine.yaml")
    assert preview(folders) == 2
    assert "call the file mine.yaml" in capsys.readouterr().err


def test_an_unknown_source_and_unknown_options_are_told_at_once(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--data", str(folders / "data"), "--manifests", str(folders / "mine"), "--sources", "a")
    assert main(["preview", "mime", *arguments]) == 2
    told = capsys.readouterr().err
    assert "'--sources' is no option of preview" in told
    assert "'mime' is no source; did you mean 'mine'?" in told


def test_help_offers_what_preview_needs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["preview", "--help"])
    said = capsys.readouterr().out
    assert all(option in said for option in ("--data", "--manifests", "--root", "--limit", "--show", "--whole"))
    assert not any(option in said for option in ("--out", "--corpus", "--sources"))


def test_a_file_that_is_not_there_is_told_with_the_nearest(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folders, "if: [labels.csv]", "if: [label.csv]")
    assert preview(folders) == 3
    assert "wanted label.csv (nearest: labels.csv) (table)" in capsys.readouterr().out
    change(folders, "if: [label.csv]", "if: [labels.csv]")
    change(folders, "files: [labels.csv]", "files: [labels.csv, more_labels.csv]")
    assert preview(folders) == 0
    assert "  not there: more_labels.csv (nearest: labels.csv)" in capsys.readouterr().out.splitlines()


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
