"""pictures and their words, looked up by name: what every layout of the sample data draws from"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import ndimage

from curate.sample.described import Shown, described
from curate.sample.originals import Pixels, originals

Files: TypeAlias = dict[str, bytes]  # path below the sample data's folder -> content


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    question: str
    answer: str
    kind: str  # modality, region, closed, open
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    pixels: dict[str, Pixels]
    shown: dict[str, Shown]

    def of(self, modality: str) -> list[str]:
        """Names of its pictures, in their order."""
        return [name for name in self.pixels if self.shown[name].modality == modality]

    def asked(self, name: str) -> list[Asked]:
        """Four questions about a picture and their answers."""
        shown = self.shown[name]
        others = {"xray": "an MR image", "ct": "a radiograph", "mri": "a CT image"}
        true = {"xray": "a radiograph", "ct": "a CT image", "mri": "an MR image"}.get(shown.modality, f"a {shown.method}")
        is_true = sum(map(ord, name)) % 2 == 0
        guess = true if is_true else others.get(shown.modality, "a radiograph")
        part = "What is in the picture?" if shown.modality == "other" else "Which part of the body is shown?"
        return [
            Asked(question="What imaging modality was used?", answer=shown.method, kind="modality", closed=False),
            Asked(question=part, answer=shown.region, kind="region", closed=False),
            Asked(question=f"Is this {guess}?", answer="Yes" if is_true else "No", kind="closed", closed=True),
            Asked(question=f"What can be seen in this {shown.method} of the {shown.region}?", answer=shown.seen, kind="open", closed=False),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One nucleus found in a tile: the pixels its box holds, both ends included, counted from 0."""

    left: int
    top: int
    right: int
    bottom: int


def nuclei_in(tile: Pixels) -> list[Found]:
    """Boxes of what is brighter than its surroundings and larger than 300 pixels, from left to right."""
    smooth = ndimage.gaussian_filter(tile.astype(np.float64), 2)
    marked, _ = ndimage.label(smooth > np.median(smooth) + 18)
    boxes = ndimage.find_objects(marked)
    large = [box for number, box in enumerate(boxes, 1) if box and int((marked[box] == number).sum()) > 300]
    found = [Found(left=box[1].start, top=box[0].start, right=box[1].stop - 1, bottom=box[0].stop - 1) for box in large]
    return sorted(found, key=lambda box: (box.left, box.top))


def open_gallery() -> Gallery:
    """Every real picture with its words. Raises PackageMissing where a package of the extra 'sample' is not there."""
    pixels = originals()
    nuclei = {name: len(nuclei_in(tile)) for name, tile in pixels.items() if name.startswith("nuclei_")}
    return Gallery(pixels=pixels, shown=described(nuclei))


def csv_bytes(rows: list[list[str]]) -> bytes:
    """Rows as CSV; a cell with comma, quote or line break is quoted."""
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows).encode()


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text
