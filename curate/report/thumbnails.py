"""bytes of an image -> a small re-encoded picture as a data URI, nothing of the file's metadata in it"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image as Pillow

from curate.pixels.fault import PixelFault
from curate.pixels.render import render

SIDE = 112  # pixels, the longer one
MOST_BYTES = 8_000  # of one thumbnail before base64; 48 of them stay under 0.6 MB
QUALITIES = (62, 45, 30, 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    uri: str
    width: int
    height: int


def thumbnail(image: Pillow.Image, *, side: int = SIDE) -> Thumbnail:
    """A WebP of at most `side` pixels and, by falling quality, MOST_BYTES. `image` is a rendered image (8-bit, orientation applied)."""
    small = Pillow.new("RGB", image.size, "white")  # a new image: info, with its ICC profile, EXIF and text chunks, stays behind
    pixels = image.convert("RGBA")
    small.paste(pixels, mask=pixels.getchannel("A"))
    small.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    data = b""
    for quality in QUALITIES:
        data = _webp(small, quality)
        if len(data) <= MOST_BYTES:
            break
    return Thumbnail(uri="data:image/webp;base64," + base64.b64encode(data).decode("ascii"), width=small.width, height=small.height)


def thumbnail_of(data: bytes) -> Thumbnail | None:
    """The thumbnail of an image file's bytes; None where it cannot be decoded any more."""
    try:
        return thumbnail(render(data).image)
    except PixelFault:
        return None


def _webp(image: Pillow.Image, quality: int) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=quality, method=6)
    return target.getvalue()
