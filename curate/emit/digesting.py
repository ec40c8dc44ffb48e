"""bytes written -> the same bytes in a file, and their SHA-256, taken by a thread of its own while the next ones are made"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO

BEHIND = 8  # writes the digest may be behind: what bounds the memory they hold


class Digesting:
    """A file to write to, for as long as the `with` lasts; `file` itself is its owner's to close."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self.closed = False
        self._digest = hashlib.sha256()
        self._waiting: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1)  # one: the order of the bytes is the digest

    def __enter__(self) -> Digesting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown()

    def write(self, data: bytes) -> int:
        self._waiting.append(self._thread.submit(self._digest.update, data))
        if len(self._waiting) > BEHIND:
            self._waiting.popleft().result()
        self.size += len(data)
        return self.file.write(data)

    def hexdigest(self) -> str:
        """Of all that was written so far."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._digest.hexdigest()

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.closed = True
