"""What a manifest says in other words than the language has, and what its writer is told"""

from pathlib import Path

import pytest

from curate.manifest import ManifestError, load_manifests

GOOD = """\
id: my_set
title: Mine
license: CC0-1.0
commercial: yes
layouts:
  - name: only
    if: [labels.csv]
    tables:
      - name: rows
        files: [labels.csv]
        format: table
        task: caption
        row: "{file}"
        image: "{file}"
        modality: ultrasound
        turns:
          - user: "What?"
          - assistant: "{text}"
"""
TABLE = "$.layouts[0].tables[0]"


def faults(folder: Path, text: str, name: str = "my_set.yaml") -> list[str]:
    (folder / "sources").mkdir()
    path = folder / "sources" / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load_manifests(folder)
    return [line.removeprefix(f"{path}: ") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("old", "new", "place", "name"),
    [
        ("format: table", "format: CSV", "format", "table"),
        ("format: table", "format: excel", "format", "xlsx"),
        ("format: table", "format: json-lines", "format", "jsonl"),
        ("format: table", "format: ndjson", "format", "jsonl"),
        ("format: table", "format: NIfTI", "format", "folders"),
        ("format: table", "format: nii.gz", "format", "folders"),
        ("format: table", "format: txt", "format", "text"),
        ("format: table", "format: images", "format", "folders"),
        ("format: table", "format: Table", "format", "table"),
        ("modality: ultrasound", "modality: X-Ray", "modality", "xray"),
        ("modality: ultrasound", "modality: microscope", "modality", "microscopy"),
        ("modality: ultrasound", "modality: MR", "modality", "mri"),
        ("modality: ultrasound", "modality: {map: kind, values: {a: retinal}}", "modality.values.a", "fundus"),
        ("task: caption", "task: captioning", "task", "caption"),
    ],
)
def test_a_word_of_another_tongue_is_answered_with_the_one_that_is_meant(tmp_path: Path, old: str, new: str, place: str, name: str) -> None:
    (fault,) = faults(tmp_path, GOOD.replace(old, new))
    assert fault.startswith(f"{TABLE}.{place}: ")
    assert fault.endswith(f" wanted; is '{name}' meant?")


def test_a_word_that_is_like_none_is_answered_with_those_there_are(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, GOOD.replace("format: table", "format: zebra"))
    assert fault.endswith("npy, npz, pickle, parquet, folders wanted")


def test_an_id_with_a_dash_is_answered_with_the_id_that_is_meant_and_the_folder_it_finds(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, GOOD.replace("id: my_set", "id: My-Set"))
    assert fault == "$.id: 'My-Set' found, small letters, digits and _ wanted; is 'my_set' meant? A folder 'My-Set' is found by it"


def test_a_file_that_is_called_as_its_folder_is_told_its_name(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, GOOD, "my-set.yaml")
    assert fault == "$.id: 'my_set' found in a file called 'my-set'; call the file my_set.yaml (a folder 'my-set' is found by it)"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('assistant: "{text}"', "assistant: {text}", ".turns[1].assistant"),
        ('row: "{file}"', "row: {file}", ".row"),
        ('image: "{file}"', "image: {file}", ".image"),
        ("modality: ultrasound", "labels: [{file}]", ".labels[0]"),
    ],
)
def test_a_column_without_quotes_is_told_to_be_quoted(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert faults(tmp_path, GOOD.replace(old, new)) == [
        f"{TABLE}{place}: an object to YAML; put quotes round {{{'text' if 'text' in new else 'file'}}}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "        format: table",
            "         format: table",
            11,
            "it begins after 9 blanks; what it could belong to begins after others (line 10: 8; line 9: 6 with '- '; line 8: 4)",
        ),
        (
            "    tables:",
            "   tables:",
            8,
            "it begins after 3 blanks; what it could belong to begins after others (line 7: 4; line 6: 2 with '- '; line 5: 0)",
        ),
        (
            '"{text}"',
            "{text} is seen",
            18,
            "text after what ends in column 30; put quotes round the whole, so that { } and quotes in it are text",
        ),
        ('"{text}"', "seen: much", 18, "a second ': ' in a line; put quotes round what holds one"),
        ("        format", "\tformat", 11, "a tab; YAML is indented with blanks"),
        ('"{text}"', '"{text}', 19, "found unexpected end of stream, in what begins in line 18"),
    ],
)
def test_what_is_no_yaml_is_told_by_its_line_and_those_that_it_must_agree_with(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    text = GOOD.replace(old, new)
    path = tmp_path / "sources" / "my_set.yaml"
    assert faults(tmp_path, text) == [f"{path}: line {line}, no YAML: {said}".removeprefix(f"{path}: ")]
