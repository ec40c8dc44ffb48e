"""one source's manifest and files -> samples, image references, rejected rows, faults of files, counts of tables"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from curate.ingest.find import Listing
from curate.ingest.render import TextOf, Unfit, text_reader
from curate.ingest.sample import Maker
from curate.ingest.shape import Part, Partners, Shape, file_columns, load_partners, needed_columns, table_files
from curate.manifest import Layout, Manifest, Table
from curate.manifest.pattern import alternatives
from curate.read import Opener, ReadFault, Row, Where, read_rows
from schemas.found import FileFault, TableCount
from schemas.image import ImageRef
from schemas.sample import Sample
from schemas.verdict import Fault, Verdict

__all__ = ["FileFault", "Found", "TableCount", "choose_layout", "read_source"]

Found = Sample | Verdict | ImageRef | FileFault | TableCount
UNFIT_ID = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
MAX_ID = 300  # characters


def read_source(manifest: Manifest, listing: Listing, open: Opener, *, limit: int | None) -> Iterator[Found]:
    """All that a source holds, in the order of its tables, files and rows. Samples are kept ones; a Verdict is a row, or part of one,
    that gives none; an ImageRef comes once, before the first sample that shows it; a TableCount ends each table. `limit`: rows of each
    table; those beyond are no inputs. Memory: digests of ids and images, joined files, grouped tables. Data faults never raise."""
    if listing.misnamed:
        found = f"{listing.misnamed} names that are not"
        yield FileFault(source=manifest.name, file="", reason="bad_name", found=found, wanted="names in UTF-8")
    layout = choose_layout(manifest, listing)
    if layout is None:
        yield _no_layout(manifest, listing)
        return
    known = Known(manifest.name)
    for table in layout.tables:
        yield from _Reading(manifest, table, listing, open, known).items(limit)


def choose_layout(manifest: Manifest, listing: Listing) -> Layout | None:
    """The first layout all of whose globs match a file."""
    return next((layout for layout in manifest.layouts if all(_matches(glob, listing) for glob in layout.needs)), None)


def _matches(glob: str, listing: Listing) -> bool:
    return any(next(listing.match(part), None) is not None for part in alternatives(glob))


def _no_layout(manifest: Manifest, listing: Listing) -> FileFault:
    names = sorted(listing.files)[:3]
    wanted = "; or ".join(f"{' and '.join(layout.needs)} ({layout.name})" for layout in manifest.layouts)
    found = f"{len(listing.files)} files{': ' + ', '.join(names) if names else ''}"
    return FileFault(source=manifest.name, file="", reason="no_layout", found=found, wanted=wanted)


@dataclass
class Known:
    """Ids and images met so far in a source, by 8-byte digests; how many rows there were."""

    source: str
    ids: set[int] = field(default_factory=set)
    repeats: dict[int, int] = field(default_factory=dict)
    images: set[int] = field(default_factory=set)
    rows: int = 0

    def claim(self, local: str) -> tuple[str, bool]:
        """(the sample's id, whether it is new); a repeated one gets ~2, ~3 ..., the first that no row has as its own."""
        id = f"{self.source}/{local}"
        digest = _digest(id)
        if self._take(digest):
            return id, True
        repeat = self.repeats.get(digest, 1) + 1
        while not self._take(_digest(f"{id}~{repeat}")):
            repeat += 1
        self.repeats[digest] = repeat
        return f"{id}~{repeat}", False

    def _take(self, digest: int) -> bool:
        """Whether the id is new."""
        if digest in self.ids:
            return False
        self.ids.add(digest)
        return True

    def meet(self, image: str) -> bool:
        """Whether the image is met for the first time."""
        digest = _digest(image)
        if digest in self.images:
            return False
        self.images.add(digest)
        return True


def _fits_id(text: str) -> bool:
    return len(text) <= MAX_ID and not UNFIT_ID.search(text)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


class _Reading:
    """One table being read."""

    def __init__(self, manifest: Manifest, table: Table, listing: Listing, open: Opener, known: Known) -> None:
        self.manifest, self.table, self.listing, self.open, self.known = manifest, table, listing, open, known
        self.read: TextOf = text_reader(table.empty)
        self.files, self.missing = table_files(table.files, listing)
        self.maker = Maker(manifest, table, listing, self.read)
        self.needs = needed_columns(table)
        self.opened = self.rows = self.inputs = self.kept = self.rejected = self.elsewhere = 0

    def items(self, limit: int | None) -> Iterator[Found]:
        partners: list[Partners] = []
        for join in self.table.join if self.files else ():
            try:
                loaded, missing = load_partners(join, self.listing, self.open, self.read)
            except ReadFault as fault:
                loaded, missing = {}, []
                yield self._file_fault(fault.path or join["files"][0], fault)
            partners.append(loaded)
            self.missing += missing
        parts = self._parts(Shape(self.table, self.read, partners) if self.files else None, limit)
        for item in self._grouped(parts) if self.table.group else parts:
            if isinstance(item, _Ready):
                yield from self._finish(item)
            else:
                yield item
        yield self._count()

    def _parts(self, shape: Shape | None, limit: int | None) -> Iterator[_Ready | Verdict | FileFault]:
        for path, captures in self.files:
            if shape is None or (limit is not None and self.rows >= limit):
                return
            where = Where(path=path, open=self.open, columns=captures, needs=self.needs, find=self.listing.first)
            columns = file_columns(path, captures)
            rows = itertools.islice(read_rows(self.table.format, where, self.table.options), None if limit is None else limit - self.rows)
            self.opened += 1
            try:
                for position, row in enumerate(rows):
                    self.rows += 1
                    self.known.rows += 1
                    yield from self._shaped(shape, row, columns, f"{path}:{position}", position)
            except ReadFault as fault:
                yield self._file_fault(path, fault)

    def _shaped(self, shape: Shape, row: Row | Fault, columns: Row, place: str, position: int) -> Iterator[_Ready | Verdict]:
        order = self.known.rows - 1
        if isinstance(row, Fault):
            yield self._reject(place, row.reason, row.evidence)
            return
        row = {"file": columns["@file"], "stem": columns["@stem"], "row": position, **columns, **row, "@row": position}
        try:
            parts = shape.parts(row)
        except Unfit as unfit:
            yield self._reject_row(row, place, "", unfit)
            return
        for part in parts:
            if part.selected:
                yield _Ready(part, place, order)
            elif self.table.otherwise == "elsewhere":
                self.elsewhere += 1
            else:
                yield self._reject_row(part.row, place, part.name, Unfit("not_selected_by_manifest", "keep_if"))

    def _grouped(self, items: Iterator[_Ready | Verdict | FileFault]) -> Iterator[_Ready | Verdict | FileFault]:
        """One part for all that agree in the columns of `by`, in the order of their first."""
        group = self.table.group or {}
        gathered: dict[tuple[str, ...], _Ready] = {}
        for item in items:
            if not isinstance(item, _Ready):
                yield item
                continue
            row = item.part.row
            try:
                key = tuple(self.read(row.get(name)) for name in group["by"])
            except Unfit as unfit:
                yield self._reject_row(row, item.place, item.part.name, unfit)
                continue
            first = gathered.setdefault(key, item)
            if first is item:
                row["rows"] = []
            first.part.row["rows"].append({name: row.get(name) for name in group.get("collect", ())})
        yield from gathered.values()

    def _finish(self, ready: _Ready) -> Iterator[Found]:
        """The sample of a part with the images not met before, or its rejection. Counts it once."""
        local, fault = self._name(ready.part.row, ready.place, ready.part.name)
        if fault is not None:
            yield self._reject(local, fault.reason, fault.evidence)
            return
        id, is_new = self.known.claim(local)
        if not is_new:
            yield self._verdict(id, "duplicate_id", f"table '{self.table.name}'")
            return
        try:
            sample, targets = self.maker.sample(ready.part.row, id, ready.order)
        except Unfit as unfit:
            yield self._verdict(id, unfit.reason, unfit.evidence)
            return
        for target in targets:
            if self.known.meet(target.id(self.manifest.name)):
                yield target.ref(self.manifest.name, self.listing, is_synthetic=self.table.is_synthetic)
        self.inputs += 1
        self.kept += 1
        yield sample

    def _name(self, row: Row, place: str, part: str) -> tuple[str, Unfit | None]:
        """What the row, or part of one, is called in its source; its place (file:position) and why, where no such name can be an id."""
        instead = f"{place}#{part}" if part and _fits_id(part) else place
        try:
            local = f"{self.maker.row_id(row)}#{part}" if part else self.maker.row_id(row)
        except Unfit as unfit:
            return instead, unfit
        return (local, None) if _fits_id(local) else (instead, Unfit("bad_id", f"{len(local)} characters"))

    def _reject(self, local: str, reason: str, evidence: str) -> Verdict:
        return self._verdict(self.known.claim(local)[0], reason, evidence)

    def _reject_row(self, row: Row, place: str, part: str, unfit: Unfit) -> Verdict:
        return self._reject(self._name(row, place, part)[0], unfit.reason, unfit.evidence)

    def _verdict(self, id: str, reason: str, evidence: str) -> Verdict:
        self.inputs += 1
        self.rejected += 1
        return Verdict(id=id, source=self.manifest.name, stage="ingest", decision="rejected", reason=reason, evidence=evidence, winner="")

    def _file_fault(self, path: str, fault: ReadFault) -> FileFault:
        return FileFault(source=self.manifest.name, file=path, reason=fault.reason, found=fault.found, wanted=fault.wanted)

    def _count(self) -> TableCount:
        return TableCount(
            source=self.manifest.name, table=self.table.name, files=self.opened, rows=self.rows, inputs=self.inputs, kept=self.kept,
            rejected=self.rejected, elsewhere=self.elsewhere, published=self.manifest.published_rows.get(self.table.name, 0),
            missing=tuple(self.missing),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ready:
    """A part that is to become a sample."""

    part: Part
    place: str  # file:position
    order: int
