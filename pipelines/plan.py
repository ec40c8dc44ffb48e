"""What would run: sources found and missing, files, counts, disk and time, what each licence policy would refuse. Nothing is written"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curate.ingest.find import Listing, find_folder, list_files, unclaimed
from curate.ingest.ingest import choose_layout
from curate.ingest.shape import table_files
from curate.manifest import Layout, Manifest
from curate.screen.policy import Policy, license_fault
from pipelines.run import Options, cores

# Measured end to end on 2 cores with small images; large ones cost their decode (some 250 images/s a core at 1 megapixel)
SAMPLES_A_SECOND_A_CORE = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One manifest against the disk."""

    manifest: Manifest
    folder: Path | None
    files: int
    bytes: int
    layout: str  # name of the layout that fits; '' if none does
    tables: tuple[str, ...]  # a line for each table
    published: int  # rows of the tables that are there


def print_plan(options: Options) -> int:
    """Exit status 0 if every source that was found fits one of its layouts, else 3."""
    found = [_look(manifest, options) for manifest in options.manifests if manifest.kind == "source"]
    there = [source for source in found if source.folder is not None]
    print("\n".join(_lines(there, found, options)))
    return 3 if any(not source.layout for source in there) else 0


def _look(manifest: Manifest, options: Options) -> Found:
    roots = {name: Path(folder) for name, folder in options.roots.items()}
    folder = find_folder(Path(options.data) if options.data else None, manifest, roots)
    if folder is None or (options.sources and manifest.id not in options.sources):
        return Found(manifest=manifest, folder=None, files=0, bytes=0, layout="", tables=(), published=0)
    listing = list_files(folder)
    layout = choose_layout(manifest, listing)
    lines, published = [], 0
    for table in layout.tables if layout else ():
        files, missing = table_files(table.files, listing)
        rows = manifest.published_rows.get(table.name, 0) if files else 0
        published += rows
        state = f"{len(files):,} files" if files else "not there: " + ", ".join(missing or table.files)
        lines.append(f"{table.name:<16} {table.task:<14} {state}{f', {rows:,} rows as published' if rows else ''}")
    size = sum(size for size, _ in listing.files.values())
    return Found(
        manifest=manifest, folder=folder, files=len(listing.files), bytes=size, layout=layout.name if layout else "",
        tables=tuple(lines or [_wanted(manifest, listing)]), published=published,
    )  # fmt: skip


def _published(manifest: Manifest, layout: Layout) -> int:
    """Layouts are alternatives: their rows are the same rows."""
    return sum(manifest.published_rows.get(table.name, 0) for table in layout.tables)


def _wanted(manifest: Manifest, listing: Listing) -> str:
    wanted = "; or ".join(" and ".join(layout.needs) for layout in manifest.layouts)
    return f"no layout fits its {len(listing.files):,} files; wanted {wanted}"


def _lines(there: list[Found], found: list[Found], options: Options) -> Iterator[str]:
    yield f"recipe {options.recipe.id}: {options.recipe.title}"
    yield f"data   {options.data or ('by --root' if options.roots else 'none named: this is what could be there')}"
    yield f"out    {options.out}"
    yield f"\nFOUND ({len(there)} of {len(found)} known sources)"
    for source in there:
        terms = f"{source.manifest.license}, {source.manifest.access}, commercial use: {source.manifest.commercial}"
        yield f"  {source.manifest.id:<24} {source.files:>9,} files {source.bytes / 1e6:>10,.1f} MB   {terms}"
        yield f"  {'':<24} {source.folder}{f' ({source.layout})' if source.layout else ''}"
        yield from (f"  {'':<24} {line}" for line in source.tables)
    yield "\nNOT FOUND (folder names under --data; case, '-' and '_' alike)"
    for source in (source for source in found if source.folder is None):
        names = ", ".join(dict.fromkeys((source.manifest.id, *source.manifest.folders)))
        rows = max(_published(source.manifest, layout) for layout in source.manifest.layouts)
        yield f"  {source.manifest.id:<24} {rows:>9,} rows  {source.manifest.access:<12} {source.manifest.homepage}"
        yield f"  {'':<24} as {names}"
    yield from _benchmarks(options)
    roots = {name: Path(folder) for name, folder in options.roots.items()}
    lost = unclaimed(Path(options.data), options.manifests, roots) if options.data else []
    if lost:
        yield "\nCLAIMED BY NO MANIFEST"
        yield from (f"  {options.data}/{name}" for name in lost)
    yield from _policies(there)
    yield from _cost(there, options)


def _benchmarks(options: Options) -> Iterator[str]:
    yield "\nBENCHMARKS TO SHIELD"
    roots = {name: Path(folder) for name, folder in options.roots.items()}
    for manifest in (manifest for manifest in options.manifests if manifest.kind == "benchmark"):
        folder = find_folder(Path(options.data) if options.data else None, manifest, roots)
        on_disk = folder is not None and choose_layout(manifest, list_files(folder)) is not None
        keys = f"{len(manifest.known_keys):,} known keys" if manifest.known_keys else "no known keys"
        yield f"  {manifest.id:<24} {'rows on disk' if on_disk else 'not on disk'}, {keys}"


def _policies(there: list[Found]) -> Iterator[str]:
    """A source whose licence is per record is judged record by record when it is read."""
    yield "\nWHAT A LICENCE POLICY REFUSES OF WHAT WAS FOUND"
    policies: tuple[Policy, ...] = ("any", "research", "commercial")
    for policy in policies:
        refused = [found.manifest.id for found in there if license_fault(found.manifest.license, found.manifest.commercial, policy)]
        yield f"  {policy:<11} {', '.join(refused) or 'nothing'}"
    yield "  (records with a licence of their own are judged one by one)"
    credentialed = [source.manifest.id for source in there if source.manifest.access == "credentialed"]
    yield f"  credentialed sources, kept on this machine: {', '.join(credentialed) or 'none'}"


def _cost(there: list[Found], options: Options) -> Iterator[str]:
    rows = sum(min(source.published, options.limit) if options.limit else source.published for source in there)
    size = sum(source.bytes for source in there)
    free = shutil.disk_usage(_existing(Path(options.out))).free
    seconds = rows / (SAMPLES_A_SECOND_A_CORE * cores())
    yield "\nCOST, roughly"
    yield f"  {rows:,} rows, if the files hold what was published: {seconds / 60:,.0f} min on {cores()} cores"
    yield f"  disk: up to {size * 1.2 / 1e9:,.2f} GB in {options.out}, {free / 1e9:,.0f} GB free"
    if size * 1.2 > free:
        print(f"warning: {options.out} has {free / 1e9:,.1f} GB free, up to {size * 1.2 / 1e9:,.1f} GB may be written", file=sys.stderr)


def _existing(path: Path) -> Path:
    return next(parent for parent in (path.resolve(), *path.resolve().parents) if parent.exists())
