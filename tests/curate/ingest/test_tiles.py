"""whole-slide images cut to tiles: which are taken, what they are called, how they are shown"""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curate.ingest.images import Target
from curate.ingest.sizes import Sizes
from curate.manifest import Manifest
from curate.manifest.check import schema_faults
from curate.manifest.sense import sense_faults
from curate.pixels.slide import read_slide
from schemas.image import ImageRef
from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples
from tests.curate.pixels.made_slides import GLASS, aperio, painted, tiled

pytest.importorskip("openslide")
PIXELS = painted()
SVS = aperio(PIXELS)
# Tiles of 256 in eight columns and six rows: tissue fills 1 and 2 in rows 1 to 4, 5 and 6 in rows 2 and 3
FILLED = [9, 10, 17, 18, 21, 22, 25, 26, 29, 30, 33, 34]
SLIDES: dict[str, Any] = {
    "files": ["slides/{id}.{kind}"], "format": "folders", "task": "classification", "row": "{id}",
    "image": {"path": "{@file}", "frame": "{@tile}", "column": "{@view}"},
    "turns": [{"user": "What?"}, {"assistant": "Tissue at {@x}, {@y}"}],
}  # fmt: skip


def source(tiles: dict[str, Any] | None = None, **fields: Any) -> Manifest:
    return manifest({**SLIDES, "slides": {"of": "{@file}", "tiles": {"side": 256, "level": 0, **(tiles or {})}}, **fields})


def numbers(found: list[Any]) -> list[int]:
    return [int(sample.id.rpartition("#")[2]) for sample in samples(found)]


@pytest.mark.parametrize(
    ("tiles", "taken"),
    [
        ({}, FILLED),
        ({"most": 4}, [10, 21, 26, 33]),
        ({"most": 1}, [25]),
        ({"tissue": 0.0}, range(48)),
        ({"tissue": 0.99}, FILLED),
        ({"side": 512, "tissue": 0.2}, [0, 1, 4, 5, 6, 7, 8, 9]),
        ({"side": 512, "tissue": 0.4}, [4, 5, 6, 7]),
    ],
)
def test_tiles_are_taken_that_hold_enough_tissue(tiles: dict[str, Any], taken: Any) -> None:
    assert numbers(give(source(tiles), {"slides/a.svs": SVS})) == list(taken)


def test_a_tile_is_a_sample_with_its_place_and_its_picture() -> None:
    found = give(source({"most": 1}), {"slides/a.svs": SVS})
    (sample,) = samples(found)
    assert (sample.id, sample.images) == ("s/a#00025", ("s/slides/a.svs!tile level0 256#25",))
    assert sample.turns[1].text == "Tissue at 256, 768"
    (ref,) = [item for item in found if isinstance(item, ImageRef)]
    assert (ref.path, ref.frame, ref.column) == ("slides/a.svs", 25, "tile level0 256")
    shown = read_slide(io.BytesIO(SVS)).rendered(ref.column, ref.frame, None).image
    assert (np.asarray(shown) == PIXELS[768:1024, 256:512]).all()


def test_a_resolution_in_micrometres_is_that_of_every_scanner() -> None:
    files = {"slides/a.svs": SVS, "slides/b.tif": tiled(PIXELS, mpp=0.25)}
    assert numbers(give(source(), {"slides/c.tif": tiled(PIXELS)})) == FILLED
    by_mpp = {**SLIDES, "slides": {"of": "{@file}", "tiles": {"side": 128, "mpp": 1, "most": 2}}}
    found = give(manifest(by_mpp), files)
    assert [sample.images[0] for sample in samples(found)] == [
        "s/slides/a.svs!tile 1um 128#18", "s/slides/a.svs!tile 1um 128#30",
        "s/slides/b.tif!tile 1um 128#5", "s/slides/b.tif!tile 1um 128#7",
    ]  # fmt: skip


def test_a_thumbnail_is_one_sample_and_opens_nothing() -> None:
    table = {**SLIDES, "slides": {"of": "{@file}", "thumbnail": 512}}
    (sample,) = samples(give(manifest(table), {"slides/a.svs": b"any"}))
    assert (sample.id, sample.images) == ("s/a", ("s/slides/a.svs!thumbnail 512#0",))
    without = {**table, "image": {"path": "{@file}", "column": "{@view}"}}
    (sample,) = samples(give(manifest(without), {"slides/a.svs": b"any"}))
    assert sample.images == ("s/slides/a.svs!thumbnail 512",)


def plain() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 300), GLASS).save(out, "TIFF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "tiles", "fault"),
    [
        (b"", {}, ("slide_broken", "empty_file: 0 bytes")),
        (b"SECRET" * 9, {}, ("slide_broken", "unsupported: a whole-slide image that is no TIFF: of several files, or none")),
        (plain(), {}, ("slide_broken", "unsupported: a whole-slide image of no format that OpenSlide knows")),
        (SVS, {"level": 2}, ("slide_broken", "no_such_frame: level 2 of 2")),
        (SVS, {"side": 4096}, ("no_tiles", "none of 0 tiles holds 0.5 of tissue")),
        (aperio(np.full((512, 512, 3), GLASS, np.uint8)), {}, ("no_tiles", "none of 4 tiles holds 0.5 of tissue")),
    ],
)
def test_a_slide_that_gives_no_tile_is_one_rejected_row(data: bytes, tiles: dict[str, Any], fault: tuple[str, str]) -> None:
    assert rejected(give(source(tiles), {"slides/a.svs": data})) == [("s/a", *fault)]


def test_a_slide_that_is_not_there_is_a_missing_image_and_an_evaluation_row_without_it_stays() -> None:
    table = {
        **PLAIN,
        "image": SLIDES["image"] | {"path": "{id}.svs"},
        "slides": {"of": "{id}.svs", "tiles": {"side": 256, "level": 0, "most": 2}},
    }
    rows = '{"id": "a", "q": "Q", "a": "A"}'
    assert rejected(give(manifest(table), {"t.jsonl": rows})) == [("s/a", "image_missing", "nothing at {id}.svs")]
    benchmark = replace(manifest(table), kind="benchmark")
    assert [sample.id for sample in samples(give(benchmark, {"t.jsonl": rows}))] == ["s@benchmark/a"]
    found = give(benchmark, {"t.jsonl": rows, "a.svs": SVS})
    assert [sample.id for sample in samples(found)] == ["s@benchmark/a#00018", "s@benchmark/a#00030"]


def test_the_size_of_a_tile_is_known_and_that_of_a_thumbnail_is_not() -> None:
    sizes = Sizes(lambda path: io.BytesIO(SVS))
    assert sizes.of(Target("a.svs", 3, "tile level0 256")) == (256, 256)
    assert sizes.of(Target("a.tif", 0, "thumbnail 256")) is sizes.of(Target("a.svs")) is None


def faults(slides: dict[str, Any], **fields: Any) -> list[str]:
    table = {**PLAIN, **SLIDES, "slides": {"of": "{@file}", **slides}, **fields}
    raw = {"id": "s", "layouts": [{"name": "only", "if": ["**"], "tables": [table]}]}
    return [fault.replace("$.layouts[0].tables[0].", "") for fault in sense_faults(raw, stem="s", wordings={})]


def test_what_cannot_be_meant_with_slides_is_a_fault_of_the_manifest() -> None:
    tiles = {"tiles": {"side": 256, "level": 0}}
    assert faults(tiles) == []
    assert faults({}) == ["slides: none found, exactly one of thumbnail, tiles wanted"]
    assert faults({**tiles, "thumbnail": 512}) == ["slides: thumbnail and tiles found, exactly one of thumbnail, tiles wanted"]
    assert faults({"tiles": {"side": 256}}) == ["slides.tiles: none found, exactly one of mpp, level, downsample wanted"]
    said = 'image: nothing says what of the slide is shown; wanted: column: "{@view}", frame: "{@tile}"'
    assert faults(tiles, image="{@file}") == faults(tiles, image={"path": "{@file}", "column": "{@view}"}) == [said]
    assert faults(tiles, group={"by": ["id"]}) == ["group: not beside slides, of which parts are taken"]
    assert faults(tiles, columns={"place": "{@x}"}) == ["columns.place: '@x' is there after the columns are made"]
    assert faults({"of": "{file", "thumbnail": 512}) == ["slides.of: '{' at 0 has no partner"]


def test_the_words_of_slides_are_checked() -> None:
    table = {**PLAIN, **SLIDES, "slides": {"of": "{@file}", "tiles": {"side": 1, "tissue": 2, "sides": 3}}}
    raw = {
        "id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes", "layouts": [{"name": "only", "if": ["**"], "tables": [table]}],
        "examples": [{"files": {"x": ""}, "gives": []}] * 2,
    }  # fmt: skip
    assert [fault.partition(": ")[0] for fault in schema_faults(raw)] == [
        "$.layouts[0].tables[0].slides.tiles.sides", "$.layouts[0].tables[0].slides.tiles.side",
        "$.layouts[0].tables[0].slides.tiles.tissue",
    ]  # fmt: skip
