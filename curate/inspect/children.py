"""open files -> images, decoded in child processes with a limit of time and memory each; one that dies costs its picture alone"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from curate.confine import bare_environment
from curate.copied import copy_file, has_descriptor
from curate.inspect.inspect import InspectLimits, Seen, unusable
from curate.inspect.messages import OUT_OF_MEMORY, Closed, Job, image_of, job_message, receive, send
from curate.inspect.reading import Content
from curate.pixels.fault import PixelFault
from schemas.image import Image, ImageRef

PROGRAM = "curate.inspect.child"
DYING = 10  # seconds that a process which has hung up may take to end: how it ended is what is told, on a busy machine too
MAX_DEATHS = 5  # at one file: each may have taken a minute
JOBS = 2_000  # of one child: what its libraries leak goes with it
_THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"), "1")

# glibc keeps what a picture took for the next one: giving it back and taking it anew costs a fifth of the time (mallopt(3))
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    memory: int = 4 << 30  # bytes of address space: a picture of curate.pixels.header.MAX_PIXELS, or a volume of 1 GiB, fits
    seconds: int = 60  # for one image; the first of a file includes what opening costs


class Children:
    """As many child processes as there are threads that ask at once. To be closed."""

    def __init__(self, limits: ChildLimits | None = None, *, program: str = PROGRAM) -> None:
        self.limits, self.program = limits or ChildLimits(), program
        self.lock = threading.Lock()
        self.idle: list[_Child] = []

    def close(self) -> None:
        with self.lock:
            idle, self.idle = self.idle, []
        for child in idle:
            child.end()

    def inspect(
        self, refs: Sequence[ImageRef], file: BinaryIO, begin: int, limits: InspectLimits, *, frame: int | None = None
    ) -> Iterator[Seen]:
        """What a child sees of `file` (unpacked; `begin` as `reading.Found` has it), an image for each reference, in their order. With
        `frame` the file is the one image that the only reference names, as `reading.Content` has it.

        A child that dies at the first image of a job is tried once more, by another child; then all that the job asks for is
        `decoder_died`, for it is the file that does not open. After that only the image at which it died is, and the next child goes
        on behind it; after MAX_DEATHS of them the rest is lost too."""
        job = Job(refs=tuple(refs), limits=limits, begin=begin, frame=frame)
        with _descriptor(file) as number:
            yield from self._survived(job, [number])

    def inspect_each(self, refs: Sequence[ImageRef], files: Sequence[BinaryIO], limits: InspectLimits) -> Iterator[Seen]:
        """The same of one reference to each of at most MAX_FILES files on disk: one at which children die is lost alone."""
        with contextlib.ExitStack() as stack:
            yield from self._survived(Job(refs=tuple(refs), limits=limits), [stack.enter_context(_descriptor(file)) for file in files])

    def _survived(self, job: Job, numbers: list[int]) -> Iterator[Seen]:
        has_one, deaths, tries = len(numbers) == 1, 0, 2
        while job.refs:
            seen = 0
            try:
                for answer in self._job(job, numbers):
                    yield answer
                    seen += 1
                return
            except _Died as died:
                tries = 2 if seen else tries - 1
                deaths += 1
                is_again = not died.is_late and tries > 0 and not seen
                is_all = has_one and (not seen or deaths >= MAX_DEATHS)
                lost = 0 if is_again else len(job.refs) - seen if is_all else 1
                fault = PixelFault("decoder_died", died.how)
                yield from ((unusable(ref, fault, ""), None) for ref in job.refs[seen : seen + lost])
                tries = tries if is_again else 2
                job = replace(job, refs=job.refs[seen + lost :])
                numbers = numbers if has_one else numbers[seen + lost :]

    def inspect_bytes(self, ref: ImageRef, content: Content, limits: InspectLimits) -> Iterator[Seen]:
        """The same of one image that is at hand."""
        yield from self.inspect([ref], io.BytesIO(content.data), content.begin, limits, frame=content.frame)

    def _job(self, job: Job, numbers: Sequence[int]) -> Iterator[Seen]:
        child = self._take()
        try:
            yield from child.inspect(job, numbers)
        except BaseException:  # whoever stops listening leaves it in the middle of its work
            child.end()
            raise
        if child.jobs < JOBS:
            with self.lock:
                self.idle.append(child)
        else:
            child.end()

    def _take(self) -> _Child:
        with self.lock:
            if self.idle:
                return self.idle.pop()
        return _Child(self.limits, self.program)


class ChildError(RuntimeError):
    """A child process failed by itself: an error to mend, or a disk that does not answer."""


def _error(ref: ImageRef, message: Mapping[str, Any]) -> ChildError:
    """An I/O error names the file, as one that is met here does."""
    if message.get("errno") != errno.EIO:
        return ChildError(f"{ref.id}: {message['bug']}")
    told = OSError(errno.EIO, os.strerror(errno.EIO), ref.path)
    error = ChildError(str(told))
    error.__cause__ = told
    return error


class _Died(Exception):
    def __init__(self, how: str, *, is_late: bool) -> None:
        super().__init__(how)
        self.how = how
        self.is_late = is_late


class _Child:
    def __init__(self, limits: ChildLimits, program: str) -> None:
        self.limits, self.program, self.jobs = limits, program, 0
        self.socket, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", program, str(theirs.fileno()), str(limits.memory), str(limits.seconds)]
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # libraries quote what they stumble over
                pass_fds=(theirs.fileno(),),
                env={**bare_environment(), **_THREADS, **_MEMORY, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self.socket.settimeout(limits.seconds + 30)  # it ends itself after `seconds`; this is for a machine that stands still

    def inspect(self, job: Job, numbers: Sequence[int]) -> Iterator[Seen]:
        """Raises _Died; ChildError where our own code failed, or the disk did: no picture is at fault."""
        self.jobs += 1
        try:
            for number in numbers:
                os.lseek(number, 0, os.SEEK_SET)  # descriptors that are copies share their place
            socket.send_fds(self.socket, [b"j"], numbers)
            send(self.socket, job_message(job))
            for ref in job.refs:
                message, data = receive(self.socket)
                if "bug" in message:
                    raise _error(ref, message)
                yield _own(image_of(message), ref), data or None
            receive(self.socket)
        except TimeoutError:
            raise self._late() from None
        except (Closed, OSError, ValueError, LookupError, TypeError):  # no answer, or one that is none
            raise self._death() from None

    def _late(self) -> _Died:
        return _Died(f"more than {self.limits.seconds} s", is_late=True)

    def _death(self) -> _Died:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(DYING)
        status = self.process.poll()
        if status == -signal.SIGALRM:
            return self._late()
        if status == OUT_OF_MEMORY:
            return _Died(f"more than {self.limits.memory} bytes", is_late=False)
        if status == 1:  # as Python ends where it cannot even begin
            raise ChildError(f"{self.program} ended with status 1")
        return _Died(_manner(status), is_late=False)

    def end(self) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()


def _manner(status: int | None) -> str:
    try:
        return signal.Signals(-(status or 0)).name
    except ValueError:
        return f"status {status}" if status is not None else "a process that hung up and did not end"


def _own(image: Image, ref: ImageRef) -> Image:
    """A child is believed in what it saw, not in where bytes lie."""
    ship, member = image.ship, ref.member
    place = (member.root, member.archive, member.name) if member else ("source", ref.path, "")
    if (image.id, image.source) != (ref.id, ref.source) or (ship and (ship.root, ship.path, ship.member) != place):
        raise _Died("an answer that is none", is_late=False)
    return image


@contextlib.contextmanager
def _descriptor(file: BinaryIO) -> Iterator[int]:
    """Of the file; of one in memory or in a store, or of a part of a file, of a copy. Raises NoRoom."""
    if has_descriptor(file):
        yield file.fileno()
        return
    with tempfile.TemporaryFile() as copy:
        copy_file(file, copy, tempfile.gettempdir())
        yield copy.fileno()
