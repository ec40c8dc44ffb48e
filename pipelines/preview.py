"""one source on disk -> what its manifest makes of the first rows: counts, reasons, whole samples. Writes nothing"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from curate.ingest.find import Listing, find_folder, list_files
from curate.ingest.ingest import choose_layout, read_source
from curate.manifest import Manifest
from curate.read import Opener
from curate.report.page import legible
from pipelines.archives import peek
from pipelines.opened import path_opener
from pipelines.run import Options, UsageError
from schemas.found import FileFault, TableCount
from schemas.image import ImageRef
from schemas.sample import Sample
from schemas.verdict import Verdict

ROWS = 1000  # of each table, where no --limit is given
WIDTH = 120


@dataclass
class Seen:
    """What came of the rows that were read."""

    shown: list[Sample] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    first: dict[str, Verdict] = field(default_factory=dict)  # of each reason
    faults: list[FileFault] = field(default_factory=list)
    tables: list[TableCount] = field(default_factory=list)
    images: int = 0


def print_preview(options: Options, name: str, *, show: int) -> int:
    """Exit status 0 if every file could be read and some row gives a sample, else 3."""
    manifest = next(manifest for manifest in options.manifests if manifest.name == name)
    roots = {source: Path(folder) for source, folder in options.roots.items()}
    folder = find_folder(Path(options.data) if options.data else None, manifest, roots)
    if folder is None:
        names = ", ".join(dict.fromkeys((manifest.id, *manifest.folders)))
        raise UsageError(f"{name}: no folder of it; wanted {options.data or '--data DIR'}/ one of {names}, or --root {manifest.id}=DIR")
    listing = peek(options.out, manifest.name, folder, list_files(folder))
    layout = choose_layout(manifest, listing)
    print(f"{manifest.name}: {folder}, {len(listing):,} files, layout: {layout.name if layout else 'none'}")
    seen = _read(manifest, listing, path_opener(options.out, str(folder), listing), limit=options.limit or ROWS, show=show)
    print("\n".join(legible(line) for line in _lines(seen)))
    return 0 if all(fault.notice for fault in seen.faults) and any(count.kept for count in seen.tables) else 3


def _read(manifest: Manifest, listing: Listing, open: Opener, *, limit: int, show: int) -> Seen:
    seen = Seen()
    shown: Counter[str] = Counter()
    for item in read_source(manifest, listing, open, limit=limit):
        match item:
            case Sample() if shown[item.table] < show:
                shown[item.table] += 1
                seen.shown.append(item)
            case Verdict():
                seen.reasons[item.reason] += 1
                seen.first.setdefault(item.reason, item)
            case FileFault():
                seen.faults.append(item)
            case TableCount():
                seen.tables.append(item)
            case ImageRef():
                seen.images += 1
    return seen


def _lines(seen: Seen) -> Iterator[str]:
    for count in seen.tables:
        elsewhere = f", {count.elsewhere:,} elsewhere" if count.elsewhere else ""
        found = f"{count.files:,} file{'s' * (count.files != 1)}, {count.rows:,} rows read"
        yield f"table {count.table}: {found}: {count.kept:,} kept, {count.rejected:,} rejected{elsewhere}"
        yield from (f"  not there: {glob}" for glob in count.missing)
    yield f"{seen.images:,} images"
    for reason, number in seen.reasons.most_common():
        verdict = seen.first[reason]
        yield f"rejected {number:,} x {reason}, first {verdict.id}: {verdict.evidence}"
    for fault in seen.faults:
        kind = "notice" if fault.notice else "fault"
        yield f"{kind} {fault.file or 'of the folder'}: {fault.reason}: found {fault.found}, wanted {fault.wanted}"
    for sample in seen.shown:
        yield from ("", *_sample(sample))


def _sample(sample: Sample) -> Iterator[str]:
    yield sample.id
    about = {
        "table": f"{sample.table} ({sample.task})", "split": sample.split or "none", "language": sample.language,
        "modality": sample.modality or "not declared", "license": f"{sample.license}, commercial use: {sample.commercial}",
        "images": ", ".join(sample.images), "labels": ", ".join(sample.labels),
        "keys": ", ".join(f"{key.name}={key.value}" for key in sample.keys),
        "boxes": "; ".join(f"{box.label} {box.x:g},{box.y:g} {box.width:g}x{box.height:g}" for box in sample.boxes),
    }  # fmt: skip
    yield from (line for name, text in about.items() if text for line in _wrapped(name, text))
    yield from (line for turn in sample.turns for line in _wrapped(turn.role, turn.text))


def _wrapped(name: str, text: str) -> Sequence[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH) or [""]]
    return [f"  {name if number == 0 else '':<10} {line}" for number, line in enumerate(lines)]
