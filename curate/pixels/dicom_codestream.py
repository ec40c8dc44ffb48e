"""codestream of one DICOM frame -> what its own header says of the picture, so that it can be held against the data set's"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from curate.pixels.fault import PixelFault

_STANDALONE = (0x01, *range(0xD0, 0xD9))  # markers without a length, ISO/IEC 10918-1 B.1.1.3
_FRAMES = {  # SOF markers, ISO/IEC 10918-1 B.1.1.3; hierarchical and arithmetic ones are coded by no one
    0xC0: "jpeg", 0xC1: "jpeg", 0xC2: "jpeg", 0xC3: "jpeg-lossless", 0xF7: "jpeg-ls",
}  # fmt: skip
_OTHER_FRAMES = (0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_SIZ = b"\xff\x4f\xff\x51"  # SOC and SIZ, ISO/IEC 15444-1 A.4.1: nothing stands between them
_JP2_BOXES = 4096  # bytes within which a codestream begins that is wrapped in JP2 boxes, which DICOM forbids


@dataclass(frozen=True, slots=True, kw_only=True)
class Codestream:
    kind: str  # jpeg jpeg-lossless jpeg-ls jpeg2000
    width: int  # pixels
    height: int
    samples: int
    precision: int  # bits of the first sample
    colour: str = ""  # RGB or YBR_FULL where markers say so; '': they do not
    begin: int = 0  # where it begins in the frame: JP2 boxes before it say nothing, and pydicom would walk them without an end
    has_adobe: bool = False  # an APP14 marker that tells the transformation, by which libjpeg converts


def read_codestream(frame: bytes) -> Codestream:
    """The header of a JPEG, JPEG-LS or JPEG 2000 codestream. Raises PixelFault: corrupt, unsupported."""
    at = frame.find(_SIZ, 0, _JP2_BOXES)
    try:
        if at >= 0 and not frame.startswith(b"\xff\xd8"):
            return _jpeg2000(frame, at + 4)
        return _jpeg(frame)
    except (struct.error, IndexError):
        raise PixelFault("corrupt", "dicom codestream: its header ends early") from None


def _jpeg2000(frame: bytes, at: int) -> Codestream:
    _, _, right, bottom, left, top, _, _, _, _, samples = struct.unpack_from(">HHIIIIIIIIH", frame, at)  # ISO/IEC 15444-1 A.5.1
    precision = (frame[at + 38] & 0x7F) + 1
    return Codestream(kind="jpeg2000", width=right - left, height=bottom - top, samples=samples, precision=precision, begin=at - 4)


def _jpeg(frame: bytes) -> Codestream:
    if not frame.startswith(b"\xff\xd8"):
        raise PixelFault("corrupt", "dicom codestream: no start of image")
    at, is_jfif, adobe = 2, False, -1
    while True:
        if frame[at] != 0xFF:
            raise PixelFault("corrupt", "dicom codestream: no marker")
        marker = frame[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker in _FRAMES:
            return _frame(frame, at + 4, _FRAMES[marker], is_jfif, adobe)
        if marker in _OTHER_FRAMES:
            raise PixelFault("unsupported", f"dicom codestream: SOF{marker - 0xC0}")
        if marker in _STANDALONE:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", frame, at + 2)
        part = frame[at + 4 : at + 2 + length]
        is_jfif |= marker == 0xE0 and part.startswith(b"JFIF")
        adobe = part[11] if marker == 0xEE and part.startswith(b"Adobe") and len(part) >= 12 else adobe
        at += 2 + length


def _frame(frame: bytes, at: int, kind: str, is_jfif: bool, adobe: int) -> Codestream:
    precision, height, width, samples = struct.unpack_from(">BHHB", frame, at)
    names = [frame[at + 6 + 3 * index] for index in range(samples)]
    colour = ""
    if samples == 3:
        is_rgb = bytes(names) in (b"RGB", b"rgb") or adobe == 0
        colour = "RGB" if is_rgb else "YBR_FULL" if is_jfif or adobe == 1 else ""
    return Codestream(kind=kind, width=width, height=height, samples=samples, precision=precision, colour=colour, has_adobe=adobe >= 0)
