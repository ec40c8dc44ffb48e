"""NumPy archives (.npz) -> one row: numbers and texts are columns, arrays are images and stay where they are"""

from __future__ import annotations

import contextlib
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np

from curate.read.array import HEADER_ERRORS
from curate.read.names import check_columns
from curate.read.opened import ReadFault, Row, Where, opened, seekable
from schemas.verdict import Fault

MAX_ARCHIVE = 256 << 20  # of one that is gzipped on top, which is held in memory
MAX_MEMBERS = 10_000
MAX_LIST = 1024  # values of an array that is still a column
MAX_VALUE = 16 << 20  # bytes of one column
MAX_VALUES = 64 << 20  # bytes of all columns of a file
# Of zip, of what it unpacks; ValueError: of text that is none, of a zip that points before its start
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ArithmeticError, LookupError, ValueError,
)  # fmt: skip


def read_npz(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """The whole file is one row: a number or text is a value, a short array of one axis a list; of larger ones the header alone is read.
    Raises ReadFault: npz_broken, npy_refused (Python objects where a column is wanted), too_large, column_missing."""
    with opened(where) as file, _sound():
        archive = zipfile.ZipFile(seekable(file, MAX_ARCHIVE))
        names = {info.filename.removesuffix(".npy"): info for info in archive.infolist() if info.filename.endswith(".npy")}
        if len(names) > MAX_MEMBERS:
            raise ReadFault("too_large", found=f"{len(names)} arrays", wanted=f"at most {MAX_MEMBERS}")
        check_columns(list(names), where.needs, where.absent)
        row, left = {}, MAX_VALUES
        for name, info in names.items():
            with archive.open(info) as member:
                values, size = _value(member, name, needed=name in where.needs)
            left -= size
            if left < 0:
                raise ReadFault("too_large", found=f"columns of more than {MAX_VALUES} bytes", wanted="numbers and texts")
            if size:
                row[name] = values
        yield row


@contextlib.contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise ReadFault("npz_broken", found=type(error).__name__, wanted="a whole .npz file") from None


def _value(member: IO[bytes], name: str, *, needed: bool) -> tuple[Any, int]:
    """What a column holds and its bytes; (None, 0) for an array that is none."""
    try:
        version = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(member)
    except HEADER_ERRORS:
        raise ReadFault("npz_broken", found=f"'{name}' without the header of an array", wanted="a whole .npz file") from None
    if dtype.hasobject:
        if needed:
            raise ReadFault("npy_refused", found=f"'{name}' is an array of Python objects", wanted="numbers or text")
        return None, 0
    if min(shape, default=1) < 0 or len(shape) > 1 or (shape and shape[0] > MAX_LIST) or dtype.kind not in "biufUS":
        return None, 0
    size = max(dtype.itemsize * math.prod(shape), 1)
    if size > MAX_VALUE:
        raise ReadFault("too_large", found=f"'{name}' of {size} bytes", wanted=f"at most {MAX_VALUE}")
    data = member.read(dtype.itemsize * math.prod(shape))
    if len(data) < dtype.itemsize * math.prod(shape):
        raise ReadFault("npz_broken", found=f"'{name}' is cut", wanted="a whole .npz file")
    values = np.frombuffer(data, dtype=dtype) if dtype.itemsize else np.zeros(shape, dtype)
    return _plain(values.reshape(shape)), size


def _plain(values: np.ndarray) -> Any:
    if values.dtype.kind == "S":
        values = np.char.decode(values, "latin-1")
    return values.tolist()
