"""jobs for many threads -> answers of child processes, one for each thread that asks; one that dies costs its file alone"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from curate.confine import bare_environment
from curate.verify.rows import Digests

PROGRAM = "curate.verify.child"
MEMORY = 4 << 30  # bytes of address space; a shard of 2,000 rows takes 0.3 GB of it, most of that libraries
SECONDS, BYTES_A_SECOND = 60.0, 2 << 20  # for a file: some, and more for a large one; a slow network disk gives more
MAX_LINE = 64 << 20  # of an answer's counts
DYING = 10  # seconds that a process which has hung up may take to end: how it ended is what is told


@dataclass(slots=True)
class Answer:
    found: dict[str, Any]  # `faults` always
    arrays: dict[str, Digests] = field(default_factory=dict)


class Readers:
    """As many child processes as there are threads that ask at once. Closed at the end of the `with`."""

    def __init__(self, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self.memory, self.seconds = memory, seconds
        self.lock = threading.Lock()
        self.idle: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self.lock:
            idle, self.idle = self.idle, []
        for child in idle:
            _end(child)

    def ask(self, read: str, path: Path, **job: Any) -> Answer:
        """What `curate.verify.rows.read_rows` (read 'rows') or `account.read_verdicts` (read 'verdicts') makes of the file. A file at
        which the child dies has that as its only fault."""
        seconds = self.seconds + path.stat().st_size / BYTES_A_SECOND
        child = self._take()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps({"read": read, "path": str(path), "seconds": seconds, **job}).encode() + b"\n")
            child.stdin.flush()
            answer = _receive(child)
        except BaseException as error:
            _end(child, patience=DYING if isinstance(error, EOFError) else 0)
            if isinstance(error, OSError | EOFError):
                return Answer({"faults": [f"no reader survives it ({_how(child)}): it is not what this program writes"]})
            raise
        with self.lock:
            self.idle.append(child)
        return answer

    def _take(self) -> subprocess.Popen[bytes]:
        with self.lock:
            if self.idle:
                return self.idle.pop()
        command = [sys.executable, "-m", PROGRAM, str(self.memory)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=bare_environment())


def _receive(child: subprocess.Popen[bytes]) -> Answer:
    """Raises EOFError where the child ends before its answer does."""
    assert child.stdout is not None
    line = child.stdout.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        raise EOFError
    head = json.loads(line)
    arrays = {}
    for name, count in head["arrays"].items():
        data = child.stdout.read(8 * count)
        if len(data) < 8 * count:
            raise EOFError
        arrays[name] = np.frombuffer(data, "<u8").astype(np.uint64)
    return Answer(head["found"], arrays)


def _end(child: subprocess.Popen[bytes], patience: float = 0) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(patience)
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):  # what was not flushed to a child that is gone
            if pipe:
                pipe.close()


def _how(child: subprocess.Popen[bytes]) -> str:
    return f"signal {-child.returncode}" if child.returncode < 0 else f"status {child.returncode}"
