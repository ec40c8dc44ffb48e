"""a path of a source -> an open file to read rows from: gz undone, git-lfs pointers refused"""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

Row = dict[str, Any]
Opener = Callable[[str], BinaryIO]

LFS = b"version https://git-lfs.github.com/spec/v1"
BROKEN_FILE = (OSError, EOFError, zlib.error)  # of a gz that is cut or no gz, of a disk


class ReadFault(Exception):
    """The file cannot be read, or not any further. Never holds what was read."""

    def __init__(self, reason: str, *, found: str, wanted: str) -> None:
        super().__init__(f"{reason}: {found} found, {wanted} wanted")
        self.reason = reason
        self.found = found
        self.wanted = wanted
        self.path = ""  # of the file, where its reader knows it better than who catches this


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One file of a table, and what its reader may need to know of its surroundings."""

    path: str
    open: Opener
    columns: Mapping[str, str] = field(default_factory=dict)  # captured from its path
    needs: frozenset[str] = frozenset()  # columns that a header must have, or paths into them; one that lacks them is a fault of the file
    absent: frozenset[str] = frozenset()  # columns that it need not have, nor the paths into them
    find: Callable[[str], str | None] = lambda path: path  # a path or glob -> a file that is there


@contextlib.contextmanager
def opened(where: Where, *, may_be_empty: bool = False) -> Iterator[BinaryIO]:
    """The file, gz undone. Raises ReadFault: lfs_pointer, empty_file, unreadable."""
    with contextlib.ExitStack() as stack:
        try:
            raw = stack.enter_context(where.open(where.path))
            first = raw.read(len(LFS))
            raw.seek(0)
        except OSError as error:
            raise ReadFault("unreadable", found=type(error).__name__, wanted="a readable file") from None
        if first == LFS:
            raise ReadFault("lfs_pointer", found="a git-lfs pointer, not the data", wanted="the data: run git lfs pull")
        if not first and not may_be_empty:
            raise ReadFault("empty_file", found="0 bytes", wanted="rows")
        yield stack.enter_context(gzip.GzipFile(fileobj=raw)) if where.path.casefold().endswith(".gz") else raw  # type: ignore[misc]


def seekable(file: BinaryIO, most: int) -> BinaryIO:
    """A gz, in which one cannot go to and fro, is held in memory. Raises ReadFault: too_large, beyond `most` bytes."""
    if not isinstance(file, gzip.GzipFile):
        return file
    data = file.read(most + 1)
    if len(data) > most:
        raise ReadFault("too_large", found=f"more than {most} bytes in a gz", wanted="a smaller file")
    return io.BytesIO(data)


@contextlib.contextmanager
def broken_file() -> Iterator[None]:
    """What a cut file raises while it is read, as a fault of the file."""
    try:
        yield
    except BROKEN_FILE as error:
        found = "a damaged gz" if isinstance(error, zlib.error) else type(error).__name__  # its name is 'error'
        raise ReadFault("unreadable", found=found, wanted="a whole file") from None


def has_bad_text(text: str) -> bool:
    """Whether it holds lone surrogates: bytes that were not in the file's encoding, or a broken escape."""
    if text.isascii():
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
