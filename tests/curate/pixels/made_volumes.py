"""files of volumes of any orientation, made from what they show in LPS+"""

import bz2
import gzip
import zlib
from collections.abc import Callable
from typing import Any

import nibabel as nib
import numpy as np

LPS = np.random.default_rng(11).integers(0, 100, (9, 8, 7))
LPS[1, 6, 5] = 120  # one voxel at the right, the back, the head: no turn of the volume leaves it where it is
SPACING = (0.5, 0.75, 2.5)
TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")
NRRD_NAMES = ("uchar", "signed char", "ushort", "short", "unsigned int", "int", "uint64", "int64_t", "float", "double")
NRRD_TYPES = dict(zip(TYPES, NRRD_NAMES))
META_NAMES = ("UCHAR", "CHAR", "USHORT", "SHORT", "UINT", "INT", "ULONG_LONG", "LONG_LONG", "FLOAT", "DOUBLE")
META_TYPES = {dtype: f"MET_{name}" for dtype, name in zip(TYPES, META_NAMES)}
Pack = Callable[[bytes], bytes]
FLIPS = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1)}


def nifti(
    lps: np.ndarray, codes: str = "LPS", *, spacing: tuple[float, float, float] = (1, 1, 1), zipped: bool = False, **raw: Any
) -> bytes:
    """A file whose voxels are stored along `codes` and that shows `lps`, indexed from right to left, front to back, feet to head. `raw`:
    fields of the header that are set as they are."""
    turn = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("LPS"), nib.orientations.axcodes2ornt(codes))
    stored = nib.orientations.apply_orientation(lps, turn)
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0]) @ nib.orientations.inv_ornt_aff(turn, lps.shape[:3])
    image = nib.Nifti1Image(np.ascontiguousarray(stored), affine)
    assert "".join(nib.aff2axcodes(image.affine)) == codes
    data = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(data[:348]), check=False)
    for name, value in raw.items():
        header[name] = value
    data[:348] = header.binaryblock
    return gzip.compress(bytes(data), mtime=0) if zipped else bytes(data)


def stored(codes: str) -> tuple[np.ndarray, list[tuple[float, ...]]]:
    """LPS as it lies in a file whose axes run along `codes`, and the way to the next voxel along each."""
    axes = [FLIPS[code] for code in codes]
    turned = LPS.transpose([axis for axis, _ in axes])[tuple(slice(None, None, sign) for _, sign in axes)]
    steps = [tuple(sign * SPACING[axis] if place == axis else 0.0 for place in range(3)) for axis, sign in axes]
    return turned, steps


def raw(array: np.ndarray, dtype: str, order: str) -> bytes:
    return array.astype(np.dtype(dtype).newbyteorder(order)).tobytes(order="F")  # type: ignore[arg-type]


def nrrd(codes: str = "LPS", dtype: str = "i2", order: str = "<", encoding: str = "raw", space: str = "left-posterior-superior") -> bytes:
    array, steps = stored(codes)
    to_space = {"left-posterior-superior": (1, 1, 1), "RAS": (-1, -1, 1), "left-anterior-superior": (1, -1, 1)}[space]
    directions = " ".join(f"({','.join(str(sign * side) for sign, side in zip(to_space, step))})" for step in steps)
    pack: Pack = {"raw": bytes, "gzip": gzip.compress, "bz2": bz2.compress}[encoding]
    head = (
        f"NRRD0004\n# a comment\ntype: {NRRD_TYPES[dtype]}\ndimension: 3\nspace: {space}\nsizes: {' '.join(map(str, array.shape))}\n"
        f"space directions: {directions}\nkinds: domain domain domain\nendian: {'little' if order == '<' else 'big'}\n"
        f"encoding: {encoding}\nspace origin: (1,2,3)\ndata file:=a key of somebody's own, no field: it names nothing\n\n"
    )
    return head.encode() + pack(raw(array, dtype, order))


def meta(codes: str = "LPS", dtype: str = "i2", order: str = "<", *, packed: bool = False, pack: Pack = zlib.compress) -> bytes:
    array, steps = stored(codes)
    data = raw(array, dtype, order)
    lengths = [max(map(abs, step)) for step in steps]
    matrix = " ".join(str(side / length) for step, length in zip(steps, lengths) for side in step)
    voxels = pack(data) if packed else data
    head = (
        f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = {order == '>'}\nCompressedData = {packed}\n"
        + (f"CompressedDataSize = {len(voxels)}\n" if packed else "")
        + f"TransformMatrix = {matrix}\nOffset = 1 2 3\nElementSpacing = {' '.join(map(str, lengths))}\n"
        f"DimSize = {' '.join(map(str, array.shape))}\nElementType = {META_TYPES[dtype]}\nElementDataFile = LOCAL\n"
    )
    return head.encode() + voxels


def nii(codes: str = "LPS", dtype: str = "i2", order: str = "<", *, zipped: bool = False, second: bool = False) -> bytes:
    array, steps = stored(codes)
    affine = np.eye(4)
    affine[:3, :3] = np.diag([-1.0, -1.0, 1.0]) @ np.array(steps).T  # the world of NIfTI is RAS+
    kind = nib.Nifti2Image if second else nib.Nifti1Image
    header = kind.header_class(endianness=order)
    data = kind(array.astype(dtype), affine, header, dtype=np.dtype(dtype)).to_bytes()
    return gzip.compress(data, mtime=0) if zipped else data
