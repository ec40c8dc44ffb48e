"""the rows of a file, and what became of them -> how the file differs from what its manifest says"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from curate.ingest.presence import Presence
from curate.ingest.render import Unfit
from curate.ingest.trouble import REPEATED, Trouble
from curate.ingest.wanted import Wanted
from curate.manifest import Manifest
from curate.read import ReadFault, Row, Where
from curate.read.document import names_in, steps_in, steps_of
from curate.read.names import may_quote, nearest_name
from schemas.found import FileFault

HEADED = frozenset({"table", "xlsx", "parquet", "npz"})  # their readers check the header before the first row
ALONE = frozenset({"xml", "text", "folders"})  # a file is a row or two: what one of them lacks another may have
FILES = 20  # of which the same is told each by each
QUOTED = re.compile(r"'([^']+)'")
NAMED = frozenset({"parquet", "xlsx", "xml", "json", "jsonl", "npz", "pickle"})  # formats that a sentence means when it has the word
DOUBT = "this part of the manifest is not yet borne out by a real file"


class Judge:
    """Of one file; of all files of a table where each is a row of its own."""

    def __init__(self, judges: Judges, where: Where) -> None:
        self.judges, self.where = judges, where
        self.presence = Presence(judges.wanted, headed=judges.format in HEADED, blank=judges.format == "xml")
        self.trouble = Trouble()
        self.files = self.broken = 0
        self.is_cut = False  # not read to its end: it is not known what it lacks

    def see(self, row: Row) -> None:
        self.presence.see(row)

    def see_made(self, row: Row) -> None:
        self.presence.see_made(row)

    def keep(self, *, flat: int = 0, unlisted: str = "", path: str = "", row: int = -1) -> None:
        """`flat`: boxes of it that are left out; `unlisted`: the column whose word for the modality is not in the manifest."""
        self.trouble.judged += 1
        if flat:
            self.trouble.leave_out(flat, path=path, row=row)
        if unlisted:
            self.trouble.fall_back(unlisted, path=path, row=row)

    def reject(self, unfit: Unfit, *, path: str, row: int) -> None:
        if unfit.reason != "not_selected_by_manifest":
            self.trouble.judged += 1
            evidence = f"row is not unique: '{self.judges.row}' repeats" if unfit.reason == REPEATED else unfit.evidence
            self.trouble.add(unfit.reason, evidence, column=unfit.column, path=path, row=row)

    def file_fault(self, path: str, fault: ReadFault, *, row: int = -1) -> FileFault:
        self.broken += 1
        self.is_cut = self.is_cut or not self.judges.together
        return self._fault(fault.reason, fault.found, fault.wanted, path=path, row=row)

    def faults(self) -> Iterator[FileFault]:
        """At the end: columns that no row has, those that were perhaps renamed, and rows that could not be read as the manifest says."""
        lacking = self.presence.lacking() if not self.is_cut else []
        read = f"{self.presence.rows:,} rows{f' of {self.files:,} files' if self.files > 1 else ''}"
        if lacking:
            yield self._fault("column_missing", f"{read}, {self.presence.found()}", self._wanted(lacking))
        elif self.judges.format == "xml" and not self.presence.rows and self.files > self.broken:
            element = self.judges.options.get("row", ".")
            yield self._fault("row_missing", f"{self.files:,} files without one row", f"elements {self._in_document({element: [element]})}")
        elif not self.is_cut:
            for name, near in self.presence.renamed():
                wanted = f"column '{name}', which may be absent; perhaps it is '{near}'"
                yield self._fault("column_renamed", f"{read}, none has it", wanted, rows=self.presence.rows, notice=True)
        for told in self.trouble.faults(told=frozenset(lacking)):
            yield self._fault(told.reason, told.found, told.wanted, path=told.path, row=told.row, rows=told.rows, notice=told.notice)

    def _wanted(self, lacking: list[str]) -> str:
        if self.judges.format != "xml":
            return self.presence.wants(lacking)
        steps = steps_of(self.judges.options["columns"])
        return f"column {self._in_document({name: steps.get(name, []) for name in lacking})}"

    def _in_document(self, wanted: Mapping[str, list[str]]) -> str:
        """What is wanted of a document, each with the first name on its path that is not there, and what is nearest to that."""
        try:
            there = names_in(self.where)
        except ReadFault:
            there = []
        options = self.judges.options
        paths = [*steps_of(options["columns"]).values(), steps_in([options.get("row", "")])]
        known = {step for path in paths for step in path}
        free = [name for name in there if name not in known]
        told = []
        for name, path in wanted.items():
            gone = next((step for step in steps_in(path) if step not in there), "")
            near = nearest_name(gone, free) if gone and may_quote(free) else ""
            told.append(f"'{name}'{f' (nearest: {near!r})' if near else f' (no {gone!r} is there)' if gone else ''}")
        return ", ".join(told)

    def _fault(self, reason: str, found: str, wanted: str, *, path: str = "", **fields: Any) -> FileFault:
        manifest, table = self.judges.manifest, self.judges.table
        file = path or self.where.path
        doubted = any(_concerns(entry, wanted, file, self.judges.format) for entry in manifest.unverified)
        wanted = f"{wanted}; {DOUBT}" if doubted else wanted
        return FileFault(source=manifest.name, file=file, table=table, reason=reason, found=found, wanted=wanted, **fields)


def _concerns(entry: str, wanted: str, path: str, format: str) -> bool:
    """Whether an entry of `unverified` speaks of a column that is wanted, of the file, or of its format; not whether it names a field."""
    words = {word.strip("`'\",;:()") for word in entry.split()}
    if len(words) == 1 or entry.startswith("published"):
        return False
    columns = {part for name in QUOTED.findall(wanted) for part in (name, *name.split("."))}
    name = path.rpartition("/")[2]
    return bool(words & columns) or (name != "" and name in words) or (format in NAMED and format in map(str.casefold, words))


@dataclass
class Judges:
    """A judge for each file, or one for all."""

    manifest: Manifest
    table: str
    format: str
    options: Mapping[str, Any]
    wanted: Wanted
    held: bool = False  # rows are judged when all files are read
    row: str = ""  # the template of their ids
    open: list[Judge] = field(default_factory=list)
    told: dict[tuple[str, str, bool], tuple[FileFault, int, int]] = field(default_factory=dict)  # a fault, of how many files, rows untold

    @property
    def together(self) -> bool:
        return self.format in ALONE or self.options.get("shape") == "record"

    def begin(self, where: Where) -> Judge:
        if not (self.together and self.open):
            self.open.append(Judge(self, where))
        self.open[-1].files += 1
        return self.open[-1]

    def end(self) -> Iterator[FileFault]:
        """A file is read."""
        if not (self.together or self.held):
            yield from self._judged()

    def close(self) -> Iterator[FileFault]:
        """The table is read."""
        yield from self._judged()
        for fault, files, rows in self.told.values():
            if files > FILES:
                yield replace(fault, file="", found=f"the same in {files - FILES:,} more files, {rows:,} rows", rows=rows)

    def _judged(self) -> Iterator[FileFault]:
        """What is to be told of some files is told of each, of the same in many files in one line."""
        for judge in self.open:
            for fault in judge.faults():
                key = (fault.reason, fault.wanted, fault.notice)
                _, files, rows = self.told.get(key, (fault, 0, 0))
                self.told[key] = (fault, files + 1, rows + fault.rows if files >= FILES else 0)
                if files < FILES:
                    yield fault
        self.open = []
