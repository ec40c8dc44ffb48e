"""a row that names a volume or a film -> a row for each slice or frame of it that is taken"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from curate.ingest.find import Listing
from curate.ingest.images import compile_first, paths_of
from curate.ingest.masks import Masks
from curate.ingest.render import Render, TextOf, Unfit, compile_template
from curate.ingest.shape import Part
from curate.ingest.sizes import Sizes, read_file
from curate.manifest import Table
from curate.pixels.fault import PixelFault
from curate.pixels.volume import ARRAYS, VolumeHeader, is_volume, read_volume
from curate.pixels.volume_header import NUMBERS
from curate.read import Row

MAX_NUMBER = 12  # characters of a slice's number


@dataclass(frozen=True, slots=True)
class _Stack:
    """What is cut."""

    path: str
    count: int
    column: str = ""  # the axis along which it is counted; '': the frames of a film
    volume: VolumeHeader | None = None  # None: a film


class Slices:
    """The slices of a table; `masks` are those of its rows, if it has any."""

    def __init__(self, table: Table, listing: Listing, sizes: Sizes, masks: Masks | None, read: TextOf, *, lenient: bool) -> None:
        """`lenient`: a row whose volume is not there stays one row (a benchmark row shields without it)."""
        spec = table.slices or {}
        self.find = compile_first(paths_of({"path": spec["of"]}), listing, read, lenient=lenient)
        self.axis, self.array = str(spec.get("axis", "")), spec.get("array", "")
        self.step: int = spec.get("step", 1)
        self.most: int | None = spec.get("most")
        self.ends: float = spec.get("ends", 0.0)
        self.filled: float | None = spec.get("filled")
        self.first = compile_template(spec["from"], read) if "from" in spec else None
        self.last = compile_template(spec["to"], read) if "to" in spec else None
        self.sizes, self.masks = sizes, masks

    def parts(self, part: Part) -> Iterator[Part]:
        """The part once for each slice, with its number as `slice`. Raises Unfit: image_missing, path_escapes, volume_broken, no_slices,
        slice_broken, and what masks raise; all before the first."""
        path = self.find(part.row)
        if path is None:
            yield part
            return
        try:
            stack = self._stack(path)
            numbers = self._chosen(part.row, stack)
        except PixelFault as fault:
            raise Unfit("volume_broken", f"{fault.reason}: {fault.evidence}") from None
        ours = {"@axis": stack.column} if stack.volume else {}
        for number in numbers:
            name = f"{part.name}#{number:03d}" if part.name else f"{number:03d}"
            yield replace(part, row={**part.row, **ours, "slice": number, "@slice": number}, name=name)

    def _stack(self, path: str) -> _Stack:
        is_array = path.casefold().endswith(ARRAYS) and self.axis in NUMBERS
        column = f"{self.array}@{self.axis}" if is_array else self.axis or "axial"
        if is_volume(path, column):
            volume = self.sizes.volume(path, column)
            return _Stack(path, volume.slices(column), column, volume)
        if self.axis or self.filled is not None:
            raise Unfit("slice_broken", "a film has frames: no axis, and none is decoded here to see what fills it")
        return _Stack(path, self.sizes.frames(path, self.array))

    def _chosen(self, row: Row, stack: _Stack) -> list[int]:
        count = stack.count
        first, last = self._within(row, stack)
        among = [number for number in range(first, last + 1) if self.ends < (number + 0.5) / count < 1 - self.ends]
        shape = stack.volume.shape if stack.volume else None
        drawn = self.masks.filled(row, stack.column, shape, among) if self.masks else None
        filled = self._filled(stack, among if drawn is None else drawn)
        taken = spread_over(filled[:: self.step], self.most)
        if not taken:
            why = " holds what the masks name" if drawn is not None and not drawn else " is filled" if self.filled is not None else ""
            raise Unfit("no_slices", f"none of {len(among)} of {count} slices{why}")
        return taken

    def _filled(self, stack: _Stack, numbers: list[int]) -> list[int]:
        """Those of which the share `filled` at least is no background: the volume is read whole to see it. Raises PixelFault."""
        if self.filled is None or not numbers:
            return numbers
        volume = read_file(self.sizes.open, stack.path, lambda file: read_volume(file, stack.column))
        return [number for number in numbers if volume.filled(stack.column, number) >= self.filled]

    def _within(self, row: Row, stack: _Stack) -> tuple[int, int]:
        """First and last of `from` and `to`, which count slices as the file stores them, in our own numbers."""
        count = stack.count
        if self.first is None and self.last is None:
            return 0, count - 1
        first = _number(self.first, row, default=0)
        last = min(_number(self.last, row, default=count - 1), count - 1)
        if stack.volume is None:
            return first, last
        axis = stack.volume.axis(stack.column)
        if stack.volume.axes.order[axis] != axis:
            raise Unfit("slice_broken", f"slices are counted along another axis of the file than the {stack.column}")
        return (count - 1 - last, count - 1 - first) if stack.volume.axes.turned[axis] else (first, last)


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
