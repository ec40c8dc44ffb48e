"""python -m curate.inspect.child SOCKET: a process that decodes what its parent hands it, under limits, and says what it saw

Decoders in C are met by hostile files. What one of them does here ends here: its memory is limited, its time is up when the kernel says
so, it reaches no network and writes to no file of yours, and all that comes back is a row and the bytes of a picture."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

from curate.confine import confine
from curate.inspect.inspect import Seen, inspect_content
from curate.inspect.messages import MAX_FILES, OUT_OF_MEMORY, Job, image_message, job_of, receive, send
from curate.inspect.reading import Content, found_in, read_found


def main(number: int, *, memory: int, seconds: int) -> None:
    """Serve jobs from the socket of this descriptor until it closes. `memory` is bytes of address space; `seconds` are an image's."""
    _limit(memory)
    confine()
    parent = socket.socket(fileno=number)  # closed by the end of the process alone: an error is told through it
    sys.excepthook = lambda kind, error, trace: send(parent, {"bug": _told(kind, trace), "errno": getattr(error, "errno", None)})
    while received := _job(parent):
        job, descriptors = received
        signal.setitimer(signal.ITIMER_REAL, seconds)  # its default action is the end of the process, in C code too
        try:
            for image, data in _images(job, descriptors):
                send(parent, image_message(image), data or b"")
                signal.setitimer(signal.ITIMER_REAL, seconds)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(parent, {"done": True})


def _told(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Which error of ours, and where; not its message, which may quote the file."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)]
    return f"{kind.__name__} at {' < '.join(reversed(places[-8:]))}"


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is ours
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _job(parent: socket.socket) -> tuple[Job, list[int]] | None:
    """A job and the descriptors of its files, which come with its first byte."""
    first, descriptors, _, _ = socket.recv_fds(parent, 1, MAX_FILES)
    if not first:
        return None
    message, _ = receive(parent)
    return job_of(message), descriptors


def _images(job: Job, descriptors: list[int]) -> Iterator[Seen]:
    """Of all references to one file, or of one to each of several."""
    of_each = [job.refs] if len(descriptors) == 1 else [(ref,) for ref in job.refs]
    for refs, descriptor in zip(of_each, descriptors, strict=True):
        with os.fdopen(descriptor, "rb") as file:
            if job.frame is not None:
                yield inspect_content(refs[0], Content(data=file.read(), frame=job.frame, begin=job.begin), job.limits)
                continue
            for ref, content in read_found(refs, found_in(file, job.begin), max_bytes=job.limits.max_bytes):
                yield inspect_content(ref, content, job.limits)


if __name__ == "__main__":
    main(int(sys.argv[1]), memory=int(sys.argv[2]), seconds=int(sys.argv[3]))
