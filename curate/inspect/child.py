"""python -m curate.inspect.child SOCKET: a process that decodes what its parent hands it, under limits, and says what it saw

Decoders in C are met by hostile files. What one of them does here ends here: its memory is limited, its time is up when the kernel says
so, and all that comes back is a row and the bytes of a picture."""

from __future__ import annotations

import array
import contextlib
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

from curate.inspect.inspect import InspectLimits, Seen, inspect_content
from curate.inspect.messages import OUT_OF_MEMORY, image_message, job_of, receive, send
from curate.inspect.reading import Content, found_in, read_found
from schemas.image import ImageRef


def main(number: int, *, memory: int, seconds: int) -> None:
    """Serve jobs from the socket of this descriptor until it closes. `memory` is bytes of address space; `seconds` are an image's."""
    _limit(memory)
    parent = socket.socket(fileno=number)  # closed by the end of the process alone: an error is told through it
    sys.excepthook = lambda kind, error, trace: send(parent, {"bug": _told(kind, trace)})
    while received := _job(parent):
        message, descriptor = received
        refs, limits, begin, frame = job_of(message)
        signal.setitimer(signal.ITIMER_REAL, seconds)  # its default action is the end of the process, in C code too
        try:
            for image, data in _images(refs, descriptor, begin, limits, frame=frame):
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


def _job(parent: socket.socket) -> tuple[dict[str, object], int] | None:
    """A job and the descriptor of its file, which comes with its first byte."""
    first, descriptors, _, _ = socket.recv_fds(parent, 1, 1)
    if not first:
        return None
    message, _ = receive(parent)
    return message, array.array("i", descriptors)[0]


def _images(refs: list[ImageRef], descriptor: int, begin: int, limits: InspectLimits, *, frame: int | None) -> Iterator[Seen]:
    with os.fdopen(descriptor, "rb") as file:
        if frame is not None:
            yield inspect_content(refs[0], Content(data=file.read(), frame=frame, begin=begin), limits)
            return
        for ref, content in read_found(refs, found_in(file, begin), max_bytes=limits.max_bytes):
            yield inspect_content(ref, content, limits)


if __name__ == "__main__":
    main(int(sys.argv[1]), memory=int(sys.argv[2]), seconds=int(sys.argv[3]))
