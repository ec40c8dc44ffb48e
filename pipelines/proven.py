"""a file of a committed table, its receipt's entry -> proven to hold the bytes that were written, once a process

Parquet as it is written here has no checksums: a bit that a disk has lost may read as another number or word."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.place import Place

if TYPE_CHECKING:
    from pipelines.tables import Entry

BLOCK = 1 << 20
_proven: set[tuple[int, int, int, int, str]] = set()  # device, inode, size, time, digest


def is_as_written(path: Place, entry: Entry) -> bool:
    """Whether a file on disk has the size and SHA-256 of its entry: 0.5 s a gigabyte, and once for as long as it keeps inode, size and
    time. What lies in a store is proven by the store. Raises OSError."""
    if not isinstance(path, Path):
        return True
    digest = hashlib.sha256()
    status = path.stat()
    mark = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, entry.sha256)
    if mark in _proven:
        return True
    if status.st_size != entry.bytes:
        return False
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != entry.sha256:
        return False
    _proven.add(mark)
    return True
