"""boxes that are no part of their image: outside it, without area, turned round; rows of which it cannot be said where they lie"""

import json
from typing import Any

import numpy as np
import pytest

from curate.ingest.ingest import Found
from curate.manifest import build_manifest
from curate.manifest.check import schema_faults
from schemas.found import FileFault
from schemas.sample import Sample
from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples

CORNERS = ["{item.0}", "{item.1}", "{item.2}", "{item.3}"]
TOLD = {
    **PLAIN, "task": "detection", "image": "{id}.png", "turns": [{"user": "Where?"}, {"assistant": "[[{@counts}]] of {id}"}],
    "boxes": {"each": "at", "label": "x", "corners": CORNERS, "size": ["20", "10"]},
}  # fmt: skip


def png(width: int = 20, height: int = 10) -> dict[str, Any]:
    return {"png": np.full((height, width), 9).tolist()}


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def one(at: list[Any], *, picture: Any = None, **spec: Any) -> list[Found]:
    boxes = {name: value for name, value in {**TOLD["boxes"], **spec}.items() if value is not None}  # type: ignore[dict-item]
    return give(manifest({**TOLD, "boxes": boxes}), {"t.jsonl": lines({"id": "a", "at": at}), "a.png": picture or png()})


def sides(sample: Sample) -> list[tuple[float, ...]]:
    return [(box.x, box.y, box.width, box.height) for box in sample.boxes]


def faults(found: list[Found]) -> list[tuple[str, str, str, int, bool]]:
    return [(fault.reason, fault.found, fault.wanted, fault.rows, fault.notice) for fault in found if isinstance(fault, FileFault)]


@pytest.mark.parametrize("at", [[0, 0, 20, 10], [-1, -1, 21, 11], [19.5, 9.5, 20, 10], [-1, 0, 0.5, 10]])
def test_a_box_may_leave_its_image_by_a_pixel(at: list[float]) -> None:
    (sample,) = samples(one([at]))
    assert sides(sample) == [(at[0], at[1], at[2] - at[0], at[3] - at[1])]


@pytest.mark.parametrize(
    ("at", "evidence"),
    [
        ([-1.5, 0, 4, 4], "-1.5, 0, 4, 4 in 20 x 10 pixels"),
        ([0, -40, 4, 4], "0, -40, 4, 4 in 20 x 10 pixels"),
        ([0, 0, 21.001, 4], "0, 0, 21.001, 4 in 20 x 10 pixels"),
        ([0, 0, 10, 20], "0, 0, 10, 20 in 20 x 10 pixels"),
        ([500, 500, 600, 600], "500, 500, 600, 600 in 20 x 10 pixels"),
    ],
)
def test_a_box_that_leaves_its_image_rejects_the_row_and_is_told_of_the_file(at: list[float], evidence: str) -> None:
    found = one([[0, 0, 4, 4], at])
    assert rejected(found) == [("s/a", "box_outside", evidence)]
    assert faults(found) == [("box_outside", f"{evidence}, in 1 of 1 rows, first in row 0", "boxes that lie in their image", 1, False)]


def test_a_box_is_judged_on_the_image_that_is_there() -> None:
    assert [sides(sample) for sample in samples(one([[0, 0, 20, 10]], picture=png(40, 20)))] == [[(0, 0, 40, 20)]]
    assert rejected(one([[0, 0, 20.6, 10]], picture=png(40, 20))) == [("s/a", "box_outside", "0, 0, 41.2, 20 in 40 x 20 pixels")]
    assert rejected(one([[0, 0, 0.5, 1.2]], relative=True, size=None)) == [("s/a", "box_outside", "0, 0, 10, 12 in 20 x 10 pixels")]
    (unknown,) = samples(one([[0, 0, 99, 99]], size=None))  # nobody asks for its size: screen judges
    assert sides(unknown) == [(0, 0, 99, 99)]


def test_boxes_without_an_area_are_left_out_and_counted() -> None:
    rows = [
        {"id": "a", "at": [[1, 1, 5, 5], [3, 3, 3, 8], [3, 3, 8, 3]]},
        {"id": "b", "at": [[1, 1, 5, 5]]},
        {"id": "c", "at": [[2, 2, 2, 2], [1, 1, 5, 5]]},
    ]
    found = give(manifest(TOLD), {"t.jsonl": lines(*rows), **{f"{name}.png": png() for name in "abc"}})
    assert [sides(sample) for sample in samples(found)] == [[(1, 1, 4, 4)]] * 3
    assert [sample.turns[1].text for sample in samples(found)] == ["1 x of a", "1 x of b", "1 x of c"]
    assert faults(found) == [
        (
            "box_no_area", "boxes without an area, or too small: 3, in 2 of 3 rows, first in row 0",
            "boxes with an area; the rows are kept without these", 0, True,
        ),
    ]  # fmt: skip


def test_a_row_all_of_whose_boxes_have_no_area_does_not_say_that_there_are_none() -> None:
    found = one([[1, 1, 1, 5], [2, 2, 4, 2]])
    assert rejected(found) == [("s/a", "box_no_area", "2 of 2 boxes")]
    assert faults(found) == []  # a row that is rejected is told as such


def test_the_smallest_side_of_a_box_may_be_said() -> None:
    at = [[1, 1, 2, 2], [1, 1, 2, 9], [1, 1, 3, 3]]
    assert sides(samples(one(at, least=2, origin=1))[0]) == [(0, 0, 2, 2), (0, 0, 2, 9), (0, 0, 3, 3)]
    found = one([[1, 1, 1, 1], [1, 1, 1, 9], [1, 1, 3, 3]], least=2, origin=1)
    assert (sides(samples(found)[0]), faults(found)[0][:2]) == (
        [(0, 0, 3, 3)], ("box_no_area", "boxes without an area, or too small: 2, in 1 of 1 rows, first in row 0"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "at", "evidence"),
    [
        ({}, [9, 1, 5, 5], "-4 x 4 pixels: its end lies before its beginning"),
        ({"origin": 1}, [3, 3, 1, 8], "-1 x 6 pixels: its end lies before its beginning"),
        ({"corners": None, "xywh": CORNERS}, [1, 1, 2, -3], "2 x -3 pixels: its end lies before its beginning"),
    ],
)
def test_a_box_that_ends_before_it_begins_is_no_box(spec: dict[str, Any], at: list[float], evidence: str) -> None:
    assert rejected(one([[1, 1, 5, 5], at], **spec)) == [("s/a", "box_broken", evidence)]


def test_points_on_a_line_are_no_box() -> None:
    source = manifest({**TOLD, "boxes": {"label": "x", "points": "{at}"}})
    assert rejected(give(source, {"t.jsonl": lines({"id": "a", "at": [[1, 1], [1, 9]]}), "a.png": png()})) == [
        ("s/a", "box_no_area", "1 of 1 boxes")
    ]
    (sample,) = samples(give(source, {"t.jsonl": lines({"id": "a", "at": []}), "a.png": png()}))
    assert sample.boxes == ()


WORDINGS = {
    "found": {"en": ("{what}: {@boxes_relative}.", "{@boxes} in {@size}.")}, "counted": {"en": ("{@counts}.",)},
    "nothing": {"en": ("Nothing is here.",)},
}  # fmt: skip


def asked(prompt: Any, *, boxes: Any = None, **table: Any) -> Any:
    spec = boxes or {"each": "at", "label": "[[{item.4}]]", "corners": CORNERS}
    turns = [{"user": "Where?"}, {"assistant": {"prompt": prompt}}]
    raw = {
        "id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes",
        "layouts": [{"name": "only", "if": ["**"], "tables": [{**TOLD, "boxes": spec, "turns": turns, "absent": ["what"], **table}]}],
    }  # fmt: skip
    assert schema_faults(raw) == []
    return build_manifest(raw, path="s.yaml", wordings=WORDINGS)


@pytest.mark.parametrize("picture", ["", "no picture"])
def test_where_the_size_of_an_image_is_not_known_its_boxes_are_not_nothing(picture: str) -> None:
    files = {"t.jsonl": lines({"id": "a", "at": [[1, 1, 5, 5, "x"]]}, {"id": "b", "at": []}), "a.png": picture, "b.png": picture}
    for prompt in (["found", "nothing"], "found"):
        found = give(asked(prompt), files)
        assert rejected(found)[0] == ("s/a", "size_unknown", "boxes of an image whose size is not known")
    (empty,) = samples(give(asked(["found", "nothing"]), files))
    assert (empty.id, empty.turns[1].text) == ("s/b", "Nothing is here.")


def test_with_its_size_the_same_row_tells_its_boxes() -> None:
    files = {"t.jsonl": lines({"id": "a", "at": [[1, 1, 5, 5, "x"]]}), "a.png": png()}
    (sample,) = samples(give(asked(["found", "nothing"]), files))
    assert sample.turns[1].text == "x [1, 1, 5, 5] in 20 x 10."


def test_boxes_without_labels_are_not_nothing_either() -> None:
    files = {"t.jsonl": lines({"id": "a", "at": [[1, 1, 5, 5, ""]]}), "a.png": png()}
    assert rejected(give(asked(["counted", "nothing"]), files)) == [("s/a", "text_missing", "boxes without labels")]


def test_an_optional_piece_that_needs_the_size_is_left_out() -> None:
    table = {"turns": [{"user": "Where?"}, {"assistant": "{@boxes}[[ in {@size}]]"}]}
    (sample,) = samples(give(asked("found", **table), {"t.jsonl": lines({"id": "a", "at": [[1, 1, 5, 5, "x"]]}), "a.png": ""}))
    assert sample.turns[1].text == "x [1, 1, 5, 5]"


def test_a_table_may_have_several_kinds_of_boxes() -> None:
    specs = [
        {"each": "at", "label": "cell", "corners": CORNERS, "size": ["20", "10"]},
        {"points": ["{xs}", "{ys}"], "label": "{kind}", "size": ["40", "20"]},
        {"points": "{none}", "label": "gone"},
    ]
    row = {"id": "a", "at": [[1, 1, 5, 5]], "xs": [2, 20, 6], "ys": [4, 8, 18], "kind": "disc", "none": None}
    found = give(manifest({**TOLD, "boxes": specs}), {"t.jsonl": lines(row), "a.png": png()})
    (sample,) = samples(found)
    assert [(box.label, *sides_of) for box, sides_of in zip(sample.boxes, sides(sample))] == [("cell", 1, 1, 4, 4), ("disc", 1, 2, 9, 7)]
    lacking = give(
        manifest({**TOLD, "boxes": specs}), {"t.jsonl": lines({name: value for name, value in row.items() if name != "ys"}), "a.png": png()}
    )
    assert faults(lacking)[0][::2] == ("column_missing", "column 'ys'", False)


def test_each_kind_of_boxes_lies_on_its_own_image() -> None:
    specs = [{"label": "left", "points": "{at}", "image": 0}, {"label": "right", "points": "{at}", "image": 1, "size": ["10", "5"]}]
    said = [{"user": "Where?"}, {"assistant": "{@size}"}]
    source = manifest({**TOLD, "image": ["{id}.png", "{id}-2.png"], "boxes": specs[::-1], "turns": said})
    found = give(source, {"t.jsonl": lines({"id": "a", "at": [[1, 1], [4, 4]]}), "a.png": png(), "a-2.png": png(40, 20)})
    (sample,) = samples(found)
    assert [(box.label, box.image, box.x, box.width) for box in sample.boxes] == [("right", 1, 4, 12), ("left", 0, 1, 3)]
    assert sample.turns[1].text.endswith("20 x 10")  # of the first image
