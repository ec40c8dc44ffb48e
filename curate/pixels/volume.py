"""NIfTI volume -> its slices in LPS+ orientation: values of a mask, or 8 bits by one window for the whole volume"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from nibabel.spatialimages import HeaderDataError
from PIL import Image

from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, check_size
from curate.pixels.window import Grey, Values, stretch

SUFFIXES = (".nii", ".nii.gz")
AXES = ("sagittal", "coronal", "axial")  # by the axis of an LPS+ array along which slices are counted
MAX_BYTES = 1 << 30  # of one volume, which is held in memory: 512 x 512 x 2,048 voxels of 16 bits
MAX_OFFSET = 64 << 20  # where the voxels begin; before them are extensions, which are not read
SAMPLE = 1 << 20  # voxels by which the window is chosen
SHARES = (0.5, 99.5)  # percentiles of what is not background: one bright vessel or a clip of metal does not darken all the rest
_HEADERS = {348: Nifti1Header, 540: Nifti2Header}
_MAGIC = (b"n+1\0", b"n+2\0")
_GZ_ERRORS = (gzip.BadGzipFile, EOFError, zlib.error)
_HEADER_ERRORS = (HeaderDataError, ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeHeader:
    stored: tuple[int, int, int]  # voxels along the axes as they are stored
    dtype: np.dtype[np.generic]
    offset: int  # bytes before the first voxel
    slope: float  # value = stored * slope + intercept
    intercept: float
    order: tuple[int, int, int]  # the stored axis that runs right-left, front-back, feet-head
    turned: tuple[bool, bool, bool]  # whether it runs the other way: LPS+ is to the left, to the back, to the head

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels from right to left, front to back, feet to head."""
        across, deep, high = (self.stored[axis] for axis in self.order)
        return across, deep, high

    def slices(self, axis: str) -> int:
        return self.shape[axis_number(axis)]

    def size(self, axis: str) -> tuple[int, int]:
        """Width and height of a slice as it is shown."""
        across, deep, high = self.shape
        return ((deep, high), (across, high), (across, deep))[axis_number(axis)]

    def is_lps(self) -> bool:
        """Whether it is stored as it is shown: indices of its publisher are then ours."""
        return self.order == (0, 1, 2) and not any(self.turned)


def axis_number(axis: str) -> int:
    """0, 1, 2 of an LPS+ array; '' is axial. Raises PixelFault."""
    if (axis or "axial") not in AXES:
        raise PixelFault("unsupported", f"an axis that is none of {', '.join(AXES)}")
    return AXES.index(axis or "axial")


def is_volume(path: str) -> bool:
    """By its name: a gz tells no more before it is unpacked."""
    return path.casefold().endswith(SUFFIXES)


@dataclass(frozen=True)
class Volume:
    header: VolumeHeader
    stored: Values  # one axis, in the order of the file, not scaled

    @property
    def nbytes(self) -> int:
        return int(self.stored.nbytes)

    @cached_property
    def voxels(self) -> Values:
        """What is stored, not scaled: an LPS+ view."""
        shown = self.stored.reshape(self.header.stored, order="F").transpose(self.header.order)  # NIfTI-1: the first index is the fastest
        return shown[tuple(slice(None, None, -1 if turned else 1) for turned in self.header.turned)]

    def plane(self, axis: str, frame: int) -> Values:
        """(height, width) of slice `frame`, from 0, as it is shown: axial from the feet with the front up, coronal from the front and
        sagittal from the right with the head up; the patient's right, or in a sagittal slice the front, on the left. Raises PixelFault."""
        number = axis_number(axis)
        if not 0 <= frame < self.voxels.shape[number]:
            wanted = "no slice is named" if frame < 0 else f"slice {frame}"
            raise PixelFault("no_such_frame", f"{wanted} of {self.voxels.shape[number]}")
        shown = self.voxels[(slice(None),) * number + (frame,)].T  # a view: np.take would copy the volume first
        return self.scaled(shown if number == 2 else shown[::-1])

    def scaled(self, stored: Values) -> Values:
        """In the machine's byte order; as stored where the header scales nothing."""
        native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        if (self.header.slope, self.header.intercept) == (1.0, 0.0):
            return native
        with np.errstate(all="ignore"):  # of hostile slopes
            return native.astype(np.float64) * self.header.slope + self.header.intercept

    @cached_property
    def window(self) -> tuple[float, float]:
        """The 0.5th and 99.5th percentile of the values above the lowest, which is the background: one window for all slices."""
        step = max(1, math.ceil(self.stored.size / SAMPLE)) | 1  # odd: sides of volumes are even, and one column would be met again
        values = self.scaled(self.stored[::step])
        kept = values[np.isfinite(values)].astype(np.float64)
        if kept.size == 0:
            return 0.0, 0.0
        lowest = float(kept.min())
        above = kept[kept > lowest]
        low, high = (float(end) for end in np.percentile(above, SHARES)) if above.size else (lowest, lowest)
        return (low, high) if high > low else (lowest, high)

    def picture(self, axis: str, frame: int) -> Image.Image:
        """Slice `frame` as an 8-bit picture (mode L), windowed, its voxels as pixels: not resampled where they are no squares."""
        grey: Grey = stretch(self.plane(axis, frame), *self.window)
        return Image.fromarray(np.ascontiguousarray(grey))

    def digested(self, axis: str, frame: int) -> bytes:
        """The bytes of slice `frame` that its digest is of: its size, its type, its values; the same wherever the volume lies."""
        plane = np.ascontiguousarray(self.plane(axis, frame))
        return f"{plane.dtype.str} {plane.shape}\n".encode() + plane.tobytes()

    def picture_header(self, axis: str) -> Header:
        return picture_header(self.header, axis)


def picture_header(header: VolumeHeader, axis: str) -> Header:
    """What a slice is as a picture."""
    width, height = header.size(axis)
    bits = header.dtype.itemsize * 8
    mode = "L" if header.dtype == np.uint8 else "I;16" if header.dtype.kind in "iu" and bits <= 16 else "F"
    return Header(format="nifti", width=width, height=height, mode=mode, bits=bits, frames=header.slices(axis))


def read_volume_header(file: BinaryIO) -> VolumeHeader:
    """The header of a NIfTI file, gzipped or not, from its start. Raises PixelFault: unsupported, corrupt, too_large."""
    with _unpacked(file) as plain:
        return _header(plain)


def read_volume(file: BinaryIO) -> Volume:
    """A volume whole; of one with time the first. Never more is unpacked than its header tells. Raises PixelFault as above, truncated."""
    with _unpacked(file) as plain:
        header = _header(plain)
        try:
            left = header.offset - plain.tell()
            while left > 0 and (skipped := plain.read(min(left, 1 << 20))):
                left -= len(skipped)
            data = _exactly(plain, math.prod(header.stored) * header.dtype.itemsize)
        except _GZ_ERRORS as error:
            raise PixelFault("truncated" if isinstance(error, EOFError) else "corrupt", f"nifti: {type(error).__name__}") from None
    return Volume(header, data.view(header.dtype))


def _unpacked(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    magic = file.read(2)
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if magic == b"\x1f\x8b" else _Unclosed(file)  # type: ignore[return-value]


class _Unclosed(io.BufferedIOBase):
    """A file that is its opener's to close."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def read(self, size: int | None = -1, /) -> bytes:
        return self.file.read(-1 if size is None else size)

    def tell(self) -> int:
        return self.file.tell()


def _exactly(file: BinaryIO, size: int) -> npt.NDArray[np.uint8]:
    """`size` bytes. The room for them is only claimed: pages that nothing is read into are none."""
    data = np.empty(size, np.uint8)
    at = 0
    while at < size and (piece := file.read(min(size - at, 1 << 22))):
        data[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        at += len(piece)
    if at < size:
        raise PixelFault("truncated", f"nifti: {at} < {size} bytes of voxels")
    return data


def _header(file: BinaryIO) -> VolumeHeader:
    try:
        head = file.read(348)
        length = 540 if (540).to_bytes(4, "little") in (head[:4], head[3::-1]) else 348
        head += file.read(length - len(head)) if len(head) == 348 else b""
    except _GZ_ERRORS as error:
        raise PixelFault("corrupt", f"nifti: {type(error).__name__}") from None
    if not head:
        raise PixelFault("empty_file", "0 bytes")
    magic = head[344:348] if length == 348 else head[4:8]
    if magic in (b"ni1\0", b"ni2\0"):
        raise PixelFault("unsupported", "a NIfTI header whose voxels are in another file")
    if magic not in _MAGIC or len(head) < length:
        raise PixelFault("not_an_image", "no NIfTI header")
    try:
        return _checked(_HEADERS[length](head[:length], check=False), length)
    except _HEADER_ERRORS as error:
        raise PixelFault("corrupt", f"nifti header: {type(error).__name__}") from None


def _checked(raw: Nifti1Header, length: int) -> VolumeHeader:
    stored = _first_volume([int(side) for side in raw["dim"]])
    try:
        dtype = np.dtype(raw.get_data_dtype())
    except (HeaderDataError, KeyError):
        raise PixelFault("unsupported", f"nifti of data type {int(raw['datatype'])}") from None
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise PixelFault("unsupported", f"nifti of kind {dtype.kind}{dtype.itemsize * 8}")
    size = math.prod(stored) * dtype.itemsize
    if size > MAX_BYTES:
        raise PixelFault("too_large", f"{size} > {MAX_BYTES} bytes of voxels")
    offset = float(raw["vox_offset"])
    if not length + 4 <= offset <= MAX_OFFSET:  # as does whoever writes 0: the voxels follow the header and its 4 bytes of extension
        if offset:
            raise PixelFault("corrupt", "nifti: voxels begin nowhere in the file")
        offset = length + 4
    slope, intercept = float(raw["scl_slope"]), float(raw["scl_inter"])
    if not math.isfinite(slope) or slope == 0 or not math.isfinite(intercept):
        slope, intercept = 1.0, 0.0  # NIfTI-1: a slope of 0 scales nothing
    order, turned = _orientation(raw)
    header = VolumeHeader(stored=stored, dtype=dtype, offset=int(offset), slope=slope, intercept=intercept, order=order, turned=turned)
    for axis in AXES:
        check_size(*header.size(axis))
    return header


def _first_volume(dim: Sequence[int]) -> tuple[int, int, int]:
    """The three sides; further axes than time must be of length 1."""
    axes, sides = dim[0], dim[1:8]
    if not 2 <= axes <= 7:
        raise PixelFault("unsupported", f"nifti of {axes} axes")
    sides = [*sides[:axes], *[1] * (7 - axes)]
    if any(side < 1 for side in sides):
        raise PixelFault("corrupt", "nifti: a side without length")
    if any(side != 1 for side in sides[4:]):
        raise PixelFault("unsupported", f"nifti of {axes} axes, more than space and time")
    return sides[0], sides[1], sides[2]


def _orientation(raw: Nifti1Header) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """The stored axes in the order right-left, front-back, feet-head, and whether each is turned. By sform, else qform, else as ANALYZE:
    right to left on the stored axes' order, what nibabel takes where a header says nothing. Oblique ones by the nearest axis."""
    affine = raw.get_best_affine()
    if not np.isfinite(affine).all():
        raise PixelFault("corrupt", "nifti: an affine without numbers")
    found = io_orientation(affine)
    if not np.isfinite(found).all():
        raise PixelFault("corrupt", "nifti: an affine that is flat")
    turns = ornt_transform(found, axcodes2ornt(("L", "P", "S")))
    order = [int(np.flatnonzero(turns[:, 0] == axis)[0]) for axis in range(3)]
    turned = [bool(turns[axis, 1] < 0) for axis in order]
    return (order[0], order[1], order[2]), (turned[0], turned[1], turned[2])
