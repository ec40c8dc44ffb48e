"""row counts, the memory there is -> how many buckets, how large a part, how many rows at a time: what a stage holds is bounded

A run holds no more than a share of the memory that this machine (or the container that it is in) gives it. Buckets and parts are fixed
when OUT is begun, for tables are laid out by them; how many rows a stage takes together is decided anew each time, and changes no byte."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARE = 0.5  # of the memory there is: the rest is for what is loaded (0.4 GB a process), decoders, and pages of files
LEAST = 64 << 20  # bytes that a stage may hold however little there is: fewer chunks of it are more work, not less memory
BUCKETS = 8  # of a small OUT
MOST_BUCKETS = 1024
BUCKET_ROWS = 1_000_000  # of one bucket of one table, about
BUCKET_BYTES = 1_200  # a row of a bucket where all its tables meet (report), measured
PART = 10_000  # rows or images of one part: the grain of resume
PARTS = 1_000  # in all, where there are more rows: a part has a file in every bucket
MOST_PART = 100_000  # rows of a part are held together
LOT_ROWS = 32_768  # of shards that are written together: some 100 MB of them wait in memory
LOTS = 64  # at least so many, if there are as many shards: what can be spread over workers
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a run may hold: so many bytes, or a share of what there is where the work is done. Small, picklable; workers hold one."""

    share: float = SHARE
    bytes: int | None = None

    def held(self, processes: int = 1) -> int:
        """Bytes that each of so many processes may hold."""
        whole = self.bytes if self.bytes is not None else int(self.share * memory_here())
        return max(LEAST, whole // processes)

    def rows(self, bytes_a_row: int, processes: int = 1) -> int:
        """How many rows of so many bytes each may be held together."""
        return max(1, self.held(processes) // bytes_a_row)

    @property
    def told(self) -> str:
        return f"{self.bytes:,} bytes" if self.bytes is not None else f"{self.share:g} of the memory"


def read_memory(text: str) -> Memory:
    """'0.5': a share; '12GB', '12 GiB', '800M': an amount. Raises ValueError."""
    match = AMOUNT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}': wanted a share such as 0.5, or an amount such as 12GB")
    number, unit = float(match[1]), match[2].lower()
    if not unit and number <= 1 and number > 0:
        return Memory(share=number)
    if number * UNITS[unit] < LEAST:
        raise ValueError(f"'{text}': under {LEAST >> 20} MB no run can be made; wanted a share such as 0.5, or an amount such as 12GB")
    return Memory(bytes=int(number * UNITS[unit]))


def memory_here(root: Path = Path("/")) -> int:
    """Bytes that this process may take at the most: what the machine has, or the least of its control groups' limits (Linux)."""
    return min([os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *_group_limits(root)])


def _group_limits(root: Path) -> Iterator[int]:
    """Of control groups version 2 (memory.max) and 1 (memory.limit_in_bytes): the process's own group and all above it. Inside a
    container the group's path is often one of the host: then the mount's root is the container's own."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return
    for _, controllers, group in (line.split(":", 2) for line in lines if line.count(":") >= 2):
        if controllers and "memory" not in controllers.split(","):
            continue
        mount, name = ("sys/fs/cgroup/memory", "memory.limit_in_bytes") if controllers else ("sys/fs/cgroup", "memory.max")
        inside = Path(group.lstrip("/"))
        for folder in (inside, *inside.parents):
            yield from _limit(root / mount / folder / name)


def _limit(path: Path) -> Iterator[int]:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return
    if text.isdecimal() and int(text) > 0:  # version 2 says 'max' where there is none
        yield int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the tables of an OUT are cut; decided when it is begun."""

    buckets: int = BUCKETS
    part: int = PART  # rows or images of a part


def plan_layout(rows: int, memory: Memory) -> Layout:
    """Of an OUT for about so many rows. What a bucket holds, and what a part does, fits into memory; and their product, the number of
    files of a table, stays small: 4,000 for 5 million rows, 128,000 for 100 million."""
    most = min(BUCKET_ROWS, memory.rows(BUCKET_BYTES))
    buckets = BUCKETS
    while buckets < MOST_BUCKETS and rows > buckets * most:
        buckets *= 2
    part = min(MOST_PART, max(PART, -(-rows // PARTS // PART) * PART))
    return Layout(buckets=buckets, part=part)
