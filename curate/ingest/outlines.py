"""a row and its images -> its boxes, told in the row and drawn in masks, and the columns that say them"""

from __future__ import annotations

from collections.abc import Sequence

from curate.ingest.boxes import asks_for_size, box_columns, compile_boxes, compile_size
from curate.ingest.find import Listing
from curate.ingest.fitted import fitted
from curate.ingest.images import Target
from curate.ingest.masks import At, Masks
from curate.ingest.render import TextOf, Unfit
from curate.ingest.sizes import Size, Sizes
from curate.ingest.slices import Slices
from curate.manifest import Manifest, Table
from curate.pixels.fault import PixelFault
from curate.pixels.volume import is_volume
from curate.read import Opener, Row
from schemas.sample import Box


class Outlines:
    """What of one table's rows lies where; compiled once. `slices`: of a table that cuts volumes."""

    def __init__(self, manifest: Manifest, table: Table, listing: Listing, open: Opener, read: TextOf) -> None:
        lenient = manifest.kind == "benchmark"
        self.sizes = Sizes(open)
        self.boxes = compile_boxes(table.boxes, read) if table.boxes else None
        self.stated = compile_size(table.boxes, read) if table.boxes else None
        self.is_relative = bool((table.boxes or {}).get("relative", False))
        self.masks = Masks(table, listing, open, read, lenient=lenient) if table.masks else None
        self.slices = Slices(table, listing, self.sizes, self.masks, read, lenient=lenient) if table.slices else None
        self.axis: str = (table.slices or {}).get("axis", "axial")
        self.asks_for_size = asks_for_size(manifest, table)

    def __bool__(self) -> bool:
        return self.boxes is not None or self.masks is not None

    def of(self, row: Row, targets: Sequence[Target]) -> tuple[tuple[Box, ...], Row]:
        """The boxes, and the columns that turns may name. Raises Unfit as boxes and masks do."""
        first = targets[0] if targets else None
        stated = self.stated(row) if self.stated else None

        def size_of() -> Size | None:
            return stated or (self.sizes.of(first) if first else None)

        found: list[Box] = []
        if self.boxes:
            found += self.boxes(row, len(targets), size_of)
            self._check_turn(first, found)
        if stated and found and first and not self.is_relative:  # shares know no size of their own
            stored = self.sizes.of(first)
            found, stated = fitted(found, stated, stored), stored or stated
        size = size_of() if self.asks_for_size else None
        if self.masks and first:
            drawn, known = self.masks.boxes(row, size_of, self._at(row, first))
            found += drawn
            size = size or known
        return tuple(found), box_columns(found, size)

    def _at(self, row: Row, target: Target) -> At | None:
        """The slice that a mask which is a volume is looked at in."""
        if "@slice" in row:
            return At(self.axis, row["@slice"])
        return At(target.column, target.frame) if is_volume(target.path) else None

    def _check_turn(self, target: Target | None, boxes: Sequence[Box]) -> None:
        """Boxes that are told of a volume count its voxels as they are stored: those of one that is shown turned would lie elsewhere."""
        if target is None or not boxes or not is_volume(target.path):
            return
        try:
            header = self.sizes.volume(target.path)
        except PixelFault:
            return  # inspect says so
        if not header.is_lps() or (target.column or "axial") != "axial":
            raise Unfit("box_broken", "told of a volume that is not stored as it is shown")
