"""a random generator -> smooth fields and soft shapes, of which pictures are drawn"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

Generator = np.random.Generator
Plane = npt.NDArray[np.float64]
Size = tuple[int, int]  # height, width


def noise(rng: Generator, size: Size, smooth: float | tuple[float, float]) -> Plane:
    """Smooth noise of mean 0, standard deviation 1; `smooth` in pixels, down and across. Wide ones are made small and enlarged."""
    down, across = smooth if isinstance(smooth, tuple) else (smooth, smooth)
    step = max(1, int(min(down, across) / 3))
    small = (-(-size[0] // step) + 1, -(-size[1] // step) + 1)
    field = gaussian_filter(rng.normal(size=small), (down / step, across / step))
    if step > 1:
        field = zoom(field, step, order=1)
    field = field[: size[0], : size[1]]
    return np.asarray((field - field.mean()) / (field.std() + 1e-9))


def grid(size: Size) -> tuple[Plane, Plane]:
    """Rows and columns of every pixel, from -1 to 1 along the shorter side, 0 in the middle."""
    half = min(size) / 2
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    return (rows - size[0] / 2 + 0.5) / half, (columns - size[1] / 2 + 0.5) / half


def edge(depth: Plane, softness: float) -> Plane:
    """0 where depth is below 0, 1 above, soft between."""
    return np.asarray(1 / (1 + np.exp(-np.clip(depth / softness, -40, 40))))


def blob(rng: Generator, at: tuple[Plane, Plane], centre: tuple[float, float], radii: tuple[float, float], rough: float = 0.08) -> Plane:
    """Depth inside an uneven, turned ellipse on a grid: 1 in its centre, 0 on its outline, negative outside."""
    turn = rng.uniform(0, np.pi)
    down, right = at[0] - centre[0], at[1] - centre[1]
    along, side = down * np.cos(turn) + right * np.sin(turn), right * np.cos(turn) - down * np.sin(turn)
    angle = np.arctan2(side, along)
    waves = sum((rng.normal() / order * np.cos(order * angle + rng.uniform(0, 6.3)) for order in range(2, 6)), np.zeros_like(angle))
    return np.asarray(1 - np.hypot(along / radii[0], side / radii[1]) / np.clip(1 + rough * waves, 0.3, 2))


def ellipse(at: tuple[Plane, Plane], centre: tuple[float, float], radii: tuple[float, float]) -> Plane:
    """Depth inside an upright ellipse: 1 in its centre, 0 on its outline."""
    return np.asarray(1 - np.hypot((at[0] - centre[0]) / radii[0], (at[1] - centre[1]) / radii[1]))


def over(ground: Plane, colour: tuple[float, ...] | Plane, amount: Plane) -> Plane:
    """A colour laid over an RGB ground (h, w, 3) where `amount` (h, w; 0-1) says."""
    share = np.clip(amount, 0, 1)[..., None]
    return np.asarray(ground * (1 - share) + np.asarray(colour) * share)


def shown(levels: Plane) -> Image.Image:
    """Levels of 0-1, (h, w) or (h, w, 3) -> L or RGB."""
    return Image.fromarray((np.clip(levels, 0, 1) * 255).round().astype(np.uint8))


def sized(rng: Generator, low: int = 160, high: int = 360) -> Size:
    """Sides of a picture: log-uniform, oblong by up to a half."""
    side = np.exp(rng.uniform(*np.log((low, high))))
    return int(side), int(side * np.exp(rng.uniform(-0.2, 0.45)))
