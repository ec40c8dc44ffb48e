"""what an export turned out to be -> its index.json: every file with its SHA-256, written last; no index, no export"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from curate.export.entries import Layout

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A tar, or all lines of a split."""

    name: str
    split: str
    rows: int
    images: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolder:
    """Pictures as files of their own, each once however many samples show it."""

    folder: str
    files: int
    bytes: int
    named_by: str = "the first 32 digits of the SHA-256 of its bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    layout: Layout
    corpus: str
    title: str
    index: str  # SHA-256 of the index.json of the corpus
    splits: dict[str, int]
    files: tuple[ExportedFile, ...]
    image_files: ImageFolder | None
    several: int  # samples that show several pictures
    signs: int  # samples whose text holds what this trainer takes for a sign of its own

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def images(self) -> int:
        """As often as they are shown."""
        return sum(file.images for file in self.files)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files) + (self.image_files.bytes if self.image_files else 0)


def export_index(exported: Exported, cards: list[Card]) -> bytes:
    """Nothing in it depends on when or where the export was made."""
    value: dict[str, Any] = {
        "version": VERSION,
        "layout": exported.layout,
        "corpus": exported.corpus,
        "title": exported.title,
        "corpus_index": exported.index,
        "rows": exported.rows,
        "images": exported.images,
        "bytes": exported.bytes,
        "splits": exported.splits,
        "files": [asdict(file) for file in exported.files],
        "image_files": asdict(exported.image_files) if exported.image_files else None,
        "cards": [asdict(card) for card in cards],
    }
    return (json.dumps(value, indent=2) + "\n").encode("ascii")


def checksums(exported: Exported, cards: Mapping[str, bytes]) -> bytes:
    """For `sha256sum --check SHA256SUMS`. Pictures are not in it: the name of each is the beginning of its own."""
    digests = {file.name: file.sha256 for file in exported.files} | {name: hashlib.sha256(data).hexdigest() for name, data in cards.items()}
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode("ascii")
