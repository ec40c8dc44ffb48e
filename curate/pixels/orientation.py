"""EXIF -> the one thing in it that changes the picture: its orientation; a picture as stored -> as it is seen"""

from __future__ import annotations

import struct

from PIL import Image

_TURNS = {  # EXIF 2.32, 4.6.4: where the first row and the first column of what is stored lie in the picture
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_SHORT, _LONG = 3, 4  # TIFF 6.0, types of a field


def exif_orientation(exif: bytes) -> int:
    """Orientation 1-8 from the first directory of an EXIF block that begins with its TIFF header; 1 where it says nothing readable."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 10:
        return 1
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    if start + 2 > len(exif):
        return 1
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    for entry in range(start + 2, min(start + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind = struct.unpack_from(f"{order}HH", exif, entry)
        if tag == _ORIENTATION and kind in (_SHORT, _LONG):
            (value,) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", exif, entry + 8)
            return value if 1 <= value <= 8 else 1
    return 1


def orientation_exif(orientation: int) -> bytes:
    """The smallest EXIF block (TIFF header, one directory) that says `orientation`."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as it is seen; the same object where it is stored so."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
