"""images that lie in a column of a Parquet table: one, several, none, no such column"""

from typing import Any

from curate.ingest.download import file_bytes
from schemas.found import FileFault
from tests.curate.ingest.reading import give, manifest, rejected, samples

PICTURE = {"bytes": "a picture", "path": None}
TABLE = {
    "files": ["*.parquet"], "format": "parquet", "task": "vqa", "row": "{id}",
    "turns": [{"user": "{question}"}, {"assistant": "{answer}"}],
}  # fmt: skip
ASKED = {"question": "Q?", "answer": "A."}


def table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"t.parquet": file_bytes({"parquet": [{**ASKED, **row} for row in rows]}, "t.parquet")}


def test_a_row_without_its_picture_is_rejected_before_any_picture_is_read() -> None:
    rule = {"path": "{@file}", "frame": "{@row}", "column": "image.bytes"}
    source = manifest({**TABLE, "options": {"leave": ["image.bytes"]}, "image": rule})
    found = give(source, table([{"id": "a", "image": PICTURE}, {"id": "b", "image": None}]))
    assert [sample.images for sample in samples(found)] == [("s/t.parquet!image.bytes#0",)]
    assert rejected(found) == [("s/b", "image_missing", "column 'image.bytes' is empty")]


def test_of_a_list_each_is_found_by_its_number() -> None:
    rule = {"each": "images", "path": "{@file}", "frame": "{@row}", "column": "images.{number}.bytes"}
    source = manifest({**TABLE, "options": {"leave": ["images.bytes"]}, "image": rule})
    found = give(source, table([{"id": "a", "images": [PICTURE, PICTURE]}, {"id": "b", "images": []}]))
    assert [sample.images for sample in samples(found)] == [("s/t.parquet!images.0.bytes#0", "s/t.parquet!images.1.bytes#0")]
    assert rejected(found) == [("s/b", "image_missing", "column 'images' is empty")]


def test_a_table_without_the_column_of_its_pictures_is_a_fault() -> None:
    rule = {"path": "{@file}", "frame": "{@row}", "column": "image.bytes"}
    source = manifest({**TABLE, "options": {"leave": ["image.bytes"]}, "image": rule})
    found = give(source, table([{"id": "a", "images": PICTURE}]))
    assert samples(found) == []
    told = [(item.reason, item.wanted) for item in found if isinstance(item, FileFault)]
    assert told == [("column_missing", "column 'image' (nearest: 'images')")]
