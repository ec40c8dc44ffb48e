"""grey picture -> rectangles in which a line of text is burned in: a name, a date, a number

Not read, only found: figures of one height on one line, thin, of one colour. Recall and false alarms on real pictures:
`make bench ONLY=burned` and manifests/README.md.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curate.pixels.letters import BOTTOM, INK, LAYER, LEFT, LOW, RIGHT, TOP, Figures, Pixels, figures, standing_out
from curate.pixels.text_lines import LEVELS, OTHER_INK, Lines, Numbers, text_lines
from schemas.image import Region

TEXT_BY = "text_v1"  # raise when any output can change

STEPS = (1, 2, 4)  # looked at as it is, at half and at a quarter: letters of 5-26, 10-52, 20-104 pixels
LONGEST = 4096  # pixels; a longer picture is reduced first
SCORE, HEIGHT, LINE_LAYER, LINE_INK = 4, 5, 6, 7  # columns of Lines
REACH = 3  # heights of a letter; so far from a line stands the rest of it: the first name, letters that touch, a single one
ROUNDS = 3  # of reaching out, each from what the one before it found
MOST_LINES = 1_000  # found in a picture; of a page of text with more the rectangle around them all
MOST = 200  # rectangles; the same


def text_regions(grey: Image.Image | Pixels) -> tuple[Region, ...]:
    """Where text is in a picture of mode L, as (height, width) array or image: rectangles, each a line or a piece of one with a margin,
    from top to bottom. They may overlap. Whole-number arithmetic: the same on any machine."""
    image = grey if isinstance(grey, Image.Image) else Image.fromarray(grey)
    found, factors = figures_in(image)
    lines = text_lines(found)
    lines = lines[lines[:, SCORE] > 0]
    if 0 < len(lines) <= MOST_LINES:
        lines = np.stack([_whole(line, found[found[:, LAYER] == line[LINE_LAYER]]) for line in lines])
    lines[:, [0, 1, 2, 3, HEIGHT]] *= factors[lines[:, LINE_LAYER], None]
    boxes = _with_margin(lines, image.size)
    boxes = boxes if len(boxes) > MOST_LINES else _joined(boxes)
    if len(boxes) > MOST:
        boxes = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])[None]
    regions = (Region(left=left, top=top, right=right, bottom=bottom) for left, top, right, bottom in boxes.tolist())
    return tuple(sorted(regions, key=lambda region: (region.top, region.left, region.bottom, region.right)))


def figures_in(image: Image.Image) -> tuple[Figures, Numbers]:
    """What may be letters in `image`, at every step, light and dark, at every level: a layer each; and how much each is reduced."""
    whole = -(-max(image.size) // LONGEST)
    found = [np.zeros((0, LAYER + 1), np.int64)]
    for number, step in enumerate(STEPS):
        if min(image.size) < LOW * whole * step:
            break
        seen = np.asarray(image.reduce(whole * step) if whole * step > 1 else image)
        for dark, (ink, excess) in enumerate(zip((seen, 255 - seen), standing_out(seen))):
            layer = (number * 2 + dark) * len(LEVELS)
            found += [figures(ink, excess, level, layer + rank) for rank, level in enumerate(LEVELS)]
    return np.concatenate(found), np.repeat(whole * np.array(STEPS), 2 * len(LEVELS))


def _whole(line: Numbers, beside: Figures) -> Numbers:
    """`line`, as far as figures of its ink that stand on it reach."""
    high = line[HEIGHT]
    slack = high // 3 + 1
    level = (beside[:, TOP] >= line[1] - slack) & (beside[:, BOTTOM] <= line[3] + slack)
    alike = np.abs(beside[:, INK] - line[LINE_INK]) <= OTHER_INK
    beside, line = beside[level & alike], line.copy()
    for _ in range(ROUNDS):
        near = beside[(beside[:, LEFT] <= line[2] + REACH * high) & (beside[:, RIGHT] >= line[0] - REACH * high)]
        line[:2] = np.minimum(line[:2], near[:, [LEFT, TOP]].min(axis=0))
        line[2:4] = np.maximum(line[2:4], near[:, [RIGHT, BOTTOM]].max(axis=0))
    return line


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
