"""an open file -> a copy of it in a folder of this machine, where a library or a process of its own wants one; begun only if it has room"""

from __future__ import annotations

import errno
import io
import shutil
from pathlib import Path
from typing import IO, BinaryIO

LEFT_FREE = 1 << 30  # bytes of the disk that a copy leaves
SMALL = 64 << 20  # bytes that are tried however full the disk is: it says so itself
BLOCK = 8 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)


class NoRoom(RuntimeError):
    """The folder for temporary files has no room for a copy that is needed; the message is one line."""


def copy_file(file: BinaryIO, copy: IO[bytes], folder: str | Path) -> None:
    """All of `file` into `copy`, which is open and lies in `folder`. Raises NoRoom, before anything is read where the size tells."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > SMALL and size + LEFT_FREE > shutil.disk_usage(folder).free:
        raise _no_room(file, size, folder)
    try:
        shutil.copyfileobj(file, copy, BLOCK)
        copy.flush()
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _no_room(file, size, folder) from None


def has_descriptor(file: BinaryIO) -> bool:
    """Whether it lies on this machine's disk as it is: nobody needs a copy of it."""
    try:
        return file.fileno() >= 0
    except OSError:
        return False


def _no_room(file: BinaryIO, size: int, folder: str | Path) -> NoRoom:
    name, free = getattr(file, "name", None) or "a file", shutil.disk_usage(folder).free
    needed = f"a copy of its {size / 1e9:,.1f} GB is needed in {folder}, where {free / 1e9:,.1f} GB are free (one is left so)"
    return NoRoom(f"{name}: {needed}; TMPDIR=DIR names another folder; the same command goes on from there")
