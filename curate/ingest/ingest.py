"""one source's manifest and files -> samples, image references, rejected rows, faults of files, counts of tables"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from curate.ingest.find import Listing
from curate.ingest.known import Known
from curate.ingest.near import wanted_files
from curate.ingest.reading import Found, Reading, TellPrivately
from curate.manifest import Layout, Manifest
from curate.manifest.pattern import alternatives
from curate.read import Opener
from schemas.found import FileFault, TableCount

__all__ = ["FileFault", "Found", "TableCount", "choose_layout", "read_source"]


def read_source(
    manifest: Manifest, listing: Listing, open: Opener, *, limit: int | None, tell_privately: TellPrivately | None = None
) -> Iterator[Found]:
    """All that a source holds, in the order of its tables, files and rows. Samples are kept ones; a Verdict is a row, or part of one,
    that gives none; an ImageRef comes once, before the first sample that shows it; a TableCount ends each table. `limit`: rows of each
    table; those beyond are no inputs. `tell_privately` gets what cells hold, as no verdict may, of rows refused for it. Memory: digests of
    ids and images, joined files, grouped tables. Data faults never raise."""
    if listing.misnamed:
        found = f"{listing.misnamed} names that are not"
        yield FileFault(source=manifest.name, file="", reason="bad_name", found=found, wanted="names in UTF-8")
    yield from _refusals(manifest, listing)
    layout = choose_layout(manifest, listing)
    if layout is None:
        yield _no_layout(manifest, listing)
        return
    known = Known(manifest.name)
    for table in layout.tables:
        yield from Reading(manifest, table, listing, open, known, tell_privately).items(limit)


def _refusals(manifest: Manifest, listing: Listing) -> Iterator[FileFault]:
    """What of its archives may not be read. Links and devices hold nothing that could be: no fault of the archive."""
    for archive in listing.archives:
        for refusal in archive.contents.refusals:
            notice = refusal.reason in ("member_link", "member_special")
            yield FileFault(
                source=manifest.name, file=archive.path, reason=refusal.reason, found=refusal.found, wanted=refusal.wanted, notice=notice,
            )  # fmt: skip


def choose_layout(manifest: Manifest, listing: Listing) -> Layout | None:
    """The first layout all of whose globs match a file."""
    return next((layout for layout in manifest.layouts if all(_matches(glob, listing) for glob in layout.needs)), None)


def _matches(glob: str, listing: Listing) -> bool:
    return any(next(listing.match(part), None) is not None for part in alternatives(glob))


def _no_layout(manifest: Manifest, listing: Listing) -> FileFault:
    names = list(itertools.islice(listing.paths(), 3))
    found = f"{len(listing)} files{': ' + ', '.join(names) if names else ''}"
    if manifest.layout_unknown:  # nothing is guessed: whoever has the files writes a manifest of their own
        wanted = f"a manifest of your own: {manifest.layout_unknown}"
        return FileFault(source=manifest.name, file="", reason="layout_unknown", found=found, wanted=wanted)
    wanted = "; or ".join(f"{wanted_files(layout.needs, listing)} ({layout.name})" for layout in manifest.layouts)
    return FileFault(source=manifest.name, file="", reason="no_layout", found=found, wanted=wanted)
