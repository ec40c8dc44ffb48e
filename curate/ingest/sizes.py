"""an image that is there -> its width and height, by its header alone"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from curate.ingest.images import Target
from curate.pixels.array import array_header
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, read_header
from curate.pixels.npz import is_npz, open_array
from curate.pixels.slide import is_slide, view_of
from curate.pixels.volume import VolumeHeader, is_volume, read_volume_header
from curate.read import Opener, ReadFault

Size = tuple[int, int]  # width, height
MAYBE_DICOM = re.compile(r"\.(dcm|dicom|ima)$|/[^/.]*$|^[^/.]*$", re.IGNORECASE)  # or a name that says nothing
T = TypeVar("T")
KEPT = 16  # headers of volumes: more than one row names
GONE = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)  # others are a disk's, and stop the job


class Sizes:
    """The sizes of images. Those asked for last are remembered: the slices of a volume follow each other."""

    def __init__(self, open: Opener) -> None:
        self.open = open
        self.volumes: dict[tuple[str, str], VolumeHeader] = {}
        self.known: tuple[Target | None, tuple[Size, Size] | None] = (None, None)

    def of(self, target: Target) -> Size | None:
        """As it is shown, but for an EXIF orientation. None where it cannot be read: why that is, inspect says, which rejects the image."""
        sizes = self._both(target)
        return sizes[1] if sizes else None

    def stored(self, target: Target) -> Size | None:
        """As its publisher counts it: of a slice its voxels, which need not be squares. None as above."""
        sizes = self._both(target)
        return sizes[0] if sizes else None

    def volume(self, path: str, column: str = "") -> VolumeHeader:
        """`column`: which array of an .npz, before its '@'. Raises PixelFault."""
        key = path, column.rpartition("@")[0]
        if key not in self.volumes:
            if len(self.volumes) >= KEPT:
                self.volumes.clear()
            self.volumes[key] = read_file(self.open, path, lambda file: read_volume_header(file, column))
        return self.volumes[key]

    def turn(self, target: Target) -> int:
        """The EXIF orientation by which a DICOM cross-section is shown; 1 for all else, and where it cannot be read."""
        if not MAYBE_DICOM.search(target.path):
            return 1
        try:
            return self._header(target.path, "").turn
        except PixelFault:
            return 1

    def frames(self, path: str, array: str) -> int:
        """Of a film, or the rows of an array. Raises PixelFault."""
        return self._header(path, array).frames

    def _both(self, target: Target) -> tuple[Size, Size] | None:
        if self.known[0] != target:
            try:
                self.known = (target, self._read(target))
            except PixelFault:
                self.known = (target, None)
        return self.known[1]

    def _read(self, target: Target) -> tuple[Size, Size] | None:
        if is_slide(target.path, target.column):
            view = view_of(target.column)
            return None if view.thumbnail else ((view.side, view.side), (view.side, view.side))
        if is_volume(target.path, target.column):
            volume = self.volume(target.path, target.column)
            return volume.plane(target.column), volume.size(target.column)
        if target.column and not is_npz(target.path):
            return None  # a cell of a table: to find its header is to read the table
        header = self._header(target.path, target.column)
        return (header.width, header.height), (header.width, header.height)

    def _header(self, path: str, array: str) -> Header:
        return read_file(self.open, path, lambda file: _array_header(file, array) if is_npz(path) else read_header(file))


def _array_header(file: BinaryIO, name: str) -> Header:
    with open_array(file, name) as array:
        return array_header(array)


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
