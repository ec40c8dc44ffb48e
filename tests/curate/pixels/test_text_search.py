"""where text is looked for, what ultrasound regions add, and what rectangles cover"""

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from curate.pixels.burned_in import seen_text
from curate.pixels.header import Header
from curate.pixels.rectangles import covered, outside
from curate.pixels.render import render
from curate.pixels.rendered import Rendered
from curate.pixels.text_regions import text_regions
from curate.pixels.text_search import look_for_text
from schemas.image import Region
from tests.curate.screen.made import image

SCAN = Region(left=20, top=30, right=180, bottom=100)


def picture():
    drawn = Image.new("L", (200, 120), 5)
    draw, font = ImageDraw.Draw(drawn), ImageFont.load_default_imagefont()
    draw.text((10, 8), "SMITH JOHN 1961", fill=220, font=font)
    draw.text((40, 60), "RT BREAST", fill=255, font=font)
    return drawn


def rendered(*, format="dicom", modality=None, burned_in=None, scans=()):
    header = Header(format=format, width=200, height=120, mode="L", bits=8, frames=1)
    return Rendered(image=picture(), header=header, modality=modality, burned_in=burned_in, scans=scans)


@pytest.mark.parametrize(
    ("facts", "may_identify", "by"),
    [
        ({"format": "png"}, False, ""),
        ({"format": "png"}, True, "text_v1"),
        ({"modality": "CT"}, False, ""),
        ({"modality": "CT"}, True, "text_v1"),
        ({"modality": "US"}, False, "text_v1"),
        ({"modality": "US", "burned_in": "NO"}, False, ""),
        ({"modality": "US", "burned_in": "NO"}, True, "text_v1"),
        ({"modality": "CT", "burned_in": "YES"}, False, "text_v1"),
        ({"modality": "US", "burned_in": "NO", "scans": (SCAN,)}, True, "text_v1"),
        ({"modality": "US", "scans": (SCAN,)}, False, "text_v1 ultrasound_regions"),
        ({"modality": "US", "burned_in": "YES", "scans": (SCAN,)}, False, "text_v1 ultrasound_regions"),
    ],
)
def test_text_is_looked_for_where_a_source_or_a_header_gives_reason(facts, may_identify, by):
    drawn = rendered(**facts)
    found = look_for_text(drawn, drawn.image, may_identify=may_identify)
    assert (found[0], bool(found[1])) == (by, bool(by))


def test_what_is_outside_the_scans_counts_as_text_where_the_header_is_in_doubt():
    doubtful = rendered(modality="US", scans=(SCAN,))
    _, text = look_for_text(doubtful, doubtful.image, may_identify=False)
    assert text[:4] == (
        Region(left=0, top=0, right=200, bottom=30),
        Region(left=0, top=30, right=20, bottom=100),
        Region(left=180, top=30, right=200, bottom=100),
        Region(left=0, top=100, right=200, bottom=120),
    )
    (inside,) = text[4:]  # the line above the scan is in the first
    assert inside.left <= 40
    assert inside.top <= 61
    assert inside.right >= 92
    assert inside.bottom >= 70


def test_the_evidence_counts_regions_and_their_share_and_says_nothing_of_what_they_hold():
    two = (Region(left=0, top=0, right=50, bottom=8), Region(left=40, top=4, right=60, bottom=12))
    seen = image(width=100, height=80, text_by="text_v1", text=two)
    assert seen_text(seen) == "text_v1: 2 regions, 6.5 % of the picture"
    assert seen_text(dataclasses.replace(seen, text=two[:1])) == "text_v1: 1 region, 5.0 % of the picture"
    assert seen_text(dataclasses.replace(seen, text=())) == ""


@pytest.mark.parametrize("seed", range(20))
def test_rectangles_and_what_they_leave_are_the_whole_picture_once(seed):
    chance, size = random.Random(seed), (40, 30)

    def rectangle():
        (left, right), (top, bottom) = (sorted(chance.sample(range(side + 1), 2)) for side in size)
        return Region(left=left, top=top, right=right, bottom=bottom)

    regions = [rectangle() for _ in range(chance.randrange(5))]
    counted = np.zeros(size[::-1], int)
    for region in regions:
        counted[region.top : region.bottom, region.left : region.right] = 1
    assert covered(regions) == counted.sum()
    for region in outside(regions, size):
        counted[region.top : region.bottom, region.left : region.right] += 1
    assert (counted == 1).all()


def test_invented_identities_in_real_ultrasound_are_covered():
    """deid-data's picture: name, numbers, date and hospital above the scan, settings beside it, the probe's place below."""
    data = pytest.importorskip("deid_data.data", reason="deid-data is not installed")
    drawn = render((Path(data.__file__).parent / "ultrasounds" / "RGB_IMAGE.dcm").read_bytes())
    assert look_for_text(drawn, drawn.image.convert("L"), may_identify=False)[0] == "text_v1 ultrasound_regions"
    text = text_regions(drawn.image.convert("L"))
    left = np.asarray(drawn.image).max(axis=2)
    for region in text:
        left[region.top : region.bottom, region.left : region.right] = 0
    assert left[:56, :380].max() < 40  # two lines to the left
    assert left[:56, 440:].max() < 40  # and two to the right
    assert left[60:360, 906:].max() < 40  # settings
    assert left[736:764, 500:700].max() < 40
    assert left.max() == 255  # what is not text stays: the scale
    assert sum(region.bottom - region.top for region in text) < 700  # 20 lines or so, not the picture
