"""an OUT in a store -> this run alone writes there, as long as it is heard of: OUT/.lease and its heartbeat"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.objects import StorePath
from pipelines.store import Conflict

if TYPE_CHECKING:
    from obstore import UpdateVersion

HEARTBEAT = 60.0  # seconds
STALE = 600.0  # seconds without a heartbeat, by the store's clock, after which a run counts as dead
FIELDS = {"owner": str, "host": str, "pid": int, "started": str, "machine": str, "beat": int}
HIDDEN = "hidden"
GRACE = 10.0  # seconds in which a run that lost its lease must have stopped of itself


class Locked(RuntimeError):
    """Another run holds OUT."""


class LostLease(RuntimeError):
    """Another run took OUT while this one was not heard of: nothing more may be written."""


@dataclass(frozen=True, slots=True)
class Found:
    """A lease as it lies in the store."""

    holder: Mapping[str, Any]
    version: UpdateVersion
    written: datetime  # by the store's clock

    @property
    def is_free(self) -> bool:
        return not self.holder["owner"]

    def __str__(self) -> str:
        return f"process {self.holder['pid']} on {self.holder['host']}"


@contextlib.contextmanager
def leased(out: StorePath, *, heartbeat: float = HEARTBEAT, stale: float = STALE) -> Iterator[None]:
    """Hold OUT/.lease. Raises Locked, LostLease."""
    lease = Lease(out / ".lease", heartbeat=heartbeat, stale=stale)
    lease.take()
    beats = threading.Thread(target=lease.keep, name="lease", daemon=True)
    beats.start()
    _HELD[str(out)] = lease
    try:
        try:
            yield
        finally:
            lease.ended.set()
            beats.join(heartbeat)
    except KeyboardInterrupt:
        lease.check()  # it was the lease that stopped us
        raise
    finally:
        del _HELD[str(out)]
        if not lease.lost:
            lease.release()
    lease.check()


def assure(out: StorePath) -> None:
    """Before something is committed: that the lease is still ours, also after a sleep of the whole machine. Raises LostLease."""
    if lease := _HELD.get(str(out)):
        lease.assure()


@contextlib.contextmanager
def unleased(out: StorePath, *, stale: float = STALE) -> Iterator[None]:
    """Read OUT while no run writes there; nothing of it is changed. Raises Locked."""
    found = _read(out / ".lease")
    if found and not found.is_free and not _is_dead(out, found, stale):
        raise Locked(f"{out}: a run ({found}) is writing here; wait for it")
    yield


class Lease:
    def __init__(self, place: StorePath, *, heartbeat: float, stale: float) -> None:
        self.place, self.heartbeat, self.stale = place, heartbeat, stale
        self.ended, self.lost = threading.Event(), ""
        self._holder = {"owner": uuid.uuid4().hex, **_this_process()}
        self._beat, self._last = 0, 0.0
        self._version: UpdateVersion = {}
        self._alone = threading.Lock()

    def take(self) -> None:
        """Raises Locked where a run that lives holds it."""
        out = self.place.parent
        found = _read(self.place)
        if found is None:
            if self._write("create"):
                return
            found = _read(self.place)  # two began at once
        if found and not found.is_free:
            if not _is_dead(out, found, self.stale):
                raise Locked(
                    f"{out}: another run ({found}) is writing here; wait for it, or give another --out. If it was killed, the same command "
                    f"goes on {self.stale / 60:g} minutes after it was last heard of"
                )
            print(f"{out}: a run ({found}) ended without a word; its lease is taken over", file=sys.stderr, flush=True)
        if found is None or not self._write(found.version):
            raise Locked(f"{out}: another run has just begun to write here; wait for it, or give another --out")

    def keep(self) -> None:
        """Until `ended`: beat; where that cannot be done until the lease nears staleness, or another run has it, stop this one."""
        pause = self.heartbeat
        while not self.ended.wait(pause):
            try:
                pause = self.heartbeat
                if not self._write(patience=0):
                    self.lost = "another run took it over"
            except OSError as error:
                pause = self.heartbeat / 6
                if _now() - self._last > self.stale - 4 * self.heartbeat:
                    self.lost = f"no heartbeat could be written for {_now() - self._last:,.0f} s: {error.strerror}"
            if self.lost:
                return self._stop()

    def assure(self) -> None:
        if _now() - self._last > 2 * self.heartbeat and not self.lost and not self._write():
            self.lost = "another run took it over"
        self.check()

    def check(self) -> None:
        if self.lost:
            raise LostLease(f"{self.place.parent}: this run lost its lease ({self.lost}) and stopped; the same command goes on from here")

    def release(self) -> None:
        """It is left behind, free: a store has no conditional delete, and another run's must not go."""
        with contextlib.suppress(OSError):  # then it becomes stale
            self._write(patience=0, owner="")

    def _write(self, mode: Any = None, *, patience: float | None = None, **changes: str) -> bool:
        """The next state in the place of `mode`, or of our last; False where somebody else wrote before. A write of ours whose answer was
        lost counts as ours: what lies there names its owner, and the next state follows it."""
        with self._alone:
            began, self._beat = _now(), self._beat + 1
            holder = {**self._holder, "beat": self._beat, **changes}
            wanted = mode or self._version
            for _ in range(2):
                try:
                    self._version = _version(self.place.put_if(json.dumps(holder).encode(), wanted, patience=patience))
                except Conflict:
                    found = _read(self.place)
                    if found is None or found.holder["owner"] not in (self._holder["owner"], holder["owner"]):
                        return False
                    self._version = wanted = found.version
                    if found.holder != holder:
                        continue
                self._last = began
                return True
            return False

    def _stop(self) -> None:
        """The main thread, wherever it waits; where that does not hear (it may have been told to ignore Ctrl-C), the process."""
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        if not self.ended.wait(GRACE):
            print(f"failed: {self.place.parent}: this run lost its lease ({self.lost}) and stopped", file=sys.stderr, flush=True)
            os._exit(1)


_HELD: dict[str, Lease] = {}  # of this process, by OUT


def _now() -> float:
    """Seconds, also those in which the machine slept."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _read(place: StorePath) -> Found | None:
    try:
        data, meta = place.read_with_meta()
    except FileNotFoundError:
        return None
    try:
        holder = json.loads(data)
    except ValueError:
        holder = None
    if not isinstance(holder, dict) or any(type(holder.get(name)) is not kind for name, kind in FIELDS.items()):
        raise Locked(f"{place}: this is no lease; remove it if no run writes here")
    return Found(holder, _version(meta), meta["last_modified"])


def _version(found: Any) -> UpdateVersion:
    return {name: found[name] for name in ("e_tag", "version") if found.get(name)}  # type: ignore[return-value]


def _is_dead(out: StorePath, found: Found, stale: float) -> bool:
    """Whether nobody writes under that lease any more: its process was on this machine and is gone, or the store has not heard of it. The
    store's clock judges: it dates a file that is written now. Who may not write waits for a person to look."""
    started = _started(found.holder["pid"])
    if found.holder["machine"] == _machine() and started != HIDDEN:
        return started != found.holder["started"]
    clock = out / "tmp" / f"clock-{uuid.uuid4().hex}"
    try:
        clock.write_bytes(b"")
        now = clock.read_with_meta()[1]["last_modified"]
        clock.unlink()
    except PermissionError:
        return False
    return (now - found.written).total_seconds() > stale


def _this_process() -> dict[str, Any]:
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid()), "machine": _machine()}


def _machine() -> str:
    """A mark of this boot of this machine, and of the space that our process number is from; where there is none, of this process."""
    try:
        marks = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"), str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return uuid.uuid4().hex
    return hashlib.sha256("".join(marks).encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """When a process began, in clock ticks since boot (proc(5): fields 3 and 22 of its stat); 'gone' where none of that number lives,
    HIDDEN where one does and another user's are not told of (the mount option hidepid)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return HIDDEN if _lives(pid) else "gone"
    return "gone" if fields[0] in "ZX" else fields[19]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
