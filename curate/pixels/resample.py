"""grey picture of any size -> 32 x 32 and 64 x 64, as Pillow's LANCZOS and BILINEAR would, bit for bit"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

_PRECISION = 22  # bits of Pillow's fixed-point coefficients: 32 - 8 - 2
_BLOCK = 1 << 18  # pixels turned to floats at a time: 1 MB
_KEPT = 4096  # largest side whose coefficients are kept: 0.4 MB each; above it their making is nothing beside their use
_GROUP = 8  # output columns made together: they share most of the input they lean on

_OWN = threading.local()

Grey = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Kind:
    """A square of `side` pixels made by a filter that reaches `reach` of its own pixels to either side."""

    side: int
    reach: float
    filter: Image.Resampling


LANCZOS_32 = Kind(32, 3.0, Image.Resampling.LANCZOS)  # what a pHash is made of
BILINEAR_64 = Kind(64, 1.0, Image.Resampling.BILINEAR)  # what a second look compares


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """How the output columns are made of `size` input columns."""

    groups: tuple[tuple[int, int, npt.NDArray[np.float32]], ...]  # of output columns: input (begin, end), coefficients (end - begin, group)
    begins: npt.NDArray[np.int64]  # (side,) first input column of each output column
    whole: npt.NDArray[np.int32]  # (side, taps) Pillow's integer coefficients, 0 behind the last
    doubt: float  # grey levels by which a sum in single precision can be wrong, at most


def resampled(pixels: Grey, kinds: Sequence[Kind]) -> list[Grey]:
    """`pixels` (height, width) -> (side, side) of each kind; equal to Image.resize of a mode L image.

    Pillow resamples in two passes with integer coefficients, rounding to 8 bits after each. Here a pass is a matrix product in single
    precision, whose error is bounded; the few sums that lie so near to a rounding edge that the error could carry them over it are
    taken again, exactly. All kinds share the pixels that were turned to floats."""
    if pixels.shape[0] > 100 * pixels.shape[1]:  # Pillow turns to columns first there (Image.resize)
        image = Image.fromarray(pixels)
        return [np.asarray(image.resize((kind.side, kind.side), kind.filter)) for kind in kinds]
    narrow = _shrunk(pixels, [_table(kind, pixels.shape[1]) for kind in kinds])
    return [_shrunk(np.ascontiguousarray(one.T), [_table(kind, pixels.shape[0])])[0].T for kind, one in zip(kinds, narrow)]


def _shrunk(pixels: Grey, tables: Sequence[_Table]) -> list[Grey]:
    """(n, width) -> (n, side) by each table, one row of pixels at a time in Pillow's arithmetic."""
    sums = [np.empty((pixels.shape[0], len(table.begins)), dtype=np.float32) for table in tables]
    step = max(_BLOCK // pixels.shape[1], 1)
    for top in range(0, pixels.shape[0], step):
        block = pixels[top : top + step]
        rows = _scratch(block.size).reshape(block.shape)
        np.copyto(rows, block)
        for into, table in zip(sums, tables):
            for number, (begin, end, weights) in enumerate(table.groups):
                into[top : top + step, number * _GROUP : (number + 1) * _GROUP] = rows[:, begin:end] @ weights
    return [_rounded(pixels, *each) for each in zip(sums, tables)]


def _rounded(pixels: Grey, sums: npt.NDArray[np.float32], table: _Table) -> Grey:
    sums += np.float32(0.5)
    levels = np.floor(sums)
    sums -= levels  # exact: the two are near
    np.abs(sums - np.float32(0.5), out=sums)
    places = np.flatnonzero(sums > 0.5 - table.doubt)
    if len(places):
        row, column = np.divmod(places, sums.shape[1])
        levels[row, column] = _exactly(pixels, row, column, table)
    return np.clip(levels, 0, 255).astype(np.uint8)


def _scratch(size: int) -> npt.NDArray[np.float32]:
    """Room for `size` floats, kept by each thread: fresh pages for every picture cost as much as the products."""
    kept: npt.NDArray[np.float32] | None = getattr(_OWN, "scratch", None)
    if kept is None or kept.size < size:
        kept = _OWN.scratch = np.empty(max(size, _BLOCK), np.float32)
    return kept[:size]


def _exactly(pixels: Grey, row: Places, column: Places, table: _Table) -> npt.NDArray[np.float64]:
    """The levels of these places. Every product and partial sum is an integer below 2**53: doubles hold it, in whatever order they
    are added up."""
    begins = table.begins[column]
    inputs = np.minimum(begins[:, None] + np.arange(table.whole.shape[1]), pixels.shape[1] - 1)  # behind the last weights are 0
    sums = np.einsum("ij,ij->i", pixels[row[:, None], inputs].astype(np.float64), table.whole[column].astype(np.float64))
    return np.floor(sums * 2.0**-_PRECISION + 0.5)


def _table(kind: Kind, size: int) -> _Table:
    return _kept_coefficients(kind, size) if size <= _KEPT else _coefficients(kind, size)


@functools.lru_cache(maxsize=1024)  # some 50 KB each; sizes repeat within a source, and figures of journals have many
def _kept_coefficients(kind: Kind, size: int) -> _Table:
    return _coefficients(kind, size)


def _coefficients(kind: Kind, size: int) -> _Table:
    side, scale = kind.side, size / kind.side
    stretch = max(scale, 1.0)
    centers = (np.arange(side) + 0.5) * scale
    begins = np.maximum((centers - kind.reach * stretch + 0.5).astype(np.int64), 0)
    ends = np.minimum((centers + kind.reach * stretch + 0.5).astype(np.int64), size)
    taps = np.arange(int((ends - begins).max()))
    places = begins[:, None] + taps  # (side, taps)
    weights = np.where(places < ends[:, None], _weights(kind, (places - centers[:, None] + 0.5) / stretch), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    whole = np.trunc(weights * 2.0**_PRECISION + np.copysign(0.5, weights))
    groups = []
    for first in range(0, side, _GROUP):
        begin, end = int(begins[first]), int(ends[first + _GROUP - 1])
        group = np.zeros((end - begin, _GROUP), np.float32)
        for column in range(_GROUP):
            start, stop = begins[first + column], ends[first + column]
            group[start - begin : stop - begin, column] = whole[first + column, : stop - start] * 2.0**-_PRECISION
        groups.append((begin, end, group))
    return _Table(tuple(groups), begins, whole.astype(np.int32), _doubt(whole))


def _doubt(whole: npt.NDArray[np.float64]) -> float:
    """A sum of n products in single precision is off by at most n u / (1 - n u) of the sum of their magnitudes, in whatever order it is
    taken (Higham, Accuracy and Stability, 3.1); the half that is added is one term more. u is 2**-24, pixels are at most 255."""
    terms = whole.shape[1] + 2
    bound = terms * 2.0**-24 / (1 - terms * 2.0**-24)
    return float(bound * (255 * np.abs(whole).sum(axis=1).max() * 2.0**-_PRECISION + 0.5))


def _weights(kind: Kind, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Pillow's Resample.c: sinc windowed by its own lobes; a triangle."""
    if kind.filter is Image.Resampling.LANCZOS:
        return np.where((x >= -kind.reach) & (x < kind.reach), np.sinc(x) * np.sinc(x / kind.reach), 0.0)
    return np.maximum(1.0 - np.abs(x), 0.0)
