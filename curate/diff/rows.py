"""rows of the same ids in two corpora -> what came, went, and in which columns the others differ"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.diff.columns import Mask, differing
from curate.diff.join import Meeting
from curate.diff.tally import Tally
from curate.terms import terms

CAME, WENT = "came", "went"
# columns that hold a few words each: told from which to which; of the others only that they differ
WORDS = (
    "split", "modality", "submodality", "figure_type", "modality_by", "task", "domain", "language", "license", "access",
)  # fmt: skip
KEYS = ("id", "source")
SAID = {"messages": "text", "images": "image bytes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Of two corpora: what both have in one type, what one alone has, what they have in two."""

    both: tuple[str, ...]
    before: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()

    @property
    def differ(self) -> bool:
        return bool(self.before or self.now or self.retyped)


def shared_columns(before: pa.Schema, now: pa.Schema) -> Columns:
    names = [name for name in before.names if name in now.names]
    return Columns(
        both=tuple(name for name in names if before.field(name).type.equals(now.field(name).type)),
        before=tuple(name for name in before.names if name not in names),
        now=tuple(name for name in now.names if name not in names),
        retyped=tuple(name for name in names if not before.field(name).type.equals(now.field(name).type)),
    )


class Rows:
    """Every row of both corpora is counted once: as come, gone, different or the same."""

    def __init__(self, ids: int) -> None:
        self.changed = Tally(ids)
        self.same = 0
        self.different = 0
        self.weights = (1.0, 1.0)  # least and most that a weight was multiplied by

    def add(self, met: Meeting) -> None:
        """Tables with the columns id, source and others; `before` and `now` have the same ones."""
        self.changed.add(WENT, met.went, before=_words(met.went, "modality"))
        self.changed.add(CAME, met.came, now=_words(met.came, "modality"))
        if met.before.equals(met.now):
            self.same += len(met.now)
            return
        any_differs: Mask = np.zeros(len(met.now), np.bool_)
        for name in met.now.column_names:
            before, now = _flat(met.before[name]), _flat(met.now[name])
            apart = differing(before, now)
            if apart.any():
                any_differs |= apart
                self._count(name, met, apart)
        self.different += int(any_differs.sum())
        self.same += int((~any_differs).sum())

    def _count(self, name: str, met: Meeting, apart: Mask) -> None:
        if name in WORDS:
            self.changed.add(name, met.now, apart, before=_words(met.before, name), now=_words(met.now, name))
            return
        self.changed.add(SAID.get(name, name), met.now, apart)
        if name == "weight":
            before, now = (table["weight"].to_numpy()[apart] for table in (met.before, met.now))
            grown = now[before > 0] / before[before > 0]
            self.weights = (float(grown.min(initial=self.weights[0])), float(grown.max(initial=self.weights[1])))


def _words(table: pa.Table, name: str) -> pa.Array | str:
    """A licence may be whatever a record says: told only where it can be a name."""
    if name not in table.column_names:
        return ""
    return _flat(pc.fill_null(terms(table[name]) if name == "license" else table[name], ""))


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
