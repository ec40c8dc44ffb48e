"""a folder that will hold data -> the same, which its user alone may enter unless he says otherwise; and what strangers could do there"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

DEPTH = 3  # OUT/stages/<stage>/<recipe>, OUT/corpora/<name>: below them lie files


def make_private(folder: Path) -> None:
    """Make it with mode 0700, the folders above it as the umask says; one that is there stays as its user made it."""
    if not folder.is_dir():
        folder.parent.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # told of as what it is by the next line
            folder.parent.mkdir()
        folder.mkdir(mode=0o700, exist_ok=True)


def is_open(folder: Path) -> bool:
    """Whether people who are neither its user nor of its group can put something there, or another folder in its place."""
    return _is_open(folder.stat()) or _is_open(folder.resolve().parent.stat(), moved=True)


def _is_open(found: os.stat_result, *, moved: bool = False) -> bool:
    strange = found.st_uid not in (0, os.geteuid())
    anyone = bool(found.st_mode & stat.S_IWOTH) and not (moved and found.st_mode & stat.S_ISVTX)  # sticky: names stay their owners'
    return anyone or (strange and not moved)


def planted(folder: Path) -> list[str]:
    """Links below a folder where anyone may have put them, by which a run would write, or sweep, elsewhere."""
    return sorted(_links(folder, DEPTH)) if folder.is_dir() and is_open(folder) else []


def _links(folder: Path, depth: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                yield entry.path
            elif depth > 1 and entry.is_dir(follow_symlinks=False):
                yield from _links(Path(entry.path), depth - 1)
