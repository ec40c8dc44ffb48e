"""grey picture -> rectangles in which a line of text is burned in: a name, a date, a number

Not read, only found: figures of one height on one line, thin, of one colour. Recall and false alarms on real pictures:
`make bench ONLY=burned` and manifests/README.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curate.pixels.letters import LOW, Pixels, figures, standing_out
from curate.pixels.text_lines import LEVELS, Lines, Numbers, text_lines
from schemas.image import Region

TEXT_BY = "text_v1"  # raise when any output can change

STEPS = (1, 2, 4)  # looked at as it is, at half and at a quarter: letters of 5-26, 10-52, 20-104 pixels
LONGEST = 4096  # pixels; a longer picture is reduced first
SCORE, HEIGHT, LAYER = 4, 5, 6  # columns of Lines
WEAK = -2_500  # of this score it is text still, on one line with text: the rest of a name, the first name behind the last
REACH = 3  # heights of a letter between the two
MOST_LINES = 2_000  # found in a picture; of a page of text with more the rectangle around them all
MOST = 200  # rectangles; the same


def text_regions(grey: Image.Image | Pixels) -> tuple[Region, ...]:
    """Where text is in a picture of mode L, as (height, width) array or image: rectangles, each a line or a piece of one with a margin,
    from top to bottom. They may overlap. Whole-number arithmetic: the same on any machine."""
    image = grey if isinstance(grey, Image.Image) else Image.fromarray(grey)
    lines = lines_in(image)
    sure = lines[lines[:, SCORE] > 0]
    if len(sure) > MOST_LINES:
        return _around(_with_margin(sure, image.size))
    weak = lines[(lines[:, SCORE] <= 0) & (lines[:, SCORE] > WEAK)]
    beside = np.array([_continues(line, sure).any() for line in weak], bool)
    boxes = _joined(_with_margin(np.concatenate([sure, weak[beside]]), image.size))
    if len(boxes) > MOST:
        return _around(boxes)
    found = (Region(left=left, top=top, right=right, bottom=bottom) for left, top, right, bottom in boxes.tolist())
    return tuple(sorted(found, key=lambda region: (region.top, region.left, region.bottom, region.right)))


def _continues(line: Numbers, sure: Lines) -> npt.NDArray[np.bool_]:
    """Which of `sure` stand on one line with `line`, not far to the side, in letters of about its size."""
    shared = np.minimum(line[3], sure[:, 3]) - np.maximum(line[1], sure[:, 1])
    apart = np.maximum(line[0], sure[:, 0]) - np.minimum(line[2], sure[:, 2])
    taller, smaller = np.maximum(line[HEIGHT], sure[:, HEIGHT]), np.minimum(line[HEIGHT], sure[:, HEIGHT])
    return (2 * shared >= smaller) & (apart <= REACH * taller) & (taller <= 2 * smaller)


def _with_margin(lines: Lines, size: tuple[int, int]) -> Numbers:
    """Their boxes, wider by a letter (a comma, a letter that was not found) and higher by a third of one, inside the picture."""
    wide, high = lines[:, HEIGHT], lines[:, HEIGHT] // 3 + 1
    grown = lines[:, :4] + np.stack([-wide, -high, wide, high], axis=1)
    return np.clip(grown, 0, np.array([*size, *size]))


def _joined(boxes: Numbers) -> Numbers:
    """One box for those that overlap and are on one line; found at several levels and steps, each has several."""
    while len(boxes) > 1:
        left, top, right, bottom = boxes.T
        across = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
        down = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
        high = bottom - top
        number, group = connected_components(coo_array((across > 0) & (2 * down >= np.minimum(high[:, None], high))), directed=False)
        if number == len(boxes):
            break
        order = np.argsort(group, kind="stable")
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        extremes = (np.minimum, np.minimum, np.maximum, np.maximum)
        boxes = np.stack([extreme.reduceat(side[order], starts) for extreme, side in zip(extremes, boxes.T)], axis=1)
    return boxes


def _around(boxes: Numbers) -> tuple[Region, ...]:
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    return (Region(left=left, top=top, right=right, bottom=bottom),)


def lines_in(image: Image.Image) -> Lines:
    """All lines that were looked at, at every step, in pixels of `image`."""
    whole = -(-max(image.size) // LONGEST)
    found = []
    for number, step in enumerate(STEPS):
        if min(image.size) < LOW * whole * step:
            break
        seen = np.asarray(image.reduce(whole * step) if whole * step > 1 else image)
        for dark, (ink, excess) in enumerate(zip((seen, 255 - seen), standing_out(seen))):
            layer = (number * 2 + dark) * len(LEVELS)
            found += [figures(ink, excess, level, layer + rank) for rank, level in enumerate(LEVELS)]
    if not found:
        return np.zeros((0, LAYER + 1), np.int64)
    lines = text_lines(np.concatenate(found))
    factor = whole * np.array(STEPS)[lines[:, LAYER] // (2 * len(LEVELS))]
    lines[:, [0, 1, 2, 3, HEIGHT]] *= factor[:, None]
    return lines
