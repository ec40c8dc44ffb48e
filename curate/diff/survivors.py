"""verdicts of dedup in two runs -> samples in whose place another one stays now, and what became of the one that stayed"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.diff.tally import Change, Counted
from curate.digests import digests64

Digests = npt.NDArray[np.uint64]
POOL = 200  # samples of each kind and source of which more than digests is kept, for examples
LOST, STAYS, ELSEWHERE = "kept before, gives way now", "gave way before, stays now", "gives way to another"
PLACES = "the two changed places"
# what became of the other sample, in the order in which they are asked: kind -> (in which set it is, words)
STORIES = {
    LOST: (("came", "the one that stays is new"), ("pair", PLACES), ("now kept", "the one that stays was rejected before")),
    STAYS: (("went", "the one that stayed is gone"), ("pair", PLACES), ("now rejected", "the one that stayed is rejected now")),
    ELSEWHERE: (
        ("went", "the one that stayed is gone"),
        ("now rejected", "the one that stayed is rejected now"),
        ("came", "the one that stays is new"),
        ("now kept", "the one that stays was rejected before"),
    ),
}
ELSE = {
    LOST: "the one that stays was kept before too: they are copies now",
    STAYS: "the one that stayed is kept too: they are no copies now",
    ELSEWHERE: "both were kept before",
}


@dataclass(slots=True)
class _Changed:
    """Samples of one kind and source: digests of all, ids of the smallest."""

    digests: list[tuple[Digests, Digests, Digests]]  # theirs, of the one that stayed, of the one that stays
    pool: list[tuple[str, str, str]]


class Survivors:
    """8 bytes for a sample that came, went, is kept or rejected now; 24 for one that has another survivor. Nothing for the others."""

    def __init__(self, ids: int) -> None:
        self.ids = ids
        self.noted: dict[str, list[Digests]] = {}
        self.changed: dict[tuple[str, str], _Changed] = {}

    def note(self, what: str, ids: pa.ChunkedArray) -> None:
        """Samples that `what` happened to: they may be what others gave way to."""
        if len(ids):
            self.noted.setdefault(what, []).append(digests64(ids))

    def compare(self, before: pa.Table, now: pa.Table) -> None:
        """Verdicts of the same ids. One that stays is its own survivor; one that was rejected otherwise than by dedup has none."""
        stayed, stays = survivor_of(before), survivor_of(now)
        apart = pc.fill_null(pc.not_equal(stayed, stays), False)
        rows = pa.table({"id": now["id"], "source": now["source"], "stayed": stayed, "stays": stays}).filter(apart)
        for source in pc.unique(rows["source"]).to_pylist():
            self._take_in(source, rows.filter(pc.equal(rows["source"], source)).to_pylist())

    def _take_in(self, source: str, rows: list[dict[str, str]]) -> None:
        for kind in STORIES:
            alike = [(row["id"], row["stayed"], row["stays"]) for row in rows if _kind(row) == kind]
            if alike:
                changed = self.changed.setdefault((kind, source), _Changed([], []))
                first, second, third = (digests64(column) for column in zip(*alike))
                changed.digests.append((first, second, third))
                changed.pool = sorted([*changed.pool, *alike])[:POOL]

    def told(self) -> dict[Change, Counted]:
        """Change(kind, source, now=what became of the other) -> how many, with the smallest ids."""
        noted = {what: np.concatenate(digests) for what, digests in self.noted.items()}
        pairs = self._pairs()
        found: dict[Change, Counted] = {}
        for (kind, source), changed in sorted(self.changed.items()):
            for story, mask, pooled in _stories(kind, changed, noted, pairs):
                ids = [row[0] for row, told in zip(changed.pool, pooled) if told]
                found[Change(kind, source, now=story)] = Counted(int(mask.sum()), ids[: self.ids])
        return found

    def _pairs(self) -> dict[str, Digests]:
        """Kind -> (loser now, winner now) of pairs whose other half may be of the other kind."""
        halves: dict[str, list[Digests]] = {LOST: [], STAYS: []}
        for (kind, _), changed in self.changed.items():
            if kind in halves:
                halves[kind] += [_pair(kind, *digests) for digests in changed.digests]
        empty = [np.zeros(0, np.uint64)]
        return {LOST: np.concatenate(halves[STAYS] or empty), STAYS: np.concatenate(halves[LOST] or empty)}


def survivor_of(verdicts: pa.Table) -> pa.ChunkedArray:
    """The id that stays in a sample's place: its own where it is kept; null where nothing does."""
    lost = pc.and_(pc.equal(verdicts["stage"], "dedup"), pc.equal(verdicts["decision"], "rejected"))
    own = pc.if_else(pc.equal(verdicts["decision"], "kept"), verdicts["id"], None)
    return pc.if_else(lost, verdicts["winner"], own)


def _kind(row: dict[str, str]) -> str:
    return LOST if row["stayed"] == row["id"] else STAYS if row["stays"] == row["id"] else ELSEWHERE


def _stories(
    kind: str, changed: _Changed, noted: dict[str, Digests], pairs: dict[str, Digests]
) -> Iterable[tuple[str, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Story, of which of all, of which of the pool; each belongs to one."""
    everyone = tuple(np.concatenate(column) for column in zip(*changed.digests))
    pool = tuple(digests64(column) for column in zip(*changed.pool))
    left = [np.ones(len(rows[0]), np.bool_) for rows in (everyone, pool)]
    for where, story in STORIES[kind]:
        masks = []
        for place, rows in enumerate((everyone, pool)):
            stayed_is_asked = where in ("went", "now rejected")
            asked = _pair(kind, *rows) if where == "pair" else rows[1] if stayed_is_asked else rows[2]
            known = pairs[kind] if where == "pair" else noted.get(where, np.zeros(0, np.uint64))
            masks.append(left[place] & np.isin(asked, known))
            left[place] &= ~masks[place]
        if masks[0].any():
            yield story, masks[0], masks[1]
    if left[0].any():
        yield ELSE[kind], left[0], left[1]


def _pair(kind: str, own: Digests, stayed: Digests, stays: Digests) -> Digests:
    """Of (who gives way now, who stays now): equal for the two halves of a pair that changed places."""
    loser, winner = (own, stays) if kind == LOST else (stayed, own)
    return (loser * np.uint64(0x9E3779B97F4A7C15)) ^ winner

