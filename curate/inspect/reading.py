"""references to one file -> what of it each of them names"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from curate.pixels.array import cut_row
from curate.pixels.fault import PixelFault
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.lately import Lately
from curate.pixels.npz import is_npz, npz_array
from curate.pixels.render import Rendered
from curate.pixels.volume import Volume, is_volume, read_volume
from curate.read.archive import member_place, open_member
from curate.read.opened import ReadFault
from curate.read.parquet import read_cells
from schemas.image import ImageRef

Open = Callable[[ImageRef], BinaryIO]  # the file on disk that holds it: its own, or the archive that it is in
PARQUET = b"PAR1"
GONE = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)  # as ingest saw it, it was there


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What of a file is one image."""

    data: bytes  # what its byte digest is of
    frame: int = -1  # of these bytes
    rendered: Rendered | None = None  # where it is not rendered from them
    begin: int = -1  # where they begin in the file on disk, -1: they do not lie there as they are


Each = Iterator[tuple[ImageRef, Content | PixelFault]]


def read_images(refs: Sequence[ImageRef], open: Open, *, max_bytes: int) -> Each:
    """What each reference names, in their order: all to the same path, by frame, so that what is costly to open is opened once. An I/O
    error other than a missing or forbidden file raises."""
    left = iter(refs)
    try:
        with contextlib.ExitStack() as stack:
            file, begin = _opened(refs[0], open, stack, max_bytes)
            for ref, content in _each(refs, file, begin, max_bytes):
                next(left)
                yield ref, content
    except PixelFault as fault:
        yield from ((ref, fault) for ref in left)


def _opened(ref: ImageRef, open: Open, stack: contextlib.ExitStack, max_bytes: int) -> tuple[BinaryIO, int]:
    """The file as it is when unpacked, and where its bytes begin in the one on disk."""
    if ref.member and not ref.column and ref.frame < 0 and ref.member.size > max_bytes:
        raise PixelFault("too_large", f"{ref.member.size} > {max_bytes} bytes")  # before it is unpacked
    try:
        file = stack.enter_context(open(ref))
        if ref.member is None:
            return file, 0
        begin = member_place(file, ref.member) if ref.member.method in ("plain", "stored", "deflated") else -1
        return stack.enter_context(open_member(file, ref.member)), begin
    except GONE as error:
        raise PixelFault("unreadable", type(error).__name__) from None
    except ReadFault as fault:
        raise PixelFault(fault.reason, fault.found) from None


def _each(refs: Sequence[ImageRef], file: BinaryIO, begin: int, max_bytes: int) -> Each:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if refs[0].column and head.startswith(PARQUET):
        yield from _cells(refs, file)
        return
    if is_npz(refs[0].path):
        arrays: Lately[np.ndarray] = Lately(0)  # of many rows of one array: it is unpacked once

        def held(ref: ImageRef) -> np.ndarray:
            return arrays.get(ref.column, lambda: _array(file, ref.column))

        yield from _tried(refs, lambda ref: Content(data=_row(io.BytesIO(held(ref).data), ref.frame)))
        return
    if is_volume(refs[0].path):
        volume = read_volume(file)
        yield from _tried(refs, lambda ref: _slice(volume, ref))
        return
    if refs[0].column:
        raise PixelFault("unsupported", "inside a file that is no table")
    if image_kind(head, size) == "npy":
        yield from _tried(refs, lambda ref: Content(data=_row(file, ref.frame)))
        return
    if size > max_bytes:
        raise PixelFault("too_large", f"{size} > {max_bytes} bytes")
    data = file.read()
    yield from ((ref, Content(data=data, frame=ref.frame, begin=begin)) for ref in refs)


def _array(file: BinaryIO, name: str) -> np.ndarray:
    return np.frombuffer(npz_array(file, name), np.uint8)


def _row(file: BinaryIO, frame: int) -> bytes:
    file.seek(0)
    return cut_row(file, frame)


def _slice(volume: Volume, ref: ImageRef) -> Content:
    """`column` is the axis, `frame` the slice."""
    picture = volume.picture(ref.column, ref.frame)
    return Content(data=volume.digested(ref.column, ref.frame), rendered=Rendered(image=picture, header=volume.picture_header(ref.column)))


def _tried(refs: Sequence[ImageRef], content: Callable[[ImageRef], Content]) -> Each:
    for ref in refs:
        try:
            yield ref, content(ref)
        except PixelFault as fault:
            yield ref, fault


def _cells(refs: Sequence[ImageRef], file: BinaryIO) -> Each:
    """Of a Parquet table that embeds its images: `frame` is the row."""
    try:
        for ref, cell in zip(refs, read_cells(file, [(ref.frame, ref.column) for ref in refs])):
            if isinstance(cell, bytes) and cell:
                yield ref, Content(data=cell)
            else:
                yield ref, PixelFault("not_embedded", "an empty cell" if not cell else "a cell that holds no bytes")
    except ReadFault as fault:
        raise PixelFault(fault.reason, fault.found) from None
