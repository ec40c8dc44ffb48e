"""what is kept of a file: spans of its bytes, and new bytes between them"""

from __future__ import annotations

from curate.pixels.fault import PixelFault

MAX_PARTS = 1_000_000  # segments, chunks or blocks of one file: more are an attack on time, not a picture


class Kept:
    """What is kept of `data`; neighbouring spans are merged."""

    __slots__ = ("data", "format", "parts", "pieces")

    def __init__(self, data: bytes, format: str) -> None:
        self.data, self.format = data, format
        self.pieces: list[tuple[int, int] | bytes] = []
        self.parts = 0

    def span(self, begin: int, end: int) -> None:
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, tuple) and last[1] == begin:
            self.pieces[-1] = (last[0], end)
        else:
            self.pieces.append((begin, end))

    def slot(self, new: bytes = b"") -> int:
        """A place for new bytes."""
        self.pieces.append(new)
        return len(self.pieces) - 1

    def count(self) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise self.corrupt(f"more than {MAX_PARTS} parts")

    def join(self) -> bytes:
        """The same object where all of it is kept."""
        if self.pieces == [(0, len(self.data))]:
            return self.data
        view = memoryview(self.data)
        joined = b"".join(piece if isinstance(piece, bytes) else view[slice(*piece)] for piece in self.pieces)
        return self.data if joined == self.data else joined

    def truncated(self) -> PixelFault:
        return PixelFault("truncated", f"{self.format}, {len(self.data)} bytes: no end mark")

    def corrupt(self, what: str) -> PixelFault:
        return PixelFault("corrupt", f"{self.format}, {len(self.data)} bytes: {what}")
