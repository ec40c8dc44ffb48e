"""JPEG 2000 file -> its picture as it is seen"""

from __future__ import annotations

import io
from collections.abc import Callable

import imagecodecs
import numpy as np
from PIL import Image

from curate.pixels.deep import byte_picture, deep_picture
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, check_size, jp2_header
from curate.pixels.jp2_boxes import CMYK, Codestream, read_codestream
from curate.pixels.rendered import Rendered
from curate.pixels.window import Values
from schemas.image import Rendering, Window

_END = b"\xff\xd9"
_ERRORS = (imagecodecs.Jpeg2kError, RuntimeError, ValueError, TypeError, MemoryError, ArithmeticError)


def jp2_image(
    data: bytes, frame: int, rendering: Rendering | None = None, admit: Callable[[Header], None] | None = None
) -> Rendered:
    """The picture: palette and YCC as RGB, alpha on white, more than 8 bits as `deep_picture` tells. Raises PixelFault."""
    file = io.BytesIO(data)
    stream = read_codestream(file)
    header = jp2_header(stream)
    check_size(header.width, header.height)
    if frame > 0:
        raise PixelFault("no_such_frame", f"frame {frame} of 1")
    if admit:
        admit(header)
    if _END not in data[max(stream.end - 16, stream.begin) : stream.end]:
        raise PixelFault("truncated", f"jpeg2000, {len(data)} bytes: no end mark")
    try:
        values = imagecodecs.jpeg2k_decode(data, numthreads=1)
    except _ERRORS as error:
        raise PixelFault("corrupt", f"jpeg2000, {len(data)} bytes: {type(error).__name__}") from None
    if values.shape[:2] != (header.height, header.width) or values.ndim > 3:
        raise PixelFault("corrupt", f"jpeg2000 of {header.width} x {header.height}: decoded to another size")
    image, window = _shown(values, stream, rendering)
    return Rendered(image=image, header=header, window=window)


def _shown(values: Values, stream: Codestream, rendering: Rendering | None) -> tuple[Image.Image, Window | None]:
    samples = 1 if values.ndim == 2 else values.shape[2]
    if values.dtype == np.uint8:
        if stream.bits < 8:
            values = (values.astype(np.uint16) * 255 // (2**stream.bits - 1)).astype(np.uint8)
        if samples == 4 and stream.colours == CMYK:
            return Image.fromarray(values, "CMYK").convert("RGB"), None
        return byte_picture(values, alpha=samples in (2, 4)), None
    return deep_picture(values, rendering=rendering, alpha=samples in (2, 4))


