"""bytes of a JPEG -> the same coded pixels without metadata"""

from __future__ import annotations

import re
import struct

from curate.pixels.fault import PixelFault
from curate.pixels.icc import plain_profile
from curate.pixels.kept import Kept
from curate.pixels.orientation import exif_orientation, orientation_exif

MAX_SCANS = 100  # encoders write some ten; each is a pass over the whole picture, however few bytes it has

_NEXT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # the marker after coded data: no stuffing, no restart
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length: TEM, RST0-7, SOI
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0-15: how the pixels are coded
_DECODED = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))  # sequential and progressive, by Huffman's or arithmetic coding
_ARITHMETIC = (0xC9, 0xCA)
_CODING = _FRAMES | {0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0x01, *range(0xD0, 0xD8)}  # tables, scans, restarts
_JFIF_BYTES, _ADOBE_BYTES = 18, 16  # of the whole segment without a thumbnail
_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"
_ICC_PIECE = 65_519  # bytes of a profile in one segment, ICC.1:2022 B.4


def strip_jpeg(data: bytes) -> tuple[bytes, int, str]:
    """The file less what says nothing of its pixels, its orientation, and jpeg or jpeg-arithmetic. Raises PixelFault."""
    kept, format, orientation, slot, scans, profile = Kept(data, "jpeg"), "jpeg", 1, -1, 0, list[int]()
    begin = since = 2  # bytes from `since` on are kept until something is not
    kept.span(0, 2)
    while True:
        start, marker, end = _segment(kept, begin)
        if marker == 0xD9:
            break
        if marker == 0xDA:
            scans += 1
            end = _scan_end(kept, end, scans)
        elif marker in _FRAMES:
            _check_frame(marker, data[start + 4])
            format = "jpeg-arithmetic" if marker in _ARITHMETIC else format
        elif marker not in _CODING:
            new = _application(data, marker, start, end)
            if new is None:
                kept.span(since, begin)
                since = end
                if marker == 0xE1 and orientation == 1 and data.startswith(_EXIF, start + 4):
                    orientation, slot = exif_orientation(data[start + 10 : end]), kept.slot()
            elif new is not data:
                kept.span(since, begin)
                since, number = end, kept.slot(new)
                if marker == 0xE2:
                    profile.append(number)
        begin = end
    kept.span(since, end)
    if profile:
        _keep_profile(kept, profile)
    if orientation != 1:
        exif = _EXIF + orientation_exif(orientation)
        kept.pieces[slot] = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return kept.join(), orientation, format


def _segment(kept: Kept, begin: int) -> tuple[int, int, int]:
    """(where its marker stands after fill bytes, marker, end) of the segment at `begin`. ISO/IEC 10918-1 B.1.1."""
    data, start = kept.data, begin
    kept.count()
    try:
        while (marker := data[start + 1]) == 0xFF and data[start] == 0xFF:
            start += 1
        if data[start] != 0xFF or marker == 0:
            raise kept.corrupt(f"no marker at {start}")
        if marker == 0xD9 or marker in _BARE:
            length = 0
        else:
            length = data[start + 2] << 8 | data[start + 3]
            if length < 2:
                raise kept.corrupt(f"segment of {length} bytes at {start}")
    except IndexError:
        raise kept.truncated() from None
    end = start + 2 + length
    if end > len(data):
        raise kept.truncated()
    return start, marker, end


def _scan_end(kept: Kept, begin: int, scans: int) -> int:
    """Where the coded data end."""
    if scans > MAX_SCANS:
        raise kept.corrupt(f"more than {MAX_SCANS} scans")
    following = _NEXT.search(kept.data, begin)
    if following is None:
        raise kept.truncated()
    return following.start()


def _check_frame(marker: int, bits: int) -> None:
    """Refuses what decoders of the web do not decode, or not alike, before it is decoded. ISO/IEC 10918-1 table B.1."""
    if marker not in _DECODED:
        raise PixelFault("unsupported", "lossless jpeg" if marker in (0xC3, 0xCB) else "hierarchical jpeg")
    if bits != 8:
        raise PixelFault("unsupported", f"jpeg of {bits} bits")


def _application(data: bytes, marker: int, start: int, end: int) -> bytes | None:
    """What stands in the place of a segment: `data` where it stays as it is, None where it goes. JFIF's header stays without its
    thumbnail, and Adobe's, which says whether three components are RGB or YCbCr."""
    if marker == 0xE0 and data.startswith(b"JFIF\0", start + 4) and end - start >= _JFIF_BYTES:
        return data if data[start + 16 : end] == b"\0\0" else b"\xff\xe0\0\x10" + data[start + 4 : start + 16] + b"\0\0"
    if marker == 0xEE and data.startswith(b"Adobe", start + 4) and end - start >= _ADOBE_BYTES:
        return data if end - start == _ADOBE_BYTES else b"\xff\xee\0\x0e" + data[start + 4 : start + _ADOBE_BYTES]
    if marker == 0xE2 and data.startswith(_ICC, start + 4) and end - start > 18:
        return data[start:end]
    return None


def _keep_profile(kept: Kept, slots: list[int]) -> None:
    """The profile that these segments hold, where its texts are not plain in others. Each says its number and how many there are."""
    parts = [piece[piece.index(_ICC) + len(_ICC) :] for piece in map(kept.pieces.__getitem__, slots) if isinstance(piece, bytes)]
    parts.sort(key=lambda part: part[0])
    is_whole = [(part[0], part[1]) for part in parts] == [(number, len(parts)) for number in range(1, len(parts) + 1)]
    profile = b"".join(part[2:] for part in parts)
    plain = plain_profile(profile) if is_whole else None
    if plain is profile:
        return
    for slot in slots:
        kept.pieces[slot] = b""
    if plain:
        places = range(0, len(plain), _ICC_PIECE)
        new = (_ICC + bytes((number, len(places))) + plain[place : place + _ICC_PIECE] for number, place in enumerate(places, 1))
        kept.pieces[slots[0]] = b"".join(b"\xff\xe2" + struct.pack(">H", len(part) + 2) + part for part in new)
