"""name of a variable and the most values it may have; a MATLAB file of version 7.3 on stdin -> on stdout a line of JSON, {type, shape} or
{fault: [reason, evidence]}, and the values; a program of its own, within limits of memory and time. Ends with 3 where the HDF5 library
refuses the file."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import sys
import zlib
from typing import Any

import h5py
import numpy as np

MAX_MEMORY = 4 << 30  # bytes
MAX_SECONDS = 120  # of one core
REFUSED = 3
DEFLATE, SHUFFLE, FLETCHER = 1, 2, 3  # HDF5 filters
ERRORS = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, OverflowError, MemoryError, zlib.error)


class Refused(Exception):
    """A reason and its evidence."""


def read(file: h5py.File, name: str, most: int) -> np.ndarray:
    names = [key for key in file if not key.startswith("#")]  # those are MATLAB's own
    if name and name not in names:
        raise Refused("no_such_array", f"'{name}' is none of {len(names)} variables")
    if not name and len(names) != 1:
        raise Refused("no_such_array", f"{len(names)} variables, none of them named")
    name = name or names[0]
    if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file[name], h5py.Dataset):
        raise Refused("unsupported", "a MATLAB variable that is no array of numbers")
    found = file[name]
    if found.shape is None or len(found.shape) not in (2, 3) or found.dtype.kind not in "uibf" or found.dtype.itemsize > 8:
        raise Refused("unsupported", "a MATLAB variable that is no array of numbers")
    if math.prod(found.shape) > most:
        raise Refused("too_large", f"{math.prod(found.shape)} > {most} values")
    check_storage(found, most * 8)
    return np.ascontiguousarray(found[()].T)  # columns come first in MATLAB's memory


def check_storage(found: Any, most: int) -> None:
    """Nothing that lies in another file; and no chunk that inflates to more than its room, which the library does not ask."""
    plan = found.id.get_create_plist()
    if found.external or found.is_virtual:
        raise Refused("unsupported", "an HDF5 data set whose values lie in another file")
    filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    if set(filters) - {DEFLATE, SHUFFLE, FLETCHER}:
        raise Refused("unsupported", "an HDF5 data set of an uncommon compression")
    if found.chunks is None or DEFLATE not in filters:
        return
    room = math.prod(found.chunks) * found.dtype.itemsize + 4  # and a checksum
    if room > max(most, 1 << 20):
        raise Refused("too_large", f"chunks of {room} bytes")
    for number in range(found.id.get_num_chunks()):
        stored = found.id.read_direct_chunk(found.id.get_chunk_info(number).chunk_offset)[1]
        if len(zlib.decompressobj().decompress(stored, room + 1)) > room:
            raise Refused("too_large", f"a chunk inflates to more than {room} bytes")


def main(name: str, most: str) -> int:
    with contextlib.suppress(ImportError):
        import resource

        with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit
            resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    try:
        with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
            values = read(file, name, int(most))
        told, data = {"type": values.dtype.str, "shape": values.shape}, values.tobytes()
    except Refused as refused:
        told, data = {"fault": refused.args}, b""
    except ERRORS:
        return REFUSED
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + data)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))  # without the library's own farewell, which stumbles over broken files
