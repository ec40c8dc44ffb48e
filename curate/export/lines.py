"""lines of samples, written shard by shard -> one file that a trainer's loader reads"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from curate.export.rows import is_typed

BLOCK = 4 << 20
WITHIN = 64 << 10  # bytes from its start by which a file has shown every type; readers guess from the first 320 KB to 10 MB

Span = tuple[int, int]  # first byte, behind the last


@dataclass(slots=True)
class Lines:
    """A part being written: its lines, and where the first line stands that shows the type of each column."""

    file: BinaryIO
    size: int = 0
    shows: dict[str, Span] = field(default_factory=dict)

    def add(self, value: Mapping[str, Any], line: bytes) -> None:
        self.file.write(line)
        for name in value.keys() - self.shows.keys():
            if is_typed(value[name]):
                self.shows[name] = (self.size, self.size + len(line))
        self.size += len(line)


@dataclass(frozen=True, slots=True)
class Part:
    path: Path
    size: int
    shows: Mapping[str, Span]


def join_lines(parts: Sequence[Part], file: BinaryIO, *, array: bool) -> tuple[int, str]:
    """Write all lines of `parts` to `file`; as the elements of one JSON array if `array`. Gives its size and SHA-256.

    The Arrow JSON reader below `datasets` (ms-swift and LLaMA-Factory read by it) gives a column the type that its first megabytes show:
    where no row there has a picture, the first picture behind them ends the reading. So the first line that shows a column's type goes
    to the front where it stands further back than `WITHIN`; all others keep their order."""
    digest, size = hashlib.sha256(), 0
    blocks = _elements(_ordered(parts)) if array else _ordered(parts)
    for block in blocks:
        file.write(block)
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def _ordered(parts: Sequence[Part]) -> Iterator[bytes]:
    ahead = _ahead(parts)
    for number, (start, stop) in ahead:
        yield from _read(parts[number].path, start, stop)
    for number, part in enumerate(parts):
        place = 0
        for start, stop in [span for of, span in ahead if of == number]:
            yield from _read(part.path, place, start)
            place = stop
        yield from _read(part.path, place, part.size)


def _ahead(parts: Sequence[Part]) -> list[tuple[int, Span]]:
    """The lines to be moved to the front, in their order: (part, where in it)."""
    begun, first = 0, dict[str, tuple[int, int, Span]]()
    for number, part in enumerate(parts):
        for name, (start, stop) in part.shows.items():
            first.setdefault(name, (begun + start, number, (start, stop)))
        begun += part.size
    return sorted({(number, span) for place, number, span in first.values() if place >= WITHIN})


def _read(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (block := file.read(min(BLOCK, stop - start))):
            start += len(block)
            yield block


def _elements(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines of JSON -> one array, a line an element. A line break stands at the end of a line and nowhere else."""
    yield b"[\n"
    held = b""
    for block in blocks:
        yield held.replace(b"\n", b",\n")
        held = block
    yield held.removesuffix(b"\n").replace(b"\n", b",\n") + b"\n]\n"
