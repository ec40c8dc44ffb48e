"""figures that may be letters -> lines of them, each with a score that tells text from chance"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from curate.pixels.letters import AREA, BOTTOM, EXCESS, HIGH, INK, LAYER, LEFT, RIGHT, SUM, TOP, Figures

LEAST = 3  # figures on a line
APART = 14  # tenths of the greater height: the widest gap between two letters of a line, over a blank
UNEVEN = 6  # their tops, or their bottoms, lie within a sixth of the greater height
TALLER = 19  # tenths: a capital against a small letter
OTHER_INK = 24  # grey levels: letters of one line are of one colour, after JPEG too

# By how many grey levels a stroke stands out: text on a busy ground is apart from it at one of these
LEVELS = (20, 40, 80, 128)
# A line's score: above 0 it is text. Weights of a logistic regression, times 1000, fitted to lines planted on one half of some 600 real
# pictures and to what was found there without: in whole numbers, so that any machine gives the same score. At 0 one picture in thirty
# of those without text has a line.
BASE = -4_433
FULLEST = 90  # %; marks of a scale, and what is between them, are bars: letters are not that full, nor a quarter as wide as high
NEVER = -1_000_000
WEIGHTS = {
    "few": -15,  # 1200 / figures
    "ragged": -160,  # how far their tops, or bottoms, are from one line, % of the height
    "uneven": -52,  # how far they are from one height, %
    "scattered": -27,  # how far their gaps are from one width, %
    "solid": 74,  # mean of what they stand out by, % of the most: strokes are of one colour, noise is pointed
    "full": 74,  # pixels, % of their boxes
    "lift": 7,  # most they stand out by, % of the level
    "level": 403,  # place in LEVELS
    "crowd": -319,  # figures in the picture, by fifties: among many some stand in a line by chance
}

Numbers = npt.NDArray[np.int64]
Lines = npt.NDArray[np.int64]  # a row each: left, top, right, bottom, score, height of a letter, layer, ink


def text_lines(found: Figures) -> Lines:
    """Lines of at least LEAST figures that stand side by side in one layer."""
    if len(found) < LEAST:
        return np.zeros((0, 8), np.int64)
    line = _line_of(found)
    order = np.lexsort((found[:, LEFT], line))
    found, line = found[order], line[order]
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    long = np.diff(np.append(starts, len(line))) >= LEAST
    kept = long[line]
    return _scored(found[kept], line[kept], np.bincount(found[:, LAYER])) if kept.any() else np.zeros((0, 8), np.int64)


def _line_of(found: Figures) -> Numbers:
    """For each figure the number of the line it stands on."""
    left, right = np.concatenate([_beside(found, TOP), _beside(found, BOTTOM)], axis=1)
    pairs = coo_array((np.ones(len(left), bool), (left, right)), shape=(len(found), len(found)))
    line: Numbers = connected_components(pairs, directed=False)[1]
    return line


def _beside(found: Figures, edge: int) -> Figures:
    """Pairs (row of the left one, row of the right one) of figures that are neighbours on a line, their `edge` (TOP, BOTTOM) at one height.
    The tree finds all that lie in reach of the largest letter, whole numbers decide."""
    reach = (APART * HIGH / 10 + 1) / 2 + 1
    flat = reach / (HIGH / UNEVEN + 1)  # a step up or down counts so much more than one to the side
    apart = found[:, LAYER] * 4 * reach
    ends = np.stack([found[:, RIGHT] + reach - 2, found[:, edge] * flat, apart], axis=1)
    begins = np.stack([found[:, LEFT].astype(np.float64), found[:, edge] * flat, apart], axis=1)
    near = cKDTree(ends).sparse_distance_matrix(cKDTree(begins), reach, p=np.inf, output_type="ndarray")
    one, other = found[near["i"]], found[near["j"]]
    height, height_2 = one[:, BOTTOM] - one[:, TOP], other[:, BOTTOM] - other[:, TOP]
    taller, smaller = np.maximum(height, height_2), np.minimum(height, height_2)
    gap = other[:, LEFT] - one[:, RIGHT]
    beside = (gap >= -1) & (gap * 10 <= taller * APART) & (other[:, LEFT] > one[:, LEFT]) & (other[:, RIGHT] > one[:, RIGHT])
    beside &= np.abs(one[:, edge] - other[:, edge]) * UNEVEN <= taller + 1
    beside &= (taller * 10 <= smaller * TALLER) & (np.abs(one[:, INK] - other[:, INK]) <= OTHER_INK)
    return np.stack([near["i"][beside], near["j"][beside]]).astype(np.int64)


def _scored(found: Figures, line: Numbers, seen: Numbers) -> Lines:
    """One row for each line; `found` sorted by line, then from left to right; `seen`: figures of each layer, on lines or not."""
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    facts = _facts(found, line, starts)
    facts["crowd"] = np.minimum(seen[found[starts, LAYER]] // 50, 20)
    weighed: list[Numbers] = [weight * facts[name] for name, weight in WEIGHTS.items()]
    score = BASE + np.sum(weighed, axis=0)
    sides = [
        extreme.reduceat(found[:, side], starts)
        for extreme, side in ((np.minimum, LEFT), (np.minimum, TOP), (np.maximum, RIGHT), (np.maximum, BOTTOM))
    ]
    score[(4 * facts["width"] < facts["height"]) | (facts["full"] > FULLEST)] = NEVER
    return np.stack([*sides, score, *(facts[name] for name in ("height", "layer", "ink"))], axis=1).astype(np.int64)


def _facts(found: Figures, line: Numbers, starts: Numbers) -> dict[str, Numbers]:
    """What tells text from chance, for each line, in whole numbers."""
    many = np.diff(np.append(starts, len(line)))
    left, top, right, bottom, area = (found[:, column] for column in (LEFT, TOP, RIGHT, BOTTOM, AREA))
    gaps = np.clip(left - np.concatenate([[0], right[:-1]]), 0, None)
    gaps[starts] = 0
    rank = found[starts, LAYER] % len(LEVELS)

    def total(values: Numbers) -> Numbers:
        return np.add.reduceat(values, starts)

    def middle(values: Numbers) -> Numbers:
        return values[np.lexsort((values, line))][starts + many // 2]

    def spread(values: Numbers, most: int) -> Numbers:
        """How far they are from the line's own median, on average, % of the height of a letter."""
        return np.minimum(100 * total(np.abs(values - np.repeat(middle(values), many))) // (many * height), most)

    height = middle(bottom - top)
    return {
        "few": 1200 // many,
        "ragged": np.minimum(spread(bottom, 50), spread(top, 50)),
        "uneven": spread(bottom - top, 60),
        "scattered": spread(gaps, 100),
        "solid": 100 * total(found[:, SUM]) // total(area * found[:, EXCESS]),
        "full": 100 * total(area) // total((right - left) * (bottom - top)),
        "lift": np.clip(100 * middle(found[:, EXCESS]) // np.array(LEVELS)[rank], 100, 800),
        "level": rank,
        "height": height,
        "width": total(right - left) // many,
        "layer": found[starts, LAYER],
        "ink": middle(found[:, INK]),
    }
