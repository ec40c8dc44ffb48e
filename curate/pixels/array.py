"""rows of a .npy array -> one picture each; an array of three axes -> the header of a volume"""

from __future__ import annotations

import io
import math
import struct
import tokenize
from typing import BinaryIO, Literal, NamedTuple

import numpy as np
from PIL import Image

from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, check_size
from curate.pixels.volume_header import VolumeHeader, checked
from curate.pixels.window import Values, min_max, shown, stretch
from schemas.image import Rendering, Window

_NPY_ERRORS = (ValueError, EOFError, OverflowError, TypeError, SyntaxError, struct.error, tokenize.TokenError, MemoryError, RecursionError)
_MODES = {("u", 1): "L", ("b", 1): "1", ("u", 2): "I;16", ("i", 2): "I;16"}


class Layout(NamedTuple):
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    start: int  # bytes before the first value
    order: Literal["C", "F"]  # F: the first index is the fastest

    def row(self) -> tuple[int, ...]:
        """The shape of one picture: (height, width) or (height, width, 1 or 3), with or without rows before it. Raises PixelFault."""
        match self.shape:
            case (_, _, 1 | 3) | (_, _):
                return self.shape
            case (_, height, width) | (_, height, width, 1):
                return (height, width)
            case (_, height, width, 3):
                return (height, width, 3)
        raise PixelFault("unsupported", f"npy of {len(self.shape)} dimensions, the last {self.shape[-1] if self.shape else 0}")

    def rows(self) -> int:
        return 1 if self.shape == self.row() else self.shape[0]

    def whole_rows(self) -> None:
        """Raises PixelFault where a row does not lie in one piece."""
        if self.order == "F" and self.rows() > 1:
            raise PixelFault("unsupported", f"npy of kind {self.dtype.kind}{self.dtype.itemsize * 8}, columns first")


def array_header(file: BinaryIO) -> Header:
    """The header of an .npy file: (height, width), (height, width, 3), or rows of either. Raises PixelFault."""
    layout = array_layout(file)
    layout.whole_rows()
    return _header(layout)


def array_volume_header(file: BinaryIO) -> VolumeHeader:
    """The header of an .npy file of three axes, or of four of which the last is one value or three bytes. Raises PixelFault."""
    layout = array_layout(file)
    match layout.shape:
        case (first, second, third) | (first, second, third, 1):
            channels = 1
        case (first, second, third, 3) if layout.dtype == np.uint8:
            channels = 3
        case _:
            raise PixelFault("unsupported", f"npy of {len(layout.shape)} dimensions as a volume")
    dtype = np.dtype(np.uint8) if layout.dtype == np.bool_ else layout.dtype
    return checked(
        VolumeHeader(
            format="npy", stored=(first, second, third), dtype=dtype, channels=channels, offset=layout.start, is_array=True,
            order=layout.order,
        )
    )  # fmt: skip


def cut_row(file: BinaryIO, frame: int) -> bytes:
    """Row `frame` of an .npy file as an .npy file of its own, so that a file of 10,000 pictures is not read 10,000 times. -1: the
    first. Raises PixelFault."""
    layout = array_layout(file)
    layout.whole_rows()
    header = _header(layout)
    check_size(header.width, header.height)
    row = layout.row()
    frame = max(frame, 0)
    if frame >= header.frames:
        raise PixelFault("no_such_frame", f"row {frame} of {header.frames}")
    length = math.prod(row) * layout.dtype.itemsize
    file.seek(layout.start + frame * length)
    pixels = file.read(length)
    if len(pixels) < length:
        raise PixelFault("truncated", f"row {frame}: {len(pixels)} < {length} bytes")
    out = io.BytesIO()
    described = {"descr": layout.dtype.str, "fortran_order": layout.order == "F" and len(row) > 1, "shape": row}
    np.lib.format.write_array_header_1_0(out, described)
    return out.getvalue() + pixels


def array_image(data: bytes, frame: int, rendering: Rendering | None = None) -> tuple[Image.Image, Header, Window | None]:
    """One row of an .npy file as an 8-bit picture, and how deeper values were shown: grey by the window policy, colours by their full
    range, of 0 to 255 as they are. Raises PixelFault."""
    header = _header(array_layout(io.BytesIO(data)))
    row = io.BytesIO(cut_row(io.BytesIO(data), frame))
    layout = array_layout(row)
    pixels = np.frombuffer(row.read(), dtype=layout.dtype).reshape(layout.shape, order=layout.order)
    eight, window = _eight_bits(pixels, rendering)
    return Image.fromarray(np.ascontiguousarray(eight)), header, window


def _eight_bits(pixels: Values, rendering: Rendering | None) -> tuple[Values, Window | None]:
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * 255, None
    if pixels.dtype == np.uint8:
        return pixels, None
    if pixels.ndim == 2:
        return shown(pixels.astype(pixels.dtype.newbyteorder("="), copy=False), rendering)
    if _are_byte_colours(pixels):
        return pixels.astype(np.uint8), None
    low, high = _colour_range(pixels)
    return stretch(pixels, low, high), Window(low=low, high=high, by="full range")


def _are_byte_colours(pixels: Values) -> bool:
    """Whether colours that are no bytes hold nothing but whole numbers a byte holds (some are saved as float64): stretching each
    picture by its own extremes would stain it anew. A picture of zeros and ones alone may have shares of one."""
    if not pixels.size:
        return False
    return bool(pixels.min() >= 0 and 1 < pixels.max() <= 255 and np.array_equal(pixels, np.floor(pixels)))


def _colour_range(pixels: Values) -> tuple[float, float]:
    """Floats between 0 and 1 are shares of one."""
    low, high = min_max(pixels)
    return (0.0, 1.0) if pixels.dtype.kind == "f" and low >= 0 and high <= 1 else (low, high)


def array_layout(file: BinaryIO) -> Layout:
    """What the header says, the file being at its beginning; it is then where the values begin. Raises PixelFault."""
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise PixelFault("unsupported", f"npy version {version[0]}.{version[1]}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except _NPY_ERRORS as error:  # numpy parses a Python literal here; each of these was seen in fuzzing
        raise PixelFault("corrupt", f"npy header: {type(error).__name__}") from None
    if dtype.kind not in "uibf" or dtype.names is not None or dtype.itemsize > 8:
        raise PixelFault("unsupported", f"npy of kind {dtype.kind}{dtype.itemsize * 8}")
    if any(not isinstance(side, int) or side < 0 for side in shape):
        raise PixelFault("corrupt", "npy shape")
    return Layout(shape, dtype, file.tell(), "F" if fortran else "C")


def _header(layout: Layout) -> Header:
    row, dtype = layout.row(), layout.dtype
    mode = "RGB" if row[2:] == (3,) else _MODES.get((dtype.kind, dtype.itemsize), "F")
    bits = 1 if dtype.kind == "b" else dtype.itemsize * 8
    return Header(format="npy", width=row[1], height=row[0], mode=mode, bits=bits, frames=layout.rows())
