"""sources that were found -> about how many samples they give: as published, else by the size of their tables; nothing is read"""

from __future__ import annotations

from collections.abc import Mapping

from curate.ingest.find import Listing
from curate.ingest.ingest import choose_layout
from curate.ingest.shape import table_files
from curate.manifest import Manifest, Table

ROW_BYTES = {"parquet": 2_000, "folders": 0}  # of a table that hold a row, about; 0: a file is a row
OTHER_BYTES = 500


def expected_rows(manifests: Mapping[str, Manifest], listings: Mapping[str, Listing], limit: int | None) -> int:
    """Of `manifests`, by their names. A source whose rows are published is not asked for its listing."""
    return sum(_rows(manifest, listings.get(name), limit) for name, manifest in manifests.items())


def _rows(manifest: Manifest, listing: Listing | None, limit: int | None) -> int:
    if manifest.published_rows:
        return sum(min(rows, limit or rows) for rows in manifest.published_rows.values())
    layout = choose_layout(manifest, listing) if listing else None
    return sum(_of_table(table, listing, limit) for table in layout.tables) if layout and listing else 0


def _of_table(table: Table, listing: Listing, limit: int | None) -> int:
    files = [path for path, _ in table_files(table.files, listing)[0]]
    size = ROW_BYTES.get(table.format, OTHER_BYTES)
    rows = sum(listing.files.get(path, (0, 0))[0] for path in files) // size if size else len(files)
    return min(rows, limit or rows)
