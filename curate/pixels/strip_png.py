"""bytes of a PNG -> the same coded pixels without metadata"""

from __future__ import annotations

import struct
import zlib

from curate.pixels.icc import MAX_PROFILE, is_plain_text, plain_profile
from curate.pixels.kept import Kept
from curate.pixels.orientation import exif_orientation, orientation_exif

_CODING = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
_KEPT = {  # what pixels look like, with the most bytes that each may have (PNG, third edition, 11.3)
    b"tRNS": 256, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"sBIT": 4, b"bKGD": 6, b"pHYs": 9, b"acTL": 8, b"fcTL": 26,
    b"fdAT": 1 << 31,
}  # fmt: skip
_NAME = b"ICC Profile"  # of a profile whose own is not plain


def strip_png(data: bytes) -> tuple[bytes, int]:
    """The file less what says nothing of its pixels, and its orientation. Raises PixelFault."""
    kept = Kept(data, "png")
    kept.span(0, 8)
    view, orientation, slot, begin, name = memoryview(data), 1, -1, 8, b""
    while name != b"IEND":
        kept.count()
        length, name = int.from_bytes(data[begin : begin + 4], "big"), data[begin + 4 : begin + 8]
        end = begin + 12 + length
        if end > len(data):
            raise kept.truncated()
        if (name == b"IHDR") != (begin == 8):
            raise kept.corrupt(f"IHDR is not the first chunk, or not alone, at {begin}")
        if name == b"eXIf" and orientation == 1:
            orientation, slot = exif_orientation(data[begin + 8 : end - 4]), kept.slot()
        elif name in _CODING or length <= _KEPT.get(name, -1) or name == b"iCCP":
            if zlib.crc32(view[begin + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                if name in _CODING:
                    raise kept.corrupt(f"wrong CRC at {begin}")
            elif name == b"iCCP":
                _keep_profile(kept, begin, end)
            else:
                kept.span(begin, end)
        begin = end
    if orientation != 1:
        kept.pieces[slot] = _chunk(b"eXIf" + orientation_exif(orientation))
    return kept.join(), orientation


def _keep_profile(kept: Kept, begin: int, end: int) -> None:
    """Name, 0, method 0 and the deflated profile; one that does not inflate goes."""
    name, _, coded = kept.data[begin + 8 : end - 4].partition(b"\0")
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(coded[1:], MAX_PROFILE + 1)
    except zlib.error:
        return
    plain = plain_profile(profile) if inflate.eof else None
    if plain is profile and is_plain_text(name) and not inflate.unused_data:
        kept.span(begin, end)
    elif plain:
        kept.slot(_chunk(b"iCCP" + (name if is_plain_text(name) else _NAME) + b"\0\0" + zlib.compress(plain, 9)))


def _chunk(body: bytes) -> bytes:
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
