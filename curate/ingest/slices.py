"""a row that names a volume -> a row for each slice of it that is taken"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from curate.ingest.find import Listing
from curate.ingest.images import compile_path, nothing_at, paths_of
from curate.ingest.masks import Masks
from curate.ingest.render import Absent, Render, TextOf, Unfit, compile_template
from curate.ingest.shape import Part
from curate.ingest.sizes import Sizes
from curate.manifest import Table
from curate.pixels.fault import PixelFault
from curate.pixels.volume import VolumeHeader, axis_number
from curate.read import Row

MAX_NUMBER = 12  # characters of a slice's number


class Slices:
    """The slices of a table; `masks` are those of its rows, if it has any."""

    def __init__(self, table: Table, listing: Listing, sizes: Sizes, masks: Masks | None, read: TextOf, *, lenient: bool) -> None:
        """`lenient`: a row whose volume is not there stays one row (a benchmark row shields without it)."""
        spec = table.slices or {}
        self.paths, self.read = paths_of({"path": spec["of"]}), read
        self.lookups = [compile_path(path, (), listing, read) for path in self.paths]
        self.axis: str = spec.get("axis", "axial")
        self.step: int = spec.get("step", 1)
        self.most: int | None = spec.get("most")
        self.ends: float = spec.get("ends", 0.0)
        self.first = compile_template(spec["from"], read) if "from" in spec else None
        self.last = compile_template(spec["to"], read) if "to" in spec else None
        self.sizes, self.masks, self.lenient = sizes, masks, lenient

    def parts(self, part: Part) -> Iterator[Part]:
        """The part once for each slice, with its number as `slice`. Raises Unfit: image_missing, path_escapes, volume_broken, no_slices,
        slice_broken, and what masks raise; all before the first."""
        path = self._path(part.row)
        if path is None:
            yield part
            return
        try:
            header = self.sizes.volume(path)
        except PixelFault as fault:
            raise Unfit("volume_broken", f"{fault.reason}: {fault.evidence}") from None
        for number in self._chosen(part.row, header):
            name = f"{part.name}#{number:03d}" if part.name else f"{number:03d}"
            yield replace(part, row={**part.row, "slice": number, "@slice": number}, name=name)

    def _path(self, row: Row) -> str | None:
        try:
            found = next((path for find in self.lookups if (path := find(row)) is not None), None)
        except Absent as absent:
            raise Unfit("image_missing", absent.evidence) from None
        if found is None and not self.lenient:
            raise nothing_at("image_missing", {"path": self.paths}, self.read, row)
        return found

    def _chosen(self, row: Row, header: VolumeHeader) -> list[int]:
        count = header.slices(self.axis)
        first, last = self._within(row, header, count)
        among = [number for number in range(first, last + 1) if self.ends < (number + 0.5) / count < 1 - self.ends]
        filled = self.masks.filled(row, self.axis, header.shape, among) if self.masks else None
        taken = spread_over((among if filled is None else filled)[:: self.step], self.most)
        if not taken:
            raise Unfit("no_slices", f"none of {len(among)} of {count} slices{'' if filled is None else ' holds what the masks name'}")
        return taken

    def _within(self, row: Row, header: VolumeHeader, count: int) -> tuple[int, int]:
        """First and last of `from` and `to`, which count slices as the file stores them, in our own numbers."""
        if self.first is None and self.last is None:
            return 0, count - 1
        first = _number(self.first, row, default=0)
        last = min(_number(self.last, row, default=count - 1), count - 1)
        axis = axis_number(self.axis)
        if header.order[axis] != axis:
            raise Unfit("slice_broken", f"slices are counted along another axis of the file than the {self.axis}")
        return (count - 1 - last, count - 1 - first) if header.turned[axis] else (first, last)


def _number(render: Render | None, row: Row, *, default: int) -> int:
    if render is None:
        return default
    try:
        text = render(row)
        number = float(text) if len(text) <= MAX_NUMBER else math.nan
    except ValueError:
        number = math.nan
    if not number.is_integer() or number < 0:
        raise Unfit("slice_broken", "the number of a slice wanted")
    return int(number)


def spread_over(numbers: Sequence[int], most: int | None) -> list[int]:
    """At most so many of them, at equal distances, as far from either end."""
    if most is None or len(numbers) <= most:
        return list(numbers)
    return [numbers[math.floor((place + 0.5) * len(numbers) / most)] for place in range(most)]
