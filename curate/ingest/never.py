"""rows of a file, values that none of them may hold -> the first that is there: the file is of another edition than its table reads"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from curate.ingest.flags import comparable
from curate.ingest.render import Unfit, getter, text_of
from curate.read import Row
from schemas.verdict import Fault


@dataclass(frozen=True, slots=True)
class Met:
    column: str
    value: str  # as the manifest lists it
    row: int  # position in the file


def first_met(rows: Iterable[Row | Fault], never: Mapping[str, Iterable[Any]]) -> Met | None:
    """Cells are compared as `flags` compares them. What is no text or number is none of them, and what cannot be read is told elsewhere."""
    looked = [(name, getter(name), {comparable(text_of(value)): text_of(value) for value in values}) for name, values in never.items()]
    for position, row in enumerate(rows):
        if isinstance(row, Fault):
            continue
        for name, get, values in looked:
            try:
                found = comparable(text_of(get(row)))
            except Unfit:
                continue
            if found in values:
                return Met(name, values[found], position)
    return None
