"""a source whose pixels may identify -> no name in the shards: refused, or black; the report and `why` tell of it"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageFont

from curate.pixels.text_regions import text_regions
from tests.pipelines.whole_run import Place, fates, run

MANIFEST = """\
id: scans
title: Exported screens
license: CC0-1.0
commercial: yes
pixels_may_identify: true
layouts:
  - name: folders
    if: ["{kind}/*"]
    tables:
      - name: pictures
        files: ["{kind}/*"]
        format: folders
        task: classification
        row: "{kind}/{stem}"
        image: "{@file}"
        modality: ultrasound
        labels: ["{kind}"]
        turns: [{user: "What is it?"}, {assistant: "A {kind} scan."}]
"""
RECIPE = """\
id: small
title: Small
limits: {burned_in: %s}
corpora:
  - name: medical
    balance: {mode: none}
"""
NAMES = ("DOE, JANE 1961", "48201937 M", "2017-03-02")
LINES = ((12, 6), (120, 6), (150, 180))  # where they stand


def screen(number: int, *, named: bool) -> Image.Image:
    """A scan between black margins; on the margins a name, a number and a date."""
    chance = np.random.default_rng(number)
    clouds = Image.fromarray(chance.integers(40, 160, (6, 8), dtype=np.uint8)).resize((224, 150), Image.Resampling.BICUBIC)
    drawn = Image.new("L", (224, 200))
    drawn.paste(Image.fromarray((np.asarray(clouds) + chance.integers(0, 12, (150, 224))).astype(np.uint8)), (0, 24))
    if named:
        draw, font = ImageDraw.Draw(drawn), ImageFont.load_default_imagefont()
        for line, place in zip(NAMES, LINES):
            draw.text(place, line, fill=235, font=font)
    return drawn


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One OUT for all: what another policy leaves alone is not done again."""
    base = tmp_path_factory.mktemp("scans")
    (base / "manifests").mkdir()
    (base / "manifests" / "scans.yaml").write_text(MANIFEST)
    folder = base / "data" / "scans" / "breast"
    folder.mkdir(parents=True)
    for number in range(4):
        screen(number, named=number < 2).save(folder / f"{number}.{'jpg' if number % 2 else 'png'}", quality=92)
    return Place(base)


def shipped(out: Path) -> dict[str, dict]:
    table = pa.concat_tables(pq.read_table(path) for path in sorted(out.glob("corpora/medical/*.parquet")))
    return {row["id"]: row for row in table.to_pylist()}


def made(place: Place, policy: str) -> tuple[dict[str, dict], list[dict]]:
    """What ships, and the report's row of the source, under a policy."""
    (place.folder / "small.yaml").write_text(RECIPE % policy)
    assert place.run("--corpus", place.folder / "small.yaml").status == 0
    return shipped(place.out), json.loads((place.out / "report" / "figures.json").read_text())["texts"]


def test_pictures_with_text_are_refused_by_default(place: Place) -> None:
    held, told = made(place, "refuse")
    assert sorted(held) == ["scans/breast/2", "scans/breast/3"]
    assert {id: fate for id, fate in fates(place.out).items() if fate[0]} == dict.fromkeys(
        ["scans/breast/0", "scans/breast/1"], ("screen", "image_rejected")
    )
    assert told == [{"source": "scans", "by": "text_v1", "looked": 4, "found": 2, "blanked": 0}]
    said = run("why", "scans/breast/0", "--out", place.out).said
    assert "burned_in_text text_v1: 3 regions" in said
    assert "% of the picture" in said
    assert "DOE" not in said


def test_blanked_pictures_ship_black_where_the_names_were_and_as_they_were_elsewhere(place: Place) -> None:
    held, told = made(place, "blank")
    assert told == [{"source": "scans", "by": "text_v1", "looked": 4, "found": 2, "blanked": 2}]
    for number in range(4):
        path = next(place.data("scans", "breast").glob(f"{number}.*"))
        (image,), (phash,) = held[f"scans/breast/{number}"]["images"], held[f"scans/breast/{number}"]["phashes"]
        if number >= 2:
            assert image["bytes"] == path.read_bytes()
            continue
        found, seen = Image.open(io.BytesIO(image["bytes"])), np.asarray(Image.open(path))
        regions = text_regions(seen)
        expected = seen.copy()
        for region in regions:
            expected[region.top : region.bottom, region.left : region.right] = 0
        assert found.format == "PNG"
        assert image["path"].endswith(".png")
        assert np.array_equal(np.asarray(found), expected)
        assert expected[:24].max() < 40  # no stroke of a name is left on either margin
        assert expected[174:].max() < 40
        assert phash != held[f"scans/breast/{number + 2}"]["phashes"][0]
    card = (place.out / "corpora" / "medical" / "README.md").read_text()
    assert "2 images were changed: text found in their pixels is black." in card
    assert "ships as PNG, black in 3 regions where text was found" in run("why", "scans/breast/1", "--out", place.out).said


def test_kept_pictures_ship_byte_for_byte_and_are_counted(place: Place) -> None:
    held, told = made(place, "keep")
    assert held["scans/breast/0"]["images"][0]["bytes"] == place.data("scans", "breast", "0.png").read_bytes()
    assert told == [{"source": "scans", "by": "text_v1", "looked": 4, "found": 2, "blanked": 0}]
