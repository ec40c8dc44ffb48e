"""TIFF file -> its pages as they are seen"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from functools import cached_property
from typing import BinaryIO

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, TiffImagePlugin

from curate.pixels.deep import byte_picture, deep_picture
from curate.pixels.fault import PixelFault
from curate.pixels.flat import flattened
from curate.pixels.header import PILLOW_ERRORS, Header, check_size, picture_fault, tiff_header
from curate.pixels.orientation import upright
from curate.pixels.rendered import Rendered
from curate.pixels.tiff_pages import TiffPage, TiffPages
from curate.pixels.window import Values
from schemas.image import Rendering, Window

TiffImagePlugin.READ_LIBTIFF = True  # also of pages without compression: Pillow's own reader takes YCbCr for RGB
logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # its lines quote tags

MAX_BYTES = 1 << 30  # of one page, decoded
_ERRORS = (*PILLOW_ERRORS, tifffile.TiffFileError, imagecodecs.DelayedImportError, AttributeError, NotImplementedError)
_LIBTIFF = (1, 2, 3, 4, 5, 6, 7, 8, 32_773, 32_946, 34_925, 50_000)  # what Pillow's has of compressions
_JPEG = (6, 7)  # compressions whose decoder makes RGB of YCbCr
_GREY, _RGB, _PALETTE, _CMYK, _YCBCR = (0, 1), 2, 3, 5, 6


class Tiff:
    """The pages of an open file. Pages of whole numbers without a sign, of at most 8 bits, are decoded by Pillow; all others, and what
    Pillow does not know (more samples, sparse layouts, newer codecs), by tifffile. Neither opens another file."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises PixelFault."""
        self.file = file
        self.pages = TiffPages(file)

    def header(self, frame: int = -1) -> Header:
        """Of a page (-1: the first), as it is stored. Raises PixelFault."""
        header = tiff_header(self.pages, max(frame, 0))
        check_size(header.width, header.height)
        return header

    def rendered(
        self, column: str, frame: int, rendering: Rendering | None = None, admit: Callable[[Header], None] | None = None
    ) -> Rendered:
        """One page (-1: the first), turned as its orientation says. More than 8 bits are shown as `deep_picture` tells. `column` has no
        meaning here. Raises PixelFault."""
        header = self.header(frame)
        if admit:
            admit(header)
        page = self.pages.page(max(frame, 0))
        plain = self._by_pillow(max(frame, 0)) if page.is_plain and page.compression in _LIBTIFF else None
        if plain is not None:
            return Rendered(image=plain, header=header)
        image, window = self._shown(page, self._by_tifffile(page), rendering)
        return Rendered(image=upright(image, page.orientation), header=header, window=window)

    @cached_property
    def _pillow(self) -> TiffImagePlugin.TiffImageFile | None:
        self.file.seek(0)
        try:
            return TiffImagePlugin.TiffImageFile(self.file)
        except PILLOW_ERRORS:  # it knows no such layout
            return None

    def _by_pillow(self, frame: int) -> Image.Image | None:
        opened = self._pillow
        if opened is None:
            return None
        try:
            opened.seek(frame)
        except PILLOW_ERRORS:
            return None
        check_size(*opened.size)
        try:
            opened.load()
            if opened.mode == "P":
                _mend_palette(opened)
            return flattened(opened).copy()  # the next page is read into the same object
        except PILLOW_ERRORS as error:
            raise picture_fault(error, "tiff", self.pages.size) from None

    @cached_property
    def _tifffile(self) -> tifffile.TiffFile:
        self.file.seek(0)
        return tifffile.TiffFile(self.file, name="tiff")  # a name of its own: it looks for no neighbours

    def _by_tifffile(self, page: TiffPage) -> Values:
        """(height, width, samples)."""
        size = page.width * page.height * page.samples * -(-page.bits // 8)
        if size > MAX_BYTES:
            raise PixelFault("too_large", f"a page of {size} > {MAX_BYTES} bytes")
        if page.ends > self.pages.size or page.has_holes:
            raise PixelFault("truncated", f"tiff, {self.pages.size} bytes: strips or tiles that are not there")
        try:
            tiff = self._tifffile
            tiff.filehandle.seek(page.begin)
            decoded = tifffile.TiffPage(tiff, index=0)
            values = decoded.asarray(maxworkers=1).reshape(decoded.shaped)[:, 0]  # (planes, height, width, samples), at depth 0
        except _ERRORS as error:
            reason = "unsupported" if isinstance(error, (NotImplementedError, imagecodecs.DelayedImportError)) else "corrupt"
            raise PixelFault(reason, f"{_layout(page)}: {type(error).__name__}") from None
        values = values[0] if values.shape[0] == 1 else np.moveaxis(values[..., 0], 0, -1)
        if values.shape != (page.height, page.width, page.samples):
            raise PixelFault("corrupt", f"tiff of {values.shape[1]} x {values.shape[0]} pixels decoded, {page.width} x {page.height} told")
        return values

    def _shown(self, page: TiffPage, values: Values, rendering: Rendering | None) -> tuple[Image.Image, Window | None]:
        if values.dtype.kind not in "uif" or values.dtype.itemsize > 8:
            raise PixelFault("unsupported", f"{_layout(page)}: values of kind {values.dtype.kind}")
        if page.photometric == _CMYK and values.shape[2] >= 4 and page.bits in (8, 16) and page.is_unsigned:
            inks = np.right_shift(values[:, :, :4].astype(np.uint16), page.bits - 8).astype(np.uint8)
            return Image.frombytes("CMYK", (page.width, page.height), inks.tobytes()).convert("RGB"), None
        is_colour = page.photometric == _RGB or (page.photometric == _YCBCR and page.compression in _JPEG)
        if (values.shape[2] < 3) if is_colour else page.photometric not in _GREY:
            raise PixelFault("unsupported", _layout(page))
        alpha = page.has_alpha and values.shape[2] > (3 if is_colour else 1)
        if not is_colour and values.shape[2] - alpha != 3:
            values = values[:, :, [0, -1]] if alpha else values[:, :, :1]
        inverted = page.photometric == 0
        if page.is_plain:
            widened = values if page.bits == 8 else (values.astype(np.uint16) * 255 // (2**page.bits - 1)).astype(np.uint8)
            return byte_picture(widened, alpha=alpha, inverted=inverted), None
        return deep_picture(values, rendering=rendering, alpha=alpha, inverted=inverted)


def read_tiff(file: BinaryIO) -> Tiff:
    """Raises PixelFault."""
    return Tiff(file)


def tiff_image(data: bytes, frame: int, rendering: Rendering | None, admit: Callable[[Header], None] | None) -> Rendered:
    """One page of a file in memory. Raises PixelFault."""
    return Tiff(io.BytesIO(data)).rendered("", frame, rendering, admit)


def _layout(page: TiffPage) -> str:
    kinds = {1: "unsigned", 2: "signed", 3: "real"}
    kind = kinds.get(page.formats[0], f"format {page.formats[0]}")
    return f"tiff of compression {page.compression}, photometric {page.photometric}, {page.samples} x {page.bits} bits {kind}"


def _mend_palette(opened: TiffImagePlugin.TiffImageFile) -> None:
    """Colours are of 16 bits (TIFF 6.0, 5); some writers put 8 there, and libtiff knows them by that."""
    colours = opened.tag_v2.get(TiffImagePlugin.COLORMAP, ())
    if colours and max(colours) < 256:
        third = len(colours) // 3
        opened.putpalette(bytes(colours[plane * third + number] for number in range(third) for plane in range(3)))
