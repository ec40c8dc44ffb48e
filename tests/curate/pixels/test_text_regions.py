"""text regions: lines of text are found where they were drawn, on dark and light, small and large; tissue and noise hold none"""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from curate.pixels.text_regions import text_regions
from schemas.image import Region

LINES = ("SMITH, JOHN", "1954-03-27", "ID 48201937", "Garcia Maria")


def tissue(seed, size=(256, 320), roughness=9.0):
    """Grey clouds with fine grain, from 20 to 200."""
    chance = np.random.default_rng(seed)
    clouds = Image.fromarray(chance.integers(40, 180, (8, 10), dtype=np.uint8)).resize(size[::-1], Image.Resampling.BICUBIC)
    grain = chance.normal(0, roughness, size)
    return np.clip(np.asarray(clouds) + grain, 0, 255).astype(np.uint8)


def drawn(text, cap):
    """Coverage of `text`, capitals about `cap` pixels high: (rows, columns) of 0-255."""
    font = ImageFont.load_default(cap / 0.7)
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), text, fill=255, font=font)
    return np.asarray(mask.crop(mask.getbbox()))


def planted(ground, text, cap, grey, at):
    """`ground` with `text` in `grey` upon it, and where its ink lies."""
    ink = drawn(text, cap)
    left, top = at
    place = np.s_[top : top + ink.shape[0], left : left + ink.shape[1]]
    picture = ground.astype(np.float64)
    picture[place] += (grey - picture[place]) * (ink / 255)
    box = Region(left=left, top=top, right=left + ink.shape[1], bottom=top + ink.shape[0])
    return np.rint(picture).astype(np.uint8), box


def jpeg(picture, quality):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def holds(regions, box):
    """Whether one of `regions` covers the whole of `box`."""
    return any(
        region.left <= box.left and region.top <= box.top and box.right <= region.right and box.bottom <= region.bottom
        for region in regions
    )


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize(
    ("back", "grey", "cap"),
    [(0, 255, 10), (0, 255, 24), (0, 60, 14), (0, 200, 40), (30, 90, 16), (255, 0, 12), (200, 120, 20), (90, 20, 30)],
)
def test_a_line_on_a_margin_is_found_whole_whatever_its_grey_and_height(text, back, grey, cap):
    picture, box = planted(np.full((90, 460), back, np.uint8), text, cap, grey, (23, 31))
    found = text_regions(jpeg(picture, 85))
    assert holds(found, box)
    assert all(region.top >= box.top - cap and region.bottom <= box.bottom + cap for region in found)


@pytest.mark.parametrize("seed", range(6))
def test_white_text_on_tissue_is_found_and_the_rest_of_the_picture_is_not(seed):
    picture, box = planted(tissue(seed, (400, 512)), LINES[seed % 4], (11, 16, 26)[seed % 3], 255, (40 + 7 * seed, 200))
    (found,) = text_regions(jpeg(picture, 75))
    assert holds((found,), box)
    assert (found.right - found.left) * (found.bottom - found.top) < 4 * (box.right - box.left) * (box.bottom - box.top)


def test_dark_text_is_found_as_light_text_is():
    picture, _ = planted(tissue(3), LINES[0], 14, 255, (60, 100))
    assert text_regions(255 - picture) == text_regions(picture) != ()


@pytest.mark.parametrize("seed", range(8))
def test_tissue_and_noise_hold_no_text(seed):
    assert text_regions(tissue(seed)) == ()
    assert text_regions(np.random.default_rng(seed).integers(0, 256, (256, 256), dtype=np.uint8)) == ()


def test_a_single_letter_a_scale_and_a_frame_are_no_text():
    picture = np.zeros((300, 300), np.uint8)
    marked, _ = planted(picture, "R", 30, 255, (20, 20))
    marked[100:260:8, 280:286] = 255  # marks down the side
    marked[280:292, 40:200:6] = 255  # and along the foot, one pixel wide
    marked[90, 10:270] = marked[270, 10:270] = marked[90:270, 10] = marked[90:270, 270] = 200
    assert text_regions(marked) == ()


def test_what_is_found_is_the_same_on_any_machine():
    """Pinned: letters of a font that is pixels, on ground that is arithmetic."""
    rows, columns = np.mgrid[0:120, 0:200]
    ground = Image.fromarray(((rows * 3 + columns * 5 + (rows * columns) // 7) % 23 + 20).astype(np.uint8))
    ImageDraw.Draw(ground).text((30, 50), "MUELLER 1961-07-04", fill=230, font=ImageFont.load_default_imagefont())
    assert hashlib.sha256(ground.tobytes()).hexdigest() == GROUND
    assert text_regions(ground) == FOUND


GROUND = "121137e5fade589c3626e03dec4faf635bea02082926fce50562be3b24e366b3"
FOUND = (Region(left=27, top=48, right=146, bottom=65),)


def test_an_image_and_its_array_are_the_same_and_nothing_is_written_to():
    picture, _ = planted(tissue(1), LINES[1], 12, 255, (30, 40))
    picture.setflags(write=False)
    assert text_regions(picture) == text_regions(Image.fromarray(picture))


@pytest.mark.parametrize("size", [(1, 1), (4, 300), (300, 4), (5, 5), (9, 31)])
def test_a_picture_too_small_for_text_holds_none(size):
    assert text_regions(np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)) == ()


def test_a_large_picture_is_looked_at_reduced_and_told_in_its_own_pixels():
    picture, box = planted(np.full((700, 9000), 12, np.uint8), LINES[2], 60, 240, (8000, 300))
    assert holds(text_regions(picture), box)


def test_a_page_of_text_is_one_region():
    page = Image.new("L", (1500, 1500), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default_imagefont()
    for row in range(120):
        for column in range(10):
            draw.text((10 + 148 * column, 10 + 12 * row), "lorem 123456 ipsum", fill=0, font=font)
    (region,) = text_regions(page)
    assert region.left <= 10
    assert region.top <= 13
    assert region.right >= 1440
    assert region.bottom >= 1440
