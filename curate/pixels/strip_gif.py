"""bytes of a GIF -> the same coded pixels without metadata; how many pictures it has"""

from __future__ import annotations

from curate.pixels.kept import Kept


def strip_gif(data: bytes) -> bytes:
    """The file less comments, plain text and unknown extensions. Raises PixelFault."""
    kept = Kept(data, "gif")
    begin = 13 + _table_bytes(data[10:11])
    if begin >= len(data):
        raise kept.truncated()
    kept.span(0, begin)
    while data[begin] != 0x3B:  # GIF89a 27: trailer
        end = _block_end(kept, begin)
        if data[begin] == 0x2C or _keeps(data, begin, end):
            kept.span(begin, end)
        begin = end
    kept.span(begin, begin + 1)
    return kept.join()


def gif_pictures(data: bytes) -> int:
    """Pictures of a GIF, as far as it goes. Raises PixelFault where a block is none, or there are too many."""
    kept = Kept(data, "gif")
    begin, pictures = 13 + _table_bytes(data[10:11]), 0
    while begin < len(data) and data[begin] != 0x3B:
        end = _block_end(kept, begin, is_whole=False)
        pictures += data[begin] == 0x2C
        begin = end
    return max(pictures, 1)


def _block_end(kept: Kept, begin: int, *, is_whole: bool = True) -> int:
    data = kept.data
    kept.count()
    match data[begin]:
        case 0x2C:  # image: 9 bytes, its colours, LZW size, coded data
            start = begin + 11 + _table_bytes(data[begin + 9 : begin + 10])
        case 0x21:
            start = begin + 2
        case _:
            raise kept.corrupt(f"no block at {begin}")
    end, size = start, len(data)
    while end < size and (length := data[end]):  # a chain of sub-blocks
        end += length + 1
    if end + 1 >= size and is_whole:
        raise kept.truncated()
    return end + 1


def _keeps(data: bytes, begin: int, end: int) -> bool:
    """Graphic control (delays, transparency) and the loop count, in their exact lengths."""
    if data[begin + 1] == 0xF9:
        return end - begin == 8
    return data[begin + 1 : begin + 14] in (b"\xff\x0bNETSCAPE2.0", b"\xff\x0bANIMEXTS1.0") and end - begin == 19


def _table_bytes(packed: bytes) -> int:
    """Bytes of the colour table that a packed field announces."""
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0
