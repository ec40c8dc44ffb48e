"""bytes, rendered image -> digests that prove a copy, hashes and signatures that suggest one"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fftpack
from PIL import Image

from curate.pixels.resample import BILINEAR_64, LANCZOS_32, resampled

SIDE = 64  # of the grey signature
_BAND = 1 << 24  # pixels packed to bytes at a time: 50 MB at most, however large the picture


def byte_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of width, height, mode and pixels: the same for every lossless coding of one rendered image."""
    digest = hashlib.sha256(f"{image.width} {image.height} {image.mode}\n".encode())
    rows = max(_BAND // image.width, 1)
    for top in range(0, image.height, rows):
        band = image if rows >= image.height else image.crop((0, top, image.width, min(top + rows, image.height)))
        digest.update(band.tobytes())
    return digest.hexdigest()


def as_grey(image: Image.Image) -> Image.Image:
    """ITU-R 601 luma, as imagehash sees it; a grey image is itself."""
    return image if image.mode == "L" else image.convert("L")


def phash(image: Image.Image) -> int:
    """imagehash.phash(image), equal bit for bit, as 64 bits with its first bit highest.

    LANCZOS to 32 x 32, DCT, the 8 x 8 lowest frequencies against their median (imagehash 4.3). The DCT is imagehash's own call:
    on flat pictures the bits are its rounding noise.
    """
    return _phash(resampled(np.asarray(as_grey(image)), [LANCZOS_32])[0])


def _phash(pixels: npt.NDArray[np.uint8]) -> int:
    low = scipy.fftpack.dct(scipy.fftpack.dct(pixels, axis=0), axis=1)[:8, :8]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")


def grey(image: Image.Image) -> bytes:
    """64 x 64 grey values: the signature that `confirm` compares. Each is a weighted mean whose weights fall off to the next cells'
    centres: means of areas alone are misplaced by up to half a pixel where sides are no multiple of 64, and so copies differ."""
    return resampled(np.asarray(as_grey(image)), [BILINEAR_64])[0].tobytes()


def phash_and_grey(image: Image.Image) -> tuple[int, bytes]:
    """`phash` and `grey` of one picture in less time than one after the other."""
    small, large = resampled(np.asarray(as_grey(image)), [LANCZOS_32, BILINEAR_64])
    return _phash(small), large.tobytes()


def spread(image: Image.Image) -> float:
    """Standard deviation of the grey values, rounded to 4 places."""
    counts = np.asarray(as_grey(image).histogram(), dtype=np.float64)
    values = np.arange(256, dtype=np.float64)
    mean = counts @ values / counts.sum()
    return round(float(np.sqrt(counts @ (values - mean) ** 2 / counts.sum())), 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankLimits:
    # Grey levels. The flattest of 602 real medical images (skin, 10.5) lies five times higher; a uniform picture is at most some 1.5
    # after JPEG at quality 50 or with a sensor's noise of one level.
    min_spread: float = 2.0


def is_blank(spread: float, limits: BlankLimits | None = None) -> bool:
    """Whether a picture of this `spread` is near-uniform: nothing to see, and pHash bits that are noise."""
    return spread < (limits or BlankLimits()).min_spread
