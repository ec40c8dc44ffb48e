"""NRRD file (.nrrd, its voxels attached) -> its header, by teem.sourceforge.net/nrrd/format.html"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO, Literal

import numpy as np

from curate.pixels.fault import PixelFault
from curate.pixels.lps import Axes, Three, lps_axes
from curate.pixels.volume_header import VolumeHeader, checked

MAGIC = b"NRRD000"
MAX_HEADER = 1 << 20  # bytes; segmentations describe each segment in some hundred
MAX_AXES = 16  # of any array, teem's NRRD_DIM_MAX
_END = re.compile(rb"\r?\n\r?\n")
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_CODES = {name: code for code, names in _TYPES.items() for name in names}
_CODINGS = {"raw": "", "gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2"}
# To the left, back and head, by what the space's axes are called; others stand as they are, as ITK takes them.
_TO_LPS = {
    "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1), "right-anterior-superior-time": (-1, -1, 1), "rast": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1), "left-anterior-superior-time": (1, -1, 1), "last": (1, -1, 1),
}  # fmt: skip
_OF_SPACE = ("domain", "space", "???", "none")  # kinds of an axis that runs in space, or of which nothing is said

Fields = dict[str, str]


def nrrd_header(file: BinaryIO) -> VolumeHeader:
    """From the start of the file. Raises PixelFault: corrupt, truncated, unsupported, too_large."""
    file.seek(0)
    head = file.read(MAX_HEADER)
    end = _END.search(head)
    if end is None:
        raise PixelFault("truncated" if len(head) < MAX_HEADER else "too_large", f"nrrd: no end of its header in {len(head)} bytes")
    try:
        return _header(_fields(head[: end.start()].decode("latin-1")), end.end())
    except (ValueError, OverflowError):
        raise PixelFault("corrupt", "nrrd header: a field that cannot be read") from None


def _fields(head: str) -> Fields:
    """Its fields by their names. Any name of another file ends it: that is never looked for."""
    found: Fields = {}
    for line in head.split("\n")[1:]:
        name, colon, value = line.partition(":")
        if line.startswith("#") or value.startswith("="):  # a comment, a key of somebody's own
            continue
        if not colon:
            raise ValueError
        name = " ".join(name.split()).casefold()
        if name in found:
            raise ValueError
        found[name] = value.strip()
    if "data file" in found or "datafile" in found:
        raise PixelFault("unsupported", "a header whose voxels are in another file")
    return found


def _header(fields: Fields, end: int) -> VolumeHeader:
    coding = _CODINGS.get(_word(fields, "encoding"))
    code = _CODES.get(_word(fields, "type"))
    if coding is None or code is None:
        raise PixelFault("unsupported", f"nrrd of {'a type' if code is None else 'an encoding'} that is not read here")
    if any(int(fields.get(name, "0")) for name in ("byte skip", "byteskip", "line skip", "lineskip")):
        raise PixelFault("unsupported", "nrrd whose voxels do not follow its header")
    dtype = np.dtype(code)
    if dtype.itemsize > 1:
        dtype = dtype.newbyteorder(_byte_order(_word(fields, "endian")))
    sizes = [int(side) for side in _word(fields, "sizes").split()]
    if not 2 <= len(sizes) <= MAX_AXES or len(sizes) != int(_word(fields, "dimension")):
        raise ValueError
    if any(side < 1 for side in sizes):
        raise PixelFault("corrupt", "nrrd: a side without length")
    space, channels = _spatial(fields, sizes, dtype)
    stored: Three = (sizes[space[0]], sizes[space[1]], sizes[space[2]] if len(space) == 3 else 1)
    checked(VolumeHeader(format="nrrd", stored=stored, dtype=dtype, channels=channels, offset=end))  # before its axes: sizes are told first
    return VolumeHeader(
        format="nrrd", stored=stored, dtype=dtype, channels=channels, offset=end, coding=coding, axes=_axes(fields, space, len(sizes))
    )


def _byte_order(word: str) -> Literal["<", ">"]:
    if word not in ("little", "big"):
        raise ValueError
    return "<" if word == "little" else ">"


def _word(fields: Fields, name: str) -> str:
    if name not in fields:
        raise ValueError
    return fields[name].casefold()


def _spatial(fields: Fields, sizes: Sequence[int], dtype: np.dtype[np.generic]) -> tuple[list[int], int]:
    """Which axes run in space, and the channels before them: three bytes are a colour. Of what has further axes after them (time, a list)
    the first volume is taken."""
    steps = _steps(fields)
    kinds = fields.get("kinds", "").casefold().split()
    if steps:
        space = [axis for axis, step in enumerate(steps) if step is not None]
    elif kinds:
        space = [axis for axis, kind in enumerate(kinds) if kind in _OF_SPACE]
    else:
        space = list(range(min(len(sizes), 3)))
    if len(kinds) not in (0, len(sizes)) or len(steps) not in (0, len(sizes)):
        raise ValueError
    space = space[:3]
    first = space[0] if space else 0
    if len(space) < 2 or space != list(range(first, first + len(space))) or first > 1:
        raise PixelFault("unsupported", f"nrrd of {len(sizes)} axes, of which {len(space)} run in space one after the other")
    channels = sizes[0] if first else 1
    if channels not in (1, 3) or (channels == 3 and dtype != np.uint8):
        raise PixelFault("unsupported", f"nrrd of {channels} values of {dtype.itemsize * 8} bits a voxel")
    return space, channels


def _axes(fields: Fields, space: Sequence[int], axes: int) -> Axes:
    steps = [step for axis, step in enumerate(_steps(fields)) if axis in space]
    if steps and all(step is not None and len(step) == 3 for step in steps) and len(steps) == 3:
        sign = np.array(_TO_LPS.get(fields.get("space", "").casefold(), (1, 1, 1)), dtype=np.float64)
        return lps_axes((np.array(steps, dtype=np.float64) * sign).T)
    if steps:
        spacing = [float(np.sqrt(np.sum(np.square(step or (np.nan,))))) for step in steps]
    elif "spacings" in fields:
        told = [float(side) for side in fields["spacings"].split()]
        if len(told) != axes:
            raise ValueError
        spacing = [abs(told[axis]) for axis in space]
    else:
        spacing = []
    spacing = [1.0 if side != side else side for side in spacing]  # nan: not known
    return lps_axes(np.diag([*spacing, *[1.0] * (3 - len(spacing))]))


def _steps(fields: Fields) -> list[tuple[float, ...] | None]:
    """`space directions`: the way to the next voxel along each axis; None along one that does not run in space."""
    text = fields.get("space directions", "")
    found = re.findall(r"none|\([^()]*\)", text.casefold())
    return [None if step == "none" else tuple(float(side) for side in step[1:-1].split(",")) for step in found]
