"""rows of a .npy array -> one picture each"""

from __future__ import annotations

import io
import math
import struct
import tokenize
from typing import BinaryIO

import numpy as np
from PIL import Image

from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, check_size
from curate.pixels.window import Values, window_min_max

_NPY_ERRORS = (ValueError, EOFError, OverflowError, TypeError, SyntaxError, struct.error, tokenize.TokenError, MemoryError, RecursionError)
_MODES = {("u", 1): "L", ("b", 1): "1", ("u", 2): "I;16", ("i", 2): "I;16"}


def array_header(file: BinaryIO) -> Header:
    """The header of an .npy file: (height, width), (height, width, 3), or rows of either. Raises PixelFault."""
    shape, dtype, _ = array_layout(file)
    return _header(shape, dtype)


def cut_row(file: BinaryIO, frame: int) -> bytes:
    """Row `frame` of an .npy file as an .npy file of its own, so that a file of 10,000 pictures is not read 10,000 times. -1: the
    first. Raises PixelFault."""
    shape, dtype, start = array_layout(file)
    header = _header(shape, dtype)
    check_size(header.width, header.height)
    row = _row_shape(shape)
    frame = max(frame, 0)
    if frame >= header.frames:
        raise PixelFault("no_such_frame", f"row {frame} of {header.frames}")
    length = math.prod(row) * dtype.itemsize
    file.seek(start + frame * length)
    pixels = file.read(length)
    if len(pixels) < length:
        raise PixelFault("truncated", f"row {frame}: {len(pixels)} < {length} bytes")
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": dtype.str, "fortran_order": False, "shape": row})
    return out.getvalue() + pixels


def array_image(data: bytes, frame: int) -> tuple[Image.Image, Header]:
    """One row of an .npy file as an 8-bit picture, deeper values by their own min and max, colours of 0 to 255 as they are. Raises
    PixelFault."""
    shape, dtype, _ = array_layout(io.BytesIO(data))
    row = io.BytesIO(cut_row(io.BytesIO(data), frame))
    array_layout(row)
    pixels = np.frombuffer(row.read(), dtype=dtype).reshape(_row_shape(shape))
    return Image.fromarray(_eight_bits(pixels)), _header(shape, dtype)


def _eight_bits(pixels: Values) -> Values:
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * 255
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    return pixels.astype(np.uint8) if _are_byte_colours(pixels) else window_min_max(pixels)


def _are_byte_colours(pixels: Values) -> bool:
    """Whether colours that are no bytes hold nothing but whole numbers a byte holds (some are saved as float64): stretching each
    picture by its own extremes would stain it anew. A picture of zeros and ones alone may have shares of one."""
    if pixels.ndim != 3 or not pixels.size:
        return False
    return bool(pixels.min() >= 0 and 1 < pixels.max() <= 255 and np.array_equal(pixels, np.floor(pixels)))


def array_layout(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[np.generic], int]:
    """Shape, dtype and where the values start."""
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise PixelFault("unsupported", f"npy version {version[0]}.{version[1]}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except _NPY_ERRORS as error:  # numpy parses a Python literal here; each of these was seen in fuzzing
        raise PixelFault("corrupt", f"npy header: {type(error).__name__}") from None
    if fortran or dtype.kind not in "uibf" or dtype.names is not None or dtype.itemsize > 8:
        raise PixelFault("unsupported", f"npy of kind {dtype.kind}{dtype.itemsize * 8}{', columns first' if fortran else ''}")
    if any(not isinstance(side, int) or side < 0 for side in shape):
        raise PixelFault("corrupt", "npy shape")
    return shape, dtype, file.tell()


def _row_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one picture: (height, width) or (height, width, 1 or 3), with or without rows before it."""
    match shape:
        case (_, _, 1 | 3) | (_, _):
            return shape
        case (_, height, width) | (_, height, width, 1):
            return (height, width)
        case (_, height, width, 3):
            return (height, width, 3)
    raise PixelFault("unsupported", f"npy of {len(shape)} dimensions, the last {shape[-1] if shape else 0}")


def _header(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Header:
    row = _row_shape(shape)
    frames = 1 if shape == row else shape[0]
    mode = "RGB" if row[2:] == (3,) else _MODES.get((dtype.kind, dtype.itemsize), "F")
    return Header(format="npy", width=row[1], height=row[0], mode=mode, bits=1 if dtype.kind == "b" else dtype.itemsize * 8, frames=frames)
