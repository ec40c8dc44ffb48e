"""one table of a source -> its samples, image references, rejected rows, faults of its files, its count"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from curate.ingest.find import Listing
from curate.ingest.judge import Judge, Judges
from curate.ingest.known import Known, fits_id
from curate.ingest.never import first_met
from curate.ingest.partners import load_partners
from curate.ingest.render import TextOf, Unfit, getter, text_getter, text_reader
from curate.ingest.sample import Maker
from curate.ingest.shape import Part, Shape, file_columns, table_files
from curate.ingest.wanted import surely_columns, wanted_of
from curate.manifest import Manifest, Table
from curate.read import Opener, ReadFault, Row, Where, read_rows
from schemas.found import FileFault, TableCount
from schemas.image import ImageRef
from schemas.sample import Sample
from schemas.verdict import Fault, Verdict

Found = Sample | Verdict | ImageRef | FileFault | TableCount
TellPrivately = Callable[[str, str, list[str]], None]  # id, reason, words or paths from the row's cells: never kept, logged or counted


class Place(NamedTuple):
    """Where a row stands."""

    path: str
    row: int  # position in the file
    order: int  # in the source
    judge: Judge  # of the file

    def __str__(self) -> str:
        return f"{self.path}:{self.row}"


class Ready(NamedTuple):
    """A part that is to become a sample."""

    part: Part
    place: Place


Item = Ready | Verdict | FileFault


class Reading:
    """One table being read."""

    def __init__(
        self, manifest: Manifest, table: Table, listing: Listing, open: Opener, known: Known, tell_privately: TellPrivately | None
    ) -> None:
        self.manifest, self.table, self.listing, self.open, self.known = manifest, table, listing, open, known
        self.tell_privately = tell_privately
        self.read: TextOf = text_reader(table.empty)
        self.files, self.missing = table_files(table.files, listing)
        self.maker = Maker(manifest, table, listing, open, self.read)
        self.wanted, self.columns = wanted_of(table), surely_columns(table)
        self.opened = self.rows = self.inputs = self.kept = self.rejected = self.elsewhere = 0

    def items(self, limit: int | None) -> Iterator[Found]:
        joins = self.table.join if self.files else ()
        joined = [load_partners(join, self.manifest, self.table, self.listing, self.open, self.read) for join in joins]
        yield from (fault for join in joined for fault in join.faults)
        self.missing += [glob for join in joined for glob in join.missing]
        shape = Shape(self.table, self.read, [join.partners for join in joined]) if self.files else None
        table = self.table
        judges = Judges(
            self.manifest, table.name, table.format, table.options, self.wanted, held=table.group is not None, row=table.row
        )  # fmt: skip
        parts = self._parts(shape, judges, limit)
        for item in self._grouped(parts, shape) if self.table.group and shape else parts:
            if isinstance(item, Ready):
                yield from self._finish(item)
            else:
                yield item
        yield from judges.close()
        for join, (tried, met) in zip(joined, shape.met if shape else ()):
            yield from join.unmet(tried) if not met else ()
        yield self._count()

    def _parts(self, shape: Shape | None, judges: Judges, limit: int | None) -> Iterator[Item]:
        wanted = self.wanted
        for path, captures in self.files:
            if shape is None or (limit is not None and self.rows >= limit):
                break
            where = Where(
                path=path, open=self.open, columns=captures, needs=wanted.header, absent=wanted.absent, find=self.listing.first
            )  # fmt: skip
            left, columns = None if limit is None else limit - self.rows, file_columns(path, captures)
            judge = judges.begin(where)
            self.opened += 1
            other = self._other_edition(where, judge)
            if other is not None:
                yield other
                yield from judges.end()
                continue
            try:
                for position, row in enumerate(itertools.islice(read_rows(self.table.format, where, self.table.options), left)):
                    self.rows += 1
                    self.known.rows += 1
                    yield from self._shaped(shape, row, columns, Place(path, position, self.known.rows - 1, judge))
                judge.is_cut = limit is not None and self.rows >= limit
            except ReadFault as fault:
                yield judge.file_fault(path, fault)
            yield from judges.end()

    def _other_edition(self, where: Where, judge: Judge) -> FileFault | None:
        """Of a file that holds what this table says it never does. It is looked through before: what its first rows say would be wrong."""
        if not self.table.never:
            return None
        try:
            met = first_met(read_rows(self.table.format, where, self.table.options), self.table.never)
        except ReadFault:
            return None  # told when its rows are read
        if met is None:
            return None
        found = f"'{met.value}' in column '{met.column}', first in row {met.row}"
        fault = ReadFault("value_never", found=found, wanted=f"another edition: this table reads files that hold no '{met.value}' there")
        return judge.file_fault(where.path, fault, row=met.row)

    def _shaped(self, shape: Shape, row: Row | Fault, columns: Row, place: Place) -> Iterator[Item]:
        if isinstance(row, Fault):
            yield self._reject(str(place), place, Unfit(row.reason, row.evidence))
            return
        place.judge.see(row)
        lacking = self.columns.difference(row) if self.columns else ()  # never what is built in
        row = {"file": columns["@file"], "stem": columns["@stem"], "row": place.row, **columns, **row, "@row": place.row}
        for name in lacking:
            del row[name]
        try:
            parts = shape.parts(row)
        except Unfit as unfit:
            yield self._reject_row(row, place, "", unfit)
            return
        for part in parts:
            place.judge.see_made(part.row)
            if part.selected:
                yield from self._sliced(part, place)
            elif self.table.otherwise == "elsewhere":
                self.elsewhere += 1
            else:
                yield self._reject_row(part.row, place, part.name, Unfit("not_selected_by_manifest", "keep_if"))

    def _sliced(self, part: Part, place: Place) -> Iterator[Item]:
        slices = self.maker.outlines.slices
        if slices is None:
            yield Ready(part, place)
            return
        try:
            yield from (Ready(each, place) for each in slices.parts(part))
        except Unfit as unfit:
            yield self._reject_row(part.row, place, part.name, unfit)

    def _grouped(self, items: Iterator[Item], shape: Shape) -> Iterator[Item]:
        """One part for all that agree in the columns of `by`, in the order of their first."""
        group = self.table.group or {}
        by = [text_getter(name, self.read) for name in group["by"]]
        collect = [(name, getter(name)) for name in group.get("collect", ())]
        gathered: dict[tuple[str, ...], Ready] = {}
        for item in items:
            if not isinstance(item, Ready):
                yield item
                continue
            row = item.part.row
            try:
                key = tuple(get(row) for get in by)
                collected = {name: get(row) for name, get in collect}
            except Unfit as unfit:
                yield self._reject_row(row, item.place, item.part.name, unfit)
                continue
            first = gathered.setdefault(key, item)
            if first is item:
                row["rows"] = []
            first.part.row["rows"].append(collected)
        for ready in gathered.values():
            try:
                shape.finish_group(ready.part.row)
            except Unfit as unfit:
                yield self._reject_row(ready.part.row, ready.place, ready.part.name, unfit)
                continue
            ready.place.judge.see_made(ready.part.row)
            yield ready

    def _finish(self, ready: Ready) -> Iterator[Found]:
        """The sample of a part with the images not met before, or its rejection. Counts it once."""
        place = ready.place
        local, fault = self._name(ready.part.row, place, ready.part.name)
        if fault is not None:
            yield self._reject(local, place, fault)
            return
        id, is_new = self.known.claim(local)
        if not is_new:
            yield self._verdict(id, place, Unfit("duplicate_id", f"table '{self.table.name}'"))
            return
        try:
            made = self.maker.sample(ready.part.row, id, place.order)
        except Unfit as unfit:
            yield self._verdict(id, place, unfit)
            return
        source, images = self.manifest.name, []
        for target in made.targets:
            image, is_new = self.known.meet(target.id(source), target.rendering)
            images.append(image)
            if is_new:
                yield target.ref(
                    image, source, self.listing, is_synthetic=self.table.is_synthetic, may_identify=self.manifest.pixels_may_identify
                )  # fmt: skip
        self.inputs += 1
        self.kept += 1
        place.judge.keep(flat=made.flat, unlisted=made.unlisted, path=place.path, row=place.row)
        yield made.sample if made.sample.images == tuple(images) else replace(made.sample, images=tuple(images))

    def _name(self, row: Row, place: Place, part: str) -> tuple[str, Unfit | None]:
        """What the row, or part of one, is called in its source; its place (file:position) and why, where no such name can be an id."""
        try:
            local = f"{self.maker.row_id(row)}#{part}" if part else self.maker.row_id(row)
        except Unfit as unfit:
            return _instead(place, part), unfit
        return (local, None) if fits_id(local) else (_instead(place, part), Unfit("bad_id", f"{len(local)} characters"))

    def _reject(self, local: str, place: Place, unfit: Unfit) -> Verdict:
        return self._verdict(self.known.claim(local)[0], place, unfit)

    def _reject_row(self, row: Row, place: Place, part: str, unfit: Unfit) -> Verdict:
        return self._reject(self._name(row, place, part)[0], place, unfit)

    def _verdict(self, id: str, place: Place, unfit: Unfit) -> Verdict:
        self.inputs += 1
        self.rejected += 1
        place.judge.reject(unfit, path=place.path, row=place.row)
        if self.tell_privately and unfit.private:
            self.tell_privately(id, unfit.reason, unfit.private())
        return Verdict(
            id=id, source=self.manifest.name, stage="ingest", decision="rejected", reason=unfit.reason, evidence=unfit.evidence, winner=""
        )

    def _count(self) -> TableCount:
        return TableCount(
            source=self.manifest.name, table=self.table.name, files=self.opened, rows=self.rows, inputs=self.inputs, kept=self.kept,
            rejected=self.rejected, elsewhere=self.elsewhere, published=self.manifest.published_rows.get(self.table.name, 0),
            missing=tuple(self.missing),
        )  # fmt: skip


def _instead(place: Place, part: str) -> str:
    return f"{place}#{part}" if part and fits_id(part) else str(place)
