"""a picture -> the same at another size, softer, noisier or compressed: what copying and publishing do"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter

Generator = np.random.Generator

FILTERS = (Image.Resampling.NEAREST, Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
SIDES = (64, 768)  # px of the longer side: thumbnails of benchmarks to figures of journals


def at_most(image: Image.Image, side: int) -> Image.Image:
    """Shrunk so that no side is longer: what follows costs by the pixel."""
    share = side / max(image.size)
    if share >= 1:
        return image
    return image.resize((max(1, round(image.width * share)), max(1, round(image.height * share))), Image.Resampling.BOX)


def resize(image: Image.Image, rng: Generator, smallest: int) -> Image.Image:
    """Longer side drawn log-uniformly, aspect kept or (one in four) changed by up to a quarter, as squares are made of oblongs."""
    side = float(np.exp(rng.uniform(*np.log(SIDES))))
    stretch = float(np.exp(rng.uniform(-0.25, 0.25))) if rng.random() < 0.25 else 1.0
    share = side / max(image.size)
    width, height = image.width * share * stretch, image.height * share
    size = (int(np.clip(round(width), smallest, SIDES[1])), int(np.clip(round(height), smallest, SIDES[1])))
    return image.resize(size, FILTERS[int(rng.choice(5, p=(0.05, 0.15, 0.3, 0.3, 0.2)))])  # nearest is rare


def compress(image: Image.Image, rng: Generator) -> Image.Image:
    """JPEG (three in four) or WebP, quality 20-95, with or without chroma subsampling."""
    stream, quality = io.BytesIO(), int(rng.integers(20, 96))
    if rng.random() < 0.75:
        image.save(stream, "JPEG", quality=quality, subsampling=int(rng.choice((0, 2))))
    else:
        image.save(stream, "WEBP", quality=quality, method=0)
    return Image.open(stream).convert(image.mode)


def blur(image: Image.Image, rng: Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 0.004 * max(image.size) + 0.4))))  # up to 0.4 % of the picture


def sharpen(image: Image.Image, rng: Generator) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(float(rng.uniform(0.5, 3)), int(rng.integers(30, 180)), 2))


def noise(image: Image.Image, rng: Generator) -> Image.Image:
    """Of the sensor: Gaussian, standard deviation up to 4 % of white; grey or of each channel."""
    levels = np.asarray(image, dtype=np.float64)
    shape = levels.shape if rng.random() < 0.5 else (*levels.shape[:2], *(1,) * (levels.ndim - 2))
    noisy = levels + rng.normal(0, 255 * rng.uniform(0.005, 0.04), shape)
    return Image.fromarray(np.clip(noisy, 0, 255).round().astype(np.uint8))
