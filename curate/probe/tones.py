"""a picture -> the same with other brightness, contrast or colours: what a display, a camera or a stain decides"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Plane = npt.NDArray[np.float64]
Generator = np.random.Generator

# Ruifrok and Johnston 2001, 'Quantification of histochemical staining by color deconvolution': optical density of
# haematoxylin, eosin and DAB in red, green, blue, each of length 1
STAINS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])

# anchors of the maps that nuclear medicine and OCT consoles offer, dark to bright
MAPS: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((0, 0, 0), (128, 0, 0), (255, 64, 0), (255, 160, 0), (255, 255, 255)),  # hot iron
    ((0, 0, 0), (0, 0, 160), (0, 160, 160), (0, 200, 0), (255, 255, 0), (255, 0, 0)),  # rainbow
    ((0, 0, 96), (0, 64, 255), (0, 255, 255), (255, 255, 0), (255, 0, 0), (128, 0, 0)),  # jet
    ((0, 0, 0), (64, 0, 128), (200, 40, 80), (255, 160, 40), (255, 255, 200)),  # inferno-like
)


def values(image: Image.Image) -> Plane:
    return np.asarray(image, dtype=np.float64) / 255


def picture(levels: Plane) -> Image.Image:
    """Levels of 0-1, (h, w) or (h, w, 3) -> L or RGB."""
    return Image.fromarray((np.clip(levels, 0, 1) * 255).round().astype(np.uint8))


def coloured(levels: Plane, anchors: tuple[tuple[int, int, int], ...]) -> Plane:
    """(h, w) of 0-1 through a map -> (h, w, 3)."""
    places, table = np.linspace(0, 1, len(anchors)), np.array(anchors, dtype=np.float64) / 255
    return np.stack([np.interp(levels, places, table[:, channel]) for channel in range(3)], axis=-1)


def grey(image: Image.Image) -> Plane:
    return values(image.convert("L"))


def gamma(image: Image.Image, rng: Generator) -> Image.Image:
    """Display gamma, gain and offset."""
    power = float(np.exp(rng.uniform(-0.5, 0.5)))  # 0.6-1.65: from sRGB shown as linear to the reverse is 2.2, half of it each way
    return picture(values(image) ** power * rng.uniform(0.75, 1.15) + rng.uniform(-0.08, 0.06))


def window(image: Image.Image, rng: Generator) -> Image.Image:
    """Another centre and width of what is displayed."""
    low, high = rng.uniform(-0.15, 0.2), rng.uniform(0.65, 1.1)
    return picture((values(image) - low) / (high - low))


def invert(image: Image.Image, rng: Generator) -> Image.Image:
    return picture(1 - values(image))


def tint(image: Image.Image, rng: Generator) -> Image.Image:
    """One hue over all greys, as blue film base and the warm maps of ultrasound consoles give; black and white stay."""
    level = grey(image)[..., None]
    hue = rng.uniform(-0.12, 0.12, 3)
    return picture(level + hue * 4 * level * (1 - level))


def false_colour(image: Image.Image, rng: Generator) -> Image.Image:
    return picture(coloured(grey(image), MAPS[int(rng.integers(len(MAPS)))]))


def doppler(image: Image.Image, rng: Generator) -> Image.Image:
    """Colour Doppler: red and blue flow inside an upright box, where the tissue below is dark."""
    level = grey(image)
    height, width = level.shape
    top, left = int(height * rng.uniform(0.1, 0.5)), int(width * rng.uniform(0.1, 0.5))
    bottom, right = top + max(4, int(height * rng.uniform(0.2, 0.4))), left + max(4, int(width * rng.uniform(0.2, 0.4)))
    shown = np.repeat(level[..., None], 3, axis=2)
    box = level[top:bottom, left:right]
    rows, columns = np.mgrid[0 : box.shape[0], 0 : box.shape[1]] / max(box.shape)
    waves = np.sin(rows * rng.uniform(4, 14) + rng.uniform(0, 6)) + np.sin(columns * rng.uniform(4, 14) + rng.uniform(0, 6))
    speed = np.clip(np.abs(waves) - rng.uniform(0.2, 1.0), 0, 1) * (box < rng.uniform(0.3, 0.6))
    towards, away = (
        coloured(speed, ((120, 0, 0), (255, 60, 0), (255, 240, 0))),
        coloured(speed, ((0, 0, 120), (0, 90, 255), (80, 255, 255))),
    )
    flow = np.where((waves > 0)[..., None], towards, away)
    shown[top:bottom, left:right] = np.where((speed > 0)[..., None], flow, shown[top:bottom, left:right])
    return picture(shown)


def white_balance(image: Image.Image, rng: Generator) -> Image.Image:
    """Gain of each channel and saturation: lamp, camera and its settings."""
    levels = values(image.convert("RGB")) * np.exp(rng.normal(0, 0.12, 3))  # 0.12: some 1,500 K round daylight
    mean = levels.mean(axis=2, keepdims=True)
    return picture(mean + (levels - mean) * rng.uniform(0.55, 1.45))


def mix(image: Image.Image, rng: Generator) -> Image.Image:
    """A little of every channel in every other, as other sensors' filters overlap."""
    matrix = np.eye(3) + rng.normal(0, 0.1, (3, 3))
    return picture(values(image.convert("RGB")) @ (matrix / matrix.sum(axis=0, keepdims=True)))


def greyed(image: Image.Image, rng: Generator) -> Image.Image:
    """One channel or their mean: green is what red-free photography keeps."""
    channel = int(rng.integers(4))
    return image.convert("L") if channel == 3 else image.convert("RGB").getchannel(channel)


def stain(image: Image.Image, rng: Generator) -> Image.Image:
    """Amount and hue of each stain, in optical density (Tellez 2018, 'H and E stain augmentation')."""
    density = -np.log10(np.clip(values(image.convert("RGB")), 1 / 255, 1))
    vectors = STAINS / np.linalg.norm(STAINS, axis=1, keepdims=True)
    amounts = density @ np.linalg.inv(vectors)
    amounts = amounts * rng.uniform(0.65, 1.4, 3) + rng.normal(0, 0.02, 3)
    moved = vectors * np.exp(rng.normal(0, 0.1, (3, 3)))  # dyes differ by vendor
    return picture(10 ** -(amounts @ (moved / np.linalg.norm(moved, axis=1, keepdims=True))))


def vignette(image: Image.Image, rng: Generator) -> Image.Image:
    """Light that falls off to the corners."""
    levels = values(image)
    height, width = levels.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot(rows / height - rng.uniform(0.4, 0.6), columns / width - rng.uniform(0.4, 0.6)) / 0.71
    fall = 1 - rng.uniform(0.2, 0.9) * away ** rng.uniform(2, 5)
    return picture(levels * (fall if levels.ndim == 2 else fall[..., None]))
