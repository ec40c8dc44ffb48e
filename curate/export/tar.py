"""members -> a tar whose bytes depend on them alone, cut where it would pass a number of bytes"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Sequence
from typing import BinaryIO

from curate.export.rows import Row

BLOCK = 512
RECORD = tarfile.RECORDSIZE  # a tar ends in two empty blocks, filled up to this (POSIX.1-1988 ustar, as tar and tarfile write it)
Member = tuple[str, bytes | memoryview]


def key_of(id: str) -> str:
    """The first 32 digits of the SHA-256 of an id: no dot, no folder, in the order of the corpus, whatever a publisher's id holds."""
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def field_names(row: Row) -> list[str]:
    """What webdataset calls the pictures of a sample: '0.jpg', '1.png'; '00.jpg' where there are more than ten, so that they sort."""
    digits = len(str(max(0, len(row.pictures) - 1)))
    return [f"{place:0{digits}d}.{picture.suffix}" for place, picture in enumerate(row.pictures)]


def tar_size(members: Sequence[Member]) -> int:
    return sum(BLOCK + len(data) + -len(data) % BLOCK for _, data in members)


class TarFile:
    """A tar being written. `size` and `sha256` are of what is written; `close` ends it. The file itself is its owner's."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self._digest = hashlib.sha256()

    def add(self, members: Sequence[Member]) -> None:
        for name, data in members:
            about = tarfile.TarInfo(name)  # modified at 0, by nobody: the same members are the same bytes
            about.size = len(data)
            self._write(about.tobuf(tarfile.USTAR_FORMAT))
            self._write(data)
            self._write(bytes(-len(data) % BLOCK))

    def close(self) -> str:
        """The SHA-256 of the whole."""
        self._write(bytes(2 * BLOCK))
        self._write(bytes(-self.size % RECORD))
        return self._digest.hexdigest()

    def _write(self, data: bytes | memoryview) -> None:
        self.file.write(data)
        self._digest.update(data)
        self.size += len(data)
