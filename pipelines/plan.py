"""What would run: sources found and missing, files, counts, disk and time, what each licence policy would refuse. Nothing is written"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curate.ingest.claims import count_rows, unexpected_files
from curate.ingest.find import Listing, find_folder, folders_in, unclaimed
from curate.ingest.ingest import choose_layout
from curate.ingest.near import wanted_files, with_nearest
from curate.ingest.shape import table_files
from curate.manifest import Layout, Manifest, Table
from curate.manifest.catalogue import catalogue, row_count, shopping_lines, terms
from curate.read import Opener
from curate.report.wording import legible
from curate.screen.policy import Policy, license_fault
from pipelines.address import is_remote
from pipelines.archives import peek
from pipelines.find import list_place
from pipelines.opened import path_opener
from pipelines.place import Place, place
from pipelines.run import Options, cores

# Measured end to end on 2 cores with small images; large ones cost their decode (some 250 images/s a core at 1 megapixel)
SAMPLES_A_SECOND_A_CORE = 150


MOST_BYTES = 256 << 20  # of one file whose rows `plan` counts; larger ones are counted when they are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted, and the folders among which it is looked for."""

    options: Options
    folders: Sequence[Place]  # of DATA
    roots: Mapping[str, Place]

    def folder(self, manifest: Manifest) -> Place | None:
        return find_folder(self.folders, manifest, self.roots)

    def listing(self, manifest: Manifest, folder: Place) -> Listing:
        return peek(self.options.out, manifest.name, folder, list_place(folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One manifest against the disk."""

    manifest: Manifest
    folder: Place | None
    files: int = 0
    bytes: int = 0
    layout: str = ""  # name of the layout that fits; '' if none does
    lines: tuple[str, ...] = ()  # what is there of each table, what nothing asks for
    rows: int = 0  # found, or as published where they were not counted


def print_plan(options: Options, *, missing: bool = False) -> int:
    """Exit status 0 if every source that was found fits one of its layouts, else 3. `missing`: tells all of what was not found."""
    roots = {name: place(folder) for name, folder in options.roots.items()}
    asked = Asked(options=options, folders=folders_in(place(options.data) if options.data else None), roots=roots)
    found = [_look(manifest, asked) for manifest in options.manifests if manifest.kind == "source"]
    there = [source for source in found if source.folder is not None]
    print(legible("\n".join(_lines(there, found, asked, shopping=missing or not there))))
    return 3 if any(not source.layout for source in there) else 0


def print_catalogue(options: Options) -> int:
    """manifests/SOURCES.md on stdout."""
    print(catalogue(options.manifests), end="")
    return 0


def _look(manifest: Manifest, asked: Asked) -> Found:
    folder, options = asked.folder(manifest), asked.options
    if folder is None or (options.sources and manifest.id not in options.sources):
        return Found(manifest=manifest, folder=None)
    listing = asked.listing(manifest, folder)
    layout = choose_layout(manifest, listing)
    size = sum(size for size, _ in listing.files.values())
    found = Found(manifest=manifest, folder=folder, files=len(listing), bytes=size)
    if layout is None:
        return replace(found, lines=(_no_layout(manifest, listing),))
    tables = [_table(manifest, table, listing, path_opener(options.out, str(folder), listing), options.limit) for table in layout.tables]
    lines = [line for line, _ in tables] + list(_unexpected(layout, listing))
    return replace(found, layout=layout.name, lines=tuple(lines), rows=sum(rows for _, rows in tables))


def _table(manifest: Manifest, table: Table, listing: Listing, open: Opener, limit: int | None) -> tuple[str, int]:
    files, missing = table_files(table.files, listing)
    missing += [glob for join in table.join for glob in table_files(tuple(join["files"]), listing)[1]]
    published = manifest.published_rows.get(table.name, 0)
    name = f"{table.name:<16} {table.task:<14}"
    missing = [with_nearest(glob, listing) for glob in missing]
    if not files:
        return f"{name} not there: {', '.join(missing or table.files)}", 0
    rows, uncounted = count_rows(table, listing, open, most_bytes=MOST_BYTES)
    of = f" of {published:,} published" if published else ""
    counted = f"{rows:,} rows{of}" if not uncounted else f"rows{of} not counted in {uncounted / 1e6:,.0f} MB"
    partly = f"; not there: {', '.join(missing)}" if missing else ""
    expected = max(rows, published) if uncounted else rows
    return f"{name} {len(files):,} file{'s' * (len(files) > 1)}, {counted}{partly}", min(expected, limit) if limit else expected


def _unexpected(layout: Layout, listing: Listing) -> Iterator[str]:
    """By their first folder: a publisher's extras are many files in few places."""
    files = unexpected_files(layout, listing)
    if files:
        places = Counter(f"{path.partition('/')[0]}/" if "/" in path else path for path in files)
        shown = ", ".join(f"{place} ({count:,})" if place.endswith("/") else place for place, count in places.most_common(4))
        yield f"unexpected: {len(files):,} files that nothing reads: {shown}{' ...' if len(places) > 4 else ''}"


def _no_layout(manifest: Manifest, listing: Listing) -> str:
    if manifest.layout_unknown:
        return f"cannot be read: {manifest.layout_unknown}"
    wanted = "; or ".join(wanted_files(layout.needs, listing) for layout in manifest.layouts)
    return f"no layout fits its {len(listing):,} file{'' if len(listing) == 1 else 's'}; wanted {wanted}"


def _lines(there: list[Found], found: list[Found], asked: Asked, *, shopping: bool) -> Iterator[str]:
    options = asked.options
    yield f"recipe {options.recipe.id}: {options.recipe.title}"
    yield f"data   {options.data or ('by --root' if options.roots else 'none named: this is what could be there')}"
    yield f"out    {options.out}"
    yield f"\nFOUND ({len(there)} of {len(found)} known sources)"
    for source in there:
        yield f"  {source.manifest.id:<24} {source.files:>9,} files {source.bytes / 1e6:>10,.1f} MB   {terms(source.manifest)}"
        yield f"  {'':<24} {source.folder}{f' ({source.layout})' if source.layout else ''}"
        yield from (f"  {'':<24} {line}" for line in source.lines)
    yield "\nNOT FOUND (folder names under --data; case, '-' and '_' alike; archives may stay packed)"
    for source in (source for source in found if source.folder is None):
        told = shopping_lines(source.manifest) if shopping or source.manifest.id in options.sources else [_briefly(source.manifest)]
        yield from (f"  {source.manifest.id if number == 0 else '':<24} {line}" for number, line in enumerate(told))
    if not shopping:
        yield "  (--missing tells their terms, where to get them, what their folders and files are called)"
    yield from _benchmarks(asked, shopping=shopping)
    lost = unclaimed(asked.folders, options.manifests, asked.roots)
    if lost:
        yield "\nCLAIMED BY NO MANIFEST"
        yield from (f"  {options.data}/{name}" for name in lost)
    yield from _policies(there)
    yield from _cost(there, options)


def _briefly(manifest: Manifest) -> str:
    return f"{manifest.title} ({row_count(manifest)})"


def _benchmarks(asked: Asked, *, shopping: bool) -> Iterator[str]:
    yield "\nBENCHMARKS TO SHIELD"
    for manifest in (manifest for manifest in asked.options.manifests if manifest.kind == "benchmark"):
        folder = asked.folder(manifest)
        on_disk = folder is not None and choose_layout(manifest, asked.listing(manifest, folder)) is not None
        keys = f"{len(manifest.known_keys):,} known keys" if manifest.known_keys else "no known keys"
        yield f"  {manifest.id:<24} {'rows on disk' if on_disk else 'not on disk'}, {keys}"
        if not on_disk and shopping:
            yield from (f"  {'':<24} {line}" for line in shopping_lines(manifest))


def _policies(there: list[Found]) -> Iterator[str]:
    """A source whose licence is per record is judged record by record when it is read."""
    yield "\nWHAT A LICENCE POLICY REFUSES OF WHAT WAS FOUND"
    policies: tuple[Policy, ...] = ("any", "research", "commercial")
    for policy in policies:
        refused = [found.manifest.id for found in there if _refuses(found.manifest, policy)]
        yield f"  {policy:<11} {', '.join(refused) or 'nothing'}"
    yield "  (records with a licence of their own are judged one by one)"
    credentialed = [source.manifest.id for source in there if source.manifest.access == "credentialed"]
    yield f"  credentialed sources, kept on this machine: {', '.join(credentialed) or 'none'}"


def _refuses(manifest: Manifest, policy: Policy) -> bool:
    return manifest.commercial != "by_license" and license_fault(manifest.license, manifest.commercial, policy) is not None


def _cost(there: list[Found], options: Options) -> Iterator[str]:
    rows = sum(source.rows for source in there)
    size = sum(source.bytes for source in there)
    free = None if is_remote(options.out) else shutil.disk_usage(_existing(Path(options.out))).free
    seconds = rows / (SAMPLES_A_SECOND_A_CORE * cores())
    yield "\nCOST, roughly"
    yield f"  {rows:,} rows: {seconds / 60:,.0f} min on {cores()} cores"
    yield f"  disk: up to {size * 1.2 / 1e9:,.2f} GB in {options.out}" + ("" if free is None else f", {free / 1e9:,.0f} GB free")
    if free is not None and size * 1.2 > free:
        print(f"warning: {options.out} has {free / 1e9:,.1f} GB free, up to {size * 1.2 / 1e9:,.1f} GB may be written", file=sys.stderr)


def _existing(path: Path) -> Path:
    return next(parent for parent in (path.resolve(), *path.resolve().parents) if parent.exists())
