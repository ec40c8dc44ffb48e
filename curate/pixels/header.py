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
from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from curate.pixels.fault import PixelFault
from curate.pixels.kind import HEAD, image_kind

MAX_PIXELS = 178_956_970  # 2 x Pillow's warning limit, where Pillow itself refuses; 0.5 GB as RGB
MAX_SIDE = 65_535  # pixels; JPEG's and GIF's own limit. Resampling needs memory in proportion to the longer side
MAX_PAGES = 100_000  # directories of a TIFF
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses above twice this: one cap, however a picture is opened
# Pillow warns of sizes (checked here) and of odd tags. Warnings and debug lines may quote a file: neither belongs in a log.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.ERROR)

# What Pillow 12 raises on hostile bytes. In 25,000 mutants of real and drawn files: OSError (truncated, unidentified, a decoder's error),
# SyntaxError (structure), ValueError, TypeError and struct.error (absurd or mistyped TIFF tags). By its sources also: EOFError (frames),
# LookupError (missing tags), zlib.error, ArithmeticError (sizes), RuntimeError (WebP), MemoryError (a part that claims gigabytes).
PILLOW_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, struct.error, EOFError, LookupError, zlib.error, ArithmeticError, RuntimeError,
    MemoryError, Image.DecompressionBombError,
)  # fmt: skip

_OPENERS = {
    "jpeg": JpegImagePlugin.JpegImageFile,  # not jpeg_factory: the further pictures of an MPO file are previews
    "png": PngImagePlugin.PngImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    format: str  # jpeg png gif webp bmp tiff dicom npy nifti
    width: int  # pixels, as stored (before orientation)
    height: int
    mode: str  # as Pillow names it; of DICOM its photometric interpretation
    bits: int  # stored bits per channel
    frames: int  # 1, or of an animation, a multi-frame file, an array of rows


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
        case _:
            header = picture_header(open_picture(file, kind, size), kind, file)
    check_size(header.width, header.height)
    return header


def open_picture(file: BinaryIO, kind: str, size: int) -> Image.Image:
    """The file opened by the one Pillow plugin of its kind, pixels not decoded. Raises PixelFault."""
    try:
        image = _OPENERS[kind](file)
    except PILLOW_ERRORS as error:
        if isinstance(error, Image.DecompressionBombError):
            raise PixelFault("too_large", f"more than {MAX_PIXELS} pixels") from None
        raise PixelFault("corrupt", f"{kind} header, {size} bytes: {type(error).__name__}") from None
    check_size(*image.size)
    return image


def check_size(width: int, height: int) -> None:
    if width <= 0 or height <= 0:
        raise PixelFault("corrupt", f"{width} x {height} pixels")
    if width * height > MAX_PIXELS:
        raise PixelFault("too_large", f"{width} x {height} > {MAX_PIXELS} pixels")
    if max(width, height) > MAX_SIDE:
        raise PixelFault("too_large", f"{width} x {height}: a side > {MAX_SIDE} pixels")


def picture_header(image: Image.Image, kind: str, file: BinaryIO) -> Header:
    """What Pillow read of a picture opened from `file`. Raises PixelFault where its frames cannot be counted."""
    try:
        frames = _tiff_pages(file) if kind == "tiff" else getattr(image, "n_frames", 1)
        return Header(format=kind, width=image.width, height=image.height, mode=image.mode, bits=_bits(image, kind, file), frames=frames)
    except PILLOW_ERRORS as error:
        raise PixelFault("corrupt", f"{kind} frames: {type(error).__name__}") from None


def _tiff_pages(file: BinaryIO) -> int:
    """Directories in the chain: Pillow parses each of them, in quadratic time. A chain that runs in a circle or out of the file ends;
    one of more than MAX_PAGES is refused: six bytes make a directory, and each is remembered."""
    file.seek(0)
    head = file.read(16)
    order, is_big = "<" if head[:2] == b"II" else ">", 43 in head[2:4]
    entries, pointer, entry_bytes = ("Q", "Q", 20) if is_big else ("H", "I", 12)
    (begin,) = struct.unpack_from(f"{order}{pointer}", head, 8 if is_big else 4)
    seen: set[int] = set()
    while begin and begin not in seen:
        seen.add(begin)
        if len(seen) > MAX_PAGES:
            raise PixelFault("too_large", f"tiff of more than {MAX_PAGES} pages")
        file.seek(begin)
        count = file.read(struct.calcsize(entries))
        if len(count) < struct.calcsize(entries):
            break
        file.seek(struct.unpack(f"{order}{entries}", count)[0] * entry_bytes, io.SEEK_CUR)
        after = file.read(struct.calcsize(pointer))
        begin = struct.unpack(f"{order}{pointer}", after)[0] if len(after) == struct.calcsize(pointer) else 0
    return max(len(seen), 1)


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
