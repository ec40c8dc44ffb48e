"""a file as it may come -> what the real inspection says of it, and whether that may be said"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits
from curate.inspect.route import inspect_group
from curate.read.archive import archive_kind, list_members
from curate.report.reasons import MEANINGS
from schemas.image import Image, ImageRef
from tests.fuzz.mutate import Mutant
from tests.fuzz.seeds import NAME

MAX_EVIDENCE = 160  # characters
PLAIN = re.compile(r"[ -~]*")
LEAKS = tuple(NAME[begin : begin + 6] for begin in range(len(NAME) - 5))


def seen(path: str, data: bytes, asked: Iterable[tuple[str, int]], children: Children) -> Iterator[Image]:
    """The images of a file on disk (which says no where one in memory does not), of every member of an archive. Their bytes are looked at
    and let go."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()

        def open(_: ImageRef) -> BinaryIO:
            return Path(file.name).open("rb")

        for refs in _references(path, Path(file.name), asked):
            for image, shipped in inspect_group(refs, open, InspectLimits(), children):
                check(image, shipped)
                yield image


def _references(path: str, file: Path, asked: Iterable[tuple[str, int]]) -> Iterator[list[ImageRef]]:
    if not archive_kind(path):
        yield [ImageRef(id=f"s/{path}!{column}#{frame}", source="s", path=path, column=column, frame=frame) for column, frame in asked]
        return
    with file.open("rb") as archive:
        contents = list_members(archive, path)
    for row in range(len(contents.members)):
        member = contents.member(row, root="source", archive=path)
        yield [ImageRef(id=f"s/{member.name}", source="s", path=member.name, member=member, size=member.size)]


def check(image: Image, shipped: bytes | None) -> None:
    """Raises AssertionError where the row is no verdict, or says what was read in the file."""
    if image.reason is None:
        assert image.width > 0 < image.height, "a picture without a size"
        assert image.pixel_digest, "a picture without pixels"
        assert image.byte_digest, "a picture without bytes"
        assert (image.ship is None) == (shipped is not None), "a picture without bytes to ship"
    else:
        assert image.reason in MEANINGS, f"a reason that no report knows: {image.reason}"
        assert not shipped, "bytes of what is refused"
    told = image.evidence or ""
    assert len(told) <= MAX_EVIDENCE, "evidence too long to be a measurement"
    assert PLAIN.fullmatch(told), "evidence that is no plain text"
    row = "\n".join(str(word) for word in (told, image.mode, image.format, image.header_modality, image.photometric, image.burned_in))
    assert not [leak for leak in LEAKS if leak in row], f"a row that quotes its file: {image.reason}"


@dataclass
class Account:
    """What became of many."""

    files: int = 0
    images: int = 0
    without: int = 0  # archives that list no member
    reasons: Counter[str] = field(default_factory=Counter)
    died: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: list[tuple[float, int, str, str]] = field(default_factory=list)

    def add(self, mutant: Mutant, children: Children) -> None:
        begin, count = time.perf_counter(), 0
        self.files += 1
        try:
            for image in seen(mutant.path, mutant.data, mutant.asked, children):
                count += 1
                self.reasons[image.reason or "decoded"] += 1
                if image.reason == "decoder_died":
                    self.died[f"{mutant.number} {mutant.path} {mutant.how}: {image.evidence}"] += 1
                    if "status" in (image.evidence or ""):  # an exception that nobody foresaw
                        self.faults.append(f"{mutant.number} {mutant.path} {mutant.how}: {image.evidence}")
        except Exception as error:  # noqa: BLE001  the account of a long search ends with it, and fails then
            self.faults.append(f"{mutant.number} {mutant.path} {mutant.how}: {type(error).__name__}: {str(error)[:200]}")
        self.images += count
        self.without += not count
        if not count and not archive_kind(mutant.path):
            self.faults.append(f"{mutant.number} {mutant.path} {mutant.how}: no row")
        self.slowest = sorted([*self.slowest, (time.perf_counter() - begin, mutant.number, mutant.path, mutant.how)], reverse=True)[:5]


def peak(who: int) -> int:
    """MB that a process, or the largest of its children that have ended, has held."""
    return resource.getrusage(who).ru_maxrss // (1024 if sys.platform != "darwin" else 1 << 20)
