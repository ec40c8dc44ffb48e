"""jobs and images <-> messages between a process and its child: JSON and bytes, so that what is read cannot run"""

from __future__ import annotations

import base64
import json
import socket
import struct
from dataclasses import asdict, dataclass
from typing import Any

from curate.inspect.inspect import InspectLimits
from schemas.arrow import from_plain, plain
from schemas.image import Image, ImageRef

_SIZES = struct.Struct(">II")  # bytes of the JSON, bytes after it
MAX_JSON = 64 << 20
MAX_DATA = 1 << 30  # bytes: a PNG of the largest picture is smaller
MAX_FILES = 8  # of one job: as many are open at once for every child
OUT_OF_MEMORY = 12  # status of a child that ended so
Message = dict[str, Any]


class Closed(Exception):
    """The other side is no more."""


def send(to: socket.socket, message: Message, data: bytes = b"") -> None:
    text = json.dumps(message, separators=(",", ":")).encode()
    to.sendall(_SIZES.pack(len(text), len(data)) + text)
    if data:
        to.sendall(data)


def receive(source: socket.socket) -> tuple[Message, bytes]:
    """Raises Closed."""
    text, data = _SIZES.unpack(_exactly(source, _SIZES.size))
    if text > MAX_JSON or data > MAX_DATA:
        raise Closed
    return json.loads(_exactly(source, text)), bytes(_exactly(source, data)) if data else b""


def _exactly(source: socket.socket, size: int) -> bytearray:
    got = bytearray(size)
    view = memoryview(got)
    while len(view):
        count = source.recv_into(view)
        if not count:
            raise Closed
        view = view[count:]
    return got


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a child is to look at: all references to one file, or one to each of several."""

    refs: tuple[ImageRef, ...]
    limits: InspectLimits
    begin: int = 0  # as `reading.Found` has it, for each file
    frame: int | None = None  # the file is the one image that the only reference names, as `reading.Content` has it


def job_message(job: Job) -> Message:
    return {"refs": [plain(ref) for ref in job.refs], "limits": asdict(job.limits), "begin": job.begin, "frame": job.frame}


def job_of(message: Message) -> Job:
    refs = tuple(from_plain(ref, ImageRef) for ref in message["refs"])
    return Job(refs=refs, limits=from_plain(message["limits"], InspectLimits), begin=message["begin"], frame=message["frame"])


def image_message(image: Image) -> Message:
    return {"image": {**plain(image), "grey": base64.b64encode(image.grey).decode("ascii")}}


def image_of(message: Message) -> Image:
    row = message["image"]
    return from_plain({**row, "grey": base64.b64decode(row["grey"])}, Image)
