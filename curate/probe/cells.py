"""a seed -> cells under a microscope, or stained tissue, drawn from how light makes the contrast"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from curate.probe.fields import Plane, Size, edge, noise, over, shown, sized

Generator = np.random.Generator
Colour = tuple[float, float, float]


def _places(rng: Generator, size: Size, count: int, apart: float) -> list[tuple[float, float]]:
    """Centres at least `apart` pixels from each other, as far as there is room."""
    kept: list[tuple[float, float]] = []
    for row, column in rng.uniform((-5, -5), (size[0] + 5, size[1] + 5), (3 * count, 2)):
        if len(kept) < count and all((row - r) ** 2 + (column - c) ** 2 > apart**2 for r, c in kept):
            kept.append((float(row), float(column)))
    return kept


def _cell(rng: Generator, size: Size, centre: tuple[float, float], radii: tuple[float, float]) -> tuple[tuple[slice, slice], Plane]:
    """A window of the picture round a cell, and the depth inside its uneven outline: 1 in the centre, 0 on the outline."""
    reach = int(1.7 * max(radii)) + 3
    top, left = max(0, int(centre[0]) - reach), max(0, int(centre[1]) - reach)
    bottom, right = max(top, min(size[0], int(centre[0]) + reach)), max(left, min(size[1], int(centre[1]) + reach))
    rows, columns = np.mgrid[top:bottom, left:right]
    down, right_of, turn = rows - centre[0], columns - centre[1], rng.uniform(0, np.pi)
    along, side = down * np.cos(turn) + right_of * np.sin(turn), right_of * np.cos(turn) - down * np.sin(turn)
    angle = np.arctan2(side, along)
    rough = 1 + 0.06 * sum(rng.normal() * np.cos(order * angle + rng.uniform(0, 6.3)) for order in (2, 3, 4))
    return (slice(top, bottom), slice(left, right)), np.asarray(1 - np.hypot(along / radii[0], side / radii[1]) / rough)


def smear(rng: Generator) -> Image.Image:
    """Stained cells on clear glass: blood, cytology or bacteria; pale discs, dark nuclei, granules."""
    size = sized(rng, 200, 380)
    ground = np.array(rng.uniform((0.75, 0.72, 0.68), (0.97, 0.95, 0.95)))
    picture = ground * (1 + 0.03 * noise(rng, size, 50) + 0.01 * noise(rng, size, 1))[..., None]
    radius = rng.uniform(5, 34)
    body: Colour = tuple(rng.uniform((0.65, 0.4, 0.4), (0.95, 0.75, 0.85)))  # type: ignore[assignment]
    hollow, rods = rng.uniform(0, 0.8), rng.random() < 0.25
    for centre in _places(rng, size, int(rng.uniform(0.1, 0.9) * size[0] * size[1] / (4 * radius**2)) + 3, radius * rng.uniform(1.2, 2)):
        radii = (radius * rng.uniform(0.8, 1.2), radius * (0.35 if rods else rng.uniform(0.8, 1.1)))
        where, depth = _cell(rng, size, centre, radii)
        inside = edge(depth, 0.06) * (1 - hollow * np.exp(-(((depth - 1) / 0.5) ** 2)))
        picture[where] = over(picture[where], body, 0.85 * inside)
        picture[where] = over(picture[where], tuple(0.6 * part for part in body), 0.5 * np.exp(-((depth / 0.08) ** 2)))
    nucleus: Colour = tuple(rng.uniform((0.2, 0.1, 0.4), (0.5, 0.3, 0.65)))  # type: ignore[assignment]
    for centre in _places(rng, size, int(rng.integers(0, 7)), 3 * radius):
        where, depth = _cell(rng, size, centre, (1.8 * radius, 1.7 * radius))
        picture[where] = over(picture[where], tuple(0.5 + 0.5 * part for part in nucleus), 0.8 * edge(depth, 0.05))
        for _ in range(int(rng.integers(1, 5))):
            lobe = tuple(np.array(centre) + rng.normal(0, 0.6 * radius, 2))
            where, depth = _cell(rng, size, lobe, (radius * 0.9, radius * 0.8))  # type: ignore[arg-type]
            picture[where] = over(picture[where], nucleus, 0.9 * edge(depth, 0.1))
    return shown(gaussian_filter(picture, (*[rng.uniform(0.3, 1.5)] * 2, 0)))


def fluorescence(rng: Generator) -> Image.Image:
    """One to three dyes on black: nuclei, bodies with fibres, dots; grey where there is one."""
    size = sized(rng, 180, 360)
    dyes = int(rng.integers(1, 4))
    picture = np.zeros((*size, 3))
    hues = rng.permutation(np.array([[0.1, 0.2, 1], [0, 1, 0.2], [1, 0.1, 0.1], [1, 0, 1], [0, 1, 1]]))
    radius = rng.uniform(4, 26)
    places = _places(rng, size, int(rng.integers(5, 120)), radius * rng.uniform(1, 3))
    for dye in range(dyes):
        light = np.zeros(size)
        for centre in places:
            where, depth = _cell(rng, size, centre, (radius * rng.uniform(0.7, 1.2) * (1 + dye), radius * rng.uniform(0.6, 1) * (1 + dye)))
            strength = rng.uniform(0.2, 1)
            light[where] += strength * (edge(depth, 0.08) if dye == 0 else np.clip(depth, 0, 1) ** 0.6)
        if dye:
            light *= np.clip(0.5 + 0.6 * noise(rng, size, (1.2, rng.uniform(1.2, 6))), 0, None)
        elif rng.random() < 0.3:
            light = np.abs(np.gradient(gaussian_filter(light, 1))[0]) * 3 + 0.1 * light  # membranes, and rings of dark field
        light = gaussian_filter(light * (1 + 0.2 * noise(rng, size, 3)), rng.uniform(0.5, 2)) + 0.03 * np.abs(noise(rng, size, 0.5))
        picture += np.clip(light, 0, None)[..., None] * (hues[dye] if dyes > 1 or rng.random() < 0.5 else np.ones(3))
    picture = np.clip(picture / np.percentile(picture, 99.8), 0, 1) ** rng.uniform(0.5, 1.2)
    return shown(picture)


def phase(rng: Generator) -> Image.Image:
    """Unstained cells on grey with bright halos: phase or differential interference contrast."""
    size, radius = sized(rng, 180, 360), rng.uniform(6, 36)
    path = np.zeros(size)
    for centre in _places(rng, size, int(rng.integers(2, 70)), radius * rng.uniform(1, 2)):
        where, depth = _cell(rng, size, centre, (radius * rng.uniform(0.7, 2.2), radius * rng.uniform(0.5, 1)))
        path[where] += np.sqrt(np.clip(depth, 0, 1)) * (1 + 0.2 * noise(rng, depth.shape, 2) if min(depth.shape) > 6 else 1)
    if rng.random() < 0.5:
        light = gaussian_filter(path, 1) - gaussian_filter(path, radius * rng.uniform(0.2, 0.5))  # the halo is what the phase ring lets by
    else:
        turn = rng.uniform(0, 6.3)
        down, right = np.gradient(gaussian_filter(path, 1))
        light = 3 * (down * np.cos(turn) + right * np.sin(turn))  # shear of DIC
    light = light / (np.abs(light).max() + 1e-9)
    level = (
        rng.uniform(0.35, 0.65)
        + rng.choice((-1, 1)) * rng.uniform(0.3, 0.8) * light
        + 0.05 * noise(rng, size, 60)
        + 0.02 * noise(rng, size, 0.7)
    )
    tint = np.ones(3) if rng.random() < 0.7 else rng.uniform(0.85, 1.1, 3)
    return shown(level[..., None] * tint)


def tissue(rng: Generator) -> Image.Image:
    """A stained section: fibres or cell bodies in eosin (or bare), nuclei in haematoxylin, glands, fat or gaps; DAB's brown in some."""
    size = sized(rng, 200, 360)
    picture = np.ones((*size, 3)) * rng.uniform(0.9, 0.98)
    density = np.clip(0.75 + 0.25 * noise(rng, size, (rng.uniform(3, 9), rng.uniform(6, 30))) + 0.1 * noise(rng, size, 1.2), 0, 1.4)
    gaps = edge(noise(rng, size, rng.uniform(10, 40)) - rng.uniform(0.6, 3), 0.08)
    eosin = np.array(rng.uniform((0.02, 0.3, 0.1), (0.15, 0.65, 0.4)))  # optical density in red, green, blue
    blue = np.array(rng.uniform((0.4, 0.5, 0.15), (1.0, 1.1, 0.45)))
    brown = np.array([0.35, 0.6, 0.9]) * rng.uniform(0.6, 1.3)
    stained = rng.random() < 0.25
    amount = density * (1 - gaps)
    depth_all = amount[..., None] * (eosin if not stained else 0.12 * blue)
    if stained:
        depth_all += (np.clip(noise(rng, size, rng.uniform(8, 30)), 0, 2) * amount)[..., None] * brown
    radius = rng.uniform(3, 15)
    crowd = np.clip(0.5 + 0.6 * noise(rng, size, rng.uniform(10, 40)), 0, 1) if rng.random() < 0.6 else np.ones(size)
    slim = rng.uniform(0.4, 1)
    for row, column in _places(rng, size, int(rng.uniform(0.15, 0.75) * size[0] * size[1] / (4 * radius**2)), radius * 1.5):
        at = min(max(int(row), 0), size[0] - 1), min(max(int(column), 0), size[1] - 1)
        if rng.random() > crowd[at] * (1 - gaps[at]):
            continue
        where, depth = _cell(rng, size, (row, column), (radius * rng.uniform(0.8, 1.3), radius * slim * rng.uniform(0.8, 1.2)))
        inside = edge(depth, 0.1) * (rng.uniform(0.5, 1) + 0.15 * rng.normal(size=depth.shape))
        depth_all[where] += inside[..., None] * blue
    return shown(gaussian_filter(picture * 10**-depth_all, (*[rng.uniform(0.3, 1.2)] * 2, 0)))
