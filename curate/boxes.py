"""boxes and the size of their image -> the fault of one that leaves it, or has no area"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.sample import Box
from schemas.verdict import Fault

SLACK = 1.0  # pixels: sides are rounded, and counted from 0 by some and from 1 by others


def box_fault(boxes: Iterable[Box], width: int, height: int) -> Fault | None:
    """Of the first that is no part of an image of `width` x `height` pixels, as stored: box_outside, box_no_area."""
    for box in boxes:
        right, bottom = box.x + box.width, box.y + box.height
        if min(box.x, box.y) < -SLACK or right > width + SLACK or bottom > height + SLACK:
            sides = ", ".join(f"{side:.6g}" for side in (box.x, box.y, right, bottom))
            return Fault(reason="box_outside", evidence=f"{sides} in {width} x {height} pixels")
        if not (box.width > 0 and box.height > 0):
            return Fault(reason="box_no_area", evidence=f"{box.width:.6g} x {box.height:.6g} pixels")
    return None
