"""a random generator -> words and lines of print that look like language and say nothing"""

from __future__ import annotations

import functools

import numpy as np
from PIL import ImageDraw, ImageFont

Generator = np.random.Generator
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

SYLLABLES = tuple(
    "a con de e in re ti o ta pa ti on al er is mo ra tu lo gen ki sis os pro te ne ma li ver bri um path cel dis ven or".split()  # noqa: SIM905
)
NUMBERS = ("{:.1f}", "{:.2f}", "{:.0f}", "{:.3f}", "{:.0f}%", "{:.1f} ± 0.4", "{:.1f} (0.8-1.9)", "p<0.05", "NS", "-")


@functools.cache
def font(size: int) -> Font:
    return ImageFont.load_default(max(6, size))


def word(rng: Generator, *, most: int = 4) -> str:
    made = "".join(SYLLABLES[int(place)] for place in rng.integers(len(SYLLABLES), size=int(rng.integers(1, most + 1))))
    return made.capitalize() if rng.random() < 0.15 else made.upper() if rng.random() < 0.06 else made


def words(rng: Generator, count: int) -> str:
    return " ".join(word(rng) for _ in range(count))


def number(rng: Generator) -> str:
    return NUMBERS[int(rng.integers(len(NUMBERS)))].format(float(rng.gamma(1.5, 12)))


def glyphs(pen: ImageDraw.ImageDraw, rng: Generator, left: float, top: float, size: float, count: int, colour: Colour) -> None:
    """A line of characters in squares, built of strokes like Han characters."""
    for place in range(count):
        corner = left + place * size * 1.08
        if rng.random() < 0.06:
            continue
        for _ in range(int(rng.integers(3, 8))):
            start, end = rng.uniform(0.05, 0.85, 2), rng.uniform(0.05, 0.85, 2)
            upright = rng.random()
            if upright < 0.8:  # most strokes are level or upright
                end[int(upright < 0.4)] = start[int(upright < 0.4)]
            ends = (corner + start[0] * size, top + start[1] * size, corner + end[0] * size, top + end[1] * size)
            pen.line(ends, fill=colour, width=max(1, int(size / 12)))


def paragraph(
    pen: ImageDraw.ImageDraw, rng: Generator, box: tuple[float, float, float, float], size: int, colour: Colour, han: bool
) -> float:
    """Lines of print that fill a box (left, top, right, bottom) and end where a paragraph does; where the next may start."""
    left, top, right, bottom = box
    pitch, stop = size * 1.25, top + size * 1.25 * int(rng.integers(2, 14))
    while top + size < min(bottom, stop):
        last = top + pitch + size >= stop
        width = (right - left) * (rng.uniform(0.2, 0.9) if last else 1)
        if han:
            glyphs(pen, rng, left, top, size, int(width / (size * 1.08)), colour)
        else:
            line, limit = words(rng, 2 + int(width / (3.4 * size))), max(3, int(width / (0.5 * size)))
            pen.text((left, top), line[:limit], fill=colour, font=font(size))
        top += pitch
    return top + rng.uniform(0.3, 1.2) * pitch
