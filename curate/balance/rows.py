"""candidates of one corpus -> its samples as numbers, best first"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.balance.columns import Columns
from curate.balance.pieces import counted, looked_up, pieces
from curate.balance.supply import Ints, running
from curate.recipe import Balance, CorpusPlan
from schemas.modality import OTHER, TEXT, TWELVE

GENERAL = "general"  # the domain that stands outside the twelve, whatever it shows
OUTSIDE = (TEXT, GENERAL, OTHER)
CELLS = (*TWELVE, *OUTSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Samples that the corpus asks for, the best first: the more reliable, then those whose images have more pixels, then by the hash of
    the id, so that the order is the same in whatever order they come."""

    place: Ints  # among the candidates
    sources: tuple[str, ...]
    source: Ints  # number in `sources`
    cell: Ints  # number in CELLS
    part: Ints  # number of its task in by_task; their number: none of them
    yes_no: npt.NDArray[np.bool_]  # False everywhere where the recipe does not ask
    group: Ints  # number; -1: none, or the recipe does not ask
    groups: int
    text: Ints  # number of its text; -1 likewise

    def __len__(self) -> int:
        return len(self.place)


def rows_of(columns: Columns, plan: CorpusPlan, id_at: Callable[[int], str]) -> Rows:
    """`id_at` tells the id of a candidate by its place. It is asked where two digests are equal, and only there."""
    balance = plan.balance
    place = _best_first(columns, np.arange(len(columns), dtype=np.int32)[eligible(columns, plan)], id_at)
    names = columns.source.names
    order = sorted(range(len(names)), key=names.__getitem__)  # by name: the order of candidates decides nothing
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names))
    return Rows(
        place=place,
        sources=tuple(names[number] for number in order),
        source=looked_up(rank, looked_up(columns.source.codes, place)),
        cell=looked_up(cells(columns), place),
        part=looked_up(parts(columns, balance), place),
        yes_no=looked_up(columns.yes_no, place) if balance.yes_no_share is not None else np.zeros(len(place), bool),
        group=_asked(columns.group, place, balance.group_cap),
        groups=columns.groups,
        text=_asked(columns.said, place, balance.equal_text_cap),
    )


def eligible(columns: Columns, plan: CorpusPlan) -> npt.NDArray[np.bool_]:
    """Which candidates are of the tasks and sources of the corpus."""
    of_task = looked_up(np.array([name in plan.tasks for name in columns.task.names], bool), columns.task.codes)
    if not plan.sources:
        return of_task
    asked = [
        [source in plan.sources or f"{source}/{table}" in plan.sources for table in columns.table.names] for source in columns.source.names
    ]
    return of_task & looked_up(np.array(asked, bool), columns.source.codes, columns.table.codes)


def cells(columns: Columns) -> npt.NDArray[np.int8]:
    """The number of each candidate's cell in CELLS."""
    named = [[GENERAL if domain == GENERAL else modality for modality in columns.modality.names] for domain in columns.domain.names]
    return looked_up(np.array([list(map(CELLS.index, row)) for row in named], np.int8), columns.domain.codes, columns.modality.codes)


def parts(columns: Columns, balance: Balance) -> npt.NDArray[np.int8]:
    """The number of each candidate's task in by_task; their number: none of them."""
    tasks = list(balance.by_task)
    numbers = [tasks.index(name) if name in tasks else len(tasks) for name in columns.task.names]
    return looked_up(np.array(numbers, np.int8), columns.task.codes)


def first_of_texts(rows: Rows, most: int | None, tier: npt.NDArray[np.int8] | None = None) -> npt.NDArray[np.bool_]:
    """The first `most` samples of each text, those of a lower tier before others."""
    if most is None:
        return np.ones(len(rows), bool)
    crowded = np.flatnonzero(looked_up(np.append(counted(rows.text, 1) > most, False), rows.text)).astype(np.int32)
    order = crowded if tier is None else crowded[np.argsort(tier[crowded], kind="stable")]
    stays = np.ones(len(rows), bool)
    stays[order] = running(rows.text[order]) < most
    return stays


def _best_first(columns: Columns, places: Ints, id_at: Callable[[int], str]) -> Ints:
    worse = np.empty(len(places), np.uint64)
    for piece in pieces(len(places)):
        reliability, pixels = columns.reliability[places[piece]], columns.pixels[places[piece]]
        worse[piece] = ((100 - reliability).astype(np.uint64) << np.uint64(48)) + (np.uint64((1 << 48) - 1) - pixels.astype(np.uint64))
    digests = looked_up(columns.digest, places)
    order = np.lexsort((digests, worse)).astype(np.int32)
    for at in _equal(digests, worse, order):
        one, other = places[order[at : at + 2]].tolist()
        if id_at(one) > id_at(other):
            order[at : at + 2] = order[[at + 1, at]]
    return looked_up(places, order)


def _equal(digests: npt.NDArray[np.uint64], worse: npt.NDArray[np.uint64], order: Ints) -> list[int]:
    """Where in `order` two stand together that their digests do not order: two ids of one hash, one pair among billions."""
    found: list[int] = []
    for piece in pieces(len(order) - 1):
        one, other = order[piece], order[piece.start + 1 : piece.stop + 1]
        equal = (digests[one] == digests[other]) & (worse[one] == worse[other])
        found += (piece.start + np.flatnonzero(equal)).tolist()
    return found


def _asked(numbers: Ints | None, place: Ints, cap: int | None) -> Ints:
    """-1 everywhere where the recipe has no cap; that takes no memory."""
    if cap is None:
        return np.broadcast_to(np.int32(-1), len(place))
    assert numbers is not None, "what a cap asks for was gathered"
    return looked_up(numbers, place)
