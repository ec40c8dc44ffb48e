"""32 x 32 grey signatures of two images whose pHashes are near -> whether they are one picture

What tells a copy from a neighbouring slice. The correlation of two signatures falls when a picture is coded or resized again, by more the
rougher the picture is at this scale (tissue, text), and hardly at all where it is smooth (a brain slice); between neighbouring
slices of smooth anatomy it falls by more than that. So what is missing from perfect correlation is put in relation to what the
roughness of the pictures, and noise of three grey levels, explain.

Measured on pairs at pHash distance <= 3.
Copies: 602 real images of twelve modalities with sides >= 64, coded as JPEG 95, 75, 50 and WebP 75, 50 (100 % of 2,843 confirmed), or
resized by 0.5, 0.75, 1.3 and 2 (98.1 % of 2,809; tissue and tables of text at 0.5 are the weakest, 97 %); together 99.06 %.
Neighbours: 1,526 pairs of slices; 97 % refused (2 mm apart and more 99 %; 1 mm apart, of an averaged atlas, PET and SPECT, 93 %).
Plain correlation at the same recall refuses 42 %, and 5 % of those at 1 mm. Of all 180,901 pairs of the 602 images, the one above the
threshold is a true copy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from curate.pixels.digest import SIDE, BlankLimits

SAME = 0.991  # similarity from which two signatures are one picture; the 1 % quantile of copies, see above
ASPECT_TOLERANCE = 0.03  # relative; above the rounding of sides at 64 pixels
_NOISE = 450.0  # 50 x 3 x 3: grey levels squared, so that three levels of noise are allowed for in flat pictures

Greys = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int64]


def same_picture(grey_a: bytes, size_a: tuple[int, int], grey_b: bytes, size_b: tuple[int, int]) -> tuple[bool, float]:
    """Whether two images of (width, height) are one picture, and the similarity of their signatures."""
    same, score = same_pictures(_one(grey_a), np.array([size_a]), _one(grey_b), np.array([size_b]))
    return bool(same[0]), float(score[0])


def same_pictures(greys_a: Greys, sizes_a: Sizes, greys_b: Greys, sizes_b: Sizes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Row by row: signatures (n, 1024), sizes (n, 2) of (width, height) -> (n,) whether one picture, (n,) similarity.

    The sides must be in one proportion, unless one image is square: pictures are squashed to squares for training, and published so.
    """
    score = similarities(greys_a, greys_b)
    width_a, height_a = sizes_a[:, 0].astype(np.float64), sizes_a[:, 1].astype(np.float64)
    width_b, height_b = sizes_b[:, 0].astype(np.float64), sizes_b[:, 1].astype(np.float64)
    in_proportion = np.abs(width_a * height_b - width_b * height_a) <= ASPECT_TOLERANCE * np.maximum(width_a * height_b, width_b * height_a)
    is_squashed = (width_a == height_a) | (width_b == height_b)
    return (score >= SAME) & (in_proportion | is_squashed), score


def similarity(a: bytes, b: bytes) -> float:
    """Of two signatures (`digest.grey`), 0 to 1; 1 for equal ones, 0 where either is flat: flat pictures are no evidence."""
    return float(similarities(_one(a), _one(b))[0])


def similarities(a: Greys, b: Greys) -> npt.NDArray[np.float64]:
    """Row by row of (n, 1024) and (n, 1024) -> (n,); rounded to 4 places, equal for (a, b) and (b, a)."""
    first, second = _Standard(a), _Standard(b)
    correlation = np.einsum("ij,ij->i", first.values, second.values) / SIDE**2
    roughness = np.minimum(first.roughness, second.roughness)
    variance = np.minimum(first.variance, second.variance)
    explained = roughness**2 + _NOISE / np.maximum(variance, 1.0)
    score = np.clip(1.0 - (1.0 - correlation) / explained, 0.0, 1.0)
    is_flat = variance < BlankLimits().min_spread ** 2
    return np.where(is_flat, 0.0, np.round(score, 4))


class _Standard:
    """Signatures as float64 of mean 0 and variance 1, with the variance they had and the squared step from cell to cell."""

    def __init__(self, greys: Greys) -> None:
        values = greys.reshape(-1, SIDE * SIDE).astype(np.float64)
        values -= values.mean(axis=1, keepdims=True)
        self.variance = np.einsum("ij,ij->i", values, values) / SIDE**2
        self.values = values / np.sqrt(np.maximum(self.variance, 1e-9))[:, None]
        cells = self.values.reshape(-1, SIDE, SIDE)
        self.roughness = (np.diff(cells, axis=1) ** 2).mean(axis=(1, 2)) + (np.diff(cells, axis=2) ** 2).mean(axis=(1, 2))


def _one(grey: bytes) -> Greys:
    return np.frombuffer(grey, dtype=np.uint8).reshape(1, SIDE * SIDE)
