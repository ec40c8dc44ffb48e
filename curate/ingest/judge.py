"""the rows of a file, and what became of them -> how the file differs from what its manifest says"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from curate.ingest.presence import Presence
from curate.ingest.render import Unfit
from curate.ingest.trouble import Trouble
from curate.ingest.wanted import Wanted
from curate.manifest import Manifest, Table
from curate.read import ReadFault, Row
from schemas.found import FileFault

HEADED = frozenset({"table", "xlsx", "parquet", "npz"})  # their readers check the header before the first row
ALONE = frozenset({"xml", "text", "folders"})  # a file is a row or two: what one of them lacks another may have
DOUBT = "this part of the manifest is not yet borne out by a real file"


class Judge:
    """Of one file; of all files of a table where each is a row of its own."""

    def __init__(self, source: str, table: str, path: str, presence: Presence, doubts: tuple[str, ...]) -> None:
        self.source, self.table, self.path, self.presence, self.doubts = source, table, path, presence, doubts
        self.trouble = Trouble()
        self.files = 0
        self.is_whole = False  # read to its end: only then it is known what it lacks

    @staticmethod
    def each(manifest: Manifest, table: Table, wanted: Wanted) -> Judges:
        alone = table.format in ALONE or table.options.get("shape") == "record"
        return Judges(manifest, table.name, table.format, wanted, together=alone, held=table.group is not None)

    def see(self, row: Row) -> None:
        self.presence.see(row)

    def see_made(self, row: Row) -> None:
        self.presence.see_made(row)

    def keep(self) -> None:
        self.trouble.judged += 1

    def reject(self, unfit: Unfit, *, path: str, row: int) -> None:
        if unfit.reason != "not_selected_by_manifest":
            self.trouble.judged += 1
            self.trouble.add(unfit.reason, unfit.evidence, column=unfit.column, path=path, row=row)

    def file_fault(self, path: str, fault: ReadFault) -> FileFault:
        return self._fault(fault.reason, fault.found, fault.wanted, path=path)

    def faults(self) -> Iterator[FileFault]:
        """At the end: columns that no row has, those that were perhaps renamed, and rows that could not be read as the manifest says."""
        lacking = self.presence.lacking() if self.is_whole else []
        read = f"{self.presence.rows:,} rows{f' of {self.files:,} files' if self.files > 1 else ''}"
        if lacking:
            yield self._fault("column_missing", f"{read}, {self.presence.found()}", self.presence.wants(lacking))
        elif self.is_whole:
            for name, near in self.presence.renamed():
                wanted = f"column '{name}', which may be absent; perhaps it is '{near}'"
                yield self._fault("column_renamed", f"{read}, none has it", wanted, rows=self.presence.rows, notice=True)
        for fault in self.trouble.faults(told=frozenset(lacking)):
            yield self._fault(fault.reason, fault.found, fault.wanted, path=fault.path, row=fault.row, rows=fault.rows, notice=fault.notice)

    def _fault(self, reason: str, found: str, wanted: str, *, path: str = "", **fields: Any) -> FileFault:
        doubt = f"; {DOUBT}" if any(_concerns(entry, wanted, self.table) for entry in self.doubts) else ""
        return FileFault(
            source=self.source, file=path or self.path, table=self.table, reason=reason, found=found, wanted=f"{wanted}{doubt}", **fields
        )


def _concerns(entry: str, wanted: str, table: str) -> bool:
    """Whether an entry of `unverified` names a column that is wanted, or the table."""
    words = {word.strip("'`\".,;:()") for word in entry.replace(".", " ").split()}
    return table in words or any(f"'{word}'" in wanted or f".{word}'" in wanted for word in words)


@dataclass
class Judges:
    """A judge for each file, or one for all."""

    manifest: Manifest
    table: str
    format: str
    wanted: Wanted
    together: bool
    held: bool = False  # rows are judged when all files are read
    open: list[Judge] = field(default_factory=list)

    def begin(self, path: str) -> Judge:
        if not (self.together and self.open):
            presence = Presence(self.wanted, headed=self.format in HEADED, blank=self.format == "xml")
            self.open.append(Judge(self.manifest.name, self.table, path, presence, self.manifest.unverified))
        judge = self.open[-1]
        judge.files += 1
        judge.is_whole = False
        return judge

    def end(self) -> Iterator[FileFault]:
        """A file is read."""
        if not (self.together or self.held):
            yield from self.close()

    def close(self) -> Iterator[FileFault]:
        """The table is read."""
        for judge in self.open:
            yield from judge.faults()
        self.open = []
