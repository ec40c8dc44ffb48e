"""rows that differ -> how many, of which source and in what way, with the smallest of their ids"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from curate.diff.columns import Mask

KINDS = 100_000  # of changes that are told apart: a corpus has dozens of sources and reasons


class TooManyKinds(ValueError):
    """Tables whose sources or reasons are no such words: counts of them would be a table of their own."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What the rows that are counted together have in common."""

    what: str  # came, went, now rejected, modality, ...
    source: str
    before: str = ""
    now: str = ""


@dataclass(slots=True)
class Counted:
    count: int
    ids: list[str]  # the smallest, ascending


class Tally:
    """Counts of changes; `ids` are kept of each. The same for any order of the rows."""

    def __init__(self, ids: int) -> None:
        self.ids = ids
        self.changes: dict[Change, Counted] = {}

    def add(
        self, what: str, rows: pa.Table, mask: Mask | None = None, *, before: pa.Array | str = "", now: pa.Array | str = ""
    ) -> None:  # fmt: skip
        """Count the rows (columns id, source), or those that `mask` marks, by source and by the words of `before` and `now`, which are as
        long as `rows`. Raises TooManyKinds."""
        words = {"before": before, "now": now}
        columns = {name: pa.repeat(word, len(rows)) if isinstance(word, str) else word for name, word in words.items()}
        table = pa.table({"id": rows["id"], "source": rows["source"], **columns})
        if mask is not None:
            table = table.filter(pa.array(mask))
        if not len(table):
            return
        table = table.sort_by("id")
        grouped = table.group_by(["source", "before", "now"], use_threads=False).aggregate([("id", "list")])  # else ids lose order
        counts = pc.list_value_length(grouped["id_list"]).to_pylist()
        keys = zip(*(grouped[name].to_pylist() for name in ("source", "before", "now")))
        for (source, was, is_now), count, ids in zip(keys, counts, grouped["id_list"]):
            self._count(Change(what, str(source), str(was), str(is_now)), count, ids.values.slice(0, self.ids).to_pylist())

    def _count(self, change: Change, count: int, ids: list[str]) -> None:
        counted = self.changes.setdefault(change, Counted(0, []))
        counted.count += count
        counted.ids = sorted([*counted.ids, *ids])[: self.ids]
        if len(self.changes) > KINDS:
            raise TooManyKinds(f"more than {KINDS:,} kinds of changes found, sources and reasons that are a few words wanted")

    def total(self, *whats: str) -> int:
        return sum(counted.count for change, counted in self.changes.items() if not whats or change.what in whats)
