"""a seed -> ultrasound, OCT or PET, drawn from how each comes about"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, map_coordinates

from curate.probe.fields import Plane, Size, blob, edge, ellipse, grid, noise, shown, sized
from curate.probe.lettering import font, number, word
from curate.probe.tones import MAPS, coloured

Generator = np.random.Generator


def _speckle(rng: Generator, strength: Plane, psf: tuple[float, float], decibels: float) -> Plane:
    """Envelope of complex Gaussian scatterers blurred by the pulse (axial, lateral, px), in log scale over `decibels` -> 0-1."""
    scatter = rng.normal(size=(2, *strength.shape)) * np.sqrt(strength)
    echo = np.hypot(*(gaussian_filter(part, psf) for part in scatter))
    echo = echo / (np.percentile(echo, 99.5) + 1e-12)
    return np.clip(1 + 20 * np.log10(echo + 1e-6) / decibels, 0, 1)


def _echoes(rng: Generator, size: Size) -> Plane:
    """What scatters below a probe: layers, nodules, cysts, walls that shadow; weaker with depth."""
    rows, columns = grid(size)
    tilt = rng.uniform(-0.15, 0.15) * columns + 0.1 * noise(rng, size, (30, 40))
    layers = noise(rng, (size[0], 1), (size[0] / rng.uniform(12, 40), 0.1))[:, 0]
    depth = np.clip((rows + tilt + 1) / 2, 0, 1) * (size[0] - 1)
    strength = 10 ** (rng.uniform(0.1, 0.6) * layers[depth.astype(int)] + 0.25 * noise(rng, size, (4, 14)))
    for _ in range(int(rng.integers(0, 5))):
        inside = blob(rng, (rows, columns), tuple(rng.uniform(-0.7, 0.7, 2)), tuple(rng.uniform(0.08, 0.45, 2)), 0.1)  # type: ignore[arg-type]
        strength *= 10 ** (rng.choice((-3.0, -1.2, -0.8, 0.7)) * edge(inside, 0.05))
        strength *= 1 + rng.uniform(0, 20) * np.exp(-((inside / 0.05) ** 2)) * edge(-np.abs(columns) + 0.8, 0.1)
    for _ in range(int(rng.integers(0, 3))):
        line = rng.uniform(-0.8, 0.8) + 0.2 * noise(rng, (1, size[1]), (0.1, size[1] / 6))
        wide = edge(rng.uniform(0.1, 0.7) - np.abs(columns - rng.uniform(-0.6, 0.6)), 0.03)
        strength *= 1 + wide * 60 * np.exp(-(((rows - line) / 0.02) ** 2))
        if rng.random() < 0.5:
            strength *= 10 ** (-rng.uniform(0.5, 2.5) * wide * edge(rows - line - 0.03, 0.02))
    return strength * 10 ** (-rng.uniform(0.2, 1.6) * (rows + 1) / 2)


def _fan(image: Plane, half: float, near: float, size: Size) -> Plane:
    """Beams of a curved probe laid out: `half` is half of the angle, `near` the radius of its face as a share of the depth."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    reach = (size[0] - 1) / (1 + near - near * np.cos(half))
    down, right = rows / reach + near * np.cos(half), (columns - size[1] / 2) / reach
    radius, angle = np.hypot(down, right), np.arctan2(right, down)
    beam, depth = (angle / half + 1) / 2 * (image.shape[1] - 1), (radius - near) * (image.shape[0] - 1)
    return np.asarray(map_coordinates(image, [depth, beam], order=1, cval=0))


def ultrasound(rng: Generator) -> Image.Image:
    """B-mode by a linear or curved probe, alone or on a console's screen; now and then an M-mode strip of it."""
    size = (int(rng.integers(180, 340)), int(rng.integers(180, 340)))
    psf = (rng.uniform(0.5, 1.4), rng.uniform(1.2, 4.5))
    image = _speckle(rng, _echoes(rng, size), psf, rng.uniform(40, 75))
    image = gaussian_filter(image, rng.uniform(0, 0.9)) ** rng.uniform(0.8, 1.6)
    if rng.random() < 0.55:
        half = rng.uniform(0.45, 0.8)
        image = _fan(image, half, float(rng.choice((rng.uniform(0.02, 0.08), rng.uniform(0.3, 0.8)))), (size[0], int(size[0] * 1.5)))
    if rng.random() < 0.1:
        image = np.repeat(image[:, image.shape[1] // 2 : image.shape[1] // 2 + 24], 16, axis=1)
        image = np.roll(image, 4, axis=0) * 0.4 + image * 0.6
    picture = shown(image)
    return _console(picture, rng) if rng.random() < 0.5 else picture


def _console(picture: Image.Image, rng: Generator) -> Image.Image:
    """The picture on black, with a grey bar, depth ticks, settings and a name."""
    left, top = int(picture.width * rng.uniform(0.05, 0.35)), int(picture.height * rng.uniform(0.05, 0.2))
    width, height = picture.width + left + int(rng.integers(10, 80)), picture.height + top + int(rng.integers(10, 60))
    page = Image.new("RGB", (width, height), (0, 0, 0))
    page.paste(picture.convert("RGB"), (left, top))
    pen, ink, size = ImageDraw.Draw(page), tuple(int(part) for part in rng.choice((120, 200, 255), 3)), int(rng.integers(8, 14))
    for line in range(int(rng.integers(2, 12))):
        pen.text((4, top + 1.4 * size * line), f"{word(rng, most=1)} {number(rng)[:4]}", fill=ink, font=font(size))
    pen.text((4, 2), f"{word(rng).upper()} {number(rng)} {word(rng)}", fill=ink, font=font(size))
    for tick in range(0, picture.height, max(8, picture.height // int(rng.integers(6, 18)))):
        pen.line((width - 8, top + tick, width - 3, top + tick), fill=ink)
    bar = np.linspace(255, 0, picture.height // 3)[:, None].repeat(7, axis=1).astype(np.uint8)
    page.paste(Image.fromarray(bar), (max(0, left - 14), top))
    return page


def oct(rng: Generator) -> Image.Image:
    """A B-scan: retina round a pit, cornea, skin, or a vessel from inside; speckle and noise in log scale."""
    size = (int(rng.integers(150, 300)), int(rng.integers(200, 420)))
    rows, columns = grid(size)
    kind = rng.random()
    tilt = rng.uniform(-0.25, 0.25) * columns + rng.uniform(-0.2, 0.15) * columns**2 + 0.03 * noise(rng, size, (60, 30))
    if kind < 0.7:
        strength = _retina(rng, rows - rng.uniform(-0.3, 0.4) - tilt, columns, size)
    else:  # one bright surface over tissue that fades
        below = rows + rng.uniform(0.2, 0.7) - tilt * 2
        strength = edge(below, 0.01) * (np.exp(-np.clip(below, 0, None) * rng.uniform(1.5, 5)) + 3 * np.exp(-((below / 0.02) ** 2)))
        strength *= 10 ** (0.2 * noise(rng, size, (2.5, 9)))
    if kind > 0.88:
        strength = _fan_round(strength)
    floor = 10 ** -rng.uniform(1.3, 2.5)
    psf = (rng.uniform(0.4, 0.9), rng.uniform(0.4, 1.4))
    seen = _speckle(rng, strength + floor, psf, rng.uniform(22, 45))
    averaged = np.mean([seen, *(_speckle(rng, strength + floor, psf, 35) for _ in range(int(rng.integers(0, 4))))], axis=0)
    return shown((averaged - rng.uniform(0, 0.3)) * rng.uniform(0.9, 1.4))


def _retina(rng: Generator, below: Plane, columns: Plane, size: Size) -> Plane:
    """Scatter of the layers from inner surface to choroid, round a pit; fluid or bumps in some."""
    pit, thick = rng.uniform(-0.8, 0.8), rng.uniform(0.3, 0.6)
    hollow = rng.uniform(0.2, 0.6) * np.exp(-(((columns - pit) / rng.uniform(0.2, 0.4)) ** 2)) * (rng.random() < 0.75)
    bumps = sum(
        (rng.uniform(0, 0.1) * np.exp(-(((columns - rng.uniform(-1.3, 1.3)) / rng.uniform(0.04, 0.1)) ** 2)) for _ in range(4)),
        np.zeros_like(below),
    )
    share = (below + bumps * (rng.random() < 0.4)) / (thick * (1 - hollow)) + 1  # 0 on the inner surface, 1 on the pigment layer
    ends = np.sort(np.concatenate([[0, 1, 1.08], rng.uniform(0.1, 0.95, 6)]))
    levels = 10 ** -np.array([0, *rng.uniform(0.3, 1.5, 6), 0.0])  # nerve fibres and pigment layer are brightest
    strength = np.zeros_like(share)
    for start, end, level in zip(ends, ends[1:], levels):
        strength += level * edge(share - start, 0.02) * edge(end - share, 0.02)
    strength += rng.uniform(0.1, 0.5) * edge(share - 1.08, 0.02) * np.exp(-np.clip(share - 1.08, 0, None) * rng.uniform(1, 4))
    for _ in range(int(rng.integers(0, 5)) if rng.random() < 0.4 else 0):
        hole = ellipse((share, columns), (rng.uniform(0.3, 0.8), pit + rng.normal(0, 0.3)), (rng.uniform(0.1, 0.3), rng.uniform(0.05, 0.2)))
        strength *= 1 - 0.95 * edge(hole, 0.05)
    return strength * 10 ** (0.12 * noise(rng, size, (2, 6)) - 0.6 * edge(noise(rng, (1, size[1]), (0.1, 3)) - 2.2, 0.1))


def _fan_round(image: Plane) -> Plane:
    """Depth by angle -> the ring that a turning catheter sees."""
    image = np.concatenate([image, image[:, ::-1]], axis=1)  # so that it closes without a seam
    side = image.shape[0]
    rows, columns = grid((side, side))
    turns = (np.arctan2(rows, columns) / (2 * np.pi) + 0.5) * (image.shape[1] - 1)
    return np.asarray(map_coordinates(image, [np.hypot(rows, columns) * (side - 1), turns], order=1, cval=0))


def pet(rng: Generator) -> Image.Image:
    """Uptake blurred by the scanner (5-8 mm): head or trunk in any plane, or a projection; grey, inverted, coloured or over CT."""
    size = sized(rng, 96, 240)
    at = grid(size)
    kind = rng.random()
    if kind < 0.4:
        body, uptake = _head(rng, at, size)
    elif kind < 0.75:
        body, uptake = _trunk(rng, at)
    else:
        size = (int(size[0] * 1.6), size[0])
        at = grid(size)
        body, uptake = _whole(rng, at)
    blurred = gaussian_filter(uptake, min(size) * rng.uniform(0.01, 0.03))
    counts = rng.uniform(30, 1500)
    seen = gaussian_filter(rng.poisson(np.clip(blurred, 0, None) * counts) / counts, min(size) * rng.uniform(0.004, 0.015))
    level = np.clip(seen / (np.percentile(seen, rng.uniform(98, 99.9)) + 1e-6), 0, 1)
    return _toned(rng, level, body, size)


def _toned(rng: Generator, level: Plane, body: Plane, size: Size) -> Image.Image:
    tone = rng.random()
    if tone < 0.45:
        return shown(level)
    if tone < 0.7:
        return shown(1 - level)
    colour = coloured(level, MAPS[int(rng.integers(len(MAPS)))])
    if tone < 0.8:
        return shown(colour)
    tissue = np.clip(0.45 * edge(body, 0.02) + 0.06 * noise(rng, size, 3) * edge(body, 0.02), 0, 1)  # fused with CT
    bone = edge(0.04 - np.abs(body - rng.uniform(0.08, 0.3)), 0.01) * edge(noise(rng, size, 6) - 0.2, 0.1)
    share = np.clip(level * 1.3, 0, rng.uniform(0.5, 0.9))[..., None]
    return shown((tissue + bone * 0.5)[..., None] * (1 - share) + colour * share)


def _head(rng: Generator, at: tuple[Plane, Plane], size: Size) -> tuple[Plane, Plane]:
    """Cortex brighter than white matter, paired deep nuclei."""
    body = blob(rng, at, (0, 0), (rng.uniform(0.75, 0.92), rng.uniform(0.6, 0.8)), 0.02)
    rim = np.exp(-(((body - 0.2) / 0.12) ** 2))
    uptake = edge(body - 0.08, 0.03) * (0.35 + rim * (0.6 + 0.25 * noise(rng, size, min(size) / 14)))
    for side in (-1, 1):
        uptake += 0.6 * edge(ellipse(at, (rng.uniform(-0.15, 0.15), side * rng.uniform(0.12, 0.25)), (0.17, 0.09)), 0.1)
    return body, uptake * (0.95 if rng.random() < 0.8 else rng.uniform(0.3, 1) + 0 * body)


def _trunk(rng: Generator, at: tuple[Plane, Plane]) -> tuple[Plane, Plane]:
    """Across the chest or belly: low uptake, organs of middle uptake, foci."""
    body = ellipse(at, (0, 0), (rng.uniform(0.55, 0.75), rng.uniform(0.85, 1.1)))
    uptake = rng.uniform(0.02, 0.12) * edge(body, 0.03)
    for _ in range(int(rng.integers(1, 6))):
        centre = (rng.uniform(-0.35, 0.35), rng.uniform(-0.6, 0.6))
        uptake += rng.uniform(0.1, 0.5) * edge(blob(rng, at, centre, tuple(rng.uniform(0.1, 0.4, 2)), 0.15), 0.08) * edge(body, 0.02)  # type: ignore[arg-type]
    for _ in range(int(rng.integers(0, 5))):
        uptake += rng.uniform(0.5, 2) * edge(ellipse(at, (rng.uniform(-0.4, 0.4), rng.uniform(-0.7, 0.7)), (0.06, 0.06)), 0.1)
    return body, uptake


def _whole(rng: Generator, at: tuple[Plane, Plane]) -> tuple[Plane, Plane]:
    """From the front: head, trunk, arms or none, legs; brain, heart, liver, kidneys, bladder."""
    rows, columns = at[0] * rng.uniform(0.85, 1.1), at[1] * rng.uniform(0.85, 1.15)
    parts = [((-1.3, 0.0), (0.2, 0.16)), ((-0.5, 0.0), (0.65, 0.38)), ((0.5, -0.17), (1.0, 0.15)), ((0.5, 0.17), (1.0, 0.15))]
    parts += [((-0.4, side * 0.5), (0.7, 0.09)) for side in (-1, 1)] * int(rng.random() < 0.7)
    body = np.max([ellipse((rows, columns), *part) for part in parts], axis=0)
    uptake = rng.uniform(0.05, 0.2) * edge(body, 0.03)
    organs = [
        ((-1.35, 0), (0.13, 0.12), 1.0),
        ((-0.65, 0.08), (0.1, 0.1), 0.6),
        ((-0.4, -0.13), (0.15, 0.2), 0.4),
        ((-0.22, -0.16), (0.08, 0.05), 0.6),
    ]
    organs += [((-0.22, 0.16), (0.08, 0.05), 0.6), ((0.25, 0), (0.08, 0.1), 1.2)]
    for centre, radii, strength in organs:
        uptake += strength * rng.uniform(0, 1.3) * edge(ellipse((rows, columns), centre, radii), 0.15)
    for _ in range(int(rng.integers(0, 9))):
        uptake += rng.uniform(0.3, 1.2) * edge(ellipse((rows, columns), (rng.uniform(-1.1, 0.5), rng.normal(0, 0.15)), (0.04, 0.04)), 0.2)
    return body, uptake
