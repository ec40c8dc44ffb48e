"""python -m curate.verify.child: a process that reads the Parquet it is named, under limits; JSON lines in, a line and arrays out

What a hostile file does to a reader in C++ it does here. The parent learns what was counted, or that this process ended."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from curate.confine import confine
from curate.verify.account import Verdicts, read_verdicts
from curate.verify.rows import Rows, read_rows

UNREADABLE = "cannot be read as Parquet"
ARRAYS = ("ids", "ties")  # of an answer: they follow it as 64-bit numbers, least byte first


def main(*, memory: int) -> None:
    """Serve jobs from stdin until it closes. `memory`: bytes of address space."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    confine()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is ours
    pa.set_memory_pool(pa.system_memory_pool())  # others set aside address space ahead, of which there is little here
    pa.set_cpu_count(1)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin.buffer:
        job = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, job.pop("seconds"))  # its default action is the end of the process, in C++ too
        _answer(answers, job)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(answers: BinaryIO, job: dict[str, Any]) -> None:
    found: dict[str, Any] = {"faults": [UNREADABLE]}
    arrays: dict[str, Any] = {}
    try:
        told = _read(job.pop("read"), Path(job.pop("path")), job)
        plain = {name: getattr(told, name) for name in told.__slots__}
        arrays = {name: plain.pop(name) for name in ARRAYS if name in plain}
        found = plain
    except MemoryError:
        found = {"faults": ["takes more memory to read than a file of its kind"]}
    except (OSError, pa.ArrowException, UnicodeDecodeError):  # what pyarrow makes of bytes that are no Parquet
        pass
    head = json.dumps({"found": found, "arrays": {name: len(array) for name, array in arrays.items()}})
    answers.write(head.encode() + b"\n")
    for array in arrays.values():
        answers.write(array.astype("<u8").tobytes())
    answers.flush()


def _read(kind: str, path: Path, job: dict[str, Any]) -> Rows | Verdicts:
    with path.open("rb") as file:
        return read_rows(file, **job) if kind == "rows" else read_verdicts(file, **job)


if __name__ == "__main__":
    main(memory=int(sys.argv[1]))
