"""grey picture of any size -> 32 x 32, as Pillow's LANCZOS would, bit for bit"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32
_LOBES = 3.0  # LANCZOS reaches three of its own zero crossings, Pillow's Resample.c
_PRECISION = 22  # bits of Pillow's fixed-point coefficients: 32 - 8 - 2
_BLOCK = 1 << 16  # pixels turned to doubles at a time: 512 KB stay in the cache, and OpenBLAS starts no threads of its own
_KEPT = 4096  # largest side whose coefficients are kept: 0.5 MB each; above it their making is nothing beside their use
_GROUP = 8  # output columns made together: they share most of the input they lean on

Table = tuple[tuple[int, int, npt.NDArray[np.float64]], ...]


def lanczos_32(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """`pixels` (height, width) -> (32, 32); equal to Image.resize((32, 32), LANCZOS) of a mode L image.

    Pillow resamples in two passes with integer coefficients, rounding to 8 bits after each. Every product and partial sum of these
    integers is below 2**53, so doubles hold them exactly, in whatever order a matrix product adds them up.
    """
    if pixels.shape[0] > 100 * pixels.shape[1]:  # Pillow turns to columns first there (Image.resize)
        return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    narrow = _shrink(pixels, _table(pixels.shape[1]))
    return _shrink(np.ascontiguousarray(narrow.T), _table(pixels.shape[0])).T


def _shrink(pixels: npt.NDArray[np.uint8], table: Table) -> npt.NDArray[np.uint8]:
    """(n, width) -> (n, 32), one row of pixels at a time in Pillow's arithmetic."""
    out = np.empty((pixels.shape[0], SIDE), dtype=np.uint8)
    step = max(_BLOCK // pixels.shape[1], 1)
    for top in range(0, pixels.shape[0], step):
        rows = pixels[top : top + step].astype(np.float64)
        sums = np.concatenate([rows[:, begin:end] @ weights for begin, end, weights in table], axis=1)
        out[top : top + step] = np.clip(np.floor(sums * 2.0**-_PRECISION + 0.5), 0, 255)
    return out


def _table(size: int) -> Table:
    return _kept_coefficients(size) if size <= _KEPT else _coefficients(size)


@functools.lru_cache(maxsize=128)  # sizes repeat within a source
def _kept_coefficients(size: int) -> Table:
    return _coefficients(size)


def _coefficients(size: int) -> Table:
    """For each group of output columns: the input it leans on (begin, end) and its coefficients (end - begin, group)."""
    scale = size / SIDE
    stretch = max(scale, 1.0)
    centers = (np.arange(SIDE) + 0.5) * scale
    begins = np.maximum((centers - _LOBES * stretch + 0.5).astype(np.int64), 0)
    ends = np.minimum((centers + _LOBES * stretch + 0.5).astype(np.int64), size)
    taps = np.arange(int((ends - begins).max()))
    places = begins[:, None] + taps  # (32, taps)
    weights = np.where(places < ends[:, None], _lanczos((places - centers[:, None] + 0.5) / stretch), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    whole = np.trunc(weights * 2.0**_PRECISION + np.copysign(0.5, weights))
    table = []
    for first in range(0, SIDE, _GROUP):
        begin, end = int(begins[first]), int(ends[first + _GROUP - 1])
        group = np.zeros((end - begin, _GROUP))
        for column in range(_GROUP):
            start, stop = begins[first + column], ends[first + column]
            group[start - begin : stop - begin, column] = whole[first + column, : stop - start]
        table.append((begin, end, group))
    return tuple(table)


def _lanczos(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where((x >= -_LOBES) & (x < _LOBES), np.sinc(x) * np.sinc(x / _LOBES), 0.0)
