"""a seed -> skin through a dermatoscope or mucosa through an endoscope, drawn from light, pigment and blood"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from curate.probe.fields import Plane, Size, blob, edge, grid, noise, over, shown, sized
from curate.probe.lettering import font, number, word

Generator = np.random.Generator
At = tuple[Plane, Plane]

# reflectance in red, green, blue from pale to deeply pigmented skin (Fitzpatrick I-VI), as sRGB shares
TONES = np.array([[0.95, 0.80, 0.72], [0.90, 0.70, 0.58], [0.80, 0.58, 0.45], [0.65, 0.45, 0.33], [0.45, 0.30, 0.22], [0.30, 0.20, 0.15]])


def _skin(rng: Generator, size: Size, grain: float) -> Plane:
    """Colour with blotches of blood and pigment, and the net of fine lines."""
    place = rng.uniform(0, 4.999)
    tone = TONES[int(place)] * (1 - place % 1) + TONES[int(place) + 1] * (place % 1)
    lines = np.abs(noise(rng, size, grain)) * np.abs(noise(rng, size, 1.5 * grain))
    light = 1 + 0.05 * noise(rng, size, min(size) / 6) - 0.03 * lines
    blood = np.clip(0.5 + 0.5 * noise(rng, size, min(size) / 12), 0, 1)[..., None] * np.array([0, 0.06, 0.05]) * rng.uniform(0, 1.5)
    return np.asarray(tone * light[..., None] - blood)


def _strokes(picture: Plane, rng: Generator, count: int, colour: tuple[int, int, int], wide: int, long: float) -> Plane:
    """Curved lines laid over: hairs or vessels."""
    sheet = shown(picture)
    pen, side = ImageDraw.Draw(sheet), min(sheet.size)
    for _ in range(count):
        start, way, bend = rng.uniform((0, 0), sheet.size), rng.uniform(0, 6.3), rng.normal(0, 0.06)
        steps = way + np.cumsum(np.full(24, bend) + rng.normal(0, 0.05, 24))
        points = start + np.cumsum(np.stack([np.cos(steps), np.sin(steps)], axis=1), axis=0) * side * long / 24 * rng.uniform(0.4, 1)
        pen.line([tuple(point) for point in points], fill=colour, width=int(rng.integers(1, wide + 1)))
    return gaussian_filter(np.asarray(sheet, dtype=np.float64) / 255, (0.5, 0.5, 0))


def dermoscopy(rng: Generator) -> Image.Image:
    """A pigmented lesion through a dermatoscope: net, dots, blue veil, hairs, gel's bubbles, a ruler, a black round frame."""
    size = sized(rng, 180, 340)
    at, fine = grid(size), min(size)
    picture = _skin(rng, size, fine * rng.uniform(0.01, 0.03)) * np.array([1, 0.97, 1.02])
    centre = (rng.normal(0, 0.15), rng.normal(0, 0.2))
    depth = blob(rng, at, centre, tuple(rng.uniform(0.25, 0.85, 2)), rng.uniform(0.05, 0.3))  # type: ignore[arg-type]
    depth = depth + 0.12 * noise(rng, size, fine / 18)
    dark = np.array(rng.uniform((0.2, 0.1, 0.06), (0.75, 0.5, 0.42)))
    inside = edge(depth, rng.uniform(0.02, 0.15))
    picture = over(picture, tuple(dark), rng.uniform(0.4, 0.9) * inside * np.clip(0.75 + 0.3 * noise(rng, size, fine / 25), 0, 1))
    net = 1 - np.abs(noise(rng, size, fine / rng.uniform(35, 70)))
    picture = over(picture, tuple(dark * 0.5), 0.6 * inside * edge(net - 0.6, 0.15) * (rng.random() < 0.7))
    for colour, chance in (((0.4, 0.45, 0.55), 0.25), ((0.15, 0.08, 0.08), 0.4), ((0.75, 0.3, 0.3), 0.3), ((0.9, 0.85, 0.8), 0.2)):
        if rng.random() < chance:
            picture = over(picture, colour, 0.7 * inside * edge(noise(rng, size, fine / rng.uniform(8, 30)) - rng.uniform(0.5, 1.2), 0.15))
    if rng.random() < 0.4:
        picture = _strokes(picture, rng, int(rng.integers(3, 40)), (30, 22, 18), 3, 1.2)
    for _ in range(int(rng.integers(1, 8)) if rng.random() < 0.3 else 0):
        ring = blob(rng, at, tuple(rng.uniform(-0.9, 0.9, 2)), (0.06, 0.06), 0.02)  # type: ignore[arg-type]
        picture = over(picture, (1, 1, 1), 0.6 * np.exp(-((ring / 0.12) ** 2)))
    picture *= (1 - rng.uniform(0, 0.5) * np.clip(np.hypot(*at) - 0.5, 0, None) ** 2)[..., None]
    if rng.random() < 0.35:
        picture *= edge(rng.uniform(0.9, 1.25) - np.hypot(*at), 0.02)[..., None]
    sheet = shown(picture)
    return _ruled(sheet, rng) if rng.random() < 0.12 else sheet


def _ruled(sheet: Image.Image, rng: Generator) -> Image.Image:
    """Millimetre marks along the lower edge."""
    pen, step = ImageDraw.Draw(sheet), sheet.width / rng.uniform(15, 40)
    for place in range(int(sheet.width / step)):
        tall = sheet.height * (0.08 if place % 5 == 0 else 0.04)
        pen.line((place * step, sheet.height - tall, place * step, sheet.height), fill=(20, 20, 20))
    return sheet


def endoscopy(rng: Generator) -> Image.Image:
    """Inside of a hollow organ by its own lamp: folds round a lumen, vessels, wet highlights, a growth; octagonal or round edge, text."""
    size = sized(rng, 180, 340)
    rows, columns = grid(size)
    centre = rng.normal(0, 0.5, 2)
    away = np.hypot(rows - centre[0], (columns - centre[1]) * rng.uniform(0.7, 1.3)) * (1 + 0.15 * noise(rng, size, min(size) / 7))
    base = np.array([rng.uniform(0.65, 1.0), rng.uniform(0.3, 0.62), rng.uniform(0.2, 0.5)])
    depth = np.clip(rng.uniform(0, 0.5) + away * rng.uniform(0.5, 1.4), 0, 1)
    folds = 1 + rng.uniform(0, 0.3) * np.sin(
        np.sqrt(away + 0.01) * rng.uniform(8, 26) + rng.uniform(0, 6) + 0.8 * noise(rng, size, min(size) / 9)
    )
    relief = np.clip(depth * folds * (1 + 0.04 * noise(rng, size, 3)), 0, 1.1)
    picture = relief[..., None] ** np.array([0.8, 1.15, 1.3]) * base
    if rng.random() < 0.6:
        picture = _strokes(picture, rng, int(rng.integers(3, 22)), (150, 40, 40), 2, 0.7)
    for _ in range(int(rng.integers(0, 3))):
        growth = blob(rng, (rows, columns), tuple(rng.normal(0, 0.4, 2)), tuple(rng.uniform(0.15, 0.5, 2)), 0.06)  # type: ignore[arg-type]
        lit = np.clip(growth, 0, 1) ** 0.5
        picture = over(picture, (lit[..., None] * np.clip(base * rng.uniform(0.8, 1.2), 0, 1)), edge(growth, 0.03))
        relief = relief + lit * 0.3
    wet = noise(rng, size, rng.uniform(1.5, 4)) * 0.6 + noise(rng, size, min(size) / 12)
    picture = over(picture, (1, 1, 1), edge(wet + relief - rng.uniform(3.0, 4.0), 0.1))
    if rng.random() < 0.08:
        picture = picture @ np.array([[0.2, 0.5, 0.4], [0.3, 0.6, 0.5], [0.1, 0.2, 0.3]])  # narrow-band light
    sheet = shown(picture * (1 - rng.uniform(0, 0.5) * np.clip(np.hypot(rows, columns) - 0.4, 0, None) ** 2)[..., None])
    return _framed(sheet, rng) if rng.random() < 0.75 else sheet


def _framed(sheet: Image.Image, rng: Generator) -> Image.Image:
    """On the processor's black screen: corners cut or a round view, with or without words beside it."""
    rows, columns = grid((sheet.height, sheet.width))
    wide = sheet.width / min(sheet.size)
    match int(rng.integers(3)):
        case 0:
            inside = edge(0.98 - np.hypot(rows, columns / rng.uniform(1, wide)), 0.01)
        case 1:
            inside = edge(1.98 + (wide - 1) - rng.uniform(0.1, 0.6) - np.abs(rows) - np.abs(columns), 0.01)
        case _:
            inside = np.ones(rows.shape)
    view = shown(np.asarray(sheet, dtype=np.float64) / 255 * inside[..., None])
    left = int(sheet.width * rng.uniform(0, 0.45))
    page = Image.new("RGB", (sheet.width + left + int(rng.integers(0, 30)), sheet.height + int(rng.integers(0, 40))), (0, 0, 0))
    page.paste(view, (left, (page.height - sheet.height) // 2))
    pen = ImageDraw.Draw(page)
    for line in range(int(rng.integers(0, 8)) if left > 40 else 0):
        pen.text((4, 8 + line * 16), f"{word(rng, most=2)} {number(rng)[:5]}"[: left // 6], fill=(220, 220, 220), font=font(11))
    return page
