"""references to one file -> what of it each of them names"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np

from curate.copied import has_descriptor
from curate.pixels.array import cut_row
from curate.pixels.digest import byte_digest
from curate.pixels.fault import PixelFault
from curate.pixels.film import read_film
from curate.pixels.header import Header
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.lately import Lately
from curate.pixels.npz import is_npz, npz_array
from curate.pixels.render import Rendered, render
from curate.pixels.slide import Slide, is_slide, read_slide
from curate.pixels.volume import MAX_BYTES, Volume, is_volume, picture_header, read_volume, read_volume_header
from curate.read.opened import ReadFault
from schemas.image import ImageRef

Open = Callable[[ImageRef], BinaryIO]  # the file on disk that holds it: its own, or the archive that it is in
PARQUET = b"PAR1"
GONE = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)  # as ingest saw it, it was there


Admit = Callable[[Header], None]  # is shown a header before any pixel is decoded; raises PixelFault for what is not wanted
Draw = Callable[[Admit], Rendered]
Way = Literal["table", "arrays", "volume", "slide", "rows", "unknown", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What of a file is one image."""

    data: bytes  # what its byte digest is of
    frame: int = -1  # of these bytes
    begin: int = -1  # where they begin in the file on disk, -1: they do not lie there as they are
    drawn: Draw | None = None  # where it is not rendered from `data` alone
    known: str = ""  # SHA-256 of `data`, where it was taken already

    def draw(self, ref: ImageRef, admit: Admit) -> Rendered:
        """Raises PixelFault."""
        if self.drawn:
            return self.drawn(admit)
        return render(self.data, frame=self.frame, rendering=ref.rendering, admit=admit)

    def digest(self, *, frames: int = 1) -> str:
        """SHA-256 of the bytes; of one frame of many, of these and its number: frames of a film are no copies of each other."""
        digest = self.known or byte_digest(self.data)
        return byte_digest(f"{digest}#{self.frame}".encode()) if self.frame >= 0 and frames > 1 else digest


Each = Iterator[tuple[ImageRef, Content | PixelFault]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The file that references name, unpacked."""

    file: BinaryIO
    begin: int  # where its bytes begin in the file on disk, -1: they do not lie there as they are
    size: int
    head: bytes


@contextlib.contextmanager
def found_file(ref: ImageRef, open: Open, *, max_bytes: int) -> Iterator[Found]:
    """Raises PixelFault: unreadable, too_large, and what archives raise. An I/O error other than a missing or forbidden file raises."""
    if ref.member and not ref.column and ref.frame < 0 and ref.member.size > max_bytes:
        raise PixelFault("too_large", f"{ref.member.size} > {max_bytes} bytes")  # before it is unpacked
    with contextlib.ExitStack() as stack:
        try:
            file, begin = stack.enter_context(open(ref)), 0
            if ref.member is not None:
                from curate.read.archive import member_place, open_member  # not in a child, which is handed what is unpacked

                begin = member_place(file, ref.member) if ref.member.method in ("plain", "stored", "deflated") else -1
                file = stack.enter_context(open_member(file, ref.member))
            found = found_in(file, begin)
        except GONE as error:
            raise PixelFault("unreadable", type(error).__name__) from None
        except ReadFault as fault:
            raise PixelFault(fault.reason, fault.found) from None
        yield found


def found_in(file: BinaryIO, begin: int) -> Found:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return Found(file=file, begin=begin, size=size, head=head)


def read_images(refs: Sequence[ImageRef], open: Open, *, max_bytes: int) -> Each:
    """What each reference names, in their order: all to the same path, by frame, so that what is costly to open is opened once. An I/O
    error other than a missing or forbidden file raises."""
    try:
        with found_file(refs[0], open, max_bytes=max_bytes) as found:
            yield from read_found(refs, found, max_bytes=max_bytes)
    except PixelFault as fault:
        yield from ((ref, fault) for ref in refs)


def read_found(refs: Sequence[ImageRef], found: Found, *, max_bytes: int) -> Each:
    """The same of a file that is open. Never raises PixelFault."""
    left = iter(refs)
    try:
        for ref, content in _each(refs, found, max_bytes):
            next(left)
            yield ref, content
    except PixelFault as fault:
        yield from ((ref, fault) for ref in left)


def is_table(refs: Sequence[ImageRef], head: bytes) -> bool:
    """Whether the references are to cells of a Parquet table that embeds its images."""
    return bool(refs[0].column) and head.startswith(PARQUET)


def check_copied(refs: Sequence[ImageRef], file: BinaryIO, *, max_bytes: int) -> None:
    """Of a file that is not on this machine's disk as it is, and large: what whoever looks at it would refuse it for at once, by its size
    or by the header of its volume, is told before a copy is made. Raises PixelFault."""
    if has_descriptor(file) or (found := found_in(file, -1)).size <= max_bytes:
        return
    match way_of(refs, found):
        case "whole":
            raise PixelFault("too_large", f"{found.size} > {max_bytes} bytes")
        case "volume":
            read_volume_header(file, refs[0].column)


def way_of(refs: Sequence[ImageRef], found: Found) -> Way:
    """How a file is read."""
    path, column = refs[0].path, refs[0].column
    if is_table(refs, found.head):
        return "table"
    if is_npz(path):
        return "arrays"
    if is_volume(path):
        return "volume"
    if is_slide(path, column):
        return "slide"
    if any(ref.column and not is_volume(ref.path, ref.column) for ref in refs):
        return "unknown"
    return "rows" if image_kind(found.head, found.size) == "npy" else "whole"


def _each(refs: Sequence[ImageRef], found: Found, max_bytes: int) -> Each:
    file, size, way = found.file, found.size, way_of(refs, found)
    if way == "table":
        yield from _cells(refs, file)
        return
    volumes: Lately[Volume] = Lately(MAX_BYTES)  # unpacked once for all their slices

    def cut(ref: ImageRef) -> Content:
        return _slice(volumes.get(ref.column.rpartition("@")[0], lambda: read_volume(file, ref.column)), ref)

    if way == "arrays":
        arrays: Lately[np.ndarray] = Lately(0)  # of many rows of one array: it is unpacked once

        def held(ref: ImageRef) -> np.ndarray:
            return arrays.get(ref.column, lambda: _array(file, ref.column))

        def row(ref: ImageRef) -> Content:
            return Content(data=_row(io.BytesIO(held(ref).data), ref.frame))

        yield from _tried(refs, lambda ref: cut(ref) if is_volume(ref.path, ref.column) else row(ref))
        return
    if way == "volume":
        yield from _tried(refs, cut)
        return
    if way == "slide":
        with contextlib.closing(read_slide(file)) as slide:
            yield from _tried(refs, lambda ref: _part(slide, ref))
        return
    if way == "unknown":
        raise PixelFault("unsupported", "inside a file that is no table")
    if way == "rows":
        yield from _tried(refs, lambda ref: cut(ref) if ref.column else Content(data=_row(file, ref.frame)))
        return
    if size > max_bytes:
        raise PixelFault("too_large", f"{size} > {max_bytes} bytes")
    data = file.read()
    if len(refs) == 1:
        yield refs[0], Content(data=data, frame=refs[0].frame, begin=found.begin)
        return
    frame, digest = opened_film(data), byte_digest(data)
    yield from ((ref, Content(data=data, frame=ref.frame, begin=found.begin, drawn=frame(ref), known=digest)) for ref in refs)


def opened_film(data: bytes) -> Callable[[ImageRef], Draw | None]:
    """How each frame of one file is drawn, which is opened here, once. Raises PixelFault."""
    kind = image_kind(data[:HEAD], len(data))
    if kind == "dicom":
        from curate.pixels.dicom import read_dicom  # pydicom is heavy: only where a DICOM file comes

        dicom = read_dicom(data)

        def drawn(ref: ImageRef, admit: Admit) -> Rendered:
            admit(dicom.header)
            return dicom.rendered("", ref.frame, ref.rendering)

        return lambda ref: functools.partial(drawn, ref)
    if kind == "tiff":
        from curate.pixels.tiff import Tiff  # so is tifffile

        tiff = Tiff(io.BytesIO(data))
        return lambda ref: lambda admit: tiff.rendered("", ref.frame, ref.rendering, admit)
    if kind == "jpeg2000":
        return lambda ref: None  # it has one
    film = read_film(data, kind)
    return lambda ref: lambda admit: film.rendered(ref.frame, ref.rendering, admit)


def _array(file: BinaryIO, name: str) -> np.ndarray:
    return np.frombuffer(npz_array(file, name), np.uint8)


def _row(file: BinaryIO, frame: int) -> bytes:
    file.seek(0)
    return cut_row(file, frame)


def _slice(volume: Volume, ref: ImageRef) -> Content:
    """`column` is the axis, `frame` the slice."""

    def drawn(admit: Admit) -> Rendered:
        admit(picture_header(volume.header, ref.column))
        return volume.rendered(ref.column, ref.frame, ref.rendering)

    return Content(data=volume.digested(ref.column, ref.frame), drawn=drawn)


def _part(slide: Slide, ref: ImageRef) -> Content:
    """`column` is the view, `frame` the tile."""

    def drawn(admit: Admit) -> Rendered:
        rendered = slide.rendered(ref.column, ref.frame, ref.rendering)
        admit(rendered.header)
        return rendered

    return Content(data=slide.digested(ref.column, ref.frame), drawn=drawn)


def _tried(refs: Sequence[ImageRef], content: Callable[[ImageRef], Content]) -> Each:
    for ref in refs:
        try:
            yield ref, content(ref)
        except PixelFault as fault:
            yield ref, fault


def _cells(refs: Sequence[ImageRef], file: BinaryIO) -> Each:
    """Of a Parquet table that embeds its images: `frame` is the row."""
    from curate.read.parquet import read_cells

    try:
        for ref, cell in zip(refs, read_cells(file, [(ref.frame, ref.column) for ref in refs])):
            if isinstance(cell, bytes) and cell:
                yield ref, Content(data=cell)
            else:
                yield ref, PixelFault("not_embedded", "an empty cell" if not cell else "a cell that holds no bytes")
    except ReadFault as fault:
        raise PixelFault(fault.reason, fault.found) from None
