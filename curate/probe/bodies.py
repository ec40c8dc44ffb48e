"""a seed -> a plane through a body by CT, or an X-ray's shadow of it, drawn from what each tissue absorbs"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from curate.probe.fields import Plane, Size, blob, edge, ellipse, grid, noise, shown
from curate.probe.lettering import font

Generator = np.random.Generator
At = tuple[Plane, Plane]
AIR, LUNG, FAT, WATER, SOFT, BLOOD, BONE = -1000.0, -820.0, -100.0, 10.0, 45.0, 150.0, 900.0  # Hounsfield units
# centre and width of windows: brain, subdural, soft tissue, mediastinum, lung, bone
WINDOWS: tuple[tuple[float, float], ...] = ((40, 80), (75, 250), (50, 400), (40, 350), (-600, 1500), (400, 1800))


def _canvas(rng: Generator) -> tuple[Size, At]:
    side = int(rng.integers(180, 330))
    size = (side, int(side * rng.uniform(1, 1.25)))
    return size, grid(size)


def ct(rng: Generator) -> Image.Image:
    """Chest, belly or head across, in a window of reading; reconstruction noise, a couch below, cut close in some."""
    size, at = _canvas(rng)
    part = rng.random()
    if part < 0.35:
        units, windows = _chest(rng, at, size), (WINDOWS[4], WINDOWS[4], WINDOWS[3], WINDOWS[2])
    elif part < 0.65:
        units, windows = _belly(rng, at, size), (WINDOWS[2], WINDOWS[2], WINDOWS[3], WINDOWS[5])
    else:
        units, windows = _skull(rng, at, size), (WINDOWS[0], WINDOWS[0], WINDOWS[1], WINDOWS[5])
    if rng.random() < 0.5:  # couch: a thin shell below
        shell = np.hypot((at[0] - 0.2) / 0.8, at[1] / 1.2) - 0.95
        units = np.where((np.abs(shell) < 0.012) & (at[0] > 0.3) & (units < -900), -200, units)
    units = gaussian_filter(units, rng.uniform(0.4, 1.0)) + gaussian_filter(rng.normal(0, 1, size), 0.7) * rng.uniform(5, 45)
    centre, width = windows[int(rng.integers(4))]
    centre, width = centre + rng.normal(0, 0.1) * width, width * np.exp(rng.normal(0, 0.25))
    image = shown((units - centre) / width + 0.5)
    if rng.random() < 0.35:  # cut to the body or closer
        image = image.crop(
            (int(size[1] * rng.uniform(0.05, 0.2)), int(size[0] * 0.12), int(size[1] * rng.uniform(0.8, 0.95)), int(size[0] * 0.88))
        )
    return image


def _within(units: Plane, depth: Plane, value: float | Plane, softness: float = 0.015) -> Plane:
    share = edge(depth, softness)
    return units * (1 - share) + value * share


def _trunk(rng: Generator, at: At, size: Size) -> tuple[Plane, Plane]:
    """Skin, fat, muscle, spine; the depth inside the muscle wall too."""
    tall, wide = rng.uniform(0.55, 0.75), rng.uniform(0.85, 1.0)
    body = 1 - np.hypot(at[0] / tall, at[1] / wide) * (1 + 0.05 * np.cos(2 * np.arctan2(at[0], at[1])))
    units = _within(np.full(size, AIR), body, FAT + 8 * noise(rng, size, 2))
    fat = rng.uniform(0.03, 0.22)
    units = _within(units, body - fat, SOFT + 12 * noise(rng, size, (2, 5)))
    row = tall * rng.uniform(0.5, 0.62)
    units = _within(units, ellipse(at, (row, 0), (0.13, 0.14)), 300 + 150 * noise(rng, size, 1.5), 0.06)
    units = _within(units, ellipse(at, (row + 0.18, 0), (0.055, 0.06)), 30, 0.1)
    for side in (-1, 1):
        units = _within(units, ellipse(at, (row + 0.2, side * 0.16), (0.05, 0.13)), BONE * 0.5, 0.1)
    return units, body - fat


def _chest(rng: Generator, at: At, size: Size) -> Plane:
    units, wall = _trunk(rng, at, size)
    for place in np.linspace(0, 2 * np.pi, int(rng.integers(9, 16)), endpoint=False):  # ribs
        units = _within(units, ellipse(at, (0.56 * np.sin(place), 0.78 * np.cos(place)), (0.035, 0.07)), BONE * 0.6, 0.15)
    dense = np.clip(noise(rng, size, min(size) / 14) - rng.uniform(0, 2.5), 0, 1) * rng.uniform(0, 600)  # consolidation, ground glass
    vessels = 600 * np.clip(edge(noise(rng, size, 1.8) - 2.0, 0.1) + edge(noise(rng, size, 3.5) - 2.2, 0.1), 0, 1)
    for side in (-1, 1):
        lung = blob(
            rng, at, (rng.normal(-0.03, 0.04), side * rng.uniform(0.38, 0.45)), (rng.uniform(0.36, 0.48), rng.uniform(0.27, 0.33)), 0.03
        )
        units = _within(units, np.minimum(lung, wall * 2), LUNG + 40 * noise(rng, size, 8) + dense + vessels, 0.02)
    heart = blob(rng, at, (rng.uniform(-0.15, 0.05), rng.uniform(0.0, 0.15)), tuple(rng.uniform(0.15, 0.32, 2)), 0.06)  # type: ignore[arg-type]
    units = _within(units, heart, rng.uniform(SOFT, 2 * BLOOD))
    for centre, value in (((-0.1, -0.02), AIR), ((0.28, 0.08), BLOOD)):
        units = _within(units, ellipse(at, centre, (0.06, 0.06)), value, 0.08)
    return units


def _belly(rng: Generator, at: At, size: Size) -> Plane:
    units, wall = _trunk(rng, at, size)
    units = _within(units, wall - 0.12, FAT + 20 * noise(rng, size, 3))
    contrast = rng.uniform(0, 1)
    for centre, radii, value in (
        ((-0.08, -0.42), (0.38, 0.36), 60 + 60 * contrast), ((0.0, 0.55), (0.2, 0.16), 55 + 70 * contrast),
        ((0.22, -0.36), (0.15, 0.11), 40 + 140 * contrast), ((0.22, 0.36), (0.15, 0.11), 40 + 140 * contrast),
        ((0.18, 0.06), (0.06, 0.06), 45 + 200 * contrast),
    ):  # fmt: skip
        at_place = (centre[0] + rng.normal(0, 0.04), centre[1] + rng.normal(0, 0.04))
        organ = blob(rng, at, at_place, (radii[0] * rng.uniform(0.7, 1.2), radii[1] * rng.uniform(0.7, 1.2)), 0.1)
        units = _within(units, np.minimum(organ, wall * 2), value + 10 * noise(rng, size, 2))
    for _ in range(int(rng.integers(4, 16))):
        loop = blob(rng, at, (rng.uniform(-0.4, 0.25), rng.uniform(-0.35, 0.5)), tuple(rng.uniform(0.04, 0.13, 2)), 0.1)  # type: ignore[arg-type]
        units = _within(units, np.minimum(loop, wall * 2), float(rng.choice((SOFT, WATER, 250, AIR))), 0.06)
    return units


def _skull(rng: Generator, at: At, size: Size) -> Plane:
    head = blob(rng, at, (rng.normal(0, 0.04), 0), (rng.uniform(0.75, 0.9), rng.uniform(0.6, 0.75)), 0.015)
    units = _within(np.full(size, AIR), head, 20)
    units = _within(units, head - 0.05, BONE * rng.uniform(0.9, 1.4))
    thick = rng.uniform(0.08, 0.16)
    grey = 32 + 4 * noise(rng, size, 4) + 6 * edge(noise(rng, size, 7) - 0.3, 0.2)
    units = _within(units, head - thick, grey)
    units = _within(units, 0.02 - np.abs(at[1]), WATER + 10, 0.008) if rng.random() < 0.5 else units
    for side in (-1, 1):
        for row in (-0.15, 0.2):
            hole = blob(rng, at, (row, side * rng.uniform(0.07, 0.14)), (rng.uniform(0.1, 0.22), rng.uniform(0.03, 0.07)), 0.2)
            units = _within(units, np.minimum(hole, head), WATER, 0.08)
    if rng.random() < 0.4:
        spot = blob(rng, at, tuple(rng.normal(0, 0.3, 2)), tuple(rng.uniform(0.05, 0.25, 2)), 0.2)  # type: ignore[arg-type]
        units = _within(units, np.minimum(spot, head - thick), float(rng.choice((70, 15, 55))), 0.05)
    if rng.random() < 0.3:  # through the base: bone and air cells
        units = _within(units, np.minimum(noise(rng, size, min(size) / 14) - 0.7, head - thick), BONE * 0.7, 0.05)
        units = _within(units, np.minimum(noise(rng, size, min(size) / 16) - 1.0, head - thick), AIR, 0.05)
    return units


def xray(rng: Generator) -> Image.Image:
    """Shadow of chest, limb, hand, pelvis or jaw: lengths through soft tissue and bone add up; markers; either polarity of film."""
    size, at = _canvas(rng)
    part = rng.random()
    length = _thorax(rng, at, size) if part < 0.45 else _limbs(rng, at, size)
    length = gaussian_filter(length, rng.uniform(0.5, 1.2)) + rng.uniform(0.05, 0.3) * gaussian_filter(length, min(size) / 8)  # scatter
    level = 1 - np.exp(-length * rng.uniform(0.8, 1.6))
    level = (level - np.percentile(level, 1)) / (np.percentile(level, 99.5) - np.percentile(level, 1) + 1e-6)
    level = np.clip(level, 0, None) ** rng.uniform(0.7, 1.4) + rng.uniform(0.005, 0.03) * noise(rng, size, 0.6)
    image = shown(level if rng.random() < 0.88 else 1 - level)
    if rng.random() < 0.4:
        ImageDraw.Draw(image).text(
            tuple(rng.uniform(0.05, 0.85, 2) * image.size), str(rng.choice(("L", "R", "AP"))), fill=255, font=font(18)
        )
    return image


def _thorax(rng: Generator, at: At, size: Size) -> Plane:
    rows, columns = at
    length = edge(1.15 - np.abs(columns) + 0.15 * rows, 0.05) * (0.9 + 0.1 * rows) + 0.5 * edge(-rows - 0.75 - 0.3 * np.abs(columns), 0.1)
    for side in (-1, 1):
        lung = blob(rng, at, (rng.normal(-0.1, 0.03), side * rng.uniform(0.4, 0.5)), (rng.uniform(0.62, 0.8), rng.uniform(0.32, 0.4)), 0.03)
        length -= rng.uniform(0.4, 0.6) * np.sqrt(np.clip(lung, 0, 1)) * (1 - 0.12 * np.abs(noise(rng, size, 3)))
    length += 0.45 * edge(rows - rng.uniform(0.5, 0.65), 0.05)
    length += rng.uniform(0.3, 0.5) * np.sqrt(np.clip(ellipse(at, (0.25, 0.15), (rng.uniform(0.3, 0.42), rng.uniform(0.28, 0.45))), 0, 1))
    length += 0.35 * np.exp(-((columns / rng.uniform(0.09, 0.14)) ** 2)) * (1 + 0.15 * np.cos(rows * 30))
    for place in np.linspace(-0.85, 0.8, int(rng.integers(8, 12))):  # each rib behind falls outwards and comes back in front
        for slope in (0.25, -0.5):
            line = rows - place + slope * (np.abs(columns) - 0.45) + 0.35 * (np.abs(columns) - 0.2) ** 2 * np.sign(slope)
            length += 0.09 * np.exp(-((line / 0.035) ** 2)) * edge(0.88 - np.abs(columns), 0.04) * edge(np.abs(columns) - 0.08, 0.02)
    length += 0.2 * np.exp(-(((rows + 0.75 + 0.2 * np.abs(columns)) / 0.04) ** 2))
    if rng.random() < 0.4:
        length += rng.uniform(0.1, 0.3) * np.clip(noise(rng, size, min(size) / 9), 0, 2) * edge(0.7 - np.abs(columns), 0.1)
    return np.clip(length, 0.02, None)


def _limbs(rng: Generator, at: At, size: Size) -> Plane:
    """One or two long bones, or five fingers: soft outline, dense shell, ends that widen at a joint."""
    turn = rng.choice((0.0, np.pi / 2)) + rng.normal(0, 0.2)
    along, side = at[0] * np.cos(turn) + at[1] * np.sin(turn), at[1] * np.cos(turn) - at[0] * np.sin(turn)
    hand = rng.random() < 0.4
    middles = np.linspace(-0.7, 0.7, 5) if hand else (np.array([0.0]) if rng.random() < 0.5 else np.array([-0.16, 0.18]))
    length = np.zeros(size)
    for middle in middles:
        across = side - middle * (1 + 0.25 * along)
        if hand:
            length = np.maximum(length, 0.35 * np.sqrt(np.clip(1 - (across / 0.17) ** 2, 0, 1)))
        bones = (
            np.cos(along * rng.uniform(3.5, 6) + rng.uniform(-0.4, 0.4))
            if hand
            else np.cos(along * rng.uniform(1.6, 2.4) + rng.uniform(-1, 1))
        )
        wide = (0.055 if hand else rng.uniform(0.1, 0.16)) * (1 + 0.9 * np.clip(1 - np.abs(bones) * 2, 0, 1))
        inside = np.clip(1 - (across / wide) ** 2, 0, 1)
        shell = np.sqrt(inside) - 0.6 * np.sqrt(np.clip(1 - (across / (0.65 * wide)) ** 2, 0, 1))
        length += (
            np.clip(shell + 0.15 * inside * (1 + 0.3 * noise(rng, size, 1.2)), 0, None)
            * edge(np.abs(bones) - 0.06, 0.02)
            * rng.uniform(0.8, 1.2)
        )
    if not hand:
        length += 0.5 * np.sqrt(np.clip(1 - (side / rng.uniform(0.4, 0.75)) ** 2, 0, 1)) * (1 + 0.05 * noise(rng, size, (12, 4)))
    return np.clip(length, 0.01, None)
