"""a file that is being written -> its SHA-256, by a thread that follows the writer; the disk follows too"""

from __future__ import annotations

import hashlib
import mmap
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType


class Digesting:
    """The digest of the file at `path`, which another writes to its end, for as long as the `with` lasts. What was written is read where it
    lies, in the memory of the system: nothing is copied or held back for the digest, and it tells what the file has come to hold."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = path.open("rb")
        self._pool = ThreadPoolExecutor(1)  # one: the order of the pieces is the file
        self._pieces: list[Future[None]] = []

    def __enter__(self) -> Digesting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._file.close()

    def reach(self, size: int) -> None:
        """The file holds `size` bytes by now, and those stay."""
        start, self.size = self.size, size
        self._pieces.append(self._pool.submit(self._add, start, size))

    def hexdigest(self) -> str:
        """Of all bytes reached. Raises OSError where they could not be read back."""
        for piece in self._pieces:
            piece.result()
        return self._digest.hexdigest()

    def _add(self, start: int, stop: int) -> None:
        _begin(self._file.fileno(), start, stop - start)
        page = start - start % mmap.ALLOCATIONGRANULARITY
        try:
            mapped = mmap.mmap(self._file.fileno(), stop - page, access=mmap.ACCESS_READ, offset=page)
        except (OSError, ValueError):  # some network file systems map nothing; ValueError: an empty piece
            self._file.seek(start)
            self._digest.update(self._file.read(stop - start))
            return
        with mapped, memoryview(mapped) as whole, whole[start - page :] as piece:
            self._digest.update(piece)


def _begin(descriptor: int, start: int, length: int) -> None:
    """Have the disk begin with what was written, so that the last sync has little left to wait for. What a program says it needs no more
    is written out at once on Linux, and nobody waits for it; a sync would hold up the writer."""
    if length and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)
