"""palette of a DICOM data set -> colours of 8 bits for its stored values"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from curate.pixels.window import Values

Entries = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int64]
_COLOURS = ("Red", "Green", "Blue")
_MOST = 65_536  # entries; a descriptor says 0 for it, PS3.3 C.7.6.3.1.5


def coloured(stored: Values, dataset: FileDataset) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3). Values below the first that is mapped take its colour, those beyond the last the last's. Raises any of
    DICOM_ERRORS."""
    count, first, depth = (int(number) for number in dataset.RedPaletteColorLookupTableDescriptor)
    count = count or _MOST
    if depth not in (8, 16):
        raise ValueError("a palette of neither 8 nor 16 bits")
    tables = [_entries(dataset, colour, count, depth) for colour in _COLOURS]
    shift = 8 if depth == 16 and max(int(table.max()) for table in tables) > 255 else 0  # some say 16 and hold 8
    place = np.clip(stored.astype(np.int64) - first, 0, count - 1)
    return np.stack([(table >> shift).astype(np.uint8)[place] for table in tables], axis=-1)


def _entries(dataset: FileDataset, colour: str, count: int, depth: int) -> Entries:
    order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian else ">"
    data = dataset.get(f"{colour}PaletteColorLookupTableData")
    if data:
        if len(data) >= 2 * count:  # 8 bits may lie in words as well
            return np.frombuffer(data, f"{order}u2", count).astype(np.uint16)
        if depth == 16 or len(data) < count:
            raise ValueError("a palette that ends early")
        return _bytes(data, order)[:count].astype(np.uint16)
    data = dataset[f"Segmented{colour}PaletteColorLookupTableData"].value
    words = _bytes(data, order) if depth == 8 else np.frombuffer(data, f"{order}u2")
    entries = _expanded(words.astype(np.int64), 0, depth, count)
    if entries.size < count:
        raise ValueError("a palette that ends early")
    return entries[:count].astype(np.uint16)


def _bytes(data: bytes, order: str) -> npt.NDArray[np.uint8]:
    """Two of them lie in a word, the first in its low half."""
    return np.frombuffer(data, f"{order}u2", len(data) // 2).astype("<u2").view(np.uint8)


def _expanded(words: Numbers, at: int, depth: int, wanted: int, last: int | None = None, segments: int | None = None) -> Numbers:
    """The entries of the segments from `at` on, until there are `wanted`: discrete (0), linear (1), indirect (2), PS3.3 C.7.9.2. With
    `segments`: of so many of them, which an indirect one repeats; `last` is the entry before them."""
    parts: list[Numbers] = []
    found = 0
    while found < wanted and at + 2 < words.size and (segments is None or len(parts) < segments):
        kind, length = int(words[at]), int(words[at + 1])
        if kind == 0:
            part, at = words[at + 2 : at + 2 + length], at + 2 + length
        elif kind == 1 and last is not None and length:
            end = int(words[at + 2])
            part, at = np.rint(np.linspace(last, end, length + 1)[1:]).astype(np.int64), at + 3
        elif kind == 2 and segments is None:  # what it repeats is none of its own kind
            place = _place(words[at + 2 :], depth)
            part = _expanded(words, place, depth, wanted - found, last, length)
            at += 6 if depth == 8 else 4
        else:
            raise ValueError("a palette of segments that are none")
        if part.size == 0:
            raise ValueError("a palette of segments without entries")
        parts.append(part)
        found, last = found + part.size, int(part[-1])
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _place(words: Numbers, depth: int) -> int:
    """Where the segments of an indirect one begin, told in bytes."""
    if depth == 8:
        return sum(int(word) << 8 * index for index, word in enumerate(words[:4]))
    return (int(words[0]) | int(words[1]) << 16) // 2
