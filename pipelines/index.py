"""what units of a stage wrote: files, receipts, and the index that commits them"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a table."""

    table: str
    part: str
    bucket: int
    path: str  # relative to OUT
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one unit of work wrote; it stands beside the tables until the stage's index commits them all."""

    unit: str
    fingerprint: str
    files: tuple[Entry, ...]
    counts: dict[str, Any]  # figures and faults of the unit; numbers, words and file names only


@dataclass(frozen=True, kw_only=True)
class Index:
    """A committed stage: without it the stage has not happened."""

    stage: str
    fingerprint: str
    receipts: tuple[Receipt, ...]
    seconds: float

    @functools.cached_property
    def files(self) -> list[Entry]:
        return [entry for receipt in self.receipts for entry in receipt.files]

    def entries(self, table: str, *, part: str | None = None, bucket: int | None = None) -> list[Entry]:
        """The files of a table, of one part of it, of one bucket, in the order of the index."""
        if part is not None:
            return [entry for entry in self._of_part.get((table, part), ()) if bucket in (None, entry.bucket)]
        return self._of_bucket.get((table, bucket), [])

    def in_bucket(self, bucket: int) -> list[Entry]:
        """The files of all tables."""
        return self._in_bucket.get(bucket, [])

    @functools.cached_property
    def _in_bucket(self) -> dict[int, list[Entry]]:
        found: dict[int, list[Entry]] = {}
        for entry in self.files:
            found.setdefault(entry.bucket, []).append(entry)
        return found

    @functools.cached_property
    def _of_part(self) -> dict[tuple[str, str], list[Entry]]:
        """Looked up part by part: going through all files for each would take the square of their number."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.files:
            found.setdefault((entry.table, entry.part), []).append(entry)
        return found

    @functools.cached_property
    def _of_bucket(self) -> dict[tuple[str, int | None], list[Entry]]:
        """Bucket None: all."""
        found: dict[tuple[str, int | None], list[Entry]] = {}
        for entry in self.files:
            for bucket in (None, entry.bucket):
                found.setdefault((entry.table, bucket), []).append(entry)
        return found

    def digest(self, *tables: str) -> str:
        """Of the content of its tables: what a later stage's fingerprint is made from."""
        return fingerprint([(entry.path, entry.sha256) for entry in self.files if not tables or entry.table in tables])

    def rows(self, table: str) -> int:
        return sum(entry.rows for entry in self.files if entry.table == table)

    def parts(self, table: str) -> list[str]:
        return sorted({entry.part for entry in self.files if entry.table == table})


def fingerprint(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True, default=str).encode()).hexdigest()
