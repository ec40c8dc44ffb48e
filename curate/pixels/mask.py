"""a mask beside an image -> its pixels as they are stored: values, colours or channels"""

from __future__ import annotations

import io
import math
from typing import BinaryIO

import numpy as np
from PIL import Image

from curate.pixels.array import array_layout
from curate.pixels.fault import PixelFault
from curate.pixels.header import PILLOW_ERRORS, open_picture, picture_header
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.matlab import HDF5, MATLAB, matlab_array
from curate.pixels.npz import ZIP, npz_array
from curate.pixels.regions import MaskRule
from curate.pixels.window import Values

MAX_BYTES = 1 << 28  # of a mask file, which is read whole
MAX_PIXELS = 1 << 25  # some 5,800 x 5,800
JPEG_HALF = 128  # JPEG rings around every edge: what is darker than half is background


def read_mask(file: BinaryIO, rule: MaskRule, *, array: str = "", frame: int = -1) -> Values:
    """The pixels of a mask as they are stored: (height, width), or with colours or channels last. Pictures, .npy (row `frame`), .npz and
    .mat (variable `array`). Raises PixelFault."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(HEAD + 8)
    file.seek(0)
    if head.startswith(ZIP):
        pixels = _row(io.BytesIO(npz_array(file, array)), frame)
    elif size <= MAX_BYTES and (head.startswith((MATLAB, HDF5)) or head[512:520] == HDF5):
        pixels = matlab_array(file.read(), array)
    else:
        kind = image_kind(head[:HEAD], size)
        pixels = _row(file, frame) if kind == "npy" else _picture(file, kind, size, rule, frame)
    if pixels.ndim == 3 and pixels.shape[2] == 1 and rule.channels != 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or pixels.size == 0:
        raise PixelFault("unsupported", f"a mask of {pixels.ndim} axes")
    if pixels.shape[0] * pixels.shape[1] > MAX_PIXELS:
        raise PixelFault("too_large", f"{pixels.shape[1]} x {pixels.shape[0]} > {MAX_PIXELS} pixels")
    return pixels


def _row(file: BinaryIO, frame: int) -> Values:
    """An array, or one row of its first axis."""
    shape, dtype, start, order = array_layout(file)
    if frame >= 0 and order == "F":
        raise PixelFault("unsupported", "rows of an array whose columns come first")
    row = shape if frame < 0 else shape[1:]
    if len(row) not in (2, 3):
        raise PixelFault("unsupported", f"a mask of {len(row)} axes")
    if frame >= 0 and frame >= shape[0]:
        raise PixelFault("no_such_frame", f"row {frame} of {shape[0]}")
    length = math.prod(row) * dtype.itemsize
    if length > MAX_BYTES:
        raise PixelFault("too_large", f"{length} > {MAX_BYTES} bytes")
    file.seek(start + max(frame, 0) * length)
    data = file.read(length)
    if len(data) < length:
        raise PixelFault("truncated", f"{len(data)} < {length} bytes")
    return np.frombuffer(data, dtype=dtype).reshape(row, order=order)


def _picture(file: BinaryIO, kind: str, size: int, rule: MaskRule, frame: int) -> Values:
    if kind == "dicom" or size > MAX_BYTES:
        raise PixelFault("unsupported" if kind == "dicom" else "too_large", f"{kind} of {size} bytes as a mask")
    opened = open_picture(file, kind, size)
    header = picture_header(opened, kind, file)
    if opened.width * opened.height > MAX_PIXELS:
        raise PixelFault("too_large", f"{opened.width} x {opened.height} > {MAX_PIXELS} pixels")
    if frame >= header.frames:
        raise PixelFault("no_such_frame", f"frame {frame} of {header.frames}")
    try:
        if frame > 0:
            opened.seek(frame)
            if opened.width * opened.height > MAX_PIXELS:
                raise PixelFault("too_large", f"{opened.width} x {opened.height} > {MAX_PIXELS} pixels")
        opened.load()
    except PILLOW_ERRORS as error:
        raise PixelFault("corrupt", f"{kind}, {size} bytes: {type(error).__name__}") from None
    if kind == "jpeg" and not rule.colours:
        return _halved(opened, rule)
    return _stored(opened, rule)


def _halved(opened: Image.Image, rule: MaskRule) -> Values:
    if rule.values or rule.channels or rule.parts == "instances":
        raise PixelFault("unsupported", "a JPEG file, which keeps no values")
    return np.asarray(opened.convert("L")) >= JPEG_HALF


def _stored(opened: Image.Image, rule: MaskRule) -> Values:
    """Values as they are in the file: of a palette its indices where values are asked for, else its colours."""
    if opened.mode == "P" and rule.values:
        return np.asarray(opened)
    if opened.mode == "1":
        return np.asarray(opened, dtype=np.uint8)
    if opened.mode in ("L", "F") or opened.mode.startswith("I"):
        return np.asarray(opened)
    return np.asarray(opened.convert("RGBA" if opened.has_transparency_data else "RGB"))
