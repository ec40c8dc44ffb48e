"""references -> their images, decoded by child processes; JPEG and PNG that lie in tables and archives here"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits, Seen, inspect_content
from curate.inspect.messages import MAX_FILES
from curate.inspect.reading import GONE, Found, Open, check_copied, found_file, is_table, read_found
from curate.pixels.fault import PixelFault
from schemas.image import ImageRef

LIGHT = 32 << 20  # pixels of a JPEG or PNG that is decoded here: 160 MB in all its forms, for each thread
_LIGHT_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_LOOKED = 1 << 16  # bytes of a JPEG in which its size must stand: after that come colour profiles of no use to anyone
_FRAME_HEADER = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]..\x08(..)(..)", re.DOTALL)  # ISO/IEC 10918-1 B.2.2: SOF, 8 bits


def inspect_refs(refs: Sequence[ImageRef], open: Open, limits: InspectLimits, children: Children) -> Iterator[Seen]:
    """The images of references that are sorted by path and frame, in their order. Bad data never raises; an I/O error other than a missing
    or forbidden file does."""
    groups = (list(group) for _, group in itertools.groupby(refs, key=lambda ref: ref.path))
    for are_alone, run in itertools.groupby(groups, key=_is_alone):
        if are_alone:
            yield from _each_alone([ref for (ref,) in run], open, limits, children)
        else:
            for group in run:
                yield from inspect_group(group, open, limits, children)


def _is_alone(group: Sequence[ImageRef]) -> bool:
    """A whole file on disk is one image."""
    ref = group[0]
    return len(group) == 1 and ref.member is None and not ref.column and ref.frame < 0


def _each_alone(refs: Sequence[ImageRef], open: Open, limits: InspectLimits, children: Children) -> Iterator[Seen]:
    """A handful at a time: what is told to a child costs as much as a small picture."""
    for start in range(0, len(refs), MAX_FILES):
        some = refs[start : start + MAX_FILES]
        with contextlib.ExitStack() as stack:
            opened = [_opened(ref, open, limits, stack) for ref in some]
            there = [(ref, file) for ref, file in zip(some, opened) if not isinstance(file, PixelFault)]
            seen = children.inspect_each([ref for ref, _ in there], [file for _, file in there], limits)
            for ref, file in zip(some, opened):
                yield inspect_content(ref, file, limits) if isinstance(file, PixelFault) else next(seen)
            yield from seen  # none is left: the child is told so


def _opened(ref: ImageRef, open: Open, limits: InspectLimits, stack: contextlib.ExitStack) -> BinaryIO | PixelFault:
    try:
        file = stack.enter_context(open(ref))
        check_copied([ref], file, max_bytes=limits.max_bytes)
    except GONE as error:
        return PixelFault("unreadable", type(error).__name__)
    except PixelFault as fault:
        return fault
    return file


def inspect_group(refs: Sequence[ImageRef], open: Open, limits: InspectLimits, children: Children) -> Iterator[Seen]:
    """The images of references that are all to the same path, by frame, in their order. Bad data never raises; an I/O error other than a
    missing or forbidden file does."""
    try:
        with found_file(refs[0], open, max_bytes=limits.max_bytes) as found:
            yield from _inspected(refs, found, limits, children)
    except PixelFault as fault:
        yield from (inspect_content(ref, fault, limits) for ref in refs)


def _inspected(refs: Sequence[ImageRef], found: Found, limits: InspectLimits, children: Children) -> Iterator[Seen]:
    if not is_table(refs, found.head) and not _is_picture(refs, found, limits):
        check_copied(refs, found.file, max_bytes=limits.max_bytes)
        yield from children.inspect(refs, found.file, found.begin, limits)
        return
    for ref, content in read_found(refs, found, max_bytes=limits.max_bytes):
        if isinstance(content, PixelFault) or is_light(content.data):
            yield inspect_content(ref, content, limits)
        else:
            yield from children.inspect_bytes(ref, content, limits)


def _is_picture(refs: Sequence[ImageRef], found: Found, limits: InspectLimits) -> bool:
    """One JPEG or PNG in a file of its own."""
    ref = refs[0]
    return len(refs) == 1 and not ref.column and ref.frame < 0 and found.head.startswith(_LIGHT_HEADS) and found.size <= limits.max_bytes


_DEEP_COLOURS = (b"\x10\2", b"\x10\4", b"\x10\6")  # bits and colour type in IHDR: colours and alpha of 16 bits are not Pillow's


def is_light(data: bytes) -> bool:
    """Whether it is a JPEG or PNG of at most LIGHT pixels, by its header; also what only looks like one: it is refused as quickly."""
    if data.startswith(_LIGHT_HEADS[1]):
        is_plain = data[24:26] not in _DEEP_COLOURS
        return is_plain and int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big") <= LIGHT
    if not data.startswith(_LIGHT_HEADS[0]):
        return False
    found = [int.from_bytes(side, "big") for match in _FRAME_HEADER.finditer(data, 2, _LOOKED) for side in match.groups()]
    return bool(found) and all(height * width <= LIGHT for height, width in zip(found[::2], found[1::2], strict=True))
