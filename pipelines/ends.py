"""a Parquet file in a store -> a file of this machine that has its first bytes and its footer; what lies between is a hole"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.objects import StorePath
from pipelines.place import Place

FIRST = 64  # bytes that tell what kind of file it is
LAST = 128 << 10  # bytes in which most footers lie


@contextlib.contextmanager
def ends_of(path: Place) -> Iterator[Path]:
    """For who reads nothing of it but its footer: a hole takes no disk, and was not fetched. Itself where it lies on this machine."""
    if not isinstance(path, StorePath):
        yield path
        return
    size = path.stat().st_size
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        here = Path(folder, path.name)
        with here.open("wb") as file:
            file.truncate(size)
            file.write(path.read_range(0, min(FIRST, size)))
            footer = _footer(path, size)
            file.seek(size - len(footer))
            file.write(footer)
        yield here


def _footer(path: StorePath, size: int) -> bytes:
    """parquet.apache.org: the metadata, their length in four bytes, PAR1."""
    last = path.read_range(max(0, size - LAST), min(LAST, size))
    length = int.from_bytes(last[-8:-4], "little") + 8
    if len(last) < length <= size:
        return path.read_range(size - length, length)
    return last
