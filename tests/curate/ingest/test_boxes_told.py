"""boxes as tables tell them: every spelling, YOLO, COCO, Pascal VOC"""

import json
from typing import Any

import numpy as np
import pytest

from curate.ingest.ingest import FileFault
from schemas.sample import Sample
from tests.curate.ingest.reading import give, manifest, rejected, samples
from tests.real import REAL

SAID = [{"user": "Where?"}, {"assistant": "[[{@boxes}]] | [[{@boxes_relative}]] | [[{@size}]] | [[{@structures}]] | [[{@counts}]]"}]


def png(width: int = 12, height: int = 10) -> dict[str, Any]:
    return {"png": np.full((height, width), 9).tolist()}


def sides(sample: Sample) -> list[tuple[str, float, float, float, float]]:
    return [(box.label, box.x, box.y, box.width, box.height) for box in sample.boxes]


def text(sample: Sample) -> str:
    return sample.turns[1].text


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


DETECTED = {"files": ["t.jsonl"], "format": "jsonl", "task": "detection", "row": "{id}", "image": "{id}.png", "turns": SAID}


@pytest.mark.parametrize(
    ("spec", "row", "box"),
    [
        ({"centre": ["{x}", "{y}", "{w}", "{h}"]}, {"x": 5, "y": 4, "w": 4, "h": 2}, (3.0, 3.0, 4.0, 2.0)),
        ({"centre": ["{x}", "{y}", "{w}", "{h}"], "relative": True}, {"x": 0.5, "y": 0.5, "w": 0.25, "h": 0.2}, (4.5, 4.0, 3.0, 2.0)),
        ({"corners": ["{x}", "{y}", "{w}", "{h}"], "relative": True}, {"x": 0, "y": 0.1, "w": 0.5, "h": 1}, (0.0, 1.0, 6.0, 9.0)),
        (
            {"xywh": ["{x}", "{y}", "{w}", "{h}"], "relative": True, "size": ["100", "{tall}"]},
            {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4, "tall": 10}, (10.0, 2.0, 30.0, 4.0),
        ),
        ({"corners": ["{x}", "{y}", "{w}", "{h}"], "origin": 1}, {"x": 1, "y": 1, "w": 12, "h": 10}, (0.0, 0.0, 12.0, 10.0)),
    ],
)  # fmt: skip
def test_boxes_are_told_in_every_spelling(spec: dict[str, Any], row: dict[str, Any], box: tuple[float, ...]) -> None:
    drawn = png(100, 10) if "size" in spec else png()
    found = give(manifest({**DETECTED, "boxes": {"label": "x", **spec}}), {"t.jsonl": lines({"id": "a", **row}), "a.png": drawn})
    assert [sides(sample) for sample in samples(found)] == [[("x", *(pytest.approx(side) for side in box))]]


def test_a_stated_size_is_taken_for_the_images_and_shares_without_any_are_refused() -> None:
    spec = {"label": "x", "xywh": ["{x}", "0", "0.5", "0.5"], "relative": True}
    files = {"t.jsonl": lines({"id": "a", "x": 0.5, "wide": 200}), "a.png": ""}
    stated = samples(give(manifest({**DETECTED, "boxes": {**spec, "size": ["{wide}", "100"]}}), files))
    assert text(stated[0]).startswith("x [100, 0, 200, 50] | x [0.500, 0.000, 1.000, 0.500] | 200 x 100")
    assert rejected(give(manifest({**DETECTED, "boxes": spec}), files)) == [
        ("s/a", "size_unknown", "boxes in shares of an image whose header cannot be read")
    ]
    for wide in (0, -3, 1.5, "nan", "wide"):
        files = {"t.jsonl": lines({"id": "a", "x": 0, "wide": wide}), "a.png": ""}
        found = give(manifest({**DETECTED, "boxes": {**spec, "size": ["{wide}", "100"]}}), files)
        assert [reason for _, reason, _ in rejected(found)] == ["box_broken"], wide


YOLO = {
    "files": ["images/{split}/{name}.png"], "format": "folders", "task": "detection", "row": "{split}/{name}", "split": "{split}",
    "image": "{@file}", "turns": SAID,
    "join": [
        {
            "files": ["labels/{split}/{name}.txt"], "format": "lines",
            "options": {"pattern": r"^(?P<kind>\d+) (?P<x>[\d.]+) (?P<y>[\d.]+) (?P<w>[\d.]+) (?P<h>[\d.]+)"},
            "on": {"split": "split", "name": "name"}, "take": {"kind": "kind", "x": "x", "y": "y", "w": "w", "h": "h"}, "many": True,
        }
    ],
    "columns": {"names": {"map": "kind", "values": {"0": "polyp", "1": "tool"}}},
    "boxes": {
        "each": ["names", "x", "y", "w", "h"], "label": "{item.names}", "relative": True,
        "centre": ["{item.x}", "{item.y}", "{item.w}", "{item.h}"],
    },
}  # fmt: skip


def test_yolo_a_text_of_shares_beside_each_image() -> None:
    found = give(
        manifest(YOLO),
        {
            "images/train/a.png": png(), "labels/train/a.txt": "0 0.5 0.5 0.25 0.2\n1 0.25 0.25 0.5 0.5\n",
            "images/val/a.png": png(), "labels/val/a.txt": "", "images/val/b.png": png(24, 20), "labels/val/b.txt": "1 0.5 0.5 1 1",
            "images/val/c.png": png(), "labels/val/c.txt": "7 0.5 0.5 1 1\n",
        },
    )  # fmt: skip
    assert [(sample.id, sides(sample)) for sample in samples(found)] == [
        ("s/train/a", [("polyp", 4.5, 4.0, 3.0, 2.0), ("tool", 0.0, 0.0, 6.0, 5.0)]), ("s/val/a", []),
        ("s/val/b", [("tool", 0.0, 0.0, 24.0, 20.0)]),
    ]  # fmt: skip
    assert [(id, reason) for id, reason, _ in rejected(found)] == [("s/val/c", "value_unmapped")]
    assert [fault.reason for fault in found if isinstance(fault, FileFault)] in ([], ["value_unmapped"])
    assert text(samples(found)[0]).endswith("| polyp, tool | 1 polyp, 1 tool")


COCO = {
    "files": ["annotations.json"], "format": "json", "options": {"path": "images"}, "task": "detection", "row": "{id}",
    "image": "pages/{file_name}", "turns": SAID,
    "join": [
        {
            "files": ["annotations.json"], "format": "json", "options": {"path": "annotations"}, "on": {"id": "image_id"},
            "take": {"bbox": "bbox", "category": "category_id"}, "many": True,
        }
    ],
    "columns": {"names": {"map": "category", "values": {"1": "text", "5": "figure"}}},
    "boxes": {
        "each": ["bbox", "names"], "label": "{item.names}", "xywh": ["{item.bbox.0}", "{item.bbox.1}", "{item.bbox.2}", "{item.bbox.3}"],
        "size": ["{width}", "{height}"],
    },
}  # fmt: skip


def test_coco_images_and_annotations_in_one_file() -> None:
    document = {
        "images": [{"id": 7, "file_name": "a.png", "width": 12, "height": 10}, {"id": 8, "file_name": "b.png", "width": 5, "height": 5}],
        "annotations": [
            {"image_id": 7, "category_id": 5, "bbox": [1.5, 2, 3, 4], "segmentation": [[1, 2, 3, 4]]},
            {"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]},
            {"image_id": 7, "category_id": 1, "bbox": [0, 0, 6, 1]},
        ],
        "categories": [{"id": 1, "name": "text"}, {"id": 5, "name": "figure"}],
    }  # fmt: skip
    found = give(manifest(COCO), {"annotations.json": json.dumps(document), "pages/a.png": png(), "pages/b.png": png()})
    assert [(sample.id, sides(sample)) for sample in samples(found)] == [
        ("s/7", [("figure", 1.5, 2.0, 3.0, 4.0), ("text", 0.0, 0.0, 6.0, 1.0)]), ("s/8", []),
    ]  # fmt: skip
    assert text(samples(found)[0]).startswith("figure [2, 2, 4, 6]; text [0, 0, 6, 1] | figure [0.125, 0.200, 0.375, 0.600]; text")
    assert not [fault for fault in found if isinstance(fault, FileFault)]


VOC = {
    "files": ["Annotations/{name}.xml"], "format": "xml", "task": "detection", "row": "{name}", "turns": SAID,
    "image": "JPEGImages/{name}.png",
    "options": {
        "columns": {
            "width": "size/width", "height": "size/height",
            "objects": {
                "each": "object",
                "columns": {"name": "name", "a": "bndbox/xmin", "b": "bndbox/ymin", "c": "bndbox/xmax", "d": "bndbox/ymax"},
            },
        }
    },
    "boxes": {
        "each": "objects", "label": "{item.name}", "corners": ["{item.a}", "{item.b}", "{item.c}", "{item.d}"], "origin": 1,
        "size": ["{width}", "{height}"],
    },
}  # fmt: skip


def test_voc_a_document_beside_each_image() -> None:
    box = "<object><name>RBC</name><bndbox><xmin>{}</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax></bndbox></object>"
    text_of = f"<annotation><size><width>12</width><height>10</height></size>{box.format(1)}{box.format(3)}</annotation>"
    found = give(manifest(VOC), {"Annotations/a.xml": text_of, "JPEGImages/a.png": png()})
    (sample,) = samples(found)
    assert sides(sample) == [("RBC", 0.0, 0.0, 4.0, 3.0), ("RBC", 2.0, 0.0, 2.0, 3.0)]
    assert text(sample).endswith("| 12 x 10 | RBC | 2 RBC")


def test_lists_of_boxes_that_differ_in_length_are_no_boxes() -> None:
    spec = {"each": ["names", "corners"], "label": "{item.names}", "corners": ["{item.corners.0}", "0", "1", "1"]}
    rows = lines({"id": "a", "names": ["x", "y"], "corners": [[0]]})
    found = give(manifest({**DETECTED, "boxes": spec}), {"t.jsonl": rows, "a.png": png()})
    assert rejected(found) == [("s/a", "lists_differ", "2 and 1 items")]


@pytest.mark.skipif(REAL is None, reason="no ../shared/real beside the project")
def test_a_real_coco_file_gives_every_box_that_it_holds() -> None:
    assert REAL is not None
    data = (REAL / "annotations" / "publaynet" / "samples.json").read_bytes()
    document = json.loads(data)
    words = {"1": "text", "2": "title", "3": "list", "4": "table", "5": "figure"}
    pages = {f"pages/{page['file_name']}": png(page["width"], page["height"]) for page in document["images"][:4]}
    found = give(manifest({**COCO, "columns": {"names": {"map": "category", "values": words}}}), {"annotations.json": data, **pages})
    assert [sample.id for sample in samples(found)] == [f"s/{page['id']}" for page in document["images"][:4]]
    assert len(rejected(found)) == len(document["images"]) - 4 == 16
    for sample in samples(found):
        wanted = [each for each in document["annotations"] if f"s/{each['image_id']}" == sample.id]
        assert sides(sample) == [(words[str(each["category_id"])], *map(float, each["bbox"])) for each in wanted]
        assert wanted
