"""NIfTI, NRRD, MetaImage or array -> its slices, as radiologists look at them: values of a mask, or 8 bits by one window for all of it"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np
from PIL import Image

from curate.pixels.array import array_volume_header
from curate.pixels.fault import PixelFault
from curate.pixels.metaimage import BEGIN, metaimage_header
from curate.pixels.npz import ZIP, open_array
from curate.pixels.nrrd import MAGIC as NRRD
from curate.pixels.nrrd import nrrd_header
from curate.pixels.render import Rendered
from curate.pixels.unpacked import GZIP, UNPACKING, packing_fault, read_exactly, unpacked
from curate.pixels.volume_header import MAX_BYTES, VolumeHeader, picture_header
from curate.pixels.window import SAMPLE, Values, scaled, stretch, wanted
from schemas.image import Rendering, Window

__all__ = ["MAX_BYTES", "Volume", "VolumeHeader", "is_volume", "picture_header", "read_volume", "read_volume_header"]

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
ARRAYS = (".npy", ".npz")
FILLED = 0.1  # of the window: air is darker in all of CT, MR and PET, noise included
_ARRAY_AXIS = re.compile(r"@[012]$")
_BAND = 1 << 22  # voxels that are windowed at a time: each takes some 32 bytes meanwhile


def is_volume(path: str, column: str = "") -> bool:
    """By its name: a gz tells no more before it is unpacked. An array is one where `column` names an axis of it: '@0', 'ct@2'."""
    name = path.casefold()
    return name.endswith(SUFFIXES) or (name.endswith(ARRAYS) and _ARRAY_AXIS.search(column) is not None)


@dataclass(frozen=True)
class Volume:
    header: VolumeHeader
    grid: Values  # its stored axes, not scaled; of colours the last axis is red, green, blue

    @property
    def nbytes(self) -> int:
        return int(self.grid.nbytes)

    @cached_property
    def voxels(self) -> Values:
        """What is stored, not scaled: an LPS+ view."""
        order, turned = self.header.axes.order, self.header.axes.turned
        shown = self.grid.transpose(*order, *range(3, self.grid.ndim))
        return shown[tuple(slice(None, None, -1 if turn else 1) for turn in turned)]

    def plane(self, column: str, frame: int) -> Values:
        """(height, width) of slice `frame`, from 0, as it is shown: axial from the feet with the front up, coronal from the front and
        sagittal from the right with the head up; the patient's right, or in a sagittal slice the front, on the left. Of an array as it is
        stored. Raises PixelFault: unsupported, no_such_frame."""
        return self._values(self._stored(column, frame))

    def rendered(self, column: str, frame: int, rendering: Rendering | None = None) -> Rendered:
        """Slice `frame` along the axis that `column` names as an 8-bit picture of square pixels (bilinear, along the longer side of its
        voxels), by the window of the whole volume; colours as they are. Raises PixelFault: unsupported, no_such_frame, too_large."""
        stored, header = self._stored(column, frame), picture_header(self.header, column)
        if stored.ndim == 3:
            image, window = Image.fromarray(np.ascontiguousarray(stored)), None
        else:
            window = self.window(rendering)
            image = Image.fromarray(self._grey(stored, rendering, window))
        size = (header.width, header.height)
        squared = image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)
        return Rendered(image=squared, header=header, window=window)

    def window(self, rendering: Rendering | None = None) -> Window:
        """One for all slices, chosen on every nth voxel: what `rendering` says, else the percentiles of what is above the lowest value."""
        if rendering not in self._windows:
            flat = self.grid.reshape(-1, order="A")  # as it lies in memory: no copy
            step = max(1, math.ceil(flat.size / SAMPLE)) | 1  # odd: sides of volumes are even, and one column would be met again
            self._windows[rendering] = wanted(scaled(self._values(flat[::step]), rendering), rendering)
        return self._windows[rendering]

    def filled(self, column: str, frame: int) -> float:
        """The share of slice `frame` that is no background: of its voxels, those brighter than a tenth of the volume's own window."""
        stored = self._stored(column, frame)
        if stored.ndim == 3:
            return float(np.mean(stored.max(axis=2) > FILLED * 255))
        window = self.window()
        level = window.low + (window.high - window.low) * FILLED
        return float(np.mean(self._values(stored) > level)) if math.isfinite(level) else 0.0  # type: ignore[operator]

    def digested(self, column: str, frame: int) -> bytes:
        """The bytes of slice `frame` that its digest is of: its size, its type, its values; the same wherever the volume lies."""
        plane = np.ascontiguousarray(self.plane(column, frame))
        return f"{plane.dtype.str} {plane.shape}\n".encode() + plane.tobytes()

    @cached_property
    def _windows(self) -> dict[Rendering | None, Window]:
        return {}

    def _stored(self, column: str, frame: int) -> Values:
        """A view: np.take would copy the volume first."""
        number = self.header.axis(column)
        if not 0 <= frame < self.voxels.shape[number]:
            asked = "no slice is named" if frame < 0 else f"slice {frame}"
            raise PixelFault("no_such_frame", f"{asked} of {self.voxels.shape[number]}")
        plane = self.voxels[(slice(None),) * number + (frame,)]
        if self.header.is_array:
            return plane
        shown = plane.swapaxes(0, 1)
        return shown if number == 2 else shown[::-1]

    def _values(self, stored: Values) -> Values:
        """In the machine's byte order; as stored where the header scales nothing."""
        native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        if (self.header.slope, self.header.intercept) == (1.0, 0.0):
            return native
        with np.errstate(all="ignore"):  # of hostile slopes
            return native.astype(np.float64) * self.header.slope + self.header.intercept

    def _grey(self, stored: Values, rendering: Rendering | None, window: Window) -> Values:
        grey = np.empty(stored.shape, np.uint8)
        rows = max(_BAND // stored.shape[1], 1)
        for top in range(0, stored.shape[0], rows):
            values = scaled(self._values(stored[top : top + rows]), rendering)
            grey[top : top + rows] = stretch(values, window.low, window.high)
        return grey


def read_volume_header(file: BinaryIO, column: str = "") -> VolumeHeader:
    """The header of a volume, from the start of its file; `column`: as of a picture, which of an .npz names the array. Raises PixelFault:
    empty_file, not_an_image, unsupported, corrupt, too_large, no_such_array."""
    with _opened(file, column) as (header, _):
        return header


def read_volume(file: BinaryIO, column: str = "") -> Volume:
    """A volume whole; of one with time or channels the first. Never more is unpacked than its header tells. Raises PixelFault as above,
    truncated."""
    with _opened(file, column) as (header, voxels):
        _skip(voxels, header)
        data = read_exactly(voxels, header.nbytes, header.format).view(header.dtype)
    if header.channels == 1:
        return Volume(header, data.reshape(header.stored, order=header.order))
    if header.order == "C":
        return Volume(header, data.reshape(*header.stored, header.channels))
    return Volume(header, data.reshape((header.channels, *header.stored), order="F").transpose(1, 2, 3, 0))


def _skip(voxels: BinaryIO, header: VolumeHeader) -> None:
    """NIfTI alone has something between its header and its voxels."""
    left = header.offset - voxels.tell() if header.format == "nifti" else 0
    try:
        while left > 0 and (skipped := voxels.read(min(left, 1 << 20))):
            left -= len(skipped)
    except UNPACKING as error:
        raise packing_fault(error, header.format) from None


@contextmanager
def _opened(file: BinaryIO, column: str) -> Iterator[tuple[VolumeHeader, BinaryIO]]:
    """The header, and what holds the voxels."""
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    if _ARRAY_AXIS.search(column):
        with open_array(file, column.rpartition("@")[0]) if head.startswith(ZIP) else nullcontext(file) as array:
            yield array_volume_header(array), array
        return
    if head.startswith(NRRD) or BEGIN.match(head):
        header = (nrrd_header if head.startswith(NRRD) else metaimage_header)(file)
        file.seek(header.offset)
        with unpacked(file, header.coding) as voxels:
            yield header, voxels
        return
    with unpacked(file, "gzip" if head.startswith(GZIP) else "") as plain:
        from curate.pixels.nifti import nifti_header  # nibabel is heavy: only where such a file comes

        yield nifti_header(plain), plain
