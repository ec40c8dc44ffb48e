"""a large object in a store -> a seekable file that reads it by ranges"""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

SMALL = 256 << 10  # bytes of the first read at a place: a directory, a footer, a small member
LARGE = 8 << 20  # bytes of a read once what is read lies in a row
WINDOWS = 3  # kept: of an archive its directory, its member, what is ahead

Fetch = Callable[[int, int], bytes]


class Ranged(io.RawIOBase):
    """`fetch(start, end)` gives those bytes of an object of `size` bytes. Who reads on, or skips less than LARGE, gets blocks that double
    up to LARGE, the next of them under way while one is looked at; who jumps about pays for little. At most (WINDOWS + 1) x LARGE bytes
    are held."""

    def __init__(self, fetch: Fetch, size: int, name: str = "") -> None:
        super().__init__()
        self.name = name  # of the object, for who has to tell of it
        self._fetch, self._size = fetch, size
        self._at = 0
        self._windows: list[tuple[int, bytes]] = []  # (first byte, bytes), the last used last
        self._ahead: tuple[int, Future[bytes]] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise ValueError(f"negative seek position {at}")
        self._at = at
        return at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._at >= self._size or not len(buffer):
            return 0
        start, window = self._window(len(buffer))
        piece = window[self._at - start : self._at - start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(LARGE) or b"", b""))

    def _window(self, wanted: int) -> tuple[int, bytes]:
        """A window that holds the byte at which the file stands."""
        for place, (start, window) in enumerate(self._windows):
            if start <= self._at < start + len(window):
                self._windows.append(self._windows.pop(place))
                return start, window
        gaps = {self._at - start - len(window): len(window) for start, window in self._windows}
        before = max((length for gap, length in gaps.items() if 0 <= gap < LARGE), default=0)
        length = min(LARGE, max(SMALL, 2 * before, wanted))
        found = self._take_ahead() or self._fetch(self._at, min(self._size, self._at + length))
        self._windows = [*self._windows, (self._at, found)][-WINDOWS:]
        if before and gaps.get(0) and length == LARGE and self._at + len(found) < self._size:
            start = self._at + len(found)
            self._ahead = start, _readers().submit(self._fetch, start, min(self._size, start + LARGE))
        return self._windows[-1]

    def _take_ahead(self) -> bytes | None:
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return None
        start, found = ahead
        if start == self._at:
            return found.result()
        found.cancel()
        return None

    def close(self) -> None:
        if self._ahead:
            self._ahead[1].cancel()
        self._windows, self._ahead = [], None
        super().close()


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(16, thread_name_prefix="ranged")
