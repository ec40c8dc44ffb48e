"""bytes of a web format -> the same coded pixels without metadata"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from curate.pixels.fault import PixelFault
from curate.pixels.orientation import exif_orientation, orientation_exif

MAX_PARTS = 1_000_000  # segments, chunks or blocks of one file: more are an attack on time, not a picture
MAX_SCANS = 100  # of a JPEG: encoders write some ten; each is a pass over the whole picture, however few bytes it has

_JPEG_NEXT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # the marker after coded data: no stuffing, no restart
_JPEG_FILL = re.compile(rb"\xff*")
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length: TEM, RST0-7, SOI
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT".split())  # what pixels look like
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04  # flags of VP8X, RFC 9649 2.7.1


def strip_metadata(data: bytes, format: str) -> bytes:
    """`data` (jpeg, png, gif or webp) less comments, EXIF, XMP, text, thumbnails, unknown parts and whatever follows its end. Colour
    profiles stay; an EXIF orientation other than upright stays, as an EXIF that holds nothing else. Coded pixels are copied as they
    are; a file without metadata comes back as the very same object.

    Raises PixelFault: truncated where the file ends before its end mark, corrupt where its structure or a PNG's CRC does not hold.
    """
    match format:
        case "jpeg":
            return _strip_jpeg(data)
        case "png":
            return _strip_png(data)
        case "gif":
            return _strip_gif(data)
        case "webp":
            return _strip_webp(data)
    raise PixelFault("unsupported", format)


class _Kept:
    """What is kept of `data`: spans of it, neighbours merged, and new bytes between them."""

    def __init__(self, data: bytes, format: str) -> None:
        self.data, self.format = data, format
        self.pieces: list[tuple[int, int] | bytes] = []
        self.parts = 0

    def span(self, begin: int, end: int) -> None:
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, tuple) and last[1] == begin:
            self.pieces[-1] = (last[0], end)
        else:
            self.pieces.append((begin, end))

    def slot(self) -> int:
        """A place for new bytes, empty so far."""
        self.pieces.append(b"")
        return len(self.pieces) - 1

    def count(self) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise self.corrupt(f"more than {MAX_PARTS} parts")

    def join(self) -> bytes:
        if self.pieces == [(0, len(self.data))]:
            return self.data
        view = memoryview(self.data)
        joined = b"".join(piece if isinstance(piece, bytes) else view[slice(*piece)] for piece in self.pieces)
        return self.data if joined == self.data else joined

    def truncated(self) -> PixelFault:
        return PixelFault("truncated", f"{self.format}, {len(self.data)} bytes: no end mark")

    def corrupt(self, what: str) -> PixelFault:
        return PixelFault("corrupt", f"{self.format}, {len(self.data)} bytes: {what}")


def _strip_jpeg(data: bytes) -> bytes:
    kept = _Kept(data, "jpeg")
    kept.span(0, 2)
    orientation, slot, scans = 1, 0, 0
    for begin, start, end in _jpeg_segments(kept):
        marker, body = data[start + 1], data[start + 4 : min(start + 18, end)]
        scans += marker == 0xDA
        if scans > MAX_SCANS:
            raise kept.corrupt(f"more than {MAX_SCANS} scans")
        if marker == 0xE1 and body.startswith(b"Exif\0\0") and orientation == 1:
            orientation, slot = exif_orientation(data[start + 10 : end]), kept.slot()
        elif _keeps_jpeg(marker, body):
            kept.span(begin, end)
    if orientation != 1:
        exif = b"Exif\0\0" + orientation_exif(orientation)
        kept.pieces[slot] = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return kept.join()


def _keeps_jpeg(marker: int, body: bytes) -> bool:
    match marker:
        case 0xE0:
            return body.startswith(b"JFIF\0")  # JFXX is a thumbnail
        case 0xE2:
            return body.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            return body.startswith(b"Adobe")  # says whether three components are RGB or YCbCr
    return marker != 0xFE and not 0xE1 <= marker <= 0xEF


def _jpeg_segments(kept: _Kept) -> Iterator[tuple[int, int, int]]:
    """(begin with fill bytes, marker, end) of every segment up to EOI; a scan takes its coded data along. ISO/IEC 10918-1 B.1.1."""
    data, begin, marker = kept.data, 2, 0
    while marker != 0xD9:
        kept.count()
        start = max(_JPEG_FILL.match(data, begin).end() - 1, begin)  # type: ignore[union-attr]  # matches the empty string too
        if start + 2 > len(data):
            raise kept.truncated()
        marker = data[start + 1]
        if data[start] != 0xFF or marker == 0:
            raise kept.corrupt(f"no marker at {start}")
        end = start + 2
        if marker != 0xD9 and marker not in _JPEG_BARE:
            length = int.from_bytes(data[end : end + 2], "big")
            if end + max(length, 2) > len(data):
                raise kept.truncated()
            if length < 2:
                raise kept.corrupt(f"segment of {length} bytes at {start}")
            end += length
        if marker == 0xDA:
            following = _JPEG_NEXT.search(data, end)
            if following is None:
                raise kept.truncated()
            end = following.start()
        yield begin, start, end
        begin = end


def _strip_png(data: bytes) -> bytes:
    kept = _Kept(data, "png")
    kept.span(0, 8)
    orientation, slot, begin, name = 1, 0, 8, b""
    while name != b"IEND":
        kept.count()
        name, end = data[begin + 4 : begin + 8], begin + 12 + int.from_bytes(data[begin : begin + 4], "big")
        if end > len(data):
            raise kept.truncated()
        if (name == b"IHDR") != (begin == 8):
            raise kept.corrupt(f"IHDR is not the first chunk, or not alone, at {begin}")
        is_ancillary = bool(name[0] & 0x20)  # ISO/IEC 15948 5.4: the case of the first letter
        if name == b"eXIf" and orientation == 1:
            orientation, slot = exif_orientation(data[begin + 8 : end - 4]), kept.slot()
        elif name in _PNG_KEPT or not is_ancillary:
            if zlib.crc32(memoryview(data)[begin + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big"):
                kept.span(begin, end)
            elif not is_ancillary:
                raise kept.corrupt(f"wrong CRC at {begin}")
        begin = end
    if orientation != 1:
        chunk = b"eXIf" + orientation_exif(orientation)
        kept.pieces[slot] = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return kept.join()


def _strip_gif(data: bytes) -> bytes:
    kept = _Kept(data, "gif")
    begin = 13 + _table_bytes(data[10:11])
    if begin >= len(data):
        raise kept.truncated()
    kept.span(0, begin)
    while data[begin] != 0x3B:  # GIF89a 27: trailer
        kept.count()
        match data[begin]:
            case 0x2C:  # image: 9 bytes, its colours, LZW size, coded data
                end = _sub_blocks(kept, begin + 11 + _table_bytes(data[begin + 9 : begin + 10]))
                kept.span(begin, end)
            case 0x21:
                end = _sub_blocks(kept, begin + 2)
                if _keeps_gif(data, begin, end):
                    kept.span(begin, end)
            case _:
                raise kept.corrupt(f"no block at {begin}")
        begin = end
    kept.span(begin, begin + 1)
    return kept.join()


def _keeps_gif(data: bytes, begin: int, end: int) -> bool:
    """Graphic control (delays, transparency) and the loop count, in their exact lengths: comments, plain text and others go."""
    if data[begin + 1] == 0xF9:
        return end - begin == 8
    return data[begin + 1 : begin + 14] in (b"\xff\x0bNETSCAPE2.0", b"\xff\x0bANIMEXTS1.0") and end - begin == 19


def _table_bytes(packed: bytes) -> int:
    """Bytes of the colour table that a packed field announces."""
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _sub_blocks(kept: _Kept, begin: int) -> int:
    """Where a chain of sub-blocks ends, if a byte follows it."""
    data, size = kept.data, len(kept.data)
    while begin < size and (length := data[begin]):
        begin += length + 1
    if begin + 1 >= size:
        raise kept.truncated()
    return begin + 1


def _strip_webp(data: bytes) -> bytes:
    kept = _Kept(data, "webp")
    size = 8 + int.from_bytes(data[4:8], "little")
    if size > len(data):
        raise kept.truncated()
    orientation, chunks = 1, _webp_chunks(kept, size)
    is_extended = bool(chunks) and chunks[0][0] == b"VP8X" and chunks[0][2] - chunks[0][1] >= 18
    for name, begin, end in chunks:
        if name == b"EXIF" and is_extended and orientation == 1:  # a plain file has no EXIF: decoders do not look there
            exif = data[begin + 8 : end]
            orientation = exif_orientation(exif[6:] if exif.startswith(b"Exif\0\0") else exif)
        elif name in _WEBP_KEPT:
            kept.span(begin, end)
    body = kept.join()
    if is_extended:
        flags = body[8] & ~(_WEBP_EXIF | _WEBP_XMP) | (_WEBP_EXIF if orientation != 1 else 0)
        body = body[:8] + bytes((flags,)) + body[9:]
    if orientation != 1:
        exif = orientation_exif(orientation)
        body += b"EXIF" + struct.pack("<I", len(exif)) + exif
    stripped = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    return data if stripped == data else stripped


def _webp_chunks(kept: _Kept, size: int) -> list[tuple[bytes, int, int]]:
    data, begin, chunks = kept.data, 12, []
    while begin < size:
        kept.count()
        end = begin + 8 + int.from_bytes(data[begin + 4 : begin + 8], "little")
        end += end & 1
        if end > size:
            raise kept.truncated()
        chunks.append((data[begin : begin + 4], begin, end))
        begin = end
    return chunks
