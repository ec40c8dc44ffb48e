"""NIfTI-1 and NIfTI-2 file -> its header"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError

from curate.pixels.fault import PixelFault
from curate.pixels.lps import TO_LPS, Axes, Three, lps_axes
from curate.pixels.unpacked import UNPACKING, packing_fault
from curate.pixels.volume_header import VolumeHeader, checked

MAX_OFFSET = 64 << 20  # where the voxels begin; before them are extensions, which are not read
RGB = 128  # nifti1.h: DT_RGB24
VECTORS = range(1004, 1010)  # nifti1.h: NIFTI_INTENT_GENMATRIX to NIFTI_INTENT_TRIANGLE, no pictures
_HEADERS = {348: Nifti1Header, 540: Nifti2Header}
_MAGIC = (b"n+1\0", b"n+2\0")
_HEADER_ERRORS = (HeaderDataError, ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError)


def nifti_header(file: BinaryIO) -> VolumeHeader:
    """From the start of a file that is not packed. Raises PixelFault: empty_file, not_an_image, unsupported, corrupt, too_large."""
    try:
        head = file.read(348)
        length = 540 if (540).to_bytes(4, "little") in (head[:4], head[3::-1]) else 348
        head += file.read(length - len(head)) if len(head) == 348 else b""
    except UNPACKING as error:
        fault = packing_fault(error, "nifti")
        raise PixelFault("corrupt", fault.evidence) from None
    if not head:
        raise PixelFault("empty_file", "0 bytes")
    magic = head[344:348] if length == 348 else head[4:8]
    if magic in (b"ni1\0", b"ni2\0"):
        raise PixelFault("unsupported", "a header whose voxels are in another file")
    if magic not in _MAGIC or len(head) < length:
        raise PixelFault("not_an_image", "no header of a volume: NIfTI, NRRD or MetaImage")
    try:
        return _checked(_HEADERS[length](head[:length], check=False), length)
    except _HEADER_ERRORS as error:
        raise PixelFault("corrupt", f"nifti header: {type(error).__name__}") from None


def _checked(raw: Nifti1Header, length: int) -> VolumeHeader:
    stored = _first_volume([int(side) for side in raw["dim"]], int(raw["intent_code"]))
    dtype, channels = _type(raw)
    offset = float(raw["vox_offset"])
    if not length + 4 <= offset <= MAX_OFFSET:  # as does whoever writes 0: the voxels follow the header and its 4 bytes of extension
        if offset:
            raise PixelFault("corrupt", "nifti: voxels begin nowhere in the file")
        offset = length + 4
    slope, intercept = float(raw["scl_slope"]), float(raw["scl_inter"])
    if not math.isfinite(slope) or slope == 0 or not math.isfinite(intercept) or channels > 1:
        slope, intercept = 1.0, 0.0  # NIfTI-1: a slope of 0 scales nothing, and colours are not scaled
    size = VolumeHeader(format="nifti", stored=stored, dtype=dtype, channels=channels, offset=int(offset))
    checked(size)  # before the affine: what claims terabytes is told as that
    return VolumeHeader(
        format="nifti", stored=stored, dtype=dtype, channels=channels, offset=int(offset), slope=slope, intercept=intercept,
        axes=_axes(raw),
    )  # fmt: skip


def _type(raw: Nifti1Header) -> tuple[np.dtype[np.generic], int]:
    if int(raw["datatype"]) == RGB:
        return np.dtype(np.uint8), 3
    try:
        dtype = np.dtype(raw.get_data_dtype())
    except (HeaderDataError, KeyError):
        raise PixelFault("unsupported", f"nifti of data type {int(raw['datatype'])}") from None
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise PixelFault("unsupported", f"nifti of kind {dtype.kind}{dtype.itemsize * 8}")
    return dtype, 1


def _first_volume(dim: Sequence[int], intent: int) -> Three:
    """The three sides; of what has more axes (time, channels) the first volume."""
    axes, sides = dim[0], dim[1:8]
    if not 2 <= axes <= 7:
        raise PixelFault("unsupported", f"nifti of {axes} axes")
    sides = [*sides[:axes], *[1] * (7 - axes)]
    if any(side < 1 for side in sides):
        raise PixelFault("corrupt", "nifti: a side without length")
    if sides[4] > 1 and intent in VECTORS:
        raise PixelFault("unsupported", f"nifti of {sides[4]} components a voxel")
    return sides[0], sides[1], sides[2]


def _axes(raw: Nifti1Header) -> Axes:
    """By sform, else qform, else as ANALYZE: right to left on the stored axes' order, what nibabel takes where a header says nothing."""
    with np.errstate(all="ignore"):  # of hostile headers
        steps = np.asarray(raw.get_best_affine(), dtype=np.float64)[:3, :3]
    return lps_axes(steps * TO_LPS)
