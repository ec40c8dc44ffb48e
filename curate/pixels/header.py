"""image file -> what its header says: format, size, mode; no pixel is decoded"""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import BinaryIO

# Imported by name: Image.open would otherwise register every plugin it has, in whichever thread comes first.
from PIL import AvifImagePlugin, BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from curate.pixels.fault import PixelFault
from curate.pixels.jp2_boxes import Codestream, read_codestream
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.strip_gif import gif_pictures
from curate.pixels.tiff_pages import TiffPages

MAX_PIXELS = 178_956_970  # 2 x Pillow's warning limit, where Pillow itself refuses; 0.5 GB as RGB
MAX_SIDE = 65_535  # pixels; JPEG's and GIF's own limit. Resampling needs memory in proportion to the longer side
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses above twice this: one cap, however a picture is opened
# Pillow warns of sizes (checked here) and of odd tags. Warnings and debug lines may quote a file: neither belongs in a log.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.ERROR)

# What Pillow 12 raises on hostile bytes. In 25,000 mutants of real and drawn files: OSError (truncated, unidentified, a decoder's error),
# SyntaxError (structure), ValueError, TypeError and struct.error (absurd or mistyped TIFF tags). By its sources also: EOFError (frames),
# LookupError (missing tags), zlib.error, ArithmeticError (sizes), RuntimeError (WebP), MemoryError (a part that claims gigabytes),
# AssertionError (a palette that is not there).
PILLOW_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, struct.error, EOFError, LookupError, zlib.error, ArithmeticError, RuntimeError,
    MemoryError, AssertionError, Image.DecompressionBombError,
)  # fmt: skip

_OPENERS = {
    "jpeg": JpegImagePlugin.JpegImageFile,  # not jpeg_factory: the further pictures of an MPO file are previews
    "png": PngImagePlugin.PngImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,  # of masks; pictures are opened by curate.pixels.tiff
}
if AvifImagePlugin.SUPPORTED:  # in all wheels of Pillow but a few
    _OPENERS["avif"] = AvifImagePlugin.AvifImageFile
_MAX_GIF = 1 << 30  # bytes in which the frames of a GIF are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    format: str  # jpeg png gif webp bmp tiff jpeg2000 avif dicom npy nifti ...; jpeg-arithmetic: a JPEG that is no web format
    width: int  # pixels, as stored (before orientation)
    height: int
    mode: str  # as Pillow names it; of DICOM its photometric interpretation
    bits: int  # stored bits per channel
    frames: int  # 1, or of an animation, a multi-frame file, an array of rows
    turn: int = 1  # of a DICOM cross-section: the EXIF orientation by which it is seen as radiologists see it


def read_header(file: BinaryIO) -> Header:
    """The header of a seekable file, read from its start. Raises PixelFault."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    kind = image_kind(head, size)
    file.seek(0)
    match kind:
        case "dicom":
            from curate.pixels.dicom_dataset import dicom_header  # pydicom is heavy: only where a DICOM file comes

            header = dicom_header(file)
        case "npy":
            from curate.pixels.array import array_header

            header = array_header(file)
        case "tiff":
            header = tiff_header(TiffPages(file), 0)
        case "jpeg2000":
            header = jp2_header(read_codestream(file))
        case _:
            header = picture_header(open_picture(file, kind, size), kind, file)
    check_size(header.width, header.height)
    return header


def open_picture(file: BinaryIO, kind: str, size: int) -> Image.Image:
    """The file opened by the one Pillow plugin of its kind, pixels not decoded. Raises PixelFault."""
    if kind not in _OPENERS:
        raise PixelFault("unsupported", kind)
    if kind == "webp":
        _check_webp(file)
    try:
        image = _OPENERS[kind](file)
    except PILLOW_ERRORS as error:
        if isinstance(error, Image.DecompressionBombError):
            raise PixelFault("too_large", f"more than {MAX_PIXELS} pixels") from None
        raise PixelFault("corrupt", f"{kind} header, {size} bytes: {type(error).__name__}") from None
    check_size(*image.size)
    return image


def _check_webp(file: BinaryIO) -> None:
    """The size in its first chunk (RFC 9649 2.5 to 2.7; 0 where it tells none): libwebp claims two canvases as soon as it is opened."""
    head = file.read(30)
    file.seek(0)
    match head[12:16]:
        case b"VP8X":
            width, height = int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case _:
            width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    if width and height:
        check_size(width, height)


def check_size(width: int, height: int) -> None:
    if width <= 0 or height <= 0:
        raise PixelFault("corrupt", f"{width} x {height} pixels")
    if width * height > MAX_PIXELS:
        raise PixelFault("too_large", f"{width} x {height} > {MAX_PIXELS} pixels")
    if max(width, height) > MAX_SIDE:
        raise PixelFault("too_large", f"{width} x {height}: a side > {MAX_SIDE} pixels")


def picture_header(image: Image.Image, kind: str, file: BinaryIO, *, told: str = "") -> Header:
    """What Pillow read of a picture opened from `file`, by the format `told`. Raises PixelFault where its frames cannot be counted."""
    try:
        frames = _frames(image, kind, file)
        bits = _bits(image, kind, file)
        return Header(format=told or kind, width=image.width, height=image.height, mode=image.mode, bits=bits, frames=frames)
    except PILLOW_ERRORS as error:
        raise PixelFault("corrupt", f"{kind} frames: {type(error).__name__}") from None


def tiff_header(pages: TiffPages, frame: int) -> Header:
    """Of a page, as it is stored. Raises PixelFault."""
    page = pages.page(frame)
    return Header(format="tiff", width=page.width, height=page.height, mode=page.mode, bits=page.bits, frames=len(pages.begins))


def jp2_header(stream: Codestream) -> Header:
    return Header(format="jpeg2000", width=stream.width, height=stream.height, mode=stream.mode, bits=stream.bits, frames=1)


def picture_fault(error: Exception, format: str, size: int) -> PixelFault:
    """What a decoder's error is called. Pillow says only in words that the data ended early."""
    is_short = isinstance(error, EOFError) or "truncated" in str(error).lower() or "not enough" in str(error).lower()
    return PixelFault("truncated" if is_short else "corrupt", f"{format}, {size} bytes: {type(error).__name__}")


def _frames(image: Image.Image, kind: str, file: BinaryIO) -> int:
    """Pillow counts a TIFF's by parsing each directory in quadratic time, and a GIF's without a limit."""
    if kind not in ("tiff", "gif"):
        return getattr(image, "n_frames", 1)
    place = file.tell()
    if kind == "tiff":
        frames = len(TiffPages(file).begins)
    else:
        file.seek(0)
        frames = gif_pictures(file.read(_MAX_GIF))
    file.seek(place)  # Pillow goes on from where it was
    return frames


def _bits(image: Image.Image, kind: str, file: BinaryIO) -> int:
    if kind == "png":
        place = file.tell()
        file.seek(24)
        bits = file.read(1)[0]
        file.seek(place)  # Pillow goes on from where it was
        return bits  # IHDR is the first chunk, ISO/IEC 15948 5.6
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return int(max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,))))
    return 1 if image.mode == "1" else 8
