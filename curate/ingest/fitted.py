"""boxes drawn on an image of one size -> the same boxes on its copy of another size"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from curate.ingest.render import Unfit
from curate.ingest.sizes import Size
from schemas.sample import Box

SKEW = 0.02  # how far the ratio of its sides may be from that of the image the boxes were drawn on


def fitted(boxes: Sequence[Box], drawn_on: Size, stored: Size | None) -> list[Box]:
    """`stored`: None where the image's header cannot be read; inspect says why. Raises Unfit: box_size."""
    if stored is None or stored == drawn_on:
        return list(boxes)
    across, down = stored[0] / drawn_on[0], stored[1] / drawn_on[1]
    if abs(across / down - 1) > SKEW:
        raise Unfit("box_size", f"drawn on {drawn_on[0]} x {drawn_on[1]}, {stored[0]} x {stored[1]} pixels found")
    return squared(boxes, drawn_on, stored)


def squared(boxes: Sequence[Box], drawn_on: Size, shown: Size) -> list[Box]:
    """The same boxes where each side of the picture is another number of pixels."""
    across, down = shown[0] / drawn_on[0], shown[1] / drawn_on[1]
    return [replace(box, x=box.x * across, y=box.y * down, width=box.width * across, height=box.height * down) for box in boxes]
