"""an image that is there -> its width and height, by its header alone"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from curate.ingest.images import Target
from curate.pixels.array import array_header
from curate.pixels.fault import PixelFault
from curate.pixels.header import read_header
from curate.pixels.npz import is_npz, npz_array
from curate.pixels.slide import is_slide, view_of
from curate.pixels.volume import VolumeHeader, is_volume, picture_header, read_volume_header
from curate.read import Opener, ReadFault

Size = tuple[int, int]  # width, height
T = TypeVar("T")
KEPT = 16  # headers of volumes: more than one row names
GONE = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)  # others are a disk's, and stop the job


class Sizes:
    """The sizes of images as they are stored. Those asked for last are remembered: the slices of a volume follow each other."""

    def __init__(self, open: Opener) -> None:
        self.open = open
        self.volumes: dict[str, VolumeHeader] = {}
        self.known: tuple[Target | None, Size | None] = (None, None)

    def of(self, target: Target) -> Size | None:
        """None where it cannot be read: why that is, inspect says, which rejects the image."""
        if self.known[0] != target:
            try:
                self.known = (target, self._read(target))
            except PixelFault:
                self.known = (target, None)
        return self.known[1]

    def volume(self, path: str) -> VolumeHeader:
        """Raises PixelFault."""
        if path not in self.volumes:
            if len(self.volumes) >= KEPT:
                self.volumes.clear()
            self.volumes[path] = read_file(self.open, path, read_volume_header)
        return self.volumes[path]

    def _read(self, target: Target) -> Size | None:
        if is_slide(target.path, target.column):
            view = view_of(target.column)
            return None if view.thumbnail else (view.side, view.side)
        if is_volume(target.path):
            header = picture_header(self.volume(target.path), target.column)
        elif is_npz(target.path):
            header = read_file(self.open, target.path, lambda file: array_header(io.BytesIO(npz_array(file, target.column))))
        elif target.column:
            return None  # a cell of a table: to find its header is to read the table
        else:
            header = read_file(self.open, target.path, read_header)
        return header.width, header.height


def read_file(open: Opener, path: str, read: Callable[[BinaryIO], T]) -> T:
    """What `read` makes of a file. Raises PixelFault, also where the file is not to be had."""
    with _told(), open(path) as file:
        return read(file)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except GONE as error:
        raise PixelFault("unreadable", type(error).__name__) from None
    except ReadFault as fault:  # of a member of an archive
        raise PixelFault(fault.reason, fault.found) from None
    except (EOFError, zlib.error) as error:
        raise PixelFault("truncated", type(error).__name__) from None
