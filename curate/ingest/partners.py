"""the files of a join -> their rows by key, only the columns that are taken"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from curate.ingest.find import Listing
from curate.ingest.judge import Judge, Judges
from curate.ingest.render import TextOf, Unfit, getter, text_getter
from curate.ingest.shape import Partners, file_columns, table_files
from curate.ingest.wanted import wanted_of_join
from curate.manifest import Manifest, Table
from curate.read import Opener, ReadFault, Where, read_rows
from schemas.found import FileFault
from schemas.verdict import Fault

UNMET = "join_unmet"
__all__ = ["Joined", "Partners", "load_partners"]


@dataclass
class Joined:
    source: str
    table: str
    keys: Mapping[str, str]  # column here: column there
    path: str = ""  # of its first file
    partners: Partners = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)  # globs that match nothing
    faults: list[FileFault] = field(default_factory=list)

    def unmet(self, rows: int) -> Iterator[FileFault]:
        """Where no row found a partner, though there are some: perhaps the keys are not written alike."""
        if rows and self.path and not self.faults:
            found = f"no partner for any of {rows:,} rows among {len(self.partners):,} keys"
            wanted = ", ".join(f"column '{there}' with what '{here}' holds" for here, there in self.keys.items())
            yield FileFault(
                source=self.source,
                file=self.path,
                reason=UNMET,
                found=found,
                wanted=wanted,
                table=self.table,
                rows=rows,
                notice=True,
            )


def load_partners(join: Mapping[str, Any], manifest: Manifest, table: Table, listing: Listing, open: Opener, read: TextOf) -> Joined:
    """Rows of a joined file are no inputs: of those that cannot be read the file's faults tell, and the rows that want them."""
    joined, options = Joined(manifest.name, table.name, join["on"]), join.get("options", {})
    files, joined.missing = table_files(tuple(join["files"]), listing)
    wanted = wanted_of_join(join)
    judges = Judges(manifest, table.name, join["format"], options, wanted)
    take = _Take(join, read, joined.partners)
    for path, captures in files:
        joined.path = joined.path or path
        where = Where(path=path, open=open, columns=captures, needs=wanted.header, absent=wanted.absent, find=listing.first)
        judge = judges.begin(where)
        columns = file_columns(path, captures)
        try:
            for position, row in enumerate(read_rows(join["format"], where, options)):
                try:
                    take.row(row, columns, judge)
                except Unfit as unfit:
                    judge.reject(unfit, path=path, row=position)
        except ReadFault as fault:
            joined.faults.append(judge.file_fault(path, fault))
        joined.faults += judges.end()
    joined.faults += judges.close()
    return joined


class _Take:
    """What is taken of a row, put by its key."""

    def __init__(self, join: Mapping[str, Any], read: TextOf, partners: Partners) -> None:
        self.keys = [text_getter(there, read) for there in join["on"].values()]
        self.takes = [(here, getter(there)) for here, there in join["take"].items()]
        self.many, self.partners = join.get("many", False), partners

    def row(self, row: Any, columns: Mapping[str, Any], judge: Judge) -> None:
        if isinstance(row, Fault):
            raise Unfit(row.reason, row.evidence)
        judge.see(row)
        row = {**columns, **row}
        key = tuple(get(row) for get in self.keys)
        judge.keep()
        if self.many or key not in self.partners:
            self.partners.setdefault(key, []).append({here: get(row) for here, get in self.takes})
