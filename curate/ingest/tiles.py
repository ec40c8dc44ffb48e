"""a row that names a whole-slide image -> a row for each tile of it that is taken, or for its thumbnail"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from curate.ingest.find import Listing
from curate.ingest.images import compile_first, paths_of
from curate.ingest.render import TextOf, Unfit
from curate.ingest.shape import Part
from curate.ingest.sizes import read_file
from curate.ingest.slices import spread_over
from curate.manifest import Table
from curate.pixels.fault import PixelFault
from curate.pixels.slide import Grid, Overview, View, grid_of, look
from curate.pixels.tissue import shares
from curate.read import Opener


class Tiles:
    """What a table takes of its slides."""

    def __init__(self, table: Table, listing: Listing, open: Opener, read: TextOf, *, lenient: bool) -> None:
        """`lenient`: a row whose slide is not there stays one row (a benchmark row shields without it)."""
        spec = table.slides or {}
        self.find = compile_first(paths_of({"path": spec["of"]}), listing, read, lenient=lenient)
        tiles = spec.get("tiles", {})
        self.view = View(
            side=tiles["side"] if tiles else spec["thumbnail"], thumbnail=not tiles,
            mpp=tiles.get("mpp"), level=tiles.get("level"), downsample=tiles.get("downsample"),
        )  # fmt: skip
        self.tissue: float = tiles.get("tissue", 0.5)
        self.most: int | None = tiles.get("most")
        self.open = open

    def parts(self, part: Part) -> Iterator[Part]:
        """The part once for each tile, with its number as `@tile`, its place as `@x` and `@y`, and `@view`: how it is cut. Of a thumbnail
        once. Raises Unfit: image_missing, path_escapes, slide_broken, no_tiles; all before the first."""
        path = self.find(part.row)
        if path is None or self.view.thumbnail:
            yield replace(part, row={**part.row, "@tile": 0, "@x": 0, "@y": 0, "@view": str(self.view)})
            return
        try:
            grid, chosen = self._chosen(read_file(self.open, path, look))
        except PixelFault as fault:
            raise Unfit("slide_broken", f"{fault.reason}: {fault.evidence}") from None
        for number in chosen:
            left, top = grid.place(number)
            name = f"{part.name}#{number:05d}" if part.name else f"{number:05d}"
            columns = {"@tile": number, "@x": left, "@y": top, "@view": str(self.view)}
            yield replace(part, row={**part.row, **columns}, name=name)

    def _chosen(self, seen: Overview) -> tuple[Grid, list[int]]:
        """Of the tiles that hold enough tissue, in the order of the grid, at most so many at equal distances."""
        grid = grid_of(seen.facts, self.view)
        whole = seen.facts.width, seen.facts.height
        held = shares(seen.tissue, whole, grid.side * grid.downsample, grid.across, grid.count)
        filled = [number for number, share in enumerate(held) if share >= self.tissue]
        if not filled:
            raise Unfit("no_tiles", f"none of {grid.count} tiles holds {self.tissue:g} of tissue")
        return grid, spread_over(filled, self.most)
