"""grey picture -> figures that may be letters: small, thin, lighter or darker than what is behind them"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label

STROKE = 7  # pixels; what holds a square of this side is no stroke
LOW, HIGH = 5, 26  # height of a letter, pixels
WIDEST = 4  # times its height: letters that touch each other count as one
MOST = 20_000  # of a layer; a page has some 5,000: what has more is a texture, made to cost time
THINNEST = 8  # times its area: a box that is emptier holds no letter

LEAST_INK = 15  # pixels of a line of the least letters

LEFT, TOP, RIGHT, BOTTOM, AREA, INK, EXCESS, SUM, LAYER = range(9)  # columns of Figures

Pixels = npt.NDArray[np.uint8]
# A row each: box, pixels, its most extreme grey level, the most and the sum of what it stands out by, and the layer it was seen in: figures
# of one layer are compared with each other
Figures = npt.NDArray[np.int64]

_EIGHT = np.ones((3, 3), bool)  # pixels that touch at a corner belong together


def standing_out(grey: Pixels) -> tuple[Pixels, Pixels]:
    """By how much each pixel is lighter, and darker, than what is behind strokes: white and black top-hat with a square of side STROKE."""
    opened = _both_ways(_both_ways(grey, np.minimum), np.maximum)
    closed = _both_ways(_both_ways(grey, np.maximum), np.minimum)
    return grey - opened, closed - grey


def figures(ink: Pixels, excess: Pixels, level: int, layer: int) -> Figures:
    """What hangs together in the pixels whose `excess` is above `level`, where it is of a letter's size. `ink`: the picture, or for dark
    letters its negative."""
    seen = excess > level
    if np.count_nonzero(seen) < LEAST_INK:
        return np.zeros((0, LAYER + 1), np.int64)
    labels, count = label(seen, _EIGHT)
    places = np.flatnonzero(seen)
    order = np.argsort(labels.ravel()[places], kind="stable")
    places = places[order]
    owner = labels.ravel()[places]
    starts = np.flatnonzero(np.diff(owner, prepend=0))
    rows, columns = np.divmod(places, seen.shape[1])
    lasts = np.append(starts[1:], len(places)) - 1
    over = excess.ravel()[places].astype(np.int64)
    found = [
        np.minimum.reduceat(columns, starts),
        rows[starts],
        np.maximum.reduceat(columns, starts) + 1,
        rows[lasts] + 1,
        np.diff(np.append(starts, len(places))),
        np.maximum.reduceat(ink.ravel()[places], starts),
        np.maximum.reduceat(over, starts),
        np.add.reduceat(over, starts),
        np.full(count, layer),
    ]
    return _of_letter_size(np.stack(found, axis=1).astype(np.int64))


def _of_letter_size(found: Figures) -> Figures:
    width, height = found[:, RIGHT] - found[:, LEFT], found[:, BOTTOM] - found[:, TOP]
    kept = (height >= LOW) & (height <= HIGH) & (width <= WIDEST * height) & (THINNEST * found[:, AREA] >= width * height)
    return found[kept] if np.count_nonzero(kept) <= MOST else found[:0]


def _both_ways(grey: Pixels, extreme: Callable[..., Pixels]) -> Pixels:
    """The extreme in a square of side STROKE around each pixel: three steps for 7 pixels, down and across."""
    half = STROKE // 2
    wide = np.pad(grey, half, mode="edge")
    two = extreme(wide[:-1], wide[1:])
    four = extreme(two[:-2], two[2:])
    down = extreme(four[:-3], four[3:])
    two = extreme(down[:, :-1], down[:, 1:])
    four = extreme(two[:, :-2], two[:, 2:])
    return extreme(four[:, :-3], four[:, 3:])
