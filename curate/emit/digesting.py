"""bytes written -> the same bytes in a file, and their SHA-256; a thread of its own does both while the next ones are made"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO

LARGE = 1 << 16  # smaller writes are gathered to blocks of so much: Parquet makes thousands of a few bytes
BEHIND = 8  # blocks the file may be behind: what bounds the memory they hold


class Digesting:
    """A file to write to, for as long as the `with` lasts; `file` itself is its owner's to close."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self.closed = False
        self._digest = hashlib.sha256()
        self._small: list[bytes] = []
        self._gathered = 0
        self._waiting: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1)  # one: the order of the blocks is the file

    def __enter__(self) -> Digesting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown()

    def write(self, data: bytes) -> int:
        if len(data) >= LARGE:
            self._hand_over()
            self._submit(bytes(data))
        else:
            self._small.append(bytes(data))
            self._gathered += len(data)
            if self._gathered >= LARGE:
                self._hand_over()
        self.size += len(data)
        return len(data)

    def hexdigest(self) -> str:
        """Of all that was written; it is in the file by then."""
        self._hand_over()
        while self._waiting:
            self._waiting.popleft().result()
        return self._digest.hexdigest()

    def _hand_over(self) -> None:
        if self._small:
            self._submit(b"".join(self._small))
            self._small, self._gathered = [], 0

    def _submit(self, block: bytes) -> None:
        self._waiting.append(self._thread.submit(self._put, block))
        if len(self._waiting) > BEHIND:
            self._waiting.popleft().result()

    def _put(self, block: bytes) -> None:
        self._digest.update(block)
        self.file.write(block)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """`hexdigest` writes what is still gathered."""

    def close(self) -> None:
        self.closed = True
