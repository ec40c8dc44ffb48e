"""a tar -> its members and where their bytes lie"""

from __future__ import annotations

import io
import tarfile
import zlib
from typing import BinaryIO, cast

from curate.read.contents import Gathering

MAX_HEADER = 16 << 20  # bytes of one extended header, which tarfile reads whole
BLOCK = tarfile.BLOCKSIZE
# tarfile on hostile bytes: its own errors, numbers that are none, headers that call for headers without end, a gz that is cut
_ERRORS = (tarfile.TarError, ValueError, OverflowError, LookupError, RecursionError, EOFError, zlib.error, OSError, MemoryError)


class BrokenTar(Exception):
    """It is no tar, or not a whole one; the message is a measurement."""


class _Careful(io.RawIOBase):
    """The file, less the power to ask it for gigabytes at once: a header tells how long its extension is."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MAX_HEADER:
            raise tarfile.ReadError("a header beyond measure")
        return self.file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()


def gather_tar(file: BinaryIO, gathering: Gathering, *, method: str = "plain") -> None:
    """Raises BrokenTar, after what came before the break is gathered; TooMany."""
    try:
        with tarfile.open(fileobj=cast("BinaryIO", _Careful(file)), mode="r:") as archive:
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # else it keeps a kilobyte for each
                _gather(info, gathering, method)
            file.seek(archive.offset)
            if file.read(BLOCK).strip(b"\0"):  # tarfile takes a header that is none for the end
                raise BrokenTar(f"no header of a member at byte {archive.offset}")
    except _ERRORS as error:
        raise BrokenTar(f"a tar that breaks off after {gathering.seen} members ({type(error).__name__})") from None


def _gather(info: tarfile.TarInfo, gathering: Gathering, method: str) -> None:
    if info.isdir():
        return
    if info.isreg() and not info.issparse():
        gathering.add(info.name, method=method, offset=info.offset_data, stored=info.size, size=info.size)
        return
    gathering.count()
    gathering.refuse("member_link" if info.issym() or info.islnk() else "member_special")
