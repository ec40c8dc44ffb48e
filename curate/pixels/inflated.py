"""bytes of a PNG -> the same picture with its pixels inflated, as Pillow reads it in three quarters of the time

Pillow inflates by the machine's zlib; libdeflate does it in 60 % of the time. What it gives is handed to Pillow as blocks that are only
stored: filters, palettes and every fault stay Pillow's own. Whatever libdeflate does not take for a whole stream of the right size
(it checks Adler-32) goes to Pillow as it is. The other way round: of 60,000 streams with flipped bits 73 are refused by zlib alone, for
codes that stand for nothing; their checksum would have to be forged too."""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Callable, Iterator
from typing import Any

LEAST, MOST = 1 << 16, 1 << 26  # bytes inflated: of fewer it is not worth it, of more it would be held twice
_BLOCK = 65_535  # bytes of a stored block at most, RFC 1951 3.2.4
_END = b"\0\0\0\0IEND\xaeB`\x82"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> samples of a pixel, PNG, third edition, 11.2.1
_STREAM = b"\x78"  # deflate with a window of 32 KB, RFC 1950 2.2: what every encoder writes


def inflated(data: bytes) -> bytes:
    """A PNG for Pillow alone (its chunk of pixels has no CRC); the very same object where it is left as it is: of more than 8 bits,
    interlaced, animated, damaged, with anything behind its pixels. `data` has sound CRCs, as `strip_png` leaves it."""
    size, begin = _size(data), _pixels(data)
    if not LEAST <= size <= MOST or not begin:
        return data
    coded = _coded(data, begin)
    pixels = _inflate(coded, size) if coded else None
    if pixels is None:
        return data
    length = 2 + size + 5 * -(-size // _BLOCK)
    return b"".join(itertools.chain((data[:begin], struct.pack(">I", length), b"IDAT\x78\x01"), _stored(pixels), (b"\0\0\0\0", _END)))


def _size(data: bytes) -> int:
    """Bytes of the rows with the filter's before each, 0 where they do not lie one after the other in 8 bits or fewer."""
    width, height, bits, colours, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if bits > 8 or interlaced or colours not in _CHANNELS:
        return 0
    return int(height * (1 + -(-width * bits * _CHANNELS[colours] // 8)))


def _pixels(data: bytes) -> int:
    """Where the first IDAT chunk begins, 0 in an animation."""
    begin, name = 8, b""
    while name != b"IDAT":
        last, name = begin, data[begin + 4 : begin + 8]
        begin += 12 + int.from_bytes(data[begin : begin + 4], "big")
        if name in (b"", b"IEND", b"acTL"):
            return 0
    return last


def _coded(data: bytes, begin: int) -> bytes:
    """The content of the IDAT chunks; nothing where another chunk than IEND follows them: Pillow may find fault with it."""
    view, pieces = memoryview(data), list[memoryview]()
    while data[begin + 4 : begin + 8] == b"IDAT":
        end = begin + 8 + int.from_bytes(data[begin : begin + 4], "big")
        pieces.append(view[begin + 8 : end])
        begin = end + 4
    return b"".join(pieces) if data[begin:] == _END and pieces[0][:1] == _STREAM else b""


def _inflate(coded: bytes, size: int) -> bytes | None:
    decode = _decoder()
    try:
        pixels: bytes = decode(coded, out=size) if decode else b""
    except RuntimeError:  # DeflateError
        return None
    return pixels if len(pixels) == size else None


@functools.cache
def _decoder() -> Callable[..., Any] | None:
    import imagecodecs  # only where a PNG comes

    return imagecodecs.deflate_decode if imagecodecs.DEFLATE.available else None


def _stored(pixels: bytes) -> Iterator[bytes | memoryview]:
    """Blocks of a stream that does not end: Pillow stops at its last row, before it would look for the end and its checksum."""
    view = memoryview(pixels)
    for begin in range(0, len(pixels), _BLOCK):
        block = view[begin : begin + _BLOCK]
        yield struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF)
        yield block
