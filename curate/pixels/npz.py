"""a NumPy archive (.npz) -> one array of it, as an .npy file of its own"""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from curate.pixels.fault import PixelFault

ZIP = b"PK\x03\x04"
MAX_BYTES = 1 << 30  # of one array, which is held in memory
MAX_MEMBERS = 10_000
PIECE = 1 << 20  # bytes
_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ArithmeticError, LookupError, ValueError,
)  # fmt: skip
_UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError)


def is_npz(path: str) -> bool:
    return path.casefold().endswith(".npz")


def npz_array(file: BinaryIO, name: str) -> bytes:
    """The array called `name`, or the only one where that is ''. Raises PixelFault: corrupt, too_large, no_such_array, truncated."""
    with open_array(file, name) as array:
        return b"".join(iter(lambda: array.read(PIECE), b""))  # at once zipfile would inflate 2 GB before it looks at the size


@contextmanager
def open_array(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The same to be read piece by piece, so that its header costs no more than a header."""
    try:
        archive = zipfile.ZipFile(file)
        member = _member(archive, name)
        array = archive.open(member)
    except _ERRORS as error:
        raise PixelFault("corrupt", f"npz: {type(error).__name__}") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # its directory leads to before the file's beginning
            raise
        raise PixelFault("corrupt", f"npz: {type(error).__name__}") from None
    try:
        with archive, array:
            yield array  # type: ignore[misc]
    except _UNPACKING as error:
        raise PixelFault("corrupt", f"npz: {type(error).__name__}") from None


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist() if info.filename.endswith(".npy")}
    if len(members) > MAX_MEMBERS:
        raise PixelFault("too_large", f"npz of more than {MAX_MEMBERS} arrays")
    if name not in members and (name or len(members) != 1):
        raise PixelFault("no_such_array", f"npz of {len(members)} arrays, none of them of that name")
    member = members[name] if name else next(iter(members.values()))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PixelFault("unsupported", "npz of an uncommon compression")
    if member.file_size > MAX_BYTES:  # zipfile unpacks no more than the archive's directory says
        raise PixelFault("too_large", f"npz: {member.file_size} > {MAX_BYTES} bytes")
    return member
