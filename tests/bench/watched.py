"""a command -> its exit, and the memory of its whole process tree over time"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

EVERY = 0.1  # seconds


@dataclass
class Watched:
    """Resident memory of the tree, sampled; pages that processes share are counted in each."""

    times: list[float] = field(default_factory=list)  # seconds since the epoch, as file times are
    resident: list[int] = field(default_factory=list)  # bytes

    def peak(self, begin: float = 0.0, end: float = float("inf")) -> int:
        return max((size for at, size in zip(self.times, self.resident) if begin <= at <= end), default=0)


def watch(command: Sequence[str], log: Path) -> Watched:
    """Run to the end. Raises RuntimeError with the end of the log if it fails."""
    with log.open("wb") as said:
        process = subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        watched, stop = Watched(), threading.Event()
        thread = threading.Thread(target=_sample, args=(psutil.Process(process.pid), watched, stop))
        thread.start()
        try:
            status = process.wait()
        finally:
            stop.set()
            thread.join()
            if process.poll() is None:
                process.kill()
    if status != 0:
        raise RuntimeError(f"{' '.join(command)}\nended with status {status}:\n{log.read_text(errors='replace')[-3_000:]}")
    return watched


def _sample(process: psutil.Process, watched: Watched, stop: threading.Event) -> None:
    while not stop.wait(EVERY):
        try:
            tree = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        size = 0
        for member in tree:
            try:
                size += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        watched.times.append(time.time())
        watched.resident.append(size)
