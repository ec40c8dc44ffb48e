"""MetaImage file (.mha, its voxels attached) -> its header, as ITK's MetaIO writes and reads it"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from curate.pixels.fault import PixelFault
from curate.pixels.lps import Axes, lps_axes
from curate.pixels.volume_header import VolumeHeader, checked

BEGIN = re.compile(rb"\s*(ObjectType|ObjectSubType|NDims|Comment|Name|ID|BinaryData)\s*=")
MAX_HEADER = 1 << 16  # bytes
MAX_AXES = 10  # MetaIO's own limit
_LAST = "ElementDataFile"  # the voxels follow its line
_TYPES = {  # metaTypes.h: long is of 4 bytes on every machine
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4", "MET_LONG": "i4",
    "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip

Fields = dict[str, str]


def metaimage_header(file: BinaryIO) -> VolumeHeader:
    """From the start of the file. Raises PixelFault: corrupt, unsupported, too_large."""
    file.seek(0)
    fields, end = _fields(file.read(MAX_HEADER))
    if fields[_LAST] != "LOCAL":  # a name is never looked for, a list of names neither
        raise PixelFault("unsupported", "a header whose voxels are in another file")
    try:
        return _header(fields, end)
    except (ValueError, OverflowError):
        raise PixelFault("corrupt", "metaimage header: a field that cannot be read") from None


def _fields(head: bytes) -> tuple[Fields, int]:
    found: Fields = {}
    at = 0
    while (end := head.find(b"\n", at)) >= 0:
        name, equals, value = head[at:end].decode("latin-1").partition("=")
        at = end + 1
        if equals:
            found.setdefault(name.strip(), value.strip())
        if name.strip() == _LAST and equals:
            return found, at
    raise PixelFault("corrupt", "metaimage: no end of its header")


def _header(fields: Fields, end: int) -> VolumeHeader:
    code = _TYPES.get(fields.get("ElementType", ""))
    if code is None or fields.get("ObjectType", "Image") != "Image":
        raise PixelFault("unsupported", "metaimage of a type that is not read here")
    if not _is_true(fields, "BinaryData", default=True) or int(fields.get("HeaderSize", "0")) > 0:
        raise PixelFault("unsupported", "metaimage whose voxels are no bytes after its header")
    sizes = [int(side) for side in fields.get("DimSize", "").split()]
    if len(sizes) != int(fields.get("NDims", "0")) or not 2 <= len(sizes) <= MAX_AXES:
        raise ValueError
    if any(side < 1 for side in sizes):
        raise PixelFault("corrupt", "metaimage: a side without length")
    channels = int(fields.get("ElementNumberOfChannels", "1"))
    is_big = _is_true(fields, "BinaryDataByteOrderMSB", default=False) or _is_true(fields, "ElementByteOrderMSB", default=False)
    dtype = np.dtype(code).newbyteorder(">" if is_big else "<")
    if channels not in (1, 3) or (channels == 3 and dtype != np.uint8):
        raise PixelFault("unsupported", f"metaimage of {channels} values of {dtype.itemsize * 8} bits a voxel")
    stored = sizes[0], sizes[1], sizes[2] if len(sizes) > 2 else 1  # of what has more axes the first volume
    checked(VolumeHeader(format="metaimage", stored=stored, dtype=dtype, channels=channels, offset=end))  # before its axes: sizes first
    coding = "zlib" if _is_true(fields, "CompressedData", default=False) else ""
    return VolumeHeader(
        format="metaimage", stored=stored, dtype=dtype, channels=channels, offset=end, coding=coding, axes=_axes(fields, len(sizes))
    )


def _is_true(fields: Fields, name: str, *, default: bool) -> bool:
    return fields[name][:1] in ("T", "t", "1") if name in fields else default


def _axes(fields: Fields, axes: int) -> Axes:
    """Row k of its matrix is the direction of axis k, in LPS+ as all of ITK; `ElementSpacing` how far the next voxel is."""
    spacing = _numbers(fields, ("ElementSpacing", "ElementSize"), [1.0] * axes)
    identity = [float(row == column) for row in range(axes) for column in range(axes)]
    matrix = np.array(_numbers(fields, ("TransformMatrix", "Rotation", "Orientation"), identity)).reshape(axes, axes)
    steps = np.eye(3)
    across = min(axes, 3)
    if across == 3:  # a plane alone lies nowhere in a body
        steps = matrix[:3, :3].T
    with np.errstate(all="ignore"):  # of hostile numbers
        return lps_axes(steps * [*spacing[:across], *[1.0] * (3 - across)])


def _numbers(fields: Fields, names: Sequence[str], default: list[float]) -> list[float]:
    text = next((fields[name] for name in names if name in fields), None)
    found = default if text is None else [float(part) for part in text.split()]
    if len(found) != len(default):
        raise ValueError
    return found
