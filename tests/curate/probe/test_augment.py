"""What another place would have made of a picture: the same for the same seed, and only what that modality can be"""

import hashlib

import numpy as np
import pytest
from PIL import Image

from curate.probe import framing, tones
from curate.probe.augment import COLOUR, GREY, LOOKS, augment
from curate.probe.degrading import noise
from schemas.modality import TWELVE

RAMP = np.add.outer(np.arange(90), np.arange(120)).astype(np.uint8)
FLAT = Image.fromarray(np.full((40, 50), 90, np.uint8))


def colour() -> Image.Image:
    return Image.fromarray(np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=-1))


def steps(modality: str) -> set[str]:
    return {step.__name__ for step, _ in LOOKS[modality]}


def test_every_modality_has_its_looks():
    assert set(LOOKS) == set(TWELVE) == GREY | COLOUR


@pytest.mark.parametrize("modality", [*TWELVE, "ocr"])
def test_equal_arguments_give_equal_pictures_of_a_useful_size(modality: str):
    for seed in range(12):
        image = Image.fromarray(RAMP) if modality in GREY else colour()
        made, again = augment(image, seed, modality), augment(image, seed, modality)
        assert made.tobytes() == again.tobytes()
        assert made.mode in ("L", "RGB")
        assert min(made.size) >= 32
        assert max(made.size) <= 768


def test_seeds_and_modalities_give_different_pictures():
    made = {hashlib.sha256(augment(colour(), seed, modality).tobytes()).digest() for seed in range(20) for modality in ("fundus", "ocr")}
    assert len(made) == 40


@pytest.mark.parametrize("modality", ["ct", "mri", "ultrasound"])
def test_polarity_stays_where_physics_fixes_it(modality: str):
    assert "invert" not in steps(modality)
    assert {"invert"} <= steps("xray") & steps("pet") & steps("oct")


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "L"),  # transparency lies on white
        (Image.new("P", (40, 40)), "L"),
        (Image.new("1", (40, 40)), "L"),
        (Image.new("CMYK", (40, 40), (0, 200, 0, 0)), "RGB"),
        (Image.fromarray(np.full((40, 40), 5, np.uint16)), "L"),
        (Image.new("F", (400, 3)), "L"),
    ],
)
def test_every_mode_is_shown(image: Image.Image, mode: str):
    assert framing.shown(image).mode == mode
    assert min(augment(image, 3, "ct").size) >= 32


def test_sixteen_bits_are_stretched_to_their_range():
    deep = Image.fromarray(np.array([[100, 300, 500]], np.uint16))
    assert np.asarray(framing.shown(deep)).tolist() == [[0, 127, 255]]


def test_unframed_takes_a_dark_margin_off_and_leaves_a_small_thing_alone():
    framed = Image.new("L", (60, 60))
    framed.paste(200, (10, 5, 50, 55))
    assert framing.unframed(framed, np.random.default_rng(0)).size == (40, 50)
    small = Image.new("L", (60, 60))
    small.paste(200, (10, 10, 20, 20))
    assert framing.unframed(small, np.random.default_rng(0)).size == (60, 60)


def test_maps_end_where_their_anchors_say():
    for anchors in tones.MAPS:
        ends = tones.coloured(np.array([[0.0, 1.0]]), anchors)
        assert (ends * 255).tolist() == [[list(map(float, anchors[0])), list(map(float, anchors[-1]))]]


def test_stain_leaves_white_nearly_white():
    white = Image.new("RGB", (8, 8), "white")
    lightest = [np.asarray(tones.stain(white, np.random.default_rng(seed))).min() for seed in range(20)]
    assert min(lightest) > 200


def test_noise_of_a_flat_picture_stays_near_its_level():
    made = np.asarray(noise(FLAT, np.random.default_rng(1)), dtype=float)
    assert abs(made.mean() - 90) < 1
    assert 0 < made.std() < 12
