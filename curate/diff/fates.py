"""final verdicts of the same ids in two runs -> what came, went, is kept or rejected now, and for which other reason"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.diff.columns import Mask, differing
from curate.diff.join import Meeting
from curate.diff.survivors import Survivors
from curate.diff.tally import Tally

COLUMNS = ("id", "source", "stage", "decision", "reason", "evidence", "winner")
CAME, WENT, NOW_REJECTED, NOW_KEPT = "came", "went", "now rejected", "now kept"
OTHER_REASON, OTHER_WINNER, OTHER_EVIDENCE = "other reason", "other winner", "other evidence"
KEPT = "kept"


class Fates:
    """Every sample of both runs is counted once: in `changed` by what became of it, or as the `same`."""

    def __init__(self, ids: int) -> None:
        self.changed = Tally(ids)
        self.survivors = Survivors(ids)
        self.same = 0
        self.samples = [0, 0]  # of the first run, of the second
        self.kept = [0, 0]

    def add(self, met: Meeting) -> None:
        """Tables with the columns of Verdict."""
        for side, tables in enumerate(((met.went, met.before), (met.came, met.now))):
            self.samples[side] += sum(map(len, tables))
            self.kept[side] += sum(int(_is_kept(table).sum()) for table in tables)
        self.changed.add(WENT, met.went, before=fate_words(met.went))
        self.changed.add(CAME, met.came, now=fate_words(met.came))
        self.survivors.note(CAME, met.came["id"])
        self.survivors.note(WENT, met.went["id"])
        self._compare(met.before, met.now)

    def _compare(self, before: pa.Table, now: pa.Table) -> None:
        if before.equals(now):
            self.same += len(now)
            return
        was, is_now = _is_kept(before), _is_kept(now)
        words = fate_words(before), fate_words(now)
        left = ~(was & is_now)  # kept is kept: nothing more is told of it
        self._count(NOW_REJECTED, was & ~is_now, now, words)
        self._count(NOW_KEPT, ~was & is_now, now, words)
        left &= was == is_now
        for what, apart in (
            (OTHER_REASON, differing(*words)),
            (OTHER_WINNER, _differ(before, now, "winner")),
            (OTHER_EVIDENCE, _differ(before, now, "evidence")),
        ):
            self._count(what, left & apart, now, words)
            left &= ~apart
        self.same += int((left | (was & is_now)).sum())
        self.survivors.note(NOW_REJECTED, now["id"].filter(pa.array(was & ~is_now)))
        self.survivors.note(NOW_KEPT, now["id"].filter(pa.array(~was & is_now)))
        self.survivors.compare(before, now)

    def _count(self, what: str, mask: Mask, rows: pa.Table, words: tuple[pa.Array, pa.Array]) -> None:
        if mask.any():
            self.changed.add(what, rows, mask, before=words[0], now=words[1])


def fate_words(verdicts: pa.Table) -> pa.Array:
    """'kept', 'dedup: duplicate_image'; what balance did not select says with each corpus's own reason, which its evidence is."""
    ruled = pc.binary_join_element_wise(verdicts["stage"], verdicts["reason"], ": ")
    with_corpora = pc.binary_join_element_wise(ruled, pc.binary_join_element_wise(" (", verdicts["evidence"], ")", ""), "")
    in_balance = pc.and_(pc.equal(verdicts["stage"], "balance"), pc.not_equal(verdicts["evidence"], ""))
    words = pc.if_else(pc.equal(verdicts["decision"], KEPT), KEPT, pc.if_else(in_balance, with_corpora, ruled))
    return words.combine_chunks() if isinstance(words, pa.ChunkedArray) else words


def _is_kept(verdicts: pa.Table) -> Mask:
    kept: Mask = pc.equal(verdicts["decision"], KEPT).to_numpy().astype(np.bool_)
    return kept


def _differ(before: pa.Table, now: pa.Table, column: str) -> Mask:
    return differing(before[column].combine_chunks(), now[column].combine_chunks())
