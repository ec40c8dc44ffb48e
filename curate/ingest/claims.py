"""a layout and a listing -> the files that nothing in the manifest asks for, and how many rows its tables hold"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from curate.ingest.find import Listing
from curate.ingest.members import Archive
from curate.ingest.shape import table_files
from curate.manifest import Layout, Table
from curate.manifest.catalogue import picture_rules
from curate.manifest.pattern import alternatives, compile_glob
from curate.manifest.template import Column, Piece, parse_template
from curate.read import Opener, ReadFault, Where, read_rows
from curate.read.contents import names_of

OWN = ("{file}", "{@file}")  # the table's own file, claimed by the table
PICTURE = r"\.(png|jpe?g|gif|bmp|tiff?|webp|avif|jp2|j2k|jpx|dcm|nii|nii\.gz|nrrd|mha|npy|npz|mat|svs|ndpi|scn|bif)"
DOCUMENTS = re.compile(r"(^|/)(readme|licen[cs]e|changelog|citation|\.git)[^/]*$|\.(md|pdf|docx?|sha256|md5|html)$", re.IGNORECASE)


def unexpected_files(layout: Layout, listing: Listing) -> list[str]:
    """Files that no table, join, mask or image rule of the layout can mean, in order; papers and licences aside. Of an archive one member
    that is meant is enough."""
    asked = [compile_glob(part).fullmatch for glob in _globs(layout) for part in alternatives(glob)]
    asked += [_any_column(path, bool(extensions)).fullmatch for path, extensions in _pictures(layout)]
    read = {archive.path for archive in listing.archives if any(fits(path) for path in _members(archive) for fits in asked)}
    others = (path for path in sorted(listing.files) if path not in read and not DOCUMENTS.search(path))
    return [path for path in others if not any(fits(path) for fits in asked)]


def _members(archive: Archive) -> Iterator[str]:
    """As each may be spelled."""
    for name in names_of(archive.contents):
        yield archive.beside + name
        yield archive.folder + name


def _globs(layout: Layout) -> Iterator[str]:
    yield from layout.needs
    for table in layout.tables:
        yield from table.files
        yield from (glob for join in table.join for glob in join["files"])
        yield from table.options.get("columns", {}).values() if table.format == "npy" else ()  # parallel arrays


def _pictures(layout: Layout) -> Iterator[tuple[str, bool]]:
    return ((path, bool(extensions)) for table in layout.tables for path, extensions in picture_rules(table) if path not in OWN)


def _any_column(path: str, any_suffix: bool) -> re.Pattern[str]:
    """A column may hold folders; where extensions are tried the path's own does not count."""
    pieces: list[str] = []
    for part in parse_template(path):
        match part:
            case str():
                pieces.append(compile_glob(part.replace("{", "").replace("}", "")).pattern)
            case Column():
                pieces.append(".+")
            case Piece():
                pieces.append(".*")
    pattern = "".join(pieces)
    if any_suffix:
        pattern = re.sub(r"\\\.[A-Za-z0-9]+$", "", pattern) + f"({PICTURE})?"
    if path.endswith("}"):
        pattern = f"(?=.*{PICTURE}$){pattern}"  # a name that a column holds whole: a picture's
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def count_rows(table: Table, listing: Listing, open: Opener, *, most_bytes: int) -> tuple[int, int]:
    """(rows its reader finds, bytes of files left uncounted because they are larger than `most_bytes`). A file that breaks counts to
    where it breaks. Joined, exploded and grouped rows are counted as they are read."""
    rows = skipped = 0
    for path, captures in table_files(table.files, listing)[0]:
        size = listing.place(path)[0]
        if table.format != "folders" and size > most_bytes:
            skipped += size
            continue
        where = Where(path=path, open=open, columns=captures, needs=frozenset(), find=listing.first)
        with contextlib.suppress(ReadFault):
            for _ in read_rows(table.format, where, table.options):
                rows += 1
    return rows, skipped
