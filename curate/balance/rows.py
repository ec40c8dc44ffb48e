"""candidates of one corpus -> its samples as numbers, best first"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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


def rows_of(candidates: pa.Table, digests: npt.NDArray[np.uint64], plan: CorpusPlan) -> Rows:
    """`digests` are of digest64, of the candidates' ids."""
    balance = plan.balance
    place = _best_first(candidates, digests, np.flatnonzero(eligible(candidates, plan)).astype(np.int32))
    taken = pa.array(place)
    source = candidates["source"].combine_chunks().dictionary_encode()
    names = source.dictionary.to_pylist()
    order = np.argsort(np.array(names, object)) if names else np.zeros(0, np.int64)
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names))  # by name: the order of candidates decides nothing
    group, groups = _numbers(candidates, "group", taken, balance.group_cap is not None)
    return Rows(
        place=place,
        sources=tuple(names[number] for number in order.tolist()),
        source=rank[source.indices.to_numpy(zero_copy_only=False)[place]],
        cell=_cells(candidates)[place],
        part=_parts(candidates, balance)[place],
        yes_no=candidates["yes_no"].to_numpy()[place] & (balance.yes_no_share is not None),
        group=group,
        groups=groups,
        text=_texts(candidates, place, balance),
    )


def eligible(candidates: pa.Table, plan: CorpusPlan) -> npt.NDArray[np.bool_]:
    """Which candidates are of the tasks and sources of the corpus."""
    of_task = pc.is_in(candidates["task"], pa.array(plan.tasks, pa.string()))
    if not plan.sources:
        return of_task.to_numpy()
    named = pa.array(plan.sources, pa.string())
    tables = pc.binary_join_element_wise(candidates["source"], candidates["table"], "/")
    return pc.and_(of_task, pc.or_(pc.is_in(candidates["source"], named), pc.is_in(tables, named))).to_numpy()


def first_of_texts(rows: Rows, most: int | None, tier: npt.NDArray[np.int8] | None = None) -> npt.NDArray[np.bool_]:
    """The first `most` samples of each text, those of a lower tier before others."""
    if most is None:
        return np.ones(len(rows), bool)
    said = rows.text[rows.text >= 0]
    crowded = np.flatnonzero((np.bincount(said, minlength=1) > most)[rows.text] & (rows.text >= 0))
    order = crowded if tier is None else crowded[np.argsort(tier[crowded], kind="stable")]
    stays = np.ones(len(rows), bool)
    stays[order] = running(rows.text[order]) < most
    return stays


def _best_first(candidates: pa.Table, digests: npt.NDArray[np.uint64], places: Ints) -> Ints:
    reliability, pixels = candidates["reliability"].to_numpy()[places], candidates["pixels"].to_numpy()[places]
    worse = ((100 - np.clip(reliability, 0, 100)).astype(np.uint64) << np.uint64(48)) + (
        np.uint64((1 << 48) - 1) - pixels.astype(np.uint64)
    )
    order = places[np.lexsort((digests[places], worse))]
    del worse
    hashes = digests[order]
    for at in np.flatnonzero(hashes[1:] == hashes[:-1]).tolist():  # two ids of one hash: one pair among billions
        one, other = order[at : at + 2].tolist()
        if str(candidates["id"][one]) > str(candidates["id"][other]) and _equal(candidates, one, other):
            order[at], order[at + 1] = other, one
    return order


def _equal(candidates: pa.Table, one: int, other: int) -> bool:
    return all(candidates[name][one] == candidates[name][other] for name in ("reliability", "pixels"))


def _cells(candidates: pa.Table) -> Ints:
    """The number of each candidate's cell in CELLS."""
    named = pc.if_else(pc.equal(candidates["domain"], GENERAL), GENERAL, candidates["modality"])
    return pc.index_in(named, pa.array(CELLS)).to_numpy().astype(np.int8)


def _parts(candidates: pa.Table, balance: Balance) -> Ints:
    tasks: Sequence[str] = list(balance.by_task)
    return pc.fill_null(pc.index_in(candidates["task"], pa.array(tasks, pa.string())), len(tasks)).to_numpy().astype(np.int8)


def _numbers(candidates: pa.Table, column: str, taken: pa.Array, asked: bool) -> tuple[Ints, int]:
    """(number of each text of a column, '' is -1; how many there are)"""
    if not asked:
        return np.full(len(taken), -1, np.int8), 0
    coded = candidates[column].combine_chunks().take(taken).dictionary_encode()
    none = coded.dictionary.index("").as_py()
    numbers = coded.indices.to_numpy(zero_copy_only=False)
    return np.where(numbers == none, -1, numbers), len(coded.dictionary)


def _texts(candidates: pa.Table, place: Ints, balance: Balance) -> Ints:
    if balance.equal_text_cap is None:
        return np.full(len(place), -1, np.int8)
    said = candidates["said"].to_numpy()[place]
    _, numbers = np.unique(said, return_inverse=True)
    return np.where(said == 0, -1, numbers)
