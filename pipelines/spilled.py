"""what this process spills onto a disk while it writes to a store -> a folder that goes with it, also where it is killed"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

PREFIX = "corpus-"
HELD = ".held"  # locked as long as the process lives that made the folder


def spill_folder() -> Path:
    """This process's own, in the folder for temporary files; those that killed processes of this user left there go."""
    return _folder(tempfile.gettempdir(), os.getpid())


@cache
def _folder(above: str, process: int) -> Path:
    folder, _ = held_folder(Path(above))
    atexit.register(_remove, folder, process)
    return folder


def held_folder(above: Path) -> tuple[Path, int]:
    """A new folder of mode 0700, this process's as long as the descriptor is open. Those that killed processes of this user left beside it
    go: they are known by the file that was locked, so that no folder of anybody else's goes with them, whatever it is called."""
    _sweep(above)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
    number = os.open(folder / "new", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(number, fcntl.LOCK_EX)
    (folder / "new").rename(folder / HELD)  # under this name nobody ever sees it without its lock
    return folder, number


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # no fork of it
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(above: Path) -> None:
    for folder in above.glob(f"{PREFIX}*"):
        try:
            status = folder.lstat()
            if status.st_uid != os.getuid() or folder.is_symlink():
                continue
            number = os.open(folder / HELD, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue  # no folder of ours, or one that is just being made
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # its process lives
        finally:
            os.close(number)
