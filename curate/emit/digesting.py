"""blocks of bytes -> the same bytes in a file, and their SHA-256; threads of its own do both while the next ones are made"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO

BEHIND = 4  # blocks the file and the digest may be behind: what bounds the memory they hold
SYNC = 16 << 20  # bytes after which the disk begins, so that the last sync has little left to wait for


class Digesting:
    """A file to write to, for as long as the `with` lasts; `file` itself is its owner's to sync and close."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self.closed = False
        self._digest = hashlib.sha256()
        self._unsynced = 0
        self._sync = _sync_of(file)
        self._waiting: deque[tuple[Future[None], Future[None]]] = deque()
        self._hasher, self._writer = ThreadPoolExecutor(1), ThreadPoolExecutor(1)  # one each: the order of the blocks is the file

    def __enter__(self) -> Digesting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._hasher.shutdown()
        self._writer.shutdown()

    def write(self, data: bytes) -> int:
        block = bytes(data)  # bytes as they are now: Arrow's own are handed over without a copy
        self._waiting.append((self._writer.submit(self._write, block), self._hasher.submit(self._digest.update, block)))
        self._wait(BEHIND)
        self.size += len(block)
        return len(block)

    def hexdigest(self) -> str:
        """Of all that was written; it is in the file by then. Raises what writing it raised."""
        self._wait(0)
        return self._digest.hexdigest()

    def _wait(self, behind: int) -> None:
        while len(self._waiting) > behind:
            for done in self._waiting.popleft():
                done.result()

    def _write(self, block: bytes) -> None:
        self.file.write(block)
        self._unsynced += len(block)
        if self._sync and self._unsynced >= SYNC:
            self._sync()
            self._unsynced = 0

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """`hexdigest` waits for what is still on its way."""

    def close(self) -> None:
        self.closed = True


def _sync_of(file: BinaryIO) -> Callable[[], None] | None:
    """How to have the disk take what `file` was given; None where there is no disk, or no way to ask for it."""
    if not hasattr(os, "fdatasync"):
        return None
    try:
        descriptor = file.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return None
    return lambda: os.fdatasync(descriptor)
