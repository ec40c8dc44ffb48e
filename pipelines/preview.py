"""one source on disk -> what its manifest makes of the first rows: counts, reasons, whole samples. Writes nothing"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from curate.ingest.find import Listing, find_folder, folders_in
from curate.ingest.ingest import choose_layout, read_source
from curate.manifest import Layout, Manifest, folder_key, sound_manifests
from curate.manifest.catalogue import folder_names
from curate.read import Opener
from curate.report.page import legible
from pipelines.archives import peek
from pipelines.find import list_place
from pipelines.named import place_faults
from pipelines.opened import path_opener
from pipelines.options import MANIFESTS, no_such, read_roots
from pipelines.place import Place, place
from pipelines.previewed import Refusals, Seen, lines
from pipelines.run import UsageError
from schemas.found import FileFault, TableCount
from schemas.image import ImageRef, Member
from schemas.sample import Sample
from schemas.verdict import Verdict

MISSING = "image_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is asked for."""

    manifest: Manifest
    data: str
    roots: dict[str, Place]
    out: str  # where a run may have looked into the archives
    limit: int
    show: int
    whole: bool


def preview_of(given: argparse.Namespace) -> Preview:
    """Raises UsageError with all that is wrong. Faults of manifests that were not asked for are told on stderr alone."""
    faults = [*given.faults, *(f"'{flag}' is no option of preview; its --help lists them" for flag in given.beam_flags)]
    folders = [Path(folder) for folder in given.manifests]
    faults += [f"--manifests {folder}: no such folder" for folder in folders if not folder.is_dir()]
    faults += place_faults("--data", given.data) if given.data else ()
    roots = read_roots(given.root, faults)
    manifest = _manifest(given.source, folders, faults) if given.source else None
    if manifest is None or faults:
        raise UsageError("\n       ".join(faults))
    return Preview(
        manifest=manifest, data=given.data or "", roots={name: place(folder) for name, folder in roots.items()}, out=given.out,
        limit=given.limit, show=given.show, whole=given.whole,
    )  # fmt: skip


def _manifest(name: str, folders: list[Path], faults: list[str]) -> Manifest | None:
    manifests, wrong = sound_manifests(MANIFESTS, [folder for folder in folders if folder.is_dir()])
    own = [line for line in wrong if _is_of(line, name.partition("@")[0])]
    asked = {manifest.name: manifest for manifest in manifests}.get(name)
    if asked is None and not own:
        faults.append(no_such(name, "source", [manifest.name for manifest in manifests]))
    faults += own
    for line in wrong if not own else ():
        print(legible(f"note: another manifest: {line}"), file=sys.stderr)
    return asked


def _is_of(fault: str, id: str) -> bool:
    """Whether a fault names the file of a source."""
    return any(folder_key(stem) == folder_key(id) for stem in re.findall(r"([^/\s:]+)\.ya?ml\b", fault))


def print_preview(asked: Preview) -> int:
    """Exit status 0 if every file could be read and some row gives a sample, else 3."""
    manifest = asked.manifest
    there: list[Place] = folders_in(place(asked.data) if asked.data else None)
    folder = find_folder(there, manifest, asked.roots)
    if folder is None:
        names, data = ", ".join(folder_names(manifest)), asked.data or "--data DIR"
        raise UsageError(f"{manifest.name}: no folder of it; wanted {data}/ one of {names}, or --root {manifest.id}=DIR")
    listing = peek(asked.out, manifest.name, folder, list_place(folder))
    layout = choose_layout(manifest, listing)
    print(legible(f"{manifest.name}: {folder}, {len(listing):,} files, layout: {layout.name if layout else 'none'}"))
    open_path = path_opener(asked.out, str(folder), listing)
    seen = _read(manifest, listing, open_path, limit=asked.limit, show=asked.show)
    if layout:
        _suppose(seen, manifest, layout, listing, open_path, asked)
    for line in lines(seen, listing, limit=asked.limit, whole=asked.whole):
        print(legible(line))
    return 0 if all(fault.notice for fault in seen.faults) and any(count.kept for count in seen.tables) else 3


def _read(manifest: Manifest, listing: Listing, open: Opener, *, limit: int, show: int) -> Seen:
    seen = Seen()
    shown: Counter[str] = Counter()
    refusals, private = Refusals(), _Private()
    for item in read_source(manifest, listing, open, limit=limit, tell_privately=private.hear):
        match item:
            case Sample() if shown[item.table] < show:
                shown[item.table] += 1
                seen.shown.append((item, False))
            case Verdict():
                refusals.add(item, private.of(item.id))
            case FileFault():
                seen.faults.append(item)
            case TableCount():
                seen.tables.append(item)
                seen.refused.append(refusals)
                refusals = Refusals()
            case ImageRef():
                seen.images += 1
    return seen


@dataclass
class _Private:
    """What is told of a row just before its verdict comes."""

    told: dict[str, list[str]] = field(default_factory=dict)

    def hear(self, id: str, reason: str, words: list[str]) -> None:
        self.told = {id: words}

    def of(self, id: str) -> list[str]:
        return self.told.pop(id, [])


def _suppose(seen: Seen, manifest: Manifest, layout: Layout, listing: Listing, open: Opener, asked: Preview) -> None:
    """Of a table none of whose rows is kept, some for their images alone, the samples that it would give: a text can be got right while
    images are still on their way."""
    tables = {table.name: table for table in layout.tables}
    for count, refused in zip(list(seen.tables), seen.refused):
        if not count.kept and refused.reasons[MISSING] and asked.show:
            table = tables[count.table]
            without = replace(table, image=(), slices=None, slides=None)  # a path below any folder cannot be supposed
            of_each = (_supposed(manifest, replace(layout, tables=(one,)), listing, open, asked) for one in (table, without))
            seen.shown += [(sample, True) for sample in next(filter(None, of_each), [])]


def _supposed(manifest: Manifest, layout: Layout, listing: Listing, open: Opener, asked: Preview) -> list[Sample]:
    found = read_source(replace(manifest, layouts=(layout,)), _Supposed(listing), open, limit=asked.limit)
    return list(islice((item for item in found if isinstance(item, Sample)), asked.show))


class _Supposed(Listing):
    """A listing in which every file is there that is asked for by its path, unless that is a link that leads out."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing.files, listing.escaping, listing.misnamed, listing.archives)

    def find(self, path: str) -> str | None:
        return super().find(path) or (None if self.escapes(path) else path)

    def named(self, name: str) -> Iterator[tuple[str, str]]:
        found: Iterable[tuple[str, str]] = list(super().named(name))
        yield from found or [(name, name)]

    def place(self, path: str) -> tuple[int, int, Member | None]:
        return super().place(path) if super().find(path) else (0, 0, None)
