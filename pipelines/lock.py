"""One run at a time in one OUT"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pipelines.lease import Locked, assure, leased, unleased
from pipelines.objects import StorePath
from pipelines.place import place
from pipelines.private import make_private

WITHOUT = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})  # NFS without lockd, Lustre without -o flock, some FUSE


@contextlib.contextmanager
def locked(out: str) -> Iterator[None]:
    """Hold OUT. On a disk by OUT/.lock: the kernel lets go of it when the process ends, however it ends. In a store by a lease, which is
    stale where nothing was heard of its run for ten minutes. Raises Locked; LostLease where another run took a lease over."""
    where = place(out)
    if isinstance(where, StorePath):
        with leased(where):
            yield
        return
    make_private(where)
    with _lock_file(where) as file:
        if not _flocked(file, fcntl.LOCK_EX, out):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Locked(f"{out}: another run (process {holder}) is writing here; wait for it, or give another --out")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _flocked(file: TextIO, kind: int, out: str) -> bool:
    """False where another holds it. On a file system without locks nobody is kept out, which is said."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
        print(f"note: {out}: this file system has no locks; one run at a time is yours to see to", file=sys.stderr, flush=True)
    return True


def _lock_file(out: Path) -> TextIO:
    """Raises Locked where it is a link: what it leads to would be written over."""
    try:
        number = os.open(out / ".lock", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Locked(f"{out}/.lock: a link found, a file wanted; remove it") from None
        raise
    return os.fdopen(number, "a+", encoding="utf-8")


@contextlib.contextmanager
def unheld(out: str) -> Iterator[None]:
    """Read OUT while no run writes there; nothing is written, for a copy may lie where nothing can be. Raises Locked."""
    where = place(out)
    if isinstance(where, StorePath):
        with unleased(where):
            yield
        return
    path = Path(where, ".lock")
    if not path.is_file():
        yield
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        if not _flocked(file, fcntl.LOCK_SH, out):
            raise Locked(f"{out}: a run (process {file.read(20).strip() or 'unknown'}) is writing here; wait for it")
        yield


def still_held(out: str) -> None:
    """Before a stage is committed: no other run has taken OUT over. Raises LostLease."""
    where = place(out)
    if isinstance(where, StorePath):
        assure(where)
