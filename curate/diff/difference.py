"""all that was found -> one value: whether two runs or corpora are equal, and every figure of how they are not"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from curate.diff.fates import Fates
from curate.diff.rows import Columns, Rows
from curate.diff.settings import Setting
from curate.diff.tally import Change, Counted, Tally

VERSION = 1  # of the JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is compared with another: a run's OUT, or the folder of one corpus."""

    path: str
    kind: Literal["run", "corpus"]
    recipe: str  # its id


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """How the files of a source differ, by path and size."""

    source: str
    came: int = 0
    went: int = 0
    resized: int = 0
    retimed: int = 0  # of the same size, written at another time: what a copy, or an edit that keeps the length, leaves


@dataclass(slots=True, kw_only=True)
class CorpusDifference:
    """Two corpora row by row; one of them may not be there."""

    name: str  # 'medical', or 'medical, medical_b' where they are called differently
    before: int | None  # rows; None: there is none
    now: int | None
    rows: Rows
    skipped: int = 0  # rows of shards of equal digests, which were not read
    columns: Columns = field(default_factory=lambda: Columns(both=()))
    quick: bool = False  # image bytes were not read

    @property
    def equal(self) -> bool:
        return self.before == self.now and not self.rows.changed.changes and not self.columns.differ


@dataclass(slots=True, kw_only=True)
class Difference:
    before: Side
    now: Side
    settings: list[Setting]
    unrecorded: list[str]  # groups of settings that one side does not tell
    corpora: list[CorpusDifference]
    files: list[Files] = field(default_factory=list)
    fates: Fates | None = None  # None: a corpus has no verdicts
    modalities: Tally | None = None  # None: a side has no table of them

    @property
    def equal(self) -> bool:
        """Whether both hold the same samples with the same verdicts, and the same rows. What differs in settings alone made no
        difference."""
        tallies = [self.fates.changed if self.fates else None, self.modalities]
        return all(corpus.equal for corpus in self.corpora) and not any(tally.changes for tally in tallies if tally)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: the same for the same two sides."""
        return {
            "version": VERSION,
            "equal": self.equal,
            "before": dataclasses.asdict(self.before),
            "now": dataclasses.asdict(self.now),
            "settings": [dataclasses.asdict(setting) for setting in self.settings],
            "unrecorded": self.unrecorded,
            "files": [dataclasses.asdict(files) for files in self.files],
            "samples": _plain_fates(self.fates) if self.fates else None,
            "modalities": _plain_changes(self.modalities.changes) if self.modalities else None,
            "corpora": [_plain_corpus(corpus) for corpus in self.corpora],
        }


def _plain_fates(fates: Fates) -> dict[str, Any]:
    sides = {name: {"samples": fates.samples[side], "kept": fates.kept[side]} for side, name in enumerate(("before", "now"))}
    return {
        **sides,
        "same": fates.same,
        "changes": _plain_changes(fates.changed.changes),
        "survivors": _plain_changes(fates.survivors.told()),
    }


def _plain_corpus(corpus: CorpusDifference) -> dict[str, Any]:
    return {
        "name": corpus.name,
        "rows": {"before": corpus.before, "now": corpus.now},
        "same": corpus.rows.same + corpus.skipped,
        "different": corpus.rows.different,
        "image_bytes_read": not corpus.quick,
        "columns": {"before": list(corpus.columns.before), "now": list(corpus.columns.now), "retyped": list(corpus.columns.retyped)},
        "weights": {"least": corpus.rows.weights[0], "most": corpus.rows.weights[1]},
        "changes": _plain_changes(corpus.rows.changed.changes),
    }


def _plain_changes(changes: Mapping[Change, Counted]) -> list[dict[str, Any]]:
    return [{**dataclasses.asdict(change), "count": counted.count, "ids": counted.ids} for change, counted in sorted(changes.items())]
