"""JPEG 2000 file -> where its codestream lies and what its header says; no pixel is decoded"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from curate.pixels.fault import PixelFault

CMYK = 12  # EnumCS, ISO/IEC 15444-2 M.11.7.3
_START = b"\xff\x4f\xff\x51"  # SOC and SIZ, ISO/IEC 15444-1 A.4, A.5: a codestream begins with them
_MAX_BOXES = 1_000  # before the codestream
_MOST = 4  # components: colours and alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class Codestream:
    begin: int  # in the file
    end: int
    width: int
    height: int
    samples: int  # of the picture: components, or columns of the palette
    bits: int  # the most of any sample
    is_signed: bool
    colours: int  # the enumerated colour space of its file, 0 where none is told

    @property
    def mode(self) -> str:
        """As Pillow would name it."""
        if self.samples == 1:
            return "I" if self.is_signed or self.bits > 16 else "I;16" if self.bits > 8 else "L"
        return {2: "LA", 3: "RGB"}.get(self.samples, "CMYK" if self.colours == CMYK else "RGBA")


@dataclass(frozen=True, slots=True)
class _Boxes:
    begin: int
    end: int
    colours: int = 0
    palette: bytes = b""  # what its box says: entries, columns, bits of each


def read_codestream(file: BinaryIO) -> Codestream:
    """Of a file (.jp2, .jpx) or a bare codestream (.j2k): what its SIZ segment says. Raises PixelFault."""
    boxes = _boxes(file)
    file.seek(boxes.begin)
    siz = file.read(42 + 3 * _MOST)
    if len(siz) < 45 or not siz.startswith(_START):
        raise PixelFault("truncated" if len(siz) < 45 else "corrupt", "jpeg2000 without a codestream")
    right, low, left, top = struct.unpack_from(">4I", siz, 8)
    (components,) = struct.unpack_from(">H", siz, 40)
    depths = list(siz[42 : 42 + 3 * components : 3])
    if components == 1 and len(boxes.palette) > 3:
        depths = list(boxes.palette[3:])
    if not 1 <= max(components, len(depths)) <= _MOST:
        raise PixelFault("unsupported", f"jpeg2000 of {max(components, len(depths))} components")
    return Codestream(
        begin=boxes.begin, end=boxes.end, width=right - left, height=low - top, samples=len(depths),
        bits=max((depth & 0x7F) + 1 for depth in depths), is_signed=any(depth & 0x80 for depth in depths), colours=boxes.colours,
    )  # fmt: skip


def _boxes(file: BinaryIO) -> _Boxes:
    """Where the codestream lies. ISO/IEC 15444-1 I.4: a box has a length (0: to the end, 1: told in 8 bytes), a type, and what it holds."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(len(_START)) == _START:
        return _Boxes(0, size)
    begin, colours, palette = 0, 0, b""
    for _ in range(_MAX_BOXES):
        file.seek(begin)
        head = file.read(16)
        if len(head) < 8:
            break
        length, name = struct.unpack_from(">I4s", head)
        start = begin + 8
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
            start += 8
        end = size if length == 0 else begin + length
        if name == b"jp2c":
            return _Boxes(start, min(end, size), colours, palette)
        if name == b"jp2h":
            file.seek(start)
            colours, palette = _described(file.read(min(end - start, 1 << 16)))
        if end <= begin:
            break
        begin = end
    raise PixelFault("truncated", f"jpeg2000, {size} bytes: no codestream")


def _described(boxes: bytes) -> tuple[int, bytes]:
    """The first enumerated colour space (I.5.3.3), and the head of the palette (I.5.3.4)."""
    colours, palette, begin = 0, b"", 0
    while begin + 8 <= len(boxes):
        length, name = struct.unpack_from(">I4s", boxes, begin)
        body = boxes[begin + 8 : begin + max(length, 8)]
        if name == b"colr" and len(body) >= 7 and body[0] == 1 and not colours:
            (colours,) = struct.unpack_from(">I", body, 3)
        if name == b"pclr" and len(body) >= 3:
            palette = body[: 3 + body[2]]
        begin += max(length, 8)
    return colours, palette
