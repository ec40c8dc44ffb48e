"""references to images in an object store -> their bytes, many asked for at once and before they are wanted"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from pipelines.objects import StorePath
from pipelines.place import Place, local_copy
from pipelines.together import AT_ONCE
from schemas.image import ImageRef

LARGEST = 8 << 20  # bytes of what is asked for ahead; more is read where it is looked at
HELD = 128 << 20  # bytes that were asked for and not yet wanted
HEADERS = {"plain": 0, "stored": 2048, "deflated": 2048}  # bytes before a member: a zip's local header, with names longer than most


class Ahead:
    """Opens the files in which images lie. Those in a store that `asked` was told of are on their way when they are opened."""

    def __init__(self, locate: Callable[[ImageRef], Place]) -> None:
        """`locate`: the file in which an image lies: its own, or the archive it is in."""
        self.locate = locate
        self.lock, self.copying = threading.Lock(), threading.Lock()
        self.held = 0  # bytes of what is coming
        self.coming: dict[str, Future[BinaryIO]] = {}
        self.copies: dict[StorePath, Path] = {}
        self.stack = contextlib.ExitStack()

    def __enter__(self) -> Ahead:
        self.pool = self.stack.enter_context(ThreadPoolExecutor(AT_ONCE))  # no thread is begun before there is something to do
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.stack.close()

    def asked(self, refs: Sequence[ImageRef]) -> Sequence[ImageRef]:
        """The same references: each file or member that they name is fetched if it is small, and while HELD lasts."""
        for ref in refs:
            size = _needed(ref)
            if not 0 <= size <= LARGEST or not isinstance(self.locate(ref), StorePath):
                continue
            with self.lock:
                if ref.path not in self.coming and self.held + size <= HELD:
                    self.held += size
                    self.coming[ref.path] = self.pool.submit(self._opened, ref)
        return refs

    def open(self, ref: ImageRef) -> BinaryIO:
        """Raises OSError as opening a file does."""
        with self.lock:
            coming = self.coming.pop(ref.path, None)
            self.held -= _needed(ref) if coming else 0
        return coming.result() if coming else self._opened(ref)

    def _opened(self, ref: ImageRef) -> BinaryIO:
        path, member, size = self.locate(ref), ref.member, _needed(ref)
        if isinstance(path, StorePath) and member:
            if member.method == "dataset":
                return self._copy(path).open("rb")
            if 0 <= size <= LARGEST:
                return stretch(path, member.offset, size)
        return cast("BinaryIO", path.open("rb"))

    def _copy(self, path: StorePath) -> Path:
        """Of an archive that a library in C reads, which wants a file: fetched once for all its members."""
        with self.copying:
            if path not in self.copies:
                self.copies[path] = self.stack.enter_context(local_copy(path))
            return self.copies[path]


def _needed(ref: ImageRef) -> int:
    """Bytes that looking at it takes; -1 where its archive is read as a whole."""
    if ref.member is None:
        return ref.size
    return ref.member.stored + HEADERS[ref.member.method] if ref.member.method in HEADERS else -1


def stretch(path: StorePath, begin: int, length: int) -> BinaryIO:
    """The file, of which these bytes are asked for in one request, and nothing else unless it is read."""
    return cast("BinaryIO", io.BufferedReader(_Stretch(path, begin, path.read_range(begin, length))))


class _Stretch(io.RawIOBase):
    def __init__(self, path: StorePath, begin: int, data: bytes) -> None:
        self.name = str(path)
        self.path, self.begin, self.data, self.at = path, begin, data, 0
        self.whole: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            self.at = self._whole().seek(offset, whence)
        else:
            self.at = offset + (self.at if whence == io.SEEK_CUR else 0)
        if self.at < 0:
            raise ValueError(f"negative seek position {self.at}")
        return self.at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        start = self.at - self.begin
        if 0 <= start < len(self.data):
            piece = self.data[start : start + len(buffer)]
        else:
            self._whole().seek(self.at)
            piece = self._whole().read(len(buffer))
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def _whole(self) -> BinaryIO:
        if self.whole is None:
            self.whole = cast("BinaryIO", self.path.open("rb"))
        return self.whole

    def close(self) -> None:
        if self.whole is not None:
            self.whole.close()
        super().close()
