"""bytes of a WebP -> the same coded pixels without metadata"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from curate.pixels.icc import plain_profile
from curate.pixels.kept import Kept
from curate.pixels.orientation import exif_orientation, orientation_exif

_ONCE = frozenset((b"VP8 ", b"VP8L", b"ALPH", b"ANIM"))  # RFC 9649 2.7: of more, the first
_ICCP, _EXIF, _XMP = 0x20, 0x08, 0x04  # flags of VP8X, RFC 9649 2.7.1
_HEADER = 10  # bytes of VP8X
_FRAME = 16  # bytes of ANMF before its chunks


def strip_webp(data: bytes) -> tuple[bytes, int]:
    """The file less EXIF, XMP and unknown chunks, also inside frames, and its orientation. Raises PixelFault."""
    kept = Kept(data, "webp")
    size = 8 + int.from_bytes(data[4:8], "little")
    if size > len(data):
        raise kept.truncated()
    orientation, flags, slot, seen = 1, -1, -1, set[bytes]()
    for name, begin, end in _chunks(kept, 12, size):
        if name == b"VP8X" and begin == 12 and end - begin >= 8 + _HEADER:
            flags, slot = data[20] & ~(_EXIF | _XMP | _ICCP), kept.slot()
        elif name == b"EXIF" and flags >= 0 and orientation == 1:  # a plain file has no EXIF: decoders do not look there
            exif = data[begin + 8 : end]
            orientation = exif_orientation(exif[6:] if exif.startswith(b"Exif\0\0") else exif)
        elif name == b"ICCP" and flags >= 0 and not flags & _ICCP:
            flags |= _keep_profile(kept, begin, end)
        elif name == b"ANMF":
            _keep_frame(kept, begin, end)
        elif name in _ONCE and name not in seen:
            seen.add(name)
            kept.span(begin, end)
    if flags >= 0:
        flags |= _EXIF if orientation != 1 else 0
        kept.pieces[slot] = b"VP8X" + struct.pack("<I", _HEADER) + bytes((flags,)) + data[21 : 20 + _HEADER]
    if orientation != 1:
        kept.slot(_chunk(b"EXIF", orientation_exif(orientation)))
    body = kept.join()
    stripped = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    return (data if stripped == data else stripped), orientation


def _chunks(kept: Kept, begin: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    while begin < size:
        kept.count()
        end = begin + 8 + int.from_bytes(kept.data[begin + 4 : begin + 8], "little")
        end += end & 1
        if end > size:
            raise kept.truncated()
        yield kept.data[begin : begin + 4], begin, end
        begin = end


def _keep_profile(kept: Kept, begin: int, end: int) -> int:
    """The flag that says it is there."""
    profile = kept.data[begin + 8 : begin + 8 + int.from_bytes(kept.data[begin + 4 : begin + 8], "little")]
    plain = plain_profile(profile)
    if plain is None:
        return 0
    if plain is profile:
        kept.span(begin, end)
    else:
        kept.slot(_chunk(b"ICCP", plain))
    return _ICCP


def _keep_frame(kept: Kept, begin: int, end: int) -> None:
    """One frame of an animation with the chunks of its pixels alone."""
    spans = [span for name, *span in _chunks(kept, begin + 8 + _FRAME, end) if name in (b"ALPH", b"VP8 ", b"VP8L")]
    length = sum(last - first for first, last in spans)
    if length == end - begin - 8 - _FRAME:
        kept.span(begin, end)
        return
    kept.slot(b"ANMF" + struct.pack("<I", _FRAME + length) + kept.data[begin + 8 : begin + 8 + _FRAME])
    for first, last in spans:
        kept.span(first, last)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)
