"""a file that may be packed -> its bytes as they were, no more of them than are asked for"""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from curate.pixels.fault import PixelFault

GZIP = b"\x1f\x8b"
UNPACKING = (EOFError, zlib.error, OSError)  # what unpacking raises
_PIECE = 1 << 22  # bytes read at a time
_PACKED = 1 << 16  # packed bytes read at a time: a bomb unpacks to a thousand times as many


def unpacked(file: BinaryIO, coding: str) -> BinaryIO:
    """What `file` holds from where it stands; it stays open. `coding`: '', gzip, bzip2, zlib."""
    match coding:
        case "gzip":
            return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
        case "bzip2":
            return bz2.BZ2File(file)  # type: ignore[return-value]
        case "zlib":
            return io.BufferedReader(_Zlib(file), _PIECE)  # type: ignore[return-value]
    return _Unclosed(file)  # type: ignore[return-value]


def read_exactly(file: BinaryIO, size: int, format: str) -> npt.NDArray[np.uint8]:
    """`size` bytes; the check sums of what is packed are compared where it ends there. The room for them is only claimed: pages that
    nothing is read into are none. Raises PixelFault: truncated, corrupt."""
    try:
        data = np.empty(size, np.uint8)
        at = 0
        while at < size and (piece := file.read(min(size - at, _PIECE))):
            data[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
            at += len(piece)
        file.read(1)  # guards nothing but the sums: they stand after the last byte, and are read with what follows it
    except UNPACKING as error:
        raise packing_fault(error, format) from None
    if at < size:
        raise PixelFault("truncated", f"{format}: {at} < {size} bytes of voxels")
    return data


def packing_fault(error: Exception, format: str) -> PixelFault:
    """What unpacking raised, as a fault of the file; raises the error of a disk as it is."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return PixelFault("truncated" if isinstance(error, EOFError) else "corrupt", f"{format}: {type(error).__name__}")


class _Unclosed(io.BufferedIOBase):
    """A file that is its opener's to close."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def read(self, size: int | None = -1, /) -> bytes:
        return self.file.read(-1 if size is None else size)

    def tell(self) -> int:
        return self.file.tell()


class _Zlib(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # zlib or gzip, as MetaIO reads (metaImage.cxx, inflateInit2)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer, /) -> int:  # type: ignore[no-untyped-def]
        while not self.unpacking.eof:
            packed = self.unpacking.unconsumed_tail or self.file.read(_PACKED)
            piece = self.unpacking.decompress(packed, len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
            if not packed:
                raise EOFError
        return 0
