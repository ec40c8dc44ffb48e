"""One run at a time in one OUT"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class Locked(RuntimeError):
    """Another run holds OUT."""


@contextlib.contextmanager
def locked(out: str) -> Iterator[None]:
    """Hold OUT/.lock; the kernel lets go of it when the process ends, however it ends. Raises Locked."""
    Path(out).mkdir(parents=True, exist_ok=True)
    with Path(out, ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Locked(f"{out}: another run (process {holder}) is writing here; wait for it, or give another --out") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextlib.contextmanager
def unheld(out: str) -> Iterator[None]:
    """Read OUT while no run writes there; nothing is written, for a copy may lie where nothing can be. Raises Locked."""
    path = Path(out, ".lock")
    if not path.is_file():
        yield
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"{out}: a run (process {file.read(20).strip() or 'unknown'}) is writing here; wait for it") from None
        yield
