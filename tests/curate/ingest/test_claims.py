"""What of a folder nothing asks for, and how many rows a table holds before any of them is mapped"""

import io
from collections.abc import Mapping

from curate.ingest.claims import count_rows, unexpected_files
from curate.ingest.find import Listing
from curate.manifest.model import build_layout

RAW = {
    "name": "tree",
    "if": ["labels.csv"],
    "tables": [
        {
            "name": "pictures",
            "files": ["labels.csv | labels.csv.gz"],
            "format": "table",
            "task": "classification",
            "image": {"path": ["images_*/{file}", "pictures/{name}"], "extensions": [".png"]},
            "masks": [{"path": "masks/{name}_mask.png", "label": "lesion"}],
            "join": [{"files": ["split.txt"], "format": "lines", "on": {"file": "name"}, "take": {"split": "split"}}],
            "turns": [{"user": "?"}, {"assistant": "{label}"}],
        },
        {"name": "tree", "files": ["{label}/*.jpg"], "format": "folders", "task": "classification", "image": "{@file}", "turns": []},
    ],
}
LAYOUT = build_layout(RAW, {})


def listing(*paths: str) -> Listing:
    return Listing(dict.fromkeys(paths, (1, 0)))


def test_a_file_that_no_table_join_mask_or_image_can_mean_is_unexpected() -> None:
    asked = ["labels.csv", "split.txt", "images_01/a/b.png", "pictures/d.png", "masks/d_mask.png", "benign/x.jpg"]
    extra = ["images/b.png", "masks/d.png", "notes.csv", "pictures/d.csv"]
    papers = ["README.md", "LICENSE", "docs/paper.pdf"]
    assert unexpected_files(LAYOUT, listing(*asked, *extra, *papers)) == ["images/b.png", "masks/d.png", "notes.csv", "pictures/d.csv"]


def test_a_column_that_is_a_whole_path_asks_for_pictures_alone() -> None:
    whole = build_layout({**RAW, "tables": [{**RAW["tables"][0], "image": "{photo}", "masks": []}]}, {})  # type: ignore[dict-item,index]
    assert unexpected_files(whole, listing("labels.csv", "a/b.JPG", "a/b.json", "x.nii.gz")) == ["a/b.json"]


def counted(files: Mapping[str, bytes], *, most_bytes: int = 100) -> tuple[int, int]:
    sized = Listing({path: (len(content), 0) for path, content in files.items()})
    return count_rows(LAYOUT.tables[0], sized, lambda path: io.BytesIO(files[path]), most_bytes=most_bytes)


def test_rows_are_counted_as_the_reader_finds_them_broken_ones_too() -> None:
    assert counted({"labels.csv": b'file,label\na.png,"two\nlines"\nb.png\nc.png,x\n'}) == (3, 0)


def test_a_large_file_is_not_read_and_its_bytes_are_told() -> None:
    assert counted({"labels.csv": b"file,label\na.png,x\n"}, most_bytes=5) == (0, 19)


def test_a_file_that_breaks_counts_to_where_it_breaks() -> None:
    assert counted({"labels.csv": b'file,label\na.png,x\nb.png,"never closed\n'}) == (1, 0)
