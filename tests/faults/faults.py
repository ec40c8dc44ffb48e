"""a fault, a stage -> the run it happens to, the run after it, and what both said"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial

from tests.faults import changed, damaged
from tests.faults.bed import Bed, Ended, moved_away, processes
from tests.faults.fault import Fault, Seen, clearly, places, resumed
from tests.faults.shim import CHANGING, FAIL, FOR_EVER, KILL, MAKING, MOVING, READING, REMOVING, SLOW, STOP, SYNCING, WRITING

READ_DATA = ("ingest", "inspect", "embed", "emit")
FULL = MAKING | WRITING | SYNCING
TEN_YEARS = 10 * 365 * 86_400


def killed(bed: Bed, stage: str) -> Seen:
    """At the first, a middle and the last touch of a file, each in the OUT that the one before left."""
    bed.stand_before(stage)
    fired = 0
    for place in places(bed, "out", stage):
        bed.control.set(KILL, bed.out, CHANGING, first=place)
        ended = bed.run(armed=stage)
        fired += ended.fired
        if (ended.status, ended.fired) not in ((-signal.SIGKILL, 1), (0, 0)):
            raise AssertionError(f"status {ended.status} after {ended.fired} kills")
        bed.honest()
    return resumed(bed, f"killed {fired} times", reached=fired > 0)


def signalled(number: signal.Signals, bed: Bed, stage: str) -> Seen:
    bed.stand_before(stage)
    bed.control.set(STOP, bed.out, CHANGING, first=places(bed, "out", stage)[1])
    ended = bed.run(armed=stage, meanwhile=lambda run: os.kill(run, number))
    clearly(bed, ended, {128 + number}, "stopped")
    return resumed(bed, ended.last)


def failing(error: int, touches: int, bed: Bed, stage: str, *, for_ever: bool, first: bool = False) -> Seen:
    """A call fails at three places: each run in the OUT that the one before left."""
    bed.stand_before(stage)
    told, fired = "", 0
    for place in [1] if first else places(bed, "out", stage):
        bed.control.set(FAIL, bed.out, touches, first=place, last=FOR_EVER if for_ever else place, error=error)
        ended = bed.run(armed=stage)
        fired += ended.fired
        told = ended.last if ended.status else told
        if ended.fired and for_ever:
            clearly(bed, ended, {1, 2}, "failed: ", "error: ", names=os.strerror(error))
        elif ended.status:
            clearly(bed, ended, {1, 2}, "failed: ", "error: ")
        bed.honest()
    return resumed(bed, told, reached=fired > 0)


def failing_reads(under: str, bed: Bed, stage: str, *, for_ever: bool) -> Seen:
    """Of OUT, or of the data: an I/O error."""
    bed.stand_before(stage)
    told, fired = "", 0
    for place in places(bed, under, stage):
        folder = bed.out if under == "read" else bed.data
        bed.control.set(FAIL, folder, READING, first=place, last=FOR_EVER if for_ever else place, error=errno.EIO)
        ended = bed.run(armed=stage)
        fired += ended.fired
        if ended.status:
            clearly(bed, ended, {1, 2, 3}, "failed: ", "error: ", "incomplete: ")
            told = ended.last
        bed.honest()
    return resumed(bed, told, reached=fired > 0)


def slow(under: str, bed: Bed, stage: str) -> Seen:
    bed.stand_before(stage)
    folder, touches = (bed.data, READING) if under == "data" else (bed.out, READING | CHANGING)
    bed.control.set(SLOW, folder, touches, first=1, last=FOR_EVER, microseconds=3_000)
    ended = bed.run(armed=stage)
    bed.whole(ended)
    bed.equal()
    return Seen(f"{ended.fired} touches waited", reached=ended.fired > 0)


def vanished(what: str, bed: Bed, stage: str) -> Seen:
    """OUT, or the data, are moved away in the middle of a stage, and put back when the run has ended."""
    folder = bed.out if what == "out" else bed.data
    away: list[Callable[[], object]] = []

    def go(run: int) -> None:
        moved = moved_away(folder)
        moved.__enter__()
        away.append(lambda: moved.__exit__(None, None, None))

    bed.stand_before(stage)
    bed.control.set(STOP, bed.out, CHANGING, first=places(bed, "out", stage)[1])
    try:
        ended = bed.run(armed=stage, meanwhile=go)
        stub = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) if folder.exists() else []
    finally:
        for back in away:
            back()
    if ended.status or what == "out":
        clearly(bed, ended, {1, 2, 3}, "failed: ", "error: ", "incomplete: ")
    if stub:
        raise AssertionError(f"a run whose {what} was moved away made it anew: {', '.join(stub[:5])}; said: {ended.last}")
    return resumed(bed, ended.last, reached=bool(away))


def worker_killed(bed: Bed, stage: str) -> Seen:
    """One of two worker processes, at a touch of a file; the run fails, or goes on without it."""
    bed.stand_before(stage)
    bed.control.set(KILL, bed.out, CHANGING, first=3, only="pipelines.worker")
    ended = bed.run("--direct_running_mode=multi_processing", armed=stage)
    if ended.status:
        clearly(bed, ended, {1}, "failed: ")
    return resumed(bed, ended.last if ended.status else "", reached=ended.fired > 0)


def decoder_killed(seconds: float, bed: Bed, stage: str) -> Seen:
    """All processes that decode, once: nobody notices. Again and again for some seconds: pictures are lost in this run, not in the next."""
    killed: set[int] = set()

    def kill(run: int) -> None:
        until = time.monotonic() + seconds
        while not killed or time.monotonic() < until:
            for child in processes(run, "curate.inspect.child"):
                killed.add(child)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            if seconds:
                bed.control.now.armed = 0

    bed.stand_before(stage)
    bed.control.set(STOP, bed.data, READING, first=places(bed, "data", stage)[1])
    ended = bed.run(armed=stage, meanwhile=kill)
    bed.whole(ended)
    if not seconds:
        bed.equal()
    return resumed(bed, f"{len(killed)} processes killed", reached=bool(killed))


def clock(bed: Bed, stage: str) -> Seen:
    """A day to and fro all the while, ten years ahead, ten years back; killed in between."""
    bed.stand_before(stage)
    for jump in (FOR_EVER, TEN_YEARS):
        bed.control.set(KILL, bed.out, CHANGING, first=places(bed, "out", stage)[1])
        bed.control.now.clock = jump
        bed.run(armed=stage)
    try:
        bed.control.now.clock = -TEN_YEARS
        return resumed(bed, "", reached=True)
    finally:
        bed.control.now.clock = 0


def two_runs(bed: Bed, stage: str) -> Seen:
    """A second run begins while the first is in the middle of the stage."""
    second: list[Ended] = []
    bed.stand_before(stage)
    bed.control.set(STOP, bed.out, CHANGING, first=places(bed, "out", stage)[1])
    first = bed.run(armed=stage, meanwhile=lambda run: second.append(bed.run(beside=True)))
    if not second:
        return Seen("", reached=False)
    clearly(bed, second[0], {2}, "error: ", names="another run")
    bed.whole(first)
    bed.equal()
    return Seen(second[0].last)


def _listed() -> Iterator[tuple[str, Fault]]:
    yield "killed", Fault("SIGKILL at the first, a middle, the last write", killed)
    yield "terminated", Fault("SIGTERM", partial(signalled, signal.SIGTERM))
    yield "interrupted", Fault("SIGINT (Ctrl-C)", partial(signalled, signal.SIGINT))
    yield "full", Fault("disk full from a write on", partial(failing, errno.ENOSPC, FULL, for_ever=True))
    yield "full-once", Fault("disk full at one write", partial(failing, errno.ENOSPC, FULL, for_ever=False))
    yield "quota", Fault("quota exceeded", partial(failing, errno.EDQUOT, FULL, for_ever=True))
    yield "read-only", Fault("OUT read-only", partial(failing, errno.EROFS, MAKING | MOVING | REMOVING, for_ever=True, first=True))
    yield "bad-write", Fault("I/O error at a write, flush or rename", partial(failing, errno.EIO, CHANGING, for_ever=False))
    yield "bad-read", Fault("I/O error at one read of OUT", partial(failing_reads, "read", for_ever=False))
    yield "bad-reads", Fault("I/O errors at all reads of OUT", partial(failing_reads, "read", for_ever=True))
    yield "bad-data", Fault("I/O error at one read of the data", partial(failing_reads, "data", for_ever=False), READ_DATA)
    yield "bad-disk", Fault("I/O errors at all reads of the data", partial(failing_reads, "data", for_ever=True), READ_DATA)
    yield "slow", Fault("slow reads and writes of OUT", partial(slow, "out"))
    yield "slow-data", Fault("slow reads of the data", partial(slow, "data"), READ_DATA)
    yield "out-gone", Fault("OUT moved away during the run", partial(vanished, "out"))
    yield "data-gone", Fault("the data moved away during the run", partial(vanished, "data"))
    yield "worker", Fault("a worker process killed", worker_killed)
    yield "decoder", Fault("the decoding processes killed", partial(decoder_killed, 0.0), ("inspect",))
    yield "decoders", Fault("decoding processes killed for two seconds", partial(decoder_killed, 2.0), ("inspect",))
    yield "clock", Fault("the clock jumps during and between runs", clock)
    yield "two-runs", Fault("a second run in the same OUT", two_runs)
    yield from changed.FAULTS.items()
    yield from damaged.FAULTS.items()


FAULTS = dict(_listed())
