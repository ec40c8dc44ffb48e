"""a folder -> what lies in it; a file -> its SHA-256, with what a damaged one looks like"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.somewhere import Somewhere
from curate.verify.claims import INDEX, SHARD_NAME, Claims
from curate.verify.strict import MAX_BYTES

BLOCK = 1 << 20
POINTER = b"version https://git-lfs"  # git-lfs.com/spec: how a pointer file begins, which stands for one that was never fetched
PARQUET = b"PAR1"  # parquet.apache.org: how a file begins; Arrow does not look, other readers do
# What a clone or a download leaves beside the files, and no loader reads. Nothing else that is hidden: `datasets` takes orders from one.
BYSTANDERS = frozenset({".git", ".gitattributes", ".gitignore", ".cache", ".huggingface", ".DS_Store"})


@dataclass(frozen=True, slots=True)
class Found:
    bytes: int
    kind: str = ""  # what it is, where it is no file


def listing(folder: Somewhere) -> dict[str, Found]:
    """Name -> what lies there; links are followed, for a hub's cache is made of them. Nothing is opened. Raises OSError."""
    if not isinstance(folder, Path):
        return {entry.name: Found(entry.stat().st_size) if entry.is_file() else Found(0, "a folder") for entry in folder.iterdir()}
    return {entry.name: _found(entry) for entry in os.scandir(folder)}


def _found(entry: os.DirEntry[str]) -> Found:
    try:
        seen = entry.stat()
    except OSError:
        return Found(0, "a link to nothing")
    if stat.S_ISREG(seen.st_mode):
        return Found(seen.st_size)
    return Found(0, "a folder" if stat.S_ISDIR(seen.st_mode) else "neither a file nor a folder")


def strays(found: Mapping[str, Found], claims: Claims) -> Iterator[tuple[str, str]]:
    """Name and what is wrong of all that the index does not name."""
    named = {file.name for file in claims.files} | {INDEX}
    for name in sorted(set(found) - named - BYSTANDERS):
        if found[name].kind:
            yield name, f"{found[name].kind} that the index does not name"
        elif SHARD_NAME.fullmatch(name):
            yield name, "a shard that the index does not name: of another run, or put here"
        else:
            yield name, "a file that the index does not name"


def unfit(name: str, claimed: int, found: Mapping[str, Found]) -> str:
    """What is wrong with a file that the index names, by its name and size alone; '' where nothing is."""
    if name not in found:
        return "missing"
    if found[name].kind:
        return f"{found[name].kind} found, a file wanted"
    size = found[name].bytes
    if size != claimed:
        return f"{size:,} bytes found, {claimed:,} wanted: {'cut short' if size < claimed else 'longer than it was written'}"
    return ""


class NotRead(OSError):
    """A file that is none, or too large to be what it should be; `strerror` says it."""


def read_small(path: Somewhere, most: int = MAX_BYTES) -> bytes:
    """All of a file that should be small. A pipe would never end, a hole of a terabyte is a few bytes on disk. Raises OSError."""
    seen = path.stat()
    if not stat.S_ISREG(getattr(seen, "st_mode", stat.S_IFREG)):  # an object is nothing else
        raise NotRead(0, "no file")
    if seen.st_size > most:
        raise NotRead(0, f"{seen.st_size:,} bytes found, at most {most:,} wanted")
    return path.read_bytes()


def sha256_of(path: Somewhere, step: Callable[[int], None]) -> str:
    """Hexadecimal SHA-256 of a file's bytes, all of them read; `step` is told how many. Raises OSError."""
    digest, block = hashlib.sha256(), bytearray(BLOCK)
    view = memoryview(block)
    with _unbuffered(path) as file:
        while count := file.readinto(view):
            digest.update(view[:count])
            step(count)
    return digest.hexdigest()


def _unbuffered(path: Somewhere) -> Any:
    return path.open("rb", buffering=0) if isinstance(path, Path) else path.open("rb")


def head_of(path: Path) -> bytes:
    """As many bytes as tell a pointer from a shard."""
    with path.open("rb") as file:
        return file.read(len(POINTER))
