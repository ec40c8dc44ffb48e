"""what the header of a volume says -> the slices it has, and their size as they lie there and as they are shown"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, check_size
from curate.pixels.lps import Axes, Three

AXES = ("sagittal", "coronal", "axial")  # by the axis of an LPS+ array along which slices are counted
NUMBERS = ("0", "1", "2")  # the axes of an array, of which nobody says how it lies in a body
AS_STORED = "/voxels"  # after an axis: a pixel for each voxel, whatever its sides
MAX_BYTES = 1 << 30  # of one volume, which is held in memory: 512 x 512 x 2,048 voxels of 16 bits
MAX_RATIO = 100.0  # of the sides of a voxel: 10 mm layers of 0.1 mm pixels
SQUARE = 1.01  # sides that differ by less are one: spacings are written with few digits
Size = tuple[int, int]  # width, height


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeHeader:
    format: str  # nifti nrrd metaimage npy
    stored: Three  # voxels along the axes as they are stored
    dtype: np.dtype[np.generic]
    channels: int = 1  # 3: red, green, blue
    offset: int  # bytes before the first voxel
    coding: str = ""  # of what follows them: '' as they are, gzip, bzip2, zlib
    slope: float = 1.0  # value = stored * slope + intercept
    intercept: float = 0.0
    axes: Axes = field(default_factory=Axes)
    is_array: bool = False  # its axes have numbers, and no side
    order: Literal["F", "C"] = "F"  # F: the first index is the fastest, as in all formats but arrays

    @property
    def nbytes(self) -> int:
        return math.prod(self.stored) * self.channels * self.dtype.itemsize

    @property
    def shape(self) -> Three:
        """Voxels from right to left, front to back, feet to head."""
        across, deep, high = (self.stored[axis] for axis in self.axes.order)
        return across, deep, high

    def axis(self, column: str) -> int:
        """The number of an axis of `shape`: axial (what '' means too), coronal, sagittal, with '/voxels' or without; of an array 0, 1 or
        2 after '@'. Raises PixelFault: unsupported."""
        if self.is_array:
            number = column.rpartition("@")[2]
            if number not in NUMBERS:
                raise PixelFault("unsupported", "an axis that is none of 0, 1, 2, as of an array")
            return int(number)
        name = column.removesuffix(AS_STORED) or "axial"
        if name not in AXES:
            raise PixelFault("unsupported", f"an axis that is none of {', '.join(AXES)}")
        return AXES.index(name)

    def slices(self, column: str) -> int:
        return self.shape[self.axis(column)]

    def plane(self, column: str) -> Size:
        """Width and height of a slice in voxels."""
        across, deep, high = self.shape
        axis = self.axis(column)
        if self.is_array:
            return ((high, deep), (high, across), (deep, across))[axis]
        return ((deep, high), (across, high), (across, deep))[axis]

    def size(self, column: str) -> Size:
        """Width and height of a slice as it is shown: the longer sides of its voxels are cut to squares of the shorter, so that what is
        round is shown round. Raises PixelFault: unsupported, too_large."""
        width, height = self.plane(column)
        if self.is_array or column.endswith(AS_STORED):
            return width, height
        across, deep, high = self.axes.spacing
        wide, tall = ((deep, high), (across, high), (across, deep))[self.axis(column)]
        ratio = max(wide, tall) / min(wide, tall)
        if ratio <= SQUARE:
            return width, height
        if ratio > MAX_RATIO:
            raise PixelFault("unsupported", f"voxels more than {MAX_RATIO:g} times as long as wide")
        size = (_rounded(width * ratio), height) if wide > tall else (width, _rounded(height * ratio))
        check_size(*size)
        return size

    def is_as_shown(self) -> bool:
        """Whether it is stored as it is shown: indices of its publisher are then ours."""
        return self.axes.order == (0, 1, 2) and not any(self.axes.turned)


def _rounded(side: float) -> int:
    return math.floor(side + 0.5)


def checked(header: VolumeHeader) -> VolumeHeader:
    """The header, if such a volume can be held and shown. Raises PixelFault: corrupt, too_large."""
    if any(side < 1 for side in header.stored):
        raise PixelFault("corrupt", f"{header.format}: a side without length")
    if header.nbytes > MAX_BYTES:
        raise PixelFault("too_large", f"{header.nbytes} > {MAX_BYTES} bytes of voxels")
    for axis in NUMBERS if header.is_array else AXES:
        check_size(*header.plane(f"@{axis}" if header.is_array else axis))
    return header


def picture_header(header: VolumeHeader, column: str) -> Header:
    """What a slice is as a picture. Raises PixelFault as `size`."""
    width, height = header.size(column)
    bits = header.dtype.itemsize * 8
    mode = "L" if header.dtype == np.uint8 else "I;16" if header.dtype.kind in "iu" and bits <= 16 else "F"
    return Header(
        format=header.format, width=width, height=height, mode="RGB" if header.channels == 3 else mode, bits=bits,
        frames=header.slices(column),
    )  # fmt: skip
