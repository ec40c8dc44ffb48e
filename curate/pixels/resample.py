"""grey picture of any size -> 32 x 32, as Pillow's LANCZOS would, bit for bit"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32
_LOBES = 3.0  # LANCZOS reaches three of its own zero crossings, Pillow's Resample.c
_PRECISION = 22  # bits of Pillow's fixed-point coefficients: 32 - 8 - 2
_BLOCK = 1 << 18  # pixels turned to floats at a time: 1 MB
_KEPT = 4096  # largest side whose coefficients are kept: 0.5 MB each; above it their making is nothing beside their use
_GROUP = 8  # output columns made together: they share most of the input they lean on

_OWN = threading.local()

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """How 32 output columns are made of `size` input columns."""

    groups: tuple[tuple[int, int, npt.NDArray[np.float32]], ...]  # of output columns: input (begin, end), coefficients (end - begin, group)
    begins: npt.NDArray[np.int64]  # (32,) first input column of each output column
    whole: npt.NDArray[np.float64]  # (32, taps) Pillow's integer coefficients, 0 behind the last
    doubt: float  # grey levels by which a sum in single precision can be wrong, at most


def lanczos_32(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """`pixels` (height, width) -> (32, 32); equal to Image.resize((32, 32), LANCZOS) of a mode L image.

    Pillow resamples in two passes with integer coefficients, rounding to 8 bits after each. Here a pass is a matrix product in single
    precision, whose error is bounded; the few sums that lie so near to a rounding edge that the error could carry them over it are
    taken again, exactly."""
    if pixels.shape[0] > 100 * pixels.shape[1]:  # Pillow turns to columns first there (Image.resize)
        return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    narrow = _shrink(pixels, _table(pixels.shape[1]))
    return _shrink(np.ascontiguousarray(narrow.T), _table(pixels.shape[0])).T


def _shrink(pixels: npt.NDArray[np.uint8], table: _Table) -> npt.NDArray[np.uint8]:
    """(n, width) -> (n, 32), one row of pixels at a time in Pillow's arithmetic."""
    sums = np.empty((pixels.shape[0], SIDE), dtype=np.float32)
    step = max(_BLOCK // pixels.shape[1], 1)
    for top in range(0, pixels.shape[0], step):
        block = pixels[top : top + step]
        rows = _scratch(block.size).reshape(block.shape)
        np.copyto(rows, block)
        for first, (begin, end, weights) in zip(range(0, SIDE, _GROUP), table.groups):
            sums[top : top + step, first : first + _GROUP] = rows[:, begin:end] @ weights
    sums += np.float32(0.5)
    levels = np.floor(sums)
    sums -= levels  # exact: the two are near
    np.abs(sums - np.float32(0.5), out=sums)
    places = np.flatnonzero(sums > 0.5 - table.doubt)
    if len(places):
        row, column = np.divmod(places, SIDE)
        levels[row, column] = _exactly(pixels, row, column, table)
    return np.clip(levels, 0, 255).astype(np.uint8)


def _scratch(size: int) -> npt.NDArray[np.float32]:
    """Room for `size` floats, kept by each thread: fresh pages for every picture cost as much as the products."""
    kept: npt.NDArray[np.float32] | None = getattr(_OWN, "scratch", None)
    if kept is None or kept.size < size:
        kept = _OWN.scratch = np.empty(max(size, _BLOCK), np.float32)
    return kept[:size]


def _exactly(pixels: npt.NDArray[np.uint8], row: Places, column: Places, table: _Table) -> npt.NDArray[np.float64]:
    """The levels of these places. Every product and partial sum is an integer below 2**53: doubles hold it, in whatever order they
    are added up."""
    begins = table.begins[column]
    inputs = np.minimum(begins[:, None] + np.arange(table.whole.shape[1]), pixels.shape[1] - 1)  # behind the last weights are 0
    sums = np.einsum("ij,ij->i", pixels[row[:, None], inputs].astype(np.float64), table.whole[column])
    return np.floor(sums * 2.0**-_PRECISION + 0.5)


def _table(size: int) -> _Table:
    return _kept_coefficients(size) if size <= _KEPT else _coefficients(size)


@functools.lru_cache(maxsize=128)  # sizes repeat within a source
def _kept_coefficients(size: int) -> _Table:
    return _coefficients(size)


def _coefficients(size: int) -> _Table:
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
    groups = []
    for first in range(0, SIDE, _GROUP):
        begin, end = int(begins[first]), int(ends[first + _GROUP - 1])
        group = np.zeros((end - begin, _GROUP), np.float32)
        for column in range(_GROUP):
            start, stop = begins[first + column], ends[first + column]
            group[start - begin : stop - begin, column] = whole[first + column, : stop - start] * 2.0**-_PRECISION
        groups.append((begin, end, group))
    return _Table(tuple(groups), begins, whole, _doubt(whole))


def _doubt(whole: npt.NDArray[np.float64]) -> float:
    """A sum of n products in single precision is off by at most n u / (1 - n u) of the sum of their magnitudes, in whatever order it is
    taken (Higham, Accuracy and Stability, 3.1); the half that is added is one term more. u is 2**-24, pixels are at most 255."""
    terms = whole.shape[1] + 2
    bound = terms * 2.0**-24 / (1 - terms * 2.0**-24)
    return float(bound * (255 * np.abs(whole).sum(axis=1).max() * 2.0**-_PRECISION + 0.5))


def _lanczos(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where((x >= -_LOBES) & (x < _LOBES), np.sinc(x) * np.sinc(x / _LOBES), 0.0)
