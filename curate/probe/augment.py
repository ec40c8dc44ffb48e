"""an image and a seed -> the same scene as another place would have published it

A classifier fitted on few sources learns their size, compression, margins and colours instead of the modality. Each step here
changes what a place chooses and keeps what physics and protocol fix: an X-ray may be inverted and a CT may not, a PET may wear a
rainbow, stains vary in optical density, and text is never mirrored.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from curate.probe import degrading, framing, tones

Step = Callable[[Image.Image, np.random.Generator], Image.Image]

GREY = frozenset({"xray", "ct", "mri", "ultrasound", "oct", "pet"})  # one number a pixel; colour is added for display
COLOUR = frozenset({"dermoscopy", "fundus", "histopathology", "microscopy", "endoscopy", "photography"})
SMALLEST = 32  # px: the short side of what comes out is never less

# (step, chance) in this order. Chances are of publishing habits, not fitted: what nearly every source differs in is done most often.
LOOKS: dict[str, tuple[tuple[Step, float], ...]] = {
    "xray": ((tones.invert, 0.15), (tones.window, 0.5), (tones.gamma, 0.7), (tones.tint, 0.05)),  # both polarities of film are published
    "ct": ((tones.window, 0.6), (tones.gamma, 0.5)),  # windows differ, polarity does not
    "mri": ((tones.window, 0.5), (tones.gamma, 0.7)),
    "ultrasound": ((tones.window, 0.4), (tones.gamma, 0.7), (tones.doppler, 0.15), (tones.tint, 0.1)),  # some consoles tint brown or blue
    "oct": ((tones.invert, 0.12), (tones.window, 0.4), (tones.gamma, 0.7), (tones.false_colour, 0.12)),
    "pet": ((tones.invert, 0.35), (tones.window, 0.5), (tones.gamma, 0.6), (tones.false_colour, 0.35)),
    "fundus": ((tones.white_balance, 0.7), (tones.gamma, 0.6), (tones.mix, 0.3), (tones.greyed, 0.05)),  # red-free pictures are grey
    "dermoscopy": ((tones.white_balance, 0.7), (tones.gamma, 0.6), (tones.vignette, 0.3), (tones.mix, 0.2)),
    "histopathology": ((tones.stain, 0.8), (tones.white_balance, 0.5), (tones.gamma, 0.4)),
    "microscopy": (  # stained, fluorescent or in phase contrast
        (tones.white_balance, 0.6), (tones.stain, 0.3), (tones.gamma, 0.5), (tones.mix, 0.3), (tones.vignette, 0.2), (tones.greyed, 0.1),
    ),
    "endoscopy": ((tones.white_balance, 0.7), (tones.gamma, 0.6), (tones.vignette, 0.2), (tones.mix, 0.2)),
    "photography": ((tones.white_balance, 0.7), (tones.gamma, 0.6), (tones.vignette, 0.1), (tones.mix, 0.1)),
}  # fmt: skip
# of pages, charts and other pictures
PLAIN: tuple[tuple[Step, float], ...] = ((tones.white_balance, 0.3), (tones.gamma, 0.4), (tones.greyed, 0.15))

UPRIGHT = frozenset({"xray", "ultrasound", "oct"})  # hung or scanned one way up: flipped sideways alone, turned by little
MARKED = frozenset({"histopathology", "microscopy"})  # have scale bars
OPTICS: tuple[tuple[Step, float], ...] = ((degrading.blur, 0.2), (degrading.sharpen, 0.15), (degrading.noise, 0.25))


def augment(image: Image.Image, seed: int, modality: str) -> Image.Image:
    """The image, changed as a source might: mode L or RGB, sides of 32 to 768 px, equal for equal arguments.

    `modality` is one of the twelve; any other word ('ocr', 'chart', 'other' ...) gets the plain changes that keep text readable.
    """
    rng = np.random.default_rng([seed, *modality.encode()])
    picture = degrading.at_most(framing.shown(image), 768)
    medical = modality in GREY or modality in COLOUR
    for step, chance in (*_geometry(modality, medical), *LOOKS.get(modality, PLAIN), *OPTICS, *_surroundings(modality, medical)):
        if rng.random() < chance:
            picture = step(picture, rng)
    picture = degrading.resize(picture, rng, SMALLEST)
    for chance in (0.7, 0.3):  # most pictures were compressed once, some twice
        if rng.random() < chance:
            picture = degrading.compress(picture, rng)
    if picture.mode == "L" and rng.random() < 0.5:
        picture = picture.convert("RGB")  # half of the sources publish grey pictures in three channels
    return picture


def _geometry(modality: str, medical: bool) -> tuple[tuple[Step, float], ...]:
    if not medical:
        return ((framing.crop, 0.3),)
    turned: tuple[Step, float] = (framing.turn, 0.15 if modality in UPRIGHT else 0.3)
    quarter: tuple[Step, float] = (framing.quarter, 0.5 if modality in MARKED or modality == "dermoscopy" else 0.0)  # no way is up
    return ((framing.unframed, 0.3), (framing.crop, 0.6), (framing.mirror, 0.5), quarter, turned)


def _surroundings(modality: str, medical: bool) -> tuple[tuple[Step, float], ...]:
    if not medical:
        return ((framing.letterbox, 0.2),)
    bar: tuple[Step, float] = (framing.scale_bar, 0.3 if modality in MARKED else 0.05)
    return (bar, (framing.annotate, 0.25), (framing.letterbox, 0.25), (framing.screenshot, 0.05))
