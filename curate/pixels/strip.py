"""bytes of a web format -> the same coded pixels without metadata"""

from __future__ import annotations

from typing import NamedTuple

from curate.pixels.fault import PixelFault
from curate.pixels.strip_gif import strip_gif
from curate.pixels.strip_jpeg import strip_jpeg
from curate.pixels.strip_png import strip_png
from curate.pixels.strip_webp import strip_webp


def strip_metadata(data: bytes, format: str) -> bytes:
    """`data` (jpeg, png, gif or webp) less comments, EXIF, XMP, text, thumbnails, unknown parts and whatever follows its end. Colour
    profiles stay, their texts do not unless they are a standard's (curate.pixels.icc); an EXIF orientation other than upright stays, as
    an EXIF that holds nothing else. Coded pixels are copied as they are; a file without metadata comes back as the very same object.

    Raises PixelFault: truncated where the file ends before its end mark, corrupt where its structure or a PNG's CRC does not hold,
    unsupported for JPEG of another process than the common ones.
    """
    return stripped(data, format)[0]


class Stripped(NamedTuple):
    data: bytes
    orientation: int  # that it keeps, EXIF's 1 to 8
    format: str  # of what a web browser shows; jpeg-arithmetic, which none does


def stripped(data: bytes, format: str) -> Stripped:
    """The same with what was met on the way."""
    match format:
        case "jpeg":
            return Stripped(*strip_jpeg(data))
        case "png":
            return Stripped(*strip_png(data), format)
        case "gif":
            return Stripped(strip_gif(data), 1, format)
        case "webp":
            return Stripped(*strip_webp(data), format)
    raise PixelFault("unsupported", format)
