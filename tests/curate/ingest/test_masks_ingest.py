"""masks beside images: their boxes, and what turns say of them"""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from curate.manifest import Manifest
from curate.manifest.check import schema_faults
from curate.manifest.sense import sense_faults
from schemas.sample import Box, Sample
from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples

SAID = [{"user": "Where?"}, {"assistant": "[[{@boxes}]] | [[{@boxes_relative}]] | [[{@size}]] | [[{@structures}]] | [[{@counts}]]"}]
PICTURES = {"files": ["images/{name}.png"], "format": "folders", "task": "segmentation", "row": "{name}", "image": "{@file}", "turns": SAID}


def png(width: int = 12, height: int = 10) -> dict[str, Any]:
    return {"png": np.full((height, width), 9).tolist()}


def mask(first: int = 255, second: int = 0, third: int = 0) -> dict[str, Any]:
    """12 x 10, two parts of `first` and `second` that do not touch, and `third` in a corner."""
    plane = np.zeros((10, 12), np.uint8)
    plane[1:3, 2:5], plane[4:8, 9:11], plane[9, 0] = first, second, third
    return {"png": plane.tolist()}


def source(*masks: dict[str, Any], **fields: Any) -> Manifest:
    return manifest({**PICTURES, "masks": list(masks), **fields})


def sides(sample: Sample) -> list[tuple[str, float, float, float, float]]:
    return [(box.label, box.x, box.y, box.width, box.height) for box in sample.boxes]


def text(sample: Sample) -> str:
    return sample.turns[1].text


A = (2.0, 1.0, 3.0, 2.0)
B = (9.0, 4.0, 2.0, 4.0)


def test_a_mask_gives_boxes_their_labels_and_the_words_for_them() -> None:
    rule = {"path": "masks/{name}.png", "values": {1: "kidney", 2: "vein"}}
    (sample,) = samples(give(source(rule), {"images/a.png": png(), "masks/a.png": mask(1, 2, 3)}))
    assert sample.boxes == (
        Box(label="kidney", image=0, x=2.0, y=1.0, width=3.0, height=2.0), Box(label="vein", image=0, x=9.0, y=4.0, width=2.0, height=4.0),
    )  # fmt: skip
    assert sample.labels == ("kidney", "vein")
    assert text(sample) == (
        "kidney [2, 1, 5, 3]; vein [9, 4, 11, 8] | kidney [0.167, 0.100, 0.417, 0.300]; vein [0.750, 0.400, 0.917, 0.800]"
        " | 12 x 10 | kidney, vein | 1 kidney, 1 vein"
    )


def test_labels_of_the_table_are_its_own_and_may_name_what_is_outlined() -> None:
    rule, files = {"path": "masks/{name}.png", "values": {1: "kidney", 2: "vein"}}, {"images/a.png": png(), "masks/a.png": mask(1, 2)}
    for labels, given in ((["benign"], ("benign",)), (["{@structures}", "benign"], ("kidney", "vein", "benign"))):
        assert [sample.labels for sample in samples(give(source(rule, labels=labels), files))] == [given]


def test_an_empty_mask_gives_no_boxes_and_wordings_that_need_them_are_passed_over() -> None:
    turns = [
        {"user": "Where?"}, {"assistant": {"prompts": ["At {@boxes}.", "Nothing is outlined."]}},
        {"user": "How many of {@structures}?", "optional": True}, {"assistant": "{@counts}.", "optional": True},
    ]  # fmt: skip
    files = {"images/a.png": png(), "masks/a.png": mask(0), "images/b.png": png(), "masks/b.png": mask(7)}
    rule = {"path": "masks/{name}.png", "label": "lesion"}
    empty, full = samples(give(source(rule, turns=turns), files))
    assert (empty.boxes, empty.labels, [turn.text for turn in empty.turns[1:]]) == ((), (), ["Nothing is outlined."])
    assert full.turns[1].text in ("At lesion [2, 1, 5, 3].", "Nothing is outlined.")
    assert [turn.text for turn in full.turns[2:]] == ["How many of lesion?", "1 lesion."]


def test_of_several_paths_the_first_that_is_there_of_many_all() -> None:
    files = {
        "images/a (1).png": png(), "masks/a (1)_mask.png": mask(1), "masks/a (1)_mask_1.png": mask(0, 1),
        "masks/a (10)_mask.png": mask(0, 0, 1), "deep/down/masks/a (1)_mask_2.png": mask(0, 0, 1),
    }  # fmt: skip
    one = {"path": ["none/{name}.png", "masks/{name}_mask.png", "masks/{name}_mask_1.png"], "label": "lesion"}
    assert [sides(sample) for sample in samples(give(source(one), files))] == [[("lesion", *A)]]
    beside = {"path": "masks/{name}_mask*.png", "many": True, "label": "lesion"}
    assert [sides(sample) for sample in samples(give(source(beside), files))] == [[("lesion", *A), ("lesion", *B)]]
    anywhere = {**beside, "path": "**/masks/{name}_mask*.png"}
    assert [sides(sample) for sample in samples(give(source(anywhere), files))] == [
        [("lesion", 0.0, 9.0, 1.0, 1.0), ("lesion", *A), ("lesion", *B)]
    ]
    (sample,) = samples(give(source(beside), files))
    assert text(sample).endswith("| lesion | 2 lesion")


def test_a_star_in_a_cell_is_no_star() -> None:
    table = {
        "files": ["t.jsonl"], "format": "jsonl", "row": "{id}", "image": "images/a.png", "task": "segmentation", "turns": SAID,
        "masks": [{"path": "masks/{id}_*.png", "many": True, "label": "x", "optional": True}],
    }  # fmt: skip
    rows = "".join(json.dumps({"id": id}) + "\n" for id in ("a", "*", "..", "a/../../b"))
    found = give(manifest(table), {"t.jsonl": rows, "images/a.png": png(), "masks/a_1.png": mask(1), "masks/b_1.png": mask(1)})
    assert [(sample.id, len(sample.boxes)) for sample in samples(found)] == [("s/a", 1), ("s/..", 0)]
    said = "an absolute path, one that leaves the folder, or one with * in a column"
    assert rejected(found)[0] == ("s/*", "path_escapes", said)


def test_a_mask_that_is_not_there_rejects_its_row_unless_it_may_be_missing() -> None:
    files = {"images/a.png": png(), "images/b.png": png(), "masks/b.png": mask()}
    rule = {"path": "masks/{name}.png", "label": "lesion"}
    found = give(source(rule), files)
    assert [sample.id for sample in samples(found)] == ["s/b"]
    assert rejected(found) == [("s/a", "mask_missing", "nothing at masks/{name}.png")]
    found = give(source({**rule, "optional": True}), files)
    assert [(sample.id, len(sample.boxes)) for sample in samples(found)] == [("s/a", 0), ("s/b", 1)]


@pytest.mark.parametrize(
    ("content", "rule", "evidence"),
    [
        (b"", {"label": "x"}, "empty_file: 0 bytes"),
        (b"secret text", {"label": "x"}, "not_an_image: 11 bytes of no known image format"),
        ({"png": np.full((10, 12, 3), [255, 0, 0]).tolist()}, {"values": {1: "x"}}, "unsupported: colours, where values are wanted"),
        ({"npy": np.full((10, 12), 0.5).tolist()}, {"values": {1: "x"}}, "corrupt: values that are no whole numbers"),
        ({"mat": {"a": [[1]], "b": [[1]]}}, {"label": "x"}, "no_such_array: 2 variables, none of them named"),
        ({"npz": {"a": np.ones((10, 12, 2)).tolist()}}, {"channels": ["x"]}, "unsupported: 2 channels, 1 wanted"),
    ],
)
def test_a_broken_mask_rejects_its_row_by_a_measurement(content: Any, rule: dict[str, Any], evidence: str) -> None:
    found = give(source({"path": "masks/{name}.x", **rule}), {"images/a.png": png(), "masks/a.x": content})
    assert rejected(found) == [("s/a", "mask_broken", evidence)]


def test_a_mask_of_another_size_is_scaled_if_it_is_of_the_same_shape() -> None:
    rule = {"path": "masks/{name}.png", "label": "the lungs"}
    twice = give(source(rule), {"images/a.png": png(24, 20), "masks/a.png": mask()})
    assert [sides(sample) for sample in samples(twice)] == [[("the lungs", 4.0, 2.0, 6.0, 4.0)]]
    assert text(samples(twice)[0]).startswith("the lungs [4, 2, 10, 6] | the lungs [0.167, 0.100, 0.417, 0.300] | 24 x 20")
    turned = give(source(rule), {"images/a.png": png(10, 12), "masks/a.png": mask()})
    assert rejected(turned) == [("s/a", "mask_size", "12 x 10 beside 10 x 12 pixels")]


def test_beside_an_image_that_cannot_be_read_boxes_are_those_of_the_mask() -> None:
    """Inspect rejects the image: that is not told twice."""
    found = give(source({"path": "masks/{name}.png", "label": "x"}), {"images/a.png": "", "masks/a.png": mask()})
    assert text(samples(found)[0]).startswith("x [2, 1, 5, 3] | x [0.167, 0.100, 0.417, 0.300] | 12 x 10")


def test_components_instances_colours_and_channels_are_said_as_the_manifest_says() -> None:
    files = {"images/a.png": png(), "masks/a.png": mask(1, 1)}
    apart = {"path": "masks/{name}.png", "label": "{name} cell", "parts": "components"}
    assert [sides(sample) for sample in samples(give(source(apart), files))] == [[("a cell", *A), ("a cell", *B)]]
    colours = np.zeros((10, 12, 3), int)
    colours[1:3, 2:5], colours[4:8, 9:11] = (98, 2, 103), (250, 250, 4)
    files = {"images/a.png": png(), "masks/a.png": {"png": colours.tolist()}}
    rule = {"path": "masks/{name}.png", "colours": {"100,0,100": "liver", "255,255,0": "kidney"}}
    assert [sides(sample) for sample in samples(give(source(rule), files))] == [[("liver", *A), ("kidney", *B)]]
    plane = np.array(mask(3, 8)["png"])
    files = {"images/a.png": png(), "masks/a.mat": {"mat": {"inst_map": plane.tolist()}}}
    nuclei = {"path": "masks/{name}.mat", "label": "nucleus", "parts": "instances", "array": "inst_map"}
    (sample,) = samples(give(source(nuclei), files))
    assert (sides(sample), text(sample).rpartition("| ")[2]) == ([("nucleus", *A), ("nucleus", *B)], "2 nucleus")


def test_rows_of_an_array_have_rows_of_another_as_masks() -> None:
    planes = np.zeros((2, 10, 12, 3), int)
    planes[1, :, :, 0] = mask(3, 8)["png"]
    planes[:, 0, 0, 2] = 1
    table = {
        "files": ["fold{n}/images.npy"], "format": "npy", "task": "segmentation", "row": "{n}/{@row}", "turns": SAID,
        "image": {"path": "{@file}", "frame": "{@row}"},
        "masks": [{"path": "fold{n}/masks.npy", "frame": "{@row}", "channels": ["neoplastic", "dead", ""]}],
    }  # fmt: skip
    files = {"fold1/images.npy": {"npy": np.zeros((2, 10, 12, 3), int).tolist()}, "fold1/masks.npy": {"npy": planes.tolist()}}
    first, second = samples(give(manifest(table), files))
    assert (sides(first), text(first)) == ([], "|  | 12 x 10 |  |")
    assert sides(second) == [("neoplastic", *A), ("neoplastic", *B)]


def test_masks_lie_in_archives_as_well() -> None:
    files = {"images/a.png": png(), "masks.zip": {"zip": {"masks/a.png": mask()}}}
    found = give(source({"path": ["masks/{name}.png", "masks/masks/{name}.png"], "label": "x"}), files)
    assert [sides(sample) for sample in samples(found)] == [[("x", *A)]]


def test_an_evaluation_row_shields_without_its_mask() -> None:
    benchmark = replace(source({"path": "masks/{name}.png", "label": "x"}), kind="benchmark")
    found = give(benchmark, {"images/a.png": png()})
    assert [(sample.id, sample.boxes) for sample in samples(found)] == [("s@benchmark/a", ())]


# What a manifest may say


def faults(**fields: Any) -> list[str]:
    table = {**PLAIN, **PICTURES, **fields}
    raw = {
        "id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes",
        "layouts": [{"name": "only", "if": ["**"], "tables": [table]}], "examples": [{"files": {"x": ""}, "gives": []}] * 2,
    }  # fmt: skip
    assert schema_faults(raw) == []
    return [fault.replace("$.layouts[0].tables[0].", "") for fault in sense_faults(raw, stem="s", wordings={})]


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        ({}, "masks[0]: none found, exactly one of label, values, colours, channels wanted"),
        ({"label": "x", "values": {"1": "y"}}, "masks[0]: label and values found, exactly one of label, values, colours, channels wanted"),
        ({"values": {"one": "y"}}, "masks[0].values: 'one' found, a whole number wanted"),
        ({"colours": {"1,2": "y"}}, "masks[0].colours: '1,2' found, red, green and blue from 0 to 255 wanted, as in '100,0,100'"),
        ({"colours": {"1,2,256": "y"}}, "masks[0].colours: '1,2,256' found, red, green and blue from 0 to 255 wanted, as in '100,0,100'"),
        ({"label": "{x"}, "masks[0].label: '{' at 0 has no partner"),
        ({"label": "x", "path": "{name}*.png"}, "masks[0].path: '*' after the first column; wanted in the folders before it, or with many: "
         "true in the last part"),
    ],
)  # fmt: skip
def test_a_mask_that_cannot_be_meant_is_a_fault_of_the_manifest(mask: dict[str, Any], told: str) -> None:
    assert faults(masks=[{"path": "masks/{name}.png", **mask}]) == [told]


def test_names_of_ours_are_told_where_they_are_not_there() -> None:
    assert faults(turns=[{"user": "{@box}"}, {"assistant": "x"}]) == ["turns[0].user: '@box' is no column of ours"]
    assert faults(row="{@boxes}") == ["row: '@boxes' is there in turns and labels alone"]
    assert faults(columns={"a": "{slice}"}) == ["columns.a: 'slice' is there after the columns are made"]
    boxes = {"label": "x", "corners": ["1", "1", "1", "1"], "relative": True, "origin": 1}
    assert faults(boxes=boxes) == ["boxes.origin: shares of the image's size are counted from no pixel; wanted: relative or origin"]
