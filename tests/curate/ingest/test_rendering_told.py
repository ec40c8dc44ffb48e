"""`render` of a manifest: each image of a row knows how it is shown, and two windows of one picture are two images"""

from collections.abc import Mapping
from typing import Any

import pytest

from curate.manifest import Manifest, build_manifest
from curate.manifest.check import schema_faults
from curate.manifest.sense import sense_faults
from curate.manifest.windows import renders
from schemas.found import FileFault
from schemas.image import ImageRef, Rendering
from tests.curate.ingest.reading import PLAIN, WORDINGS, give, rejected, samples

WINDOWS = {"lung": (-1350.0, 150.0), "soft tissue": (-160.0, 240.0)}
PICTURES = {**PLAIN, "task": "vqa", "image": "{file}.png"}
ONE = "exactly one of map / low, high / center, width / shares wanted"
FIELDS = "map, values, default, low, high, center, width, shares"
LUNG, SOFT = Rendering(low=-1350, high=150, by="lung"), Rendering(low=-160, high=240, by="soft tissue")


def source(*tables: Mapping[str, Any], **fields: Any) -> Manifest:
    raw = {
        "id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes",
        "layouts": [{"name": "only", "if": ["**"], "tables": [{**PICTURES, **table} for table in tables]}], **fields,
    }  # fmt: skip
    assert schema_faults(raw) == []
    assert sense_faults(raw, stem="s", wordings=WORDINGS, windows=WINDOWS) == []
    return build_manifest(raw, path="s.yaml", wordings=WORDINGS, windows=WINDOWS)


def rows(*cells: str) -> str:
    return "\n".join(f'{{"id": "{number}", "q": "Q?", "a": "A", {cell}}}' for number, cell in enumerate(cells))


def refs(found: list[Any]) -> dict[str, Rendering | None]:
    told = [item for item in found if isinstance(item, ImageRef)]
    assert len({item.id for item in told}) == len(told)
    return {item.id.removeprefix("s/"): item.rendering for item in told}


@pytest.mark.parametrize(
    ("render", "cell", "wanted"),
    [
        ({"window": "lung"}, "", LUNG),
        ({"window": {"center": -600, "width": 1500}}, "", Rendering(low=-1350, high=150, by="window")),
        ({"window": {"shares": [1, 99]}}, "", Rendering(low_share=1, high_share=99, by="percentiles 1-99")),
        ({"choice": 2}, "", Rendering(choice=2)),
        ({"rescale": {"intercept": -1024}}, "", Rendering(intercept=-1024)),
        ({"window": "{w}", "rescale": {"slope": 2}}, '"w": "-1500, 500"', Rendering(low=-1500, high=500, by="column", slope=2)),
        ({"window": "{w}"}, '"w": [-175, 275]', Rendering(low=-175, high=275, by="column")),
        ({"window": "{w}"}, '"w": "Soft_Tissue"', SOFT),
        ({"window": "{lo}, {hi}"}, '"lo": 0, "hi": 2048', Rendering(low=0, high=2048, by="column")),
        ({"window": "[[{w}]]", "choice": 3}, '"w": ""', Rendering(choice=3)),
        ({"window": {"map": "w", "values": {"5": "lung"}}}, '"w": 5', LUNG),
        ({"window": {"map": "w", "values": {"2": "-1, 1"}}}, '"w": "2"', Rendering(low=-1, high=1, by="column")),
        ({"window": {"map": "w", "values": {"5": "lung"}, "default": "soft tissue"}}, '"w": "?"', SOFT),
        ({"window": {"map": "w"}}, '"w": "lung"', LUNG),
        ({"window": {"center": "{c}", "width": "{w}"}}, '"c": 40, "w": "400"', Rendering(low=-160, high=240, by="column")),
        ({"window": {"center": "{c}", "width": 400}}, '"c": 40', Rendering(low=-160, high=240, by="column")),
    ],
)  # fmt: skip
def test_a_manifest_says_how_an_image_is_shown(render: dict[str, Any], cell: str, wanted: Rendering) -> None:
    text = rows(", ".join(filter(None, ['"file": "x"', cell])))
    assert refs(give(source({"render": render}), {"t.jsonl": text, "x.png": ""})) == {"x.png": wanted}


@pytest.mark.parametrize(
    ("window", "cell", "fault"),
    [
        ("{w}", '"w": "lungs"', ("window_broken", "column 'w': the name of a window or 'low, high' wanted, 5 characters found")),
        ("{w}", '"w": "500, -1500"', ("window_broken", "column 'w': a low end below the high end wanted")),
        ("{w}", '"w": "a, b"', ("window_broken", "column 'w': a number wanted, 1 characters found")),
        ("{w}", '"w": ""', ("window_broken", "column 'w' is empty")),
        ("{w}, {v}", '"w": "1", "v": "x"', ("window_broken", "a number wanted, 1 characters found")),
        ("{w}", '"w": {"low": 1}', ("column_type", "column 'w': text or number wanted, dict of 1 found")),
        ({"map": "w", "values": {"5": "lung"}}, '"w": 6', ("value_unmapped", "column 'w', 1 characters")),
        ({"map": "w"}, '"w": "6"', ("window_broken", "column 'w': the name of a window or 'low, high' wanted, 1 characters found")),
        ({"center": "{w}", "width": 400}, '"w": "x"', ("window_broken", "column 'w': a number wanted, 1 characters found")),
        ({"center": 40, "width": "{w}"}, '"w": 0', ("window_broken", "column 'w': a width above 0 wanted")),
        ({"low": 40, "high": "{w}"}, '"w": 30', ("window_broken", "column 'w': a low end below the high end wanted")),
    ],
)
@pytest.mark.parametrize("optional", [False, True])
def test_a_row_whose_window_is_broken_is_rejected(window: Any, cell: str, fault: tuple[str, str], optional: bool) -> None:
    table = {"render": {"window": window}, "image": {"path": "{file}.png", "optional": optional}}
    found = give(source(table), {"t.jsonl": rows(f'"file": "x", {cell}'), "x.png": ""})
    assert rejected(found) == [("s/0", *fault)]
    assert refs(found) == {}


def test_a_window_that_no_row_has_is_a_column_that_is_missing() -> None:
    found = give(source({"render": {"window": {"map": "w"}}}), {"t.jsonl": rows('"file": "x"'), "x.png": ""})
    assert next((item.reason, item.wanted) for item in found if isinstance(item, FileFault)) == ("column_missing", "column 'w'")


def test_two_windows_of_one_picture_are_two_images_and_the_first_in_order_has_the_plain_id() -> None:
    table = {"render": {"window": "[[{w}]]"}}
    text = rows(*(f'"file": "x", "w": "{window}"' for window in ("lung", "-1350, 150", "soft tissue", "", "soft tissue", "lung")))
    found = give(source(table), {"t.jsonl": text, "x.png": ""})
    lung, soft, own = "s/x.png", "s/x.png@-160..240", "s/x.png@own"
    assert [sample.images for sample in samples(found)] == [(lung,), (lung,), (soft,), (own,), (soft,), (lung,)]
    assert refs(found) == {"x.png": LUNG, "x.png@-160..240": SOFT, "x.png@own": Rendering()}


def test_a_window_of_a_picture_that_another_table_leaves_to_itself() -> None:
    plain = {"name": "plain", "files": ["p.jsonl"], "row": "p/{id}"}
    text = rows('"file": "x"')
    found = give(source(plain, {"render": {"window": "lung"}}), {"p.jsonl": text, "t.jsonl": text, "x.png": ""})
    assert refs(found) == {"x.png": None, "x.png@-1350..150": LUNG}
    assert [sample.images for sample in samples(found)] == [("s/x.png",), ("s/x.png@-1350..150",)]


def test_an_image_rule_may_say_otherwise_than_its_table() -> None:
    images = ["{file}.png", {"path": "{file}_pet.png", "render": {"window": {"shares": [0, 99.5]}}}]
    found = give(source({"image": images, "render": {"window": "lung"}}), {"t.jsonl": rows('"file": "x"'), "x.png": "", "x_pet.png": ""})
    assert refs(found) == {"x.png": LUNG, "x_pet.png": Rendering(low_share=0, high_share=99.5, by="percentiles 0-99.5")}


def test_without_render_an_image_is_shown_as_its_file_says_and_the_manifest_holds_no_windows() -> None:
    plain, shown = source({}), source({"render": {"window": "lung"}})
    assert refs(give(plain, {"t.jsonl": rows('"file": "x"'), "x.png": ""})) == {"x.png": None}
    assert (plain.windows, shown.windows) == ({}, WINDOWS)


def test_a_manifest_is_another_where_its_windows_are() -> None:
    raw = {"id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes"}
    raw["layouts"] = [{"name": "only", "if": ["**"], "tables": [{**PICTURES, "render": {"window": "lung"}}]}]  # type: ignore[assignment]
    digests = {build_manifest(raw, path="s.yaml", wordings={}, windows={"lung": (low, 0.0)}).digest for low in (-1.0, -2.0, -1.0)}
    assert len(digests) == 2
    assert [place for place, _ in renders(PICTURES)] == []


@pytest.mark.parametrize(
    ("render", "fault"),
    [
        ({"window": "lungs"}, "render.window: 'lungs' found, 'low, high' or one of lung, soft tissue wanted; nearest: 'lung'"),
        ({"window": "2, 1"}, "render.window: '2, 1' found, 'low, high' or one of lung, soft tissue wanted"),
        ({"window": "{w"}, "render.window: '{' at 0 has no partner"),
        ({"window": {"low": 1, "high": 1}}, "render.window: a low end below the high end wanted"),
        ({"window": {"center": 1, "width": -1}}, "render.window: a width above 0 wanted"),
        ({"window": {"shares": [50, 50]}}, "render.window: two percentiles from 0 to 100 wanted, the first below the second"),
        ({"window": {"low": 1, "high": 2, "width": 3}}, "render.window.width: 'low' found beside it; wanted: one of both"),
        (
            {"window": {"map": "w", "values": {"x": "lumg"}, "default": "{w}"}},
            "render.window.values.x: 'lumg' found, 'low, high' or one of lung, soft tissue wanted; nearest: 'lung'",
        ),
        ({"rescale": {"slope": 0}}, "render.rescale.slope: 0 makes all values one"),
    ],
)
def test_what_a_schema_cannot_see_in_it(render: dict[str, Any], fault: str) -> None:
    raw = {"id": "s", "layouts": [{"name": "only", "if": ["**"], "tables": [{**PICTURES, "render": render}]}]}
    faults = sense_faults(raw, stem="s", wordings=WORDINGS, windows=WINDOWS)
    assert faults[0] == f"$.layouts[0].tables[0].{fault}"
    inner = {"id": "s", "layouts": [{"name": "only", "if": ["**"], "tables": [{**PICTURES, "image": {"path": "x", "render": render}}]}]}
    assert sense_faults(inner, stem="s", wordings=WORDINGS, windows=WINDOWS)[0] == f"$.layouts[0].tables[0].image[0].{fault}"


@pytest.mark.parametrize(
    ("render", "fault"),
    [
        ({}, "render: 0 found, at least 1 wanted"),
        ({"window": {}}, f"render.window: {ONE}"),
        ({"window": {"low": 1}}, f"render.window: {ONE}"),
        ({"window": {"low": 1, "high": 2, "shares": [1, 2]}}, f"render.window: {ONE}"),
        ({"window": {"shares": [1]}}, "render.window.shares: 1 found, at least 2 wanted"),
        ({"window": {"level": 1}}, f"render.window.level: no such field; wanted one of {FIELDS}"),
        ({"choice": 0}, "render.choice: 0 is less than the minimum of 1"),
        ({"rescale": {"intercept": "x"}}, "render.rescale.intercept: string 'x' found, number wanted"),
    ],
)  # fmt: skip
def test_what_a_schema_sees_in_it(render: dict[str, Any], fault: str) -> None:
    raw = {"id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes"}
    raw["layouts"] = [{"name": "only", "if": ["**"], "tables": [{**PICTURES, "render": render}]}]  # type: ignore[assignment]
    assert f"$.layouts[0].tables[0].{fault}" in schema_faults(raw)
