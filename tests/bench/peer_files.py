"""a number of pictures -> a folder of their files, with byte copies and re-encoded ones, and corrupt files among them"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.bench.pixels import _file


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    images: Path
    count: int  # files, corrupt ones too
    copies: Mapping[str, str]  # name of a copy -> name of what it is a copy of

    def quality(self, groups: Sequence[Sequence[str]]) -> tuple[float, int]:
        """The share of copies that stand in a group with their picture, and how many files stand in one with another picture. A tool that
        tells only who goes gives groups of '' and one name: such a copy is found, and so is its picture for it."""
        together: dict[str, set[str]] = {}
        for group in groups:
            for name in group:
                together.setdefault(name, set()).update(group)
        goes = {group[1] for group in groups if group[0] == ""}
        found = sum(original in together.get(copy, ()) or bool(goes & {copy, original}) for copy, original in self.copies.items())
        wrong = sum(
            any(self._picture(other) != self._picture(name) for other in others - {""}) for name, others in together.items() if name
        )
        return found / len(self.copies), wrong + len(goes - {name for pair in self.copies.items() for name in pair})

    def _picture(self, name: str) -> str:
        return self.copies.get(name, name)


def write_files(folder: Path, distinct: int, corrupt: int = 0) -> Files:
    """Pictures of 224 to 1024 pixels, a third PNG, two thirds JPEG. Every other one has two copies unless there are corrupt ones: its bytes
    under another name, and itself coded again (PNG as JPEG 75, JPEG as JPEG 60). Corrupt: files cut in half, cut after a kilobyte, with a
    broken header, of text."""
    folder.mkdir(parents=True)
    copies = {}
    for number in range(distinct):
        data, suffix = _file(number), "png" if number % 3 == 0 else "jpg"
        name = f"{number:05d}.{suffix}"
        (folder / name).write_bytes(data)
        if number % 2 == 0 and not corrupt:
            (folder / f"{number:05d}-bytes.{suffix}").write_bytes(data)
            (folder / f"{number:05d}-coded.jpg").write_bytes(_coded(data, quality=75 if suffix == "png" else 60))
            copies |= {f"{number:05d}-bytes.{suffix}": name, f"{number:05d}-coded.jpg": name}
    for number in range(corrupt):
        (folder / f"corrupt-{number}.{'png' if number % 3 == 0 else 'jpg'}").write_bytes(_broken(number, _file(distinct + number)))
    return Files(images=folder, count=len(list(folder.iterdir())), copies=copies)


def _coded(data: bytes, *, quality: int) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.save(file, format="JPEG", quality=quality)
    return file.getvalue()


def _broken(number: int, data: bytes) -> bytes:
    return (data[: len(data) // 2], data[: len(data) // 2], data[:1000], b"\0" * 16 + data[16:], b"not an image\n")[number % 5]
