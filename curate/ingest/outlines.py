"""a row and its images -> its boxes, told in the row and drawn in masks, and the columns that say them"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from curate.boxes import box_fault
from curate.ingest.boxes import Told, asks_for_size, box_columns
from curate.ingest.find import Listing
from curate.ingest.fitted import fitted, squared
from curate.ingest.images import Target
from curate.ingest.masks import At, Masks
from curate.ingest.render import TextOf, Unfit
from curate.ingest.sizes import Size, Sizes
from curate.ingest.slices import Slices
from curate.ingest.tiles import Tiles
from curate.manifest import Manifest, Table
from curate.pixels.fault import PixelFault
from curate.pixels.volume import is_volume
from curate.pixels.volume_header import AXES
from curate.read import Opener, Row
from schemas.sample import Box


class Outlined(NamedTuple):
    boxes: tuple[Box, ...]
    columns: Row  # that turns and labels may name
    flat: int = 0  # boxes that are left out, being no part of a picture


class Outlines:
    """What of one table's rows lies where; compiled once. `slices`: of a table that cuts volumes or whole-slide images."""

    def __init__(self, manifest: Manifest, table: Table, listing: Listing, open: Opener, read: TextOf) -> None:
        lenient = manifest.kind == "benchmark"
        self.sizes = Sizes(open)
        self.told = [Told(spec, read) for spec in table.boxes]
        self.masks = Masks(table, listing, open, read, lenient=lenient) if table.masks else None
        self.slices: Slices | Tiles | None = None
        if table.slices:
            self.slices = Slices(table, listing, self.sizes, self.masks, read, lenient=lenient)
        elif table.slides:
            self.slices = Tiles(table, listing, open, read, lenient=lenient)
        self.asks_for_size = asks_for_size(manifest, table)

    def __bool__(self) -> bool:
        return bool(self.told) or self.masks is not None

    def of(self, row: Row, targets: Sequence[Target]) -> Outlined:
        """Raises Unfit as boxes and masks do, box_outside, and box_no_area where no box is left of those that are told."""
        first = targets[0] if targets else None
        found: list[Box] = []
        size, flat = None, 0
        for told in self.told:
            if told.image < len(targets):
                boxes, left_out, known = self._told(told, row, targets[told.image])
                found, flat = found + boxes, flat + left_out
                size = size or (known if told.image == 0 else None)
        if flat and not found:
            raise Unfit("box_no_area", f"{flat} of {flat} boxes")
        if self.asks_for_size and first:
            size = size or self.sizes.of(first)
        if self.masks and first:
            drawn, known = self.masks.boxes(
                row, lambda: size or self.sizes.of(first), lambda: self.sizes.stored(first), self._at(row, first)
            )  # fmt: skip
            self._check_section(first, drawn)
            found, size = found + drawn, size or known
        return Outlined(tuple(found), box_columns(found, size), flat)

    def _told(self, told: Told, row: Row, target: Target) -> tuple[list[Box], int, Size | None]:
        """The boxes of one spec, how many are left out, and the size of their image where it is known here. Where it is not, screen judges
        by the picture itself."""
        stated = told.size(row) if told.size else None
        boxes, flat = told.boxes(row, lambda: stated or self.sizes.stored(target))
        self._check_turn(target, boxes)
        self._check_section(target, boxes)
        size = stated
        if boxes and (told.is_relative or self.asks_for_size):
            size = size or self.sizes.stored(target)
        if boxes and stated and not told.is_relative:  # shares know no size of their own
            stored = self.sizes.stored(target)
            boxes, size = fitted(boxes, stated, stored), stored or stated
        if size and (fault := box_fault(boxes, *size)):
            raise Unfit(fault.reason, fault.evidence)
        return self._shown(target, boxes, flat, size)

    def _shown(self, target: Target, boxes: list[Box], flat: int, size: Size | None) -> tuple[list[Box], int, Size | None]:
        """Boxes that are told in voxels, in pixels of the slice as it is shown."""
        if not boxes or not is_volume(target.path, target.column):
            return boxes, flat, size
        stored, shown = self.sizes.stored(target), self.sizes.of(target)
        if stored is None or shown is None:
            return boxes, flat, size
        return squared(boxes, stored, shown), flat, size and shown

    def _at(self, row: Row, target: Target) -> At | None:
        """The slice that a mask which is a volume is looked at in."""
        if "@axis" in row:
            return At(row["@axis"], row["@slice"])
        return At(target.column, target.frame) if is_volume(target.path, target.column) else None

    def _check_section(self, target: Target, boxes: Sequence[Box]) -> None:
        """Boxes and masks count the pixels of a DICOM cross-section as they are stored."""
        if boxes and self.sizes.turn(target) != 1:
            raise Unfit("box_broken", "told of a cross-section that is not stored as it is shown")

    def _check_turn(self, target: Target | None, boxes: Sequence[Box]) -> None:
        """Boxes that are told of a volume count its voxels as they are stored: those of one that is shown turned would lie elsewhere."""
        if target is None or not boxes or not is_volume(target.path, target.column):
            return
        try:
            header = self.sizes.volume(target.path, target.column)
            axis = header.axis(target.column)
        except PixelFault:
            return  # inspect says so
        if not header.is_array and (not header.is_as_shown() or AXES[axis] != "axial"):
            raise Unfit("box_broken", "told of a volume that is not stored as it is shown")
