"""a MATLAB file (version 5 to 7.2, or 7.3, which is HDF5) -> one array of it"""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curate import confine
from curate.pixels.fault import PixelFault
from curate.pixels.window import Values

HDF5 = b"\x89HDF\r\n\x1a\n"
MATLAB = b"MATLAB "  # of both, before HDF5's own magic at 512
MAX_VALUES = 1 << 25  # of one array
HEAD = 1024  # bytes of a variable before its values: flags, sides, a name of at most 63 letters
# MAT-File Format, tables 1-1 and 1-3
_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMBERS = range(6, 16)  # classes from double to uint64; before them are cells, objects, text, sparse arrays
_COMPLEX = 8
APART = Path(__file__).with_name("matlab_apart.py")
# What struct, zlib and numpy raise on hostile bytes; RuntimeError: of a generator that wanted one element more
_ERRORS = (
    EOFError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, StopIteration, MemoryError, struct.error, zlib.error,
)  # fmt: skip


def matlab_array(data: bytes, name: str) -> Values:
    """The array called `name`, or the only one where that is ''; rows before columns as MATLAB shows it. Version 5 is read here: scipy's
    reader trusts a file and falls with the process (seen on changed bytes). Raises PixelFault: corrupt, truncated, unsupported,
    too_large, no_such_array."""
    try:
        return _hdf5_array(data, name) if HDF5 in (data[:8], data[512:520]) else _plain_array(data, name)
    except _ERRORS as error:
        raise PixelFault("corrupt", f"MATLAB file, {len(data)} bytes: {type(error).__name__}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    is_number: bool
    shape: tuple[int, ...]
    element: bytes  # as it lies in the file
    compressed: bool


def _plain_array(data: bytes, name: str) -> Values:
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if not data.startswith(MATLAB) or order is None:
        raise PixelFault("unsupported", "a MATLAB file before version 5, or none")
    variables = dict(_variables(data, order))
    found = variables[_chosen(name, [known for known in variables if known])]  # without a name: what MATLAB keeps for itself
    if not found.is_number:
        raise PixelFault("unsupported", "a MATLAB variable that is no array of numbers")
    _check_shape(found.shape)
    element = _inflated(found.element, MAX_VALUES * 8 + HEAD) if found.compressed else found.element
    fields = _fields(element[8:], order)
    (_, _), (_, _), (_, _), (kind, values) = next(fields), next(fields), next(fields), next(fields)
    if kind not in _STORED:
        raise PixelFault("corrupt", "MATLAB file: values of no known type")
    stored = np.frombuffer(values, dtype=f"{order}{_STORED[kind]}")
    if stored.size != math.prod(found.shape):
        raise PixelFault("corrupt", f"MATLAB file: {stored.size} values, {math.prod(found.shape)} wanted")
    return stored.reshape(found.shape, order="F")


def _variables(data: bytes, order: str) -> Iterator[tuple[str, _Variable]]:
    """Name and place of every variable, by the first bytes of each."""
    at = 128
    while at + 8 <= len(data):
        kind, length = struct.unpack_from(f"{order}II", data, at)
        if length > len(data) - at - 8:
            raise PixelFault("truncated", f"MATLAB file: {len(data)} < {at + 8 + length} bytes")
        compressed = kind == _COMPRESSED
        element = data[at + 8 : at + 8 + length] if compressed else data[at : at + 8 + length]
        head = zlib.decompressobj().decompress(element, HEAD) if compressed else element[:HEAD]
        if struct.unpack_from(f"{order}I", head)[0] == _MATRIX:
            fields = _fields(head[8:], order)
            (_, flags), (_, sides), (_, name) = next(fields), next(fields), next(fields)
            number = flags[0 if order == "<" else 3]
            is_real = not flags[1 if order == "<" else 2] & _COMPLEX
            shape = struct.unpack(f"{order}{len(sides) // 4}i", sides)
            is_number = number in _NUMBERS and is_real and min(shape) >= 0
            yield name.decode("latin-1"), _Variable(is_number=is_number, shape=shape, element=element, compressed=compressed)
        at += 8 + length


def _fields(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(type, bytes) of the elements that lie one after the other, each at a multiple of 8; of up to 4 bytes within its own tag."""
    at = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from(f"{order}II", data, at)
        if kind >> 16:
            yield kind & 0xFFFF, data[at + 4 : at + 4 + min(kind >> 16, 4)]
            at += 8
        else:
            yield kind, data[at + 8 : at + 8 + length]
            at += 8 + -(-length // 8) * 8


def _inflated(element: bytes, most: int) -> bytes:
    """All of it: no more than `most` bytes can be of an array that is small enough."""
    inflate = zlib.decompressobj()
    found = inflate.decompress(element, most)
    if not inflate.eof and inflate.unconsumed_tail:
        raise PixelFault("too_large", f"MATLAB file: a variable inflates to more than {most} bytes")
    return found


def _hdf5_array(data: bytes, name: str) -> Values:
    """The HDF5 library is let near a file only in a process of its own: a few bytes changed make it ask for all the memory, or die."""
    command = [sys.executable, "-I", confine.__file__, str(APART), name, str(MAX_VALUES)]
    settings = {**confine.bare_environment(), "HDF5_PLUGIN_PRELOAD": "::"}  # plugins are code
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=settings, check=False)
    if done.returncode != 0:
        raise PixelFault("corrupt", f"MATLAB file, {len(data)} bytes: the HDF5 library {'refuses it' if done.returncode == 3 else 'died'}")
    head, _, values = done.stdout.partition(b"\n")
    told = json.loads(head)
    if "fault" in told:
        raise PixelFault(*told["fault"])
    return np.frombuffer(values, dtype=told["type"]).reshape(told["shape"])


def _chosen(name: str, names: list[str]) -> str:
    if name and name not in names:
        raise PixelFault("no_such_array", f"'{name}' is none of {len(names)} variables")
    if not name and len(names) != 1:
        raise PixelFault("no_such_array", f"{len(names)} variables, none of them named")
    return name or names[0]


def _check_shape(shape: tuple[int, ...] | None) -> None:
    if shape is None or len(shape) not in (2, 3):
        raise PixelFault("unsupported", f"a MATLAB variable of {len(shape or ())} axes")
    if math.prod(shape) > MAX_VALUES:
        raise PixelFault("too_large", f"{math.prod(shape)} > {MAX_VALUES} values")
