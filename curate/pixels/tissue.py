"""overview of a slide -> where on it stained tissue is, and each tile's share of it"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
LEAST, MOST = 10, 40  # grey levels between which Otsu's threshold is held: where all or nothing is tissue there are no two kinds to part


def tissue(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Where stained tissue is: where the largest of red, green and blue exceeds the smallest by more than a threshold, which is Otsu's
    (IEEE Trans. SMC 9, 1979) held between LEAST and MOST. Glass is grey, and so is the black that scanners fill up with; the mark of a
    pen is not."""
    chroma = pixels.max(axis=2) - pixels.min(axis=2)
    counts = np.bincount(chroma.ravel(), minlength=256).astype(np.float64)
    return chroma > min(max(_otsu(counts), LEAST), MOST)


def _otsu(counts: npt.NDArray[np.float64]) -> int:
    """The value up to which values are of the lower class, so that the classes differ most; 0 where there is one value."""
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * np.arange(256))
    both = (below > 0) & (above > 0)
    between = np.zeros(256)
    difference = sums[both] / below[both] - (sums[-1] - sums[both]) / above[both]
    between[both] = below[both] * above[both] * difference**2
    return int(between.argmax())


def shares(tissue: Mask, whole: tuple[int, int], step: float, across: int, count: int) -> Iterator[float]:
    """Of each of `count` square tiles of side `step`, `across` in a row, the share of its area that is tissue, to the pixels of `tissue`
    (height, width) that it touches. `whole`: width and height of all, in the unit of `step`."""
    height, width = tissue.shape
    total = np.zeros((height + 1, width + 1), np.int64)
    total[1:, 1:] = tissue.cumsum(axis=0).cumsum(axis=1)
    for number in range(count):
        row, column = divmod(number, across)
        left, right = _touched(column * step, step, whole[0], width)
        top, bottom = _touched(row * step, step, whole[1], height)
        held = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        yield float(held / ((right - left) * (bottom - top)))


def _touched(begin: float, length: float, whole: int, pixels: int) -> tuple[int, int]:
    scale = pixels / whole
    first = min(math.floor(begin * scale + 1e-6), pixels - 1)
    return first, min(max(math.ceil((begin + length) * scale - 1e-6), first + 1), pixels)
