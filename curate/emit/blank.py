"""the bytes of a picture as they ship, rectangles -> the same picture, black there"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from curate.pixels.digest import phash
from curate.pixels.render import render
from curate.pixels.web import to_png
from schemas.image import Region


@dataclass(frozen=True, slots=True)
class Blanked:
    bytes: bytes  # a lossless PNG, mode L or RGB, without metadata
    phash: int  # of its own pixels
    name: str  # '<first 16 digits of the SHA-256 of its bytes>.png'


def blank(data: bytes, regions: Sequence[Region]) -> Blanked:
    """`data`, a JPEG, PNG, GIF or WebP that was decoded before, with every pixel of `regions` 0. They are rectangles of the rendered image:
    upright, the first frame of several. Raises PixelFault."""
    image = render(data).image.copy()
    for region in regions:
        image.paste(0 if image.mode == "L" else (0, 0, 0), (region.left, region.top, region.right, region.bottom))
    png = to_png(image)
    return Blanked(png, phash(image), f"{hashlib.sha256(png).hexdigest()[:16]}.png")
