"""rows of a file that could not be read as the manifest says -> one fault of the file for each way in which they differ"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

REPEATED = "duplicate_id"  # a form where most rows repeat; a few lie in the data
# Reasons that lie in the form of a file, and what was wanted instead. Others (no text, no image) lie in what a row says
FORM = {
    "column_missing": "a filled cell",
    "column_type": "a value of the type that the manifest reads",
    "bad_encoding": "text in the encoding that the manifest names",
    "too_long_for_pattern": "a text short enough for the pattern",
    "row_broken": "a row of the format that the manifest names",
    "value_unmapped": "one of the words that the manifest knows",
    "split_unknown": "train, validation or test",
    "language_unknown": "a language tag (BCP 47)",
    "lists_differ": "lists of one length",
    "turns_order": "user and assistant by turns, the last word the assistant's",
    "role_unknown": "a role that the manifest knows",
    "box_broken": "four numbers, left before right and top before bottom",
    "box_outside": "boxes that lie in their image",
    "box_size": "an image of the shape on which the boxes were drawn",
    "frame_broken": "a position",
    "window_broken": "the name of a window, or 'low, high'",
    REPEATED: "a 'row' that is another in each row of the source",
}


@dataclass(slots=True)
class _Kind:
    evidence: str
    path: str
    row: int
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of a file."""

    reason: str
    found: str
    wanted: str
    path: str
    row: int  # the first that it cost
    rows: int  # that it cost
    notice: bool  # others were read as they should


@dataclass(slots=True)
class Trouble:
    """Of the rows of one file, or of all files of a table that has a file for each row."""

    judged: int = 0  # rows, and parts of rows, that became samples or were rejected
    kinds: dict[tuple[str, str], _Kind] = field(default_factory=dict)  # by reason and column
    flat: _Kind | None = None  # rows that are kept without some of their boxes
    boxes: int = 0  # that were left out of them
    unlisted: dict[str, _Kind] = field(default_factory=dict)  # by column: rows whose modality is the default, for their word is not listed

    def add(self, reason: str, evidence: str, *, column: str, path: str, row: int) -> None:
        if reason in FORM:
            self.kinds.setdefault((reason, column), _Kind(evidence, path, row)).rows += 1

    def leave_out(self, boxes: int, *, path: str, row: int) -> None:
        self.flat = self.flat or _Kind("", path, row)
        self.flat.rows += 1
        self.boxes += boxes

    def fall_back(self, column: str, *, path: str, row: int) -> None:
        self.unlisted.setdefault(column, _Kind("", path, row)).rows += 1

    def faults(self, *, told: frozenset[str] = frozenset()) -> Iterator[Told]:
        """One for each reason and column; a notice unless it cost every row. `told`: columns of which it is known that no row has them."""
        for (reason, column), kind in self.kinds.items():
            if reason == "column_missing" and told and column in ("", *told, *(name.split(".")[0] for name in told)):
                continue
            if reason == REPEATED and 2 * kind.rows <= self.judged:
                continue
            found = f"{kind.evidence}, in {kind.rows:,} of {self.judged:,} rows, first in row {kind.row}"
            wanted = f"{FORM[reason]}, in column '{column}'" if column else FORM[reason]
            yield Told(reason, found, wanted, kind.path, kind.row, kind.rows, reason == REPEATED or kind.rows < self.judged)
        if self.flat:
            rows = f"{self.flat.rows:,} of {self.judged:,} rows, first in row {self.flat.row}"
            found = f"boxes without an area, or too small: {self.boxes:,}, in {rows}"
            yield Told("box_no_area", found, "boxes with an area; the rows are kept without these", self.flat.path, self.flat.row, 0, True)
        for column, kind in self.unlisted.items():
            found = f"words for the modality that are not listed, in {kind.rows:,} of {self.judged:,} rows, first in row {kind.row}"
            wanted = f"one of the words that the manifest knows, in column '{column}'; the rows are kept, with its default"
            yield Told("value_unlisted", found, wanted, kind.path, kind.row, 0, True)
