"""64 x 64 grey signatures of two images whose pHashes are near -> whether they are one picture

What tells a copy from a neighbouring slice: a picture that was coded or resized again differs weakly, where it has edges and fine detail,
and the less the larger the area that is averaged; the next slice differs strongly somewhere, and smoothly. So after their brightness and
contrast are made equal, two signatures are subtracted, and what is left is compared with what coding and resizing explain: in 8 x 8 blocks,
at three scales, by the gradient and detail of the pictures there and by how many pixels a cell averages.

Measured on 573 real images of twelve modalities with sides >= 64 (`make bench ONLY=pairs`; recall on the half of them whose digest is
odd, at the default: pHash distance <= 4, and confirmed):

    copies                                            pairs   near    confirmed  merged
    PNG, lossless WebP, JPEG 95 and 75, WebP 75 each    282   1.0000  1.0000     1.000
    JPEG 50                                             282   1.0000  0.9929     0.993
    resized by 0.5 to 2, four filters                 5,580   1.0000  0.9975     0.997
    resized, then JPEG 75                             1,113   1.0000  0.9964     0.996
    WebP 50; JPEG 75, then JPEG 50                      564   0.998   0.984      0.982
    resized by the box filter / by nearest            2,790   0.996   0.918      0.917
    20 % brighter, darker, more or less contrast      1,128   0.995   0.726      0.726
    cropped by 1 % / 2 % and more                     1,125   0.68    0.008      0.008

    others                                            pairs   near    confirmed
    slices of PET, SPECT and MR and frames, 1-3 apart   1,842   800  0
    any two of the images                             163,875     2  0

What still fails: small tables of text (half of those coded twice or resized by the box filter), where letters are as fine as pixels. Of
other volumes, slices 1 to 3 apart: none of some 9,000 near pairs of MR (heads alone and averaged), 13 of 8,600 of anatomical label maps
that were blown up from two millimetres, where a slice differs from the next in 1 % of its pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.pixels.digest import SIDE, BlankLimits

SAME = 0.5  # similarity from which two signatures are one picture: nothing is left that is not explained
ASPECT_TOLERANCE = 0.03  # relative; above the rounding of sides at 64 pixels
BLOCKS = 8  # to a side, at every scale
MIN_SHOWN = 8  # blocks of 64 with something to see; of 573 real images none has fewer than 12, the first slices of a head have 4
_SEEN = 10.0  # squared grey levels a cell: gradient of a block in which there is something to see
_AT_ONCE = 64  # pairs: their cells stay in the cache
_RAMP = 0.3  # of the squared gradient: what it leaves within 2 x 2 cells; the rest is detail (text, tissue)

Greys = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Whole = npt.NDArray[np.signedinteger]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """What copies may differ by in a block, squared grey levels: about what 99.9 % of the blocks of real copies stay under. On the images
    whose digest is even, and half of the volumes, `most` could be 8, 0.5 and 0.3 without a false merge: the rest is margin, and the
    others have none with it (with 8, 0.5 and 0.3 they have 3 in 5,772)."""

    halvings: int  # of the 64 x 64 cells
    floor: float  # rounding, and JPEG's shift of whole blocks
    coded: float  # noise of JPEG and WebP at quality 50 in one pixel that is not flat
    moved: float  # of the squared gradient: blur of the resampling filters, half a pixel of misplacement
    detail: float  # of the detail: ringing that is clipped at black and white shifts the mean
    most: float  # of what was found in what is explained
    worst_block: bool  # of one block in what is explained there, rather than of all in all


_SCALES = (
    _Scale(halvings=0, floor=0.8, coded=20, moved=0.04, detail=0.03, most=5.0, worst_block=True),
    _Scale(halvings=1, floor=0.6, coded=20, moved=0.04, detail=0.1, most=0.4, worst_block=False),
    _Scale(halvings=3, floor=0.3, coded=20, moved=0.01, detail=1.0, most=0.2, worst_block=False),
)
_FLAT = 30.0  # squared grey levels a cell: gradient below which coding noise falls with it


def same_picture(grey_a: bytes, size_a: tuple[int, int], grey_b: bytes, size_b: tuple[int, int]) -> tuple[bool, float]:
    """Whether two images of (width, height) are one picture, and the similarity of their signatures."""
    same, score = same_pictures(_one(grey_a), np.array([size_a]), _one(grey_b), np.array([size_b]))
    return bool(same[0]), float(score[0])


def same_pictures(
    greys_a: Greys, sizes_a: Sizes, greys_b: Greys, sizes_b: Sizes, *, least: float = SAME
) -> tuple[npt.NDArray[np.bool_], Values]:
    """Row by row: signatures (n, 4096), sizes (n, 2) of (width, height) -> (n,) whether one picture, for which it takes `least`,
    and (n,) similarity.

    The sides must be in one proportion, unless one image is square: pictures are squashed to squares for training, and published so.
    """
    score = similarities(greys_a, sizes_a, greys_b, sizes_b)
    width_a, height_a = sizes_a[:, 0].astype(np.float64), sizes_a[:, 1].astype(np.float64)
    width_b, height_b = sizes_b[:, 0].astype(np.float64), sizes_b[:, 1].astype(np.float64)
    in_proportion = np.abs(width_a * height_b - width_b * height_a) <= ASPECT_TOLERANCE * np.maximum(width_a * height_b, width_b * height_a)
    is_squashed = (width_a == height_a) | (width_b == height_b)
    return (score >= least) & (in_proportion | is_squashed), score


def similarities(greys_a: Greys, sizes_a: Sizes, greys_b: Greys, sizes_b: Sizes) -> Values:
    """Row by row, (n,) from 0 to 1, rounded to 4 places, equal for (a, b) and (b, a): 1 for equal signatures, 0.5 where all that is left
    is just explained, 0 where one of the two shows too little to tell: flat pictures are no evidence."""
    pixels = np.minimum(sizes_a.min(axis=1), sizes_b.min(axis=1)) / SIDE  # to a cell, along the shorter side of the smaller image
    parts = [slice(start, start + _AT_ONCE) for start in range(0, len(pixels), _AT_ONCE)]
    return np.concatenate([np.empty(0), *(_similarities(_Seen(greys_a[part]), _Seen(greys_b[part]), pixels[part]) for part in parts)])


def _similarities(first: _Seen, second: _Seen, pixels: Values) -> Values:
    gain = np.sqrt(second.spread / np.maximum(first.spread, 1e-9))  # that gives both the geometric mean of their contrasts
    excess = np.zeros(len(pixels))
    for scale, a, b in zip(_SCALES, first.scales(), second.scales(), strict=True):
        left, gradient = _left(a, b, first.mean, second.mean, gain)
        fine = np.maximum(np.maximum(first.detail, second.detail) - _RAMP * _gradient(first.gradient, second.gradient, gain), 0.0)
        explained = scale.floor + scale.detail * fine
        coded = scale.coded * np.minimum(gradient / _FLAT, 1.0) + scale.moved * gradient
        explained += coded / (np.maximum(pixels, 1e-9) * 2**scale.halvings)[:, None, None] ** 2
        found = (left / explained).max(axis=(1, 2)) if scale.worst_block else left.sum(axis=(1, 2)) / explained.sum(axis=(1, 2))
        excess = np.maximum(excess, found / scale.most)
    is_shown = (np.minimum(first.shown, second.shown) >= MIN_SHOWN) & (np.minimum(first.spread, second.spread) >= BlankLimits().min_spread)
    return np.where(is_shown, np.round(1.0 / (1.0 + excess), 4), 0.0)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Signatures at one scale: cells (n, m, m) in units of a grey level, and of each of the 8 x 8 blocks the mean, mean square and mean
    squared gradient."""

    cells: Whole
    unit: int
    mean: Values
    square: Values
    gradient: Values


class _Seen:
    """What is compared of signatures (n, 4096). Whole numbers until they are divided, so that it is the same on any machine."""

    def __init__(self, greys: Greys) -> None:
        self.cells = greys.reshape(-1, SIDE, SIDE).astype(np.int32)
        self.finest = _blocks(self.cells, 1)
        self.gradient = self.finest.gradient
        self.mean = self.finest.mean.mean(axis=(1, 2))
        self.spread = np.sqrt(np.maximum(self.finest.square.mean(axis=(1, 2)) - self.mean**2, 0.0))
        self.shown = np.count_nonzero(self.gradient >= _SEEN, axis=(1, 2))
        columns = self.cells[:, :, ::2] + self.cells[:, :, 1::2]
        fours = columns[:, ::2] + columns[:, 1::2]
        self.detail = self.finest.square - _sums(fours**2) / (4 * (SIDE // BLOCKS) ** 2)  # variance inside 2 x 2 cells

    def scales(self) -> Iterator[_Blocks]:
        cells: Whole = self.cells
        halvings = 0
        for scale in _SCALES:
            for _ in range(scale.halvings - halvings):
                cells = _halved(_halved(cells).transpose(0, 2, 1)).transpose(0, 2, 1)
            halvings = scale.halvings
            yield _blocks(np.ascontiguousarray(cells, np.int64), 64**halvings) if halvings else self.finest


def _blocks(cells: Whole, unit: int) -> _Blocks:
    """`unit`: what a grey level of 1 is in `cells`."""
    area, edged = (cells.shape[1] // BLOCKS) ** 2, np.empty((len(cells), cells.shape[1] + 2, cells.shape[1] + 2), cells.dtype)
    edged[:, 1:-1, 1:-1] = cells
    edged[:, 0], edged[:, -1] = edged[:, 1], edged[:, -2]
    edged[:, :, 0], edged[:, :, -1] = edged[:, :, 1], edged[:, :, -2]
    across, down = edged[:, 1:-1, 2:] - edged[:, 1:-1, :-2], edged[:, 2:, 1:-1] - edged[:, :-2, 1:-1]
    gradient = _sums(across * across + down * down) / (4 * area * unit**2)
    return _Blocks(cells, unit, _sums(cells) / (area * unit), _sums(cells * cells) / (area * unit**2), gradient)


def _sums(cells: Whole) -> Values:
    """(n, m, m) -> (n, 8, 8)"""
    count, side = len(cells), cells.shape[1]
    bands = cells.reshape(count, BLOCKS, side // BLOCKS, side).sum(axis=2)
    return np.add.reduceat(bands, np.arange(0, side, side // BLOCKS), axis=2).astype(np.float64)


def _halved(cells: Whole) -> Whole:
    """Half the rows, each of four by weights 1 3 3 1: a binomial filter, so that no phase of the grid counts."""
    rows = np.concatenate([cells[:, :1], cells, cells[:, -1:]], axis=1)
    return rows[:, :-3:2] + 3 * (rows[:, 1:-2:2] + rows[:, 2:-1:2]) + rows[:, 3::2]


def _gradient(a: Values, b: Values, gain: Values) -> Values:
    squared = (gain**2)[:, None, None]
    return (a * squared + b / np.maximum(squared, 1e-9)) / 2


def _left(a: _Blocks, b: _Blocks, mean_a: Values, mean_b: Values, gain: Values) -> tuple[Values, Values]:
    """Mean squared difference of each block once both have one mean and contrast, and the mean squared gradient."""
    up, down = gain[:, None, None], 1.0 / np.maximum(gain, 1e-9)[:, None, None]
    shift = up * mean_a[:, None, None] - down * mean_b[:, None, None]
    area = (a.cells.shape[1] // BLOCKS) ** 2
    product = _sums(a.cells * b.cells) / (area * a.unit * b.unit)
    square = up**2 * a.square + down**2 * b.square - 2.0 * (up * down) * product
    square += shift**2 - 2.0 * shift * (up * a.mean - down * b.mean)
    return np.maximum(square, 0.0), _gradient(a.gradient, b.gradient, gain)


def _one(grey: bytes) -> Greys:
    return np.frombuffer(grey, dtype=np.uint8).reshape(1, SIDE * SIDE)
