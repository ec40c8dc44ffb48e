"""encapsulated pixel data -> where the bytes of each frame lie in it"""

from __future__ import annotations

import itertools
import struct

from curate.pixels.fault import PixelFault

MAX_FRAGMENTS = 1 << 20
Span = tuple[int, int]  # begin and end of a fragment, bytes
_ITEM, _END = 0xE000, 0xE0DD  # elements of group FFFE, PS3.5 A.4


def frame_spans(value: bytes, frames: int, table: tuple[bytes, bytes] | None = None) -> list[list[Span]]:
    """Of each of `frames` frames the fragments, in order: by the extended offset table (offsets, lengths), the basic one, else one
    fragment a frame, else by the end that codestreams mark (PS3.5 A.4, PS3.3 C.7.6.3.1.8). Raises PixelFault: corrupt, truncated."""
    items = _items(value)
    offsets, begin = items[0], items[0][1]
    fragments = items[1:]
    if table and len(table[0]) == len(table[1]) == 8 * frames:
        return _by_extended_offsets(table, frames, begin, len(value))
    count = (offsets[1] - offsets[0]) // 4
    if count == frames > 1:
        found = _by_offsets(struct.unpack_from(f"<{count}I", value, offsets[0]), fragments, begin)
        if found:
            return found
    if frames == 1:
        return [fragments]
    if len(fragments) == frames:
        return [[fragment] for fragment in fragments]
    if len(fragments) < frames:
        raise PixelFault("truncated", f"{len(fragments)} fragments < {frames} frames")
    found = _by_ends(value, fragments)
    if len(found) != frames:
        raise PixelFault("corrupt", f"{len(fragments)} fragments of {frames} frames")
    return found


def _items(value: bytes) -> list[Span]:
    """The offset table and what follows it."""
    items: list[Span] = []
    at = 0
    while at + 8 <= len(value):
        group, element, length = struct.unpack_from("<HHI", value, at)
        if group != 0xFFFE or element not in (_ITEM, _END):
            raise PixelFault("corrupt", "dicom fragments: no item")
        if element == _END:
            break
        if at + 8 + length > len(value):
            raise PixelFault("truncated", f"dicom fragments: {len(value) - at - 8} < {length} bytes")
        items.append((at + 8, at + 8 + length))
        if len(items) > MAX_FRAGMENTS:
            raise PixelFault("too_large", f"more than {MAX_FRAGMENTS} fragments")
        at += 8 + length
    if len(items) < 2:
        raise PixelFault("truncated", "dicom fragments: none")
    return items


def _by_extended_offsets(table: tuple[bytes, bytes], frames: int, begin: int, size: int) -> list[list[Span]]:
    offsets, lengths = (struct.unpack(f"<{frames}Q", part) for part in table)
    found = [[(begin + offset + 8, begin + offset + 8 + length)] for offset, length in zip(offsets, lengths)]
    if any(span[0][1] > size for span in found):
        raise PixelFault("truncated", "dicom fragments: an offset beyond the pixels")
    return found


def _by_offsets(offsets: tuple[int, ...], fragments: list[Span], begin: int) -> list[list[Span]]:
    """[] where the table does not fit what is there."""
    place = {fragment[0] - 8 - begin: index for index, fragment in enumerate(fragments)}
    starts = [place.get(offset, -1) for offset in offsets]
    if starts[0] != 0 or any(after <= before for before, after in itertools.pairwise(starts)):
        return []
    return [fragments[start:stop] for start, stop in zip(starts, [*starts[1:], len(fragments)])]


def _by_ends(value: bytes, fragments: list[Span]) -> list[list[Span]]:
    """A frame ends where its last fragment ends by EOI or EOC."""
    found: list[list[Span]] = [[]]
    for begin, end in fragments:
        found[-1].append((begin, end))
        if b"\xff\xd9" in value[max(begin, end - 10) : end]:
            found.append([])
    return found if found[-1] else found[:-1]
