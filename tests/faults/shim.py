"""shim.c -> a library that is preloaded into a run, and the file by which the run is then disturbed"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
COUNT, KILL, FAIL, SLOW, STOP = range(5)
READING, MAKING, WRITING, SYNCING, MOVING, REMOVING = (1 << place for place in range(6))
CHANGING = MAKING | WRITING | SYNCING | MOVING | REMOVING
FOR_EVER = (1 << 63) - 1  # as `last`: whatever comes after the first touch; as `clock`: it jumps to and fro


class NoCompiler(RuntimeError):
    """The library cannot be built here."""


class _Layout(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int64) for name in (
            "armed", "kind", "touches", "error", "first", "last", "count", "fired", "pid", "microseconds", "clock"
        )),
        ("under", ctypes.c_char * 1024),
        ("only", ctypes.c_char * 64),
    ]  # fmt: skip


def build(folder: Path) -> Path:
    """The library, in `folder`. Raises NoCompiler."""
    compiler, library = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang"), folder / "shim.so"
    if compiler is None:
        raise NoCompiler("no C compiler (cc) is on PATH: faults of the file system cannot be injected")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


class Control:
    """What every process of a run looks at before it touches a file. `path` must be in FAULTS_CONTROL when they begin."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(ctypes.sizeof(_Layout)))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.now = _Layout.from_buffer(self._map)

    def clear(self) -> None:
        ctypes.memset(ctypes.addressof(self.now), 0, ctypes.sizeof(_Layout))

    def set(
        self, kind: int, under: Path, touches: int, *, first: int = 1, last: int | None = None, error: int = 0, only: str = "",
        microseconds: int = 0,
    ) -> None:  # fmt: skip
        """Ready, not armed: from the touch `first` to the touch `last`, that one alone where none is named."""
        self.now.armed, self.now.count, self.now.fired, self.now.pid = 0, 0, 0, 0
        self.now.kind, self.now.under, self.now.touches, self.now.error = kind, os.fsencode(under), touches, error
        self.now.first, self.now.last = first, first if last is None else last
        self.now.only, self.now.microseconds = only.encode(), microseconds
