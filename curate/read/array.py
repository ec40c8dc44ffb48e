"""NumPy arrays -> rows: the position in one array, columns from parallel ones"""

from __future__ import annotations

import gzip
import io
import math
import struct
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from curate.manifest.template import Column, parse_template
from curate.read.opened import ReadFault, Row, Where, opened
from schemas.verdict import Fault

MAX_BYTES = 1 << 30  # of a parallel array, which is held in memory
# numpy parses a Python literal in the header: what that raises on hostile bytes (TokenError and TypeError seen)
HEADER_ERRORS = (ValueError, TypeError, OverflowError, SyntaxError, struct.error, tokenize.TokenError, MemoryError, RecursionError)


def read_array(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """A row for each position along the first axis; its columns from the arrays named in `columns`. The array's own data are not read.
    Raises ReadFault: npy_broken, lists_differ."""
    shape, _ = _header(where)
    if not shape:
        raise ReadFault("npy_broken", found="a single number", wanted="an array")
    columns = {}
    for name, template in options.get("columns", {}).items():
        columns[name] = _parallel(where, template)
        if len(columns[name]) != shape[0]:
            raise ReadFault("lists_differ", found=f"{len(columns[name])} values of '{name}'", wanted=f"{shape[0]}, one a row")
    for row in range(shape[0]):
        yield {name: values[row].tolist() for name, values in columns.items()}


def _header(where: Where) -> tuple[tuple[int, ...], np.dtype]:
    with opened(where) as file:
        try:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(file)
        except HEADER_ERRORS:
            raise ReadFault("npy_broken", found="no header of a NumPy array", wanted="a .npy file") from None
        begin = file.tell()
        size = None if isinstance(file, gzip.GzipFile) else file.seek(0, io.SEEK_END) - begin
    if dtype.hasobject:
        raise ReadFault("npy_refused", found="an array of Python objects", wanted="numbers or text")
    if min(shape, default=1) < 0 or (size is not None and _least(shape, dtype) > size):  # a header may claim rows without end
        raise ReadFault("npy_broken", found="fewer numbers than its header says", wanted="a whole array")
    return shape, dtype


def _least(shape: tuple[int, ...], dtype: np.dtype) -> int:
    """Bytes of the values, one at least for each row."""
    return shape[0] * max(1, dtype.itemsize * math.prod(shape[1:])) if shape else dtype.itemsize


def _parallel(where: Where, template: str) -> np.ndarray:
    path = "".join(where.columns.get(part.name, "") if isinstance(part, Column) else str(part) for part in parse_template(template))
    found = where.find(path)
    if found is None:
        raise ReadFault("file_missing", found="nothing of that name", wanted=f"the parallel array {path}")
    beside = replace(where, path=found)
    shape, dtype = _header(beside)
    if dtype.itemsize * math.prod(shape) > MAX_BYTES:
        raise ReadFault("too_large", found=f"more than {MAX_BYTES} bytes", wanted="a smaller parallel array")
    with opened(beside) as file:
        try:
            return np.load(file, allow_pickle=False)
        except ValueError:
            raise ReadFault("npy_broken", found="fewer numbers than its header says", wanted="a whole array") from None
