"""a seed -> recorded curves on ruled paper, or bands of a gel: charts that no plotting program drew"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from curate.probe.lettering import font, word

Generator = np.random.Generator
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
# centre and width as shares of a beat, height in shares of R: P, Q, R, S, T
WAVES = ((0.2, 0.025, 0.12), (0.36, 0.008, -0.12), (0.38, 0.01, 1.0), (0.4, 0.009, -0.25), (0.62, 0.045, 0.28))


def signals(rng: Generator) -> Image.Image:
    """Electrocardiogram leads on pink, blue or plain squares, or an electroencephalogram's channels."""
    width, height = int(rng.integers(320, 768)), int(rng.integers(200, 600))
    papers = (
        ((255, 245, 243), (240, 175, 170)),
        ((255, 255, 255), (220, 220, 220)),
        ((245, 250, 255), (170, 195, 225)),
        ((255, 255, 255), None),
    )
    paper, rule = papers[int(rng.integers(4))]
    page = Image.new("RGB", (width, height), paper)
    pen, step = ImageDraw.Draw(page), rng.uniform(4, 10)
    for line in range(int(max(width, height) / step) if rule else 0):
        wide = 2 if line % 5 == 0 else 1
        pen.line((line * step, 0, line * step, height), fill=rule, width=wide)
        pen.line((0, line * step, width, line * step), fill=rule, width=wide)
    rows, columns, heart = int(rng.integers(1, 9)), int(rng.integers(1, 5)), rng.random() < 0.7
    for row in range(rows):
        for column in range(columns):
            left, middle, long = column * width / columns, (row + 0.5) * height / rows, width / columns
            along = np.arange(0, int(long))
            up = (_beats if heart else _brain)(rng, along) * 0.4 * height / rows
            pen.line([(left + x, middle - y) for x, y in zip(along, up)], fill=(10, 10, 40), width=int(rng.integers(1, 3)))
            pen.text((left + 4, middle - 0.45 * height / rows), LEADS[(row + column * rows) % 12], fill=(0, 0, 0), font=font(11))
    return page


def _beats(rng: Generator, along: np.ndarray) -> np.ndarray:
    beat = rng.uniform(40, 120)
    phase = (along / beat + rng.random()) % 1
    waves = sum(rng.normal(1, 0.3) * high * np.exp(-(((phase - centre) / wide) ** 2) / 2) for centre, wide, high in WAVES)
    return np.asarray(waves * rng.choice((1, 1, 0.5, -0.7)) + rng.normal(0, 0.015, along.shape) + 0.05 * np.sin(along / 150))


def _brain(rng: Generator, along: np.ndarray) -> np.ndarray:
    return sum(rng.normal(0, 0.25) * np.sin(along / rng.uniform(2, 30) + rng.uniform(0, 6)) for _ in range(9)) + rng.normal(
        0, 0.05, along.shape
    )


def gel(rng: Generator) -> Image.Image:
    """A blot or gel: soft dark bands in lanes (or light ones on black), names beside the rows."""
    width, height = int(rng.integers(240, 640)), int(rng.integers(160, 480))
    page = Image.new("L", (width, height), 255)
    pen, strips, lanes = ImageDraw.Draw(page), int(rng.integers(1, 7)), int(rng.integers(2, 13))
    left, right, light = int(0.2 * width), int(0.92 * width), rng.random() < 0.25
    for strip in range(strips):
        top, tall = int((strip + 0.1) * height / strips), int(0.8 * height / strips)
        rows, columns = np.arange(tall), np.arange(right - left)
        dark = np.full((tall, right - left), rng.uniform(0.05, 0.25))
        for lane in range(lanes):
            for _ in range(1 if strips > 2 else int(rng.integers(1, 7))):
                centre, at = (lane + 0.5) / lanes * (right - left), rng.uniform(0.25, 0.75) * tall
                across, down = (columns - centre) / (0.36 * (right - left) / lanes), (rows - at) / rng.uniform(2.5, 7)
                dark += rng.uniform(0.1, 0.9) * np.outer(np.exp(-(down**2)), np.exp(-(across**4)))
        dark = gaussian_filter(dark + rng.normal(0, 0.02, dark.shape), 0.7)
        levels = (np.clip(dark if light else 1 - dark, 0, 1) * 255).astype(np.uint8)
        page.paste(Image.fromarray(levels), (left, top))
        pen.rectangle((left, top, right, top + tall), outline=0)
        pen.text((2, top + tall / 2 - 6), word(rng)[:7], fill=0, font=font(12))
    return page
