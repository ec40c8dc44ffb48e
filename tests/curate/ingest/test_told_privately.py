"""What cells hold is told to who asks for it, and goes nowhere else"""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from curate.ingest.find import Listing
from curate.ingest.ingest import Found, read_source
from curate.ingest.near import nearest_file, wanted_files
from curate.read import Opener
from schemas.verdict import Verdict
from tests.curate.ingest.reading import manifest, samples

SECRET = "miller"
ROW = {"id": "1", "q": "?", "a": "!", "image": "a.png", "kind": "CXR", "part": "train", "tongue": "en", "flag": 1}
TABLE: dict[str, Any] = {
    "image": ["i/{image}", {"path": ["j/{image}", "k/{image}"], "extensions": [".png"], "optional": True}],
    "modality": {"map": "kind", "values": {"CXR": "xray"}},
    "split": "{part}",
    "language": "{tongue}",
    "columns": {"present": {"flags": ["flag"], "when": [1]}},
}
Told = list[tuple[str, str, list[str]]]


def files(row: dict[str, Any]) -> tuple[Listing, Opener]:
    there = {"t.jsonl": json.dumps(row).encode(), "i/a.png": b"", "j/a.png": b""}
    return Listing({path: (len(content), 0) for path, content in there.items()}), lambda path: io.BytesIO(there[path])


def read(row: dict[str, Any]) -> tuple[list[Found], Told]:
    told: Told = []
    listing, open_path = files({**ROW, **row})
    found = read_source(manifest(TABLE), listing, open_path, limit=None, tell_privately=lambda *said: told.append(said))
    return list(found), told


@pytest.mark.parametrize(
    ("row", "reason", "evidence", "private"),
    [
        ({"image": f"{SECRET}.png"}, "image_missing", "nothing at i/{image}", [f"i/{SECRET}.png"]),
        ({"kind": SECRET}, "value_unmapped", "column 'kind', 6 characters", [SECRET]),
        ({"flag": SECRET}, "value_unmapped", "column 'flag', 6 characters", [SECRET]),
        ({"part": SECRET}, "split_unknown", "6 characters", [SECRET]),
        ({"tongue": f"{SECRET} {SECRET}"}, "language_unknown", "13 characters", [f"{SECRET} {SECRET}"]),
    ],
)
def test_words_and_paths_are_told_to_who_asks_and_stand_in_no_verdict_fault_or_log(
    row: dict[str, Any],
    reason: str,
    evidence: str,
    private: list[str],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, told = read(row)
    (verdict,) = [item for item in found if isinstance(item, Verdict)]
    assert (verdict.reason, verdict.evidence) == (reason, evidence)
    assert told == [("s/1", reason, private)]
    said = capsys.readouterr()
    assert SECRET not in f"{found}{caplog.text}{said.out}{said.err}"


def test_a_row_that_gives_a_sample_tells_nothing() -> None:
    found, told = read({})
    assert [sample.images for sample in samples(found)] == [("s/i/a.png", "s/j/a.png")]
    assert told == []


def test_nothing_but_the_preview_asks() -> None:
    root = Path(__file__).parents[3]
    asking = [
        path.relative_to(root).as_posix() for path in root.joinpath("pipelines").glob("*.py") if "tell_privately" in path.read_text("utf-8")
    ]
    assert asking == ["pipelines/preview.py"]


def test_of_many_or_long_paths_a_few_are_shown_and_cut() -> None:
    table = {"image": {"path": [f"{'x' * 100}/{{image}}", *(f"{letter}/{{image}}" for letter in "abc")]}}
    found = read_source(manifest(table), *files({"id": "1", "q": "?", "a": "!", "image": "a.png"}), limit=None)
    (evidence,) = [item.evidence for item in found if isinstance(item, Verdict)]
    assert evidence == f"nothing at {'x' * 77}... or a/{{image}} or b/{{image}} or 1 more"


@pytest.mark.parametrize(
    ("glob", "nearest"),
    [
        ("captions.csv", "all_captions.csv"),
        ("labels.csv", "old/Labels.csv"),
        ("**/{split}_labels.csv", "old/Labels.csv"),
        ("pictures.csv", ""),
        ("**/*.csv", ""),
        ("{split}.csv", ""),
    ],
)
def test_the_nearest_file_is_the_one_whose_name_is_most_alike(glob: str, nearest: str) -> None:
    paths = ("all_captions.csv", "old/Labels.csv", "images/1.png", "labels.txt")
    assert nearest_file(glob, Listing(dict.fromkeys(paths, (0, 0)))) == nearest


def test_what_is_there_has_no_nearest() -> None:
    listing = Listing({"all_captions.csv": (0, 0), "b.csv": (0, 0)})
    wanted = wanted_files(["b.csv", "captions.csv", "x.csv | caption.csv", "**/*.png"], listing)
    near = "(nearest: all_captions.csv)"
    assert wanted == f"b.csv and captions.csv {near} and x.csv | caption.csv {near} and **/*.png"
