"""TIFF file -> where its pages lie, and of one page what decides how it is decoded; no pixel is"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from curate.pixels.fault import PixelFault

MAX_PAGES = 100_000  # directories: six bytes make one, and each is remembered
_MAX_TAGS = 4096  # of a page that is read
_FAR = 1 << 60  # bytes: beyond every file, and two of them still add up
_TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}  # whole numbers; TIFF 6.0, 2
_NUMPY = {"B": "u1", "H": "u2", "I": "u4", "Q": "u8", "b": "i1", "h": "i2", "i": "i4", "q": "i8"}
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL = 256, 257, 258, 259, 262, 266
_OFFSETS, _ORIENTATION, _SAMPLES, _COUNTS = 273, 274, 277, 279
_TILE_OFFSETS, _TILE_COUNTS, _EXTRA, _FORMAT = 324, 325, 338, 339
Tags = dict[int, tuple[int, int, int]]  # number -> type, count, where its values lie
Numbers = npt.NDArray[np.int64]
_UNSIGNED = 1  # SampleFormat
_COLOUR_NAMES = {2: "RGB", 3: "P", 5: "CMYK", 6: "YCbCr", 8: "LAB", 9: "LAB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffPage:
    begin: int  # of its directory
    width: int
    height: int
    bits: int  # the most of any sample
    samples: int
    photometric: int  # 0: the lowest value is white, 1: black, 2: RGB, 3: palette, 5: CMYK, 6: YCbCr, 8: Lab
    compression: int
    formats: tuple[int, ...]  # of each sample, 1 unsigned, 2 signed, 3 real
    extra: tuple[int, ...]  # of samples beyond the photometric's, 1 and 2: alpha
    orientation: int
    ends: int  # the first byte after all coded pixels
    has_holes: bool  # strips or tiles that are told to lie nowhere

    @property
    def is_plain(self) -> bool:
        """Whole numbers without a sign, of at most 8 bits."""
        return self.bits <= 8 and self.is_unsigned

    @property
    def is_unsigned(self) -> bool:
        return all(format == _UNSIGNED for format in self.formats)

    @property
    def has_alpha(self) -> bool:
        return bool(self.extra) and self.extra[-1] in (1, 2)

    @property
    def mode(self) -> str:
        """As Pillow would name it."""
        if self.photometric in _COLOUR_NAMES:
            return "RGBA" if self.photometric == 2 and (self.samples == 4) else _COLOUR_NAMES[self.photometric]
        if self.bits == 1:
            return "1"
        if self.samples in (3, 4) and not self.extra:
            return "RGB"
        if self.formats[0] == 3 or self.bits > 32:
            return "F"
        deep = "I" if self.bits > 16 or self.formats[0] == 2 else "I;16"
        return deep if self.bits > 8 else "LA" if self.has_alpha else "L"


class TiffPages:
    """The pages of an open seekable file. Raises PixelFault, here and where a page is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)
        head = file.read(16)
        self.order = "<" if head[:2] == b"II" else ">"
        self.is_big = 43 in head[2:4]
        self.count_code, self.place_code, self.entry_bytes = ("Q", "Q", 20) if self.is_big else ("H", "I", 12)
        if len(head) < 8 + 8 * self.is_big:
            raise PixelFault("truncated", f"tiff, {len(head)} bytes: no directory")
        (self.first,) = struct.unpack_from(f"{self.order}{self.place_code}", head, 8 if self.is_big else 4)

    @cached_property
    def begins(self) -> list[int]:
        """Where each directory begins. A chain that runs in a circle or out of the file ends."""
        begin, seen = self.first, dict[int, None]()
        while begin and begin not in seen and (count := self._number(begin, self.count_code)) is not None:
            seen[begin] = None
            if len(seen) > MAX_PAGES:
                raise PixelFault("too_large", f"tiff of more than {MAX_PAGES} pages")
            after = begin + struct.calcsize(self.count_code) + count * self.entry_bytes
            begin = self._number(after, self.place_code) or 0
        return list(seen)

    def page(self, number: int) -> TiffPage:
        if number >= len(self.begins):
            if not self.begins:
                raise PixelFault("truncated", f"tiff, {self.size} bytes: no directory")
            raise PixelFault("no_such_frame", f"frame {number} of {len(self.begins)}")
        tags = self._tags(self.begins[number])
        samples, bits = self._one(tags, _SAMPLES, 1), self._some(tags, _BITS) or (1,)
        offsets, counts = self._parts(tags, _TILE_OFFSETS, _TILE_COUNTS) if _TILE_OFFSETS in tags else self._parts(tags, _OFFSETS, _COUNTS)
        orientation = self._one(tags, _ORIENTATION, 1)
        return TiffPage(
            begin=self.begins[number],
            width=self._one(tags, _WIDTH, 0),
            height=self._one(tags, _HEIGHT, 0),
            bits=max(bits),
            samples=samples,
            photometric=self._one(tags, _PHOTOMETRIC, 1),
            compression=self._one(tags, _COMPRESSION, 1),
            formats=self._some(tags, _FORMAT) or (_UNSIGNED,),
            extra=self._some(tags, _EXTRA),
            orientation=orientation if 1 <= orientation <= 8 else 1,
            ends=int((offsets + counts).max()) if offsets.size else 0,
            has_holes=not bool(offsets.all() and counts.all()),
        )

    def _number(self, at: int, code: str) -> int | None:
        if at >= self.size:
            return None
        self.file.seek(at)
        data = self.file.read(struct.calcsize(code))
        return struct.unpack(f"{self.order}{code}", data)[0] if len(data) == struct.calcsize(code) else None

    def _tags(self, begin: int) -> Tags:
        """Number -> (type, count, where its values lie) of a directory; of a tag that comes twice the first."""
        count = self._number(begin, self.count_code) or 0
        if count > _MAX_TAGS:
            raise PixelFault("corrupt", f"tiff directory of {count} tags")
        start = begin + struct.calcsize(self.count_code)
        self.file.seek(start)
        data = self.file.read(count * self.entry_bytes)
        inline, found = struct.calcsize(self.place_code), Tags()
        for place in range(0, len(data) - self.entry_bytes + 1, self.entry_bytes):
            tag, kind, length = struct.unpack_from(f"{self.order}HH{self.place_code}", data, place)
            values = place + 4 + inline
            size = length * struct.calcsize(_TYPES.get(kind, "B"))
            at = start + values if size <= inline else struct.unpack_from(f"{self.order}{self.place_code}", data, values)[0]
            found.setdefault(tag, (kind, length, at))
        return found

    def _values(self, tags: Tags, tag: int, most: int) -> Numbers:
        kind, count, at = tags.get(tag, (0, 0, 0))
        if kind not in _TYPES or at >= self.size:
            return np.zeros(0, np.int64)
        dtype = np.dtype(f"{self.order}{_NUMPY[_TYPES[kind]]}")
        self.file.seek(at)
        data = self.file.read(min(count, most) * dtype.itemsize)
        values = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
        return (np.minimum(values, _FAR) if dtype.itemsize == 8 else values).astype(np.int64)

    def _some(self, tags: Tags, tag: int) -> tuple[int, ...]:
        return tuple(self._values(tags, tag, 16).tolist())

    def _one(self, tags: Tags, tag: int, default: int) -> int:
        return next(iter(self._some(tags, tag)), default)

    def _parts(self, tags: Tags, offsets: int, counts: int) -> tuple[Numbers, Numbers]:
        """Of strips or tiles: where they begin and how long they are; only as many as both tell."""
        begins = self._values(tags, offsets, self.size)
        lengths = self._values(tags, counts, self.size)
        both = min(begins.size, lengths.size)
        return begins[:both], lengths[:both]
