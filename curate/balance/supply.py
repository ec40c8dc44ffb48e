"""samples of one pool, best first -> what there is of them by source, modality and answer, with the groups that no corpus may hold whole"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.balance.pieces import counted, looked_up, pieces

Ints = npt.NDArray[np.signedinteger]  # of samples 32 bits are kept: there are millions
# Kinds of groups that the network tells apart, with a share of yes and no and without (there its cuts are counted instead). Beyond that
# the best samples of each group are the supply, and N is the largest of these.
MOST_KIN = {True: 300, False: 20_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Groups of one source (patients, articles ...) that are alike: as many samples in each cell, of which so many may stay."""

    source: int
    groups: int
    most: int  # samples of one group
    cells: tuple[int, ...]  # of one group in each cell, none above `most`


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """A cell is a modality twice over: 2m of its samples, 2m + 1 of those answered by yes or no."""

    free: Ints  # (sources, cells): samples that no cap on their group concerns
    kin: tuple[Kin, ...] = ()

    @property
    def sources(self) -> list[int]:
        """Samples of each source, as many as a corpus without limits could hold."""
        counts = self.free.sum(axis=1).tolist()
        for kin in self.kin:
            counts[kin.source] += kin.groups * kin.most
        return counts

    @property
    def yes_no(self) -> bool:
        """Whether anything is told apart by yes or no."""
        return bool(self.free[:, 1::2].any() or any(any(kin.cells[1::2]) for kin in self.kin))

    @property
    def sinks(self) -> list[int]:
        """Samples of each modality, as many as a corpus of it alone could hold."""
        counts = self.free.reshape(len(self.free), self.free.shape[1] // 2, 2).sum(axis=(0, 2)).tolist()
        for kin in self.kin:
            both = zip(kin.cells[::2], kin.cells[1::2], strict=True)
            counts = [count + kin.groups * min(kin.most, plain + yes_no) for count, (plain, yes_no) in zip(counts, both, strict=True)]
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The samples of a pool: which a cap on groups leaves as they are, which are of `Kin`, which can never stay."""

    supply: Supply
    out: npt.NDArray[np.bool_]  # beside better ones of its group and cell
    kin: Ints  # place in Supply.kin; -1: free
    member: Ints  # number of its group among those of its kin


def supply_of(source: Ints, cell: Ints, shape: tuple[int, int]) -> Supply:
    """Of samples without groups; `shape` is (sources, cells)."""
    return Supply(free=counted(source * np.int32(shape[1]) + cell, shape[0] * shape[1]).reshape(shape))


def group_supply(
    source: Ints, cell: Ints, group: Ints, left: Ints, shape: tuple[int, int], tier: npt.NDArray[np.int8] | None = None
) -> Grouped:
    """Samples, best first, each with its group (-1: none); `left` says for each group how many of it may stay. A group that is not
    larger than that is free; of one all in one cell the best are; the others become kin. Where these are of too many kinds the best of
    each are free, those of a lower `tier` before others."""
    large = np.flatnonzero(looked_up(np.append(counted(group, len(left)) > left, False), group)).astype(np.int32)
    key: Ints = group[large].astype(np.int32 if len(left) * shape[1] < 1 << 31 else np.int64)
    key *= shape[1]
    key += cell[large].astype(key.dtype, copy=False)
    stays = running(key) < looked_up(left, group[large])
    out = np.zeros(len(source), bool)
    out[large[~stays]] = True
    groups, cells_each = np.unique(np.unique(key[stays]) // shape[1], return_counts=True)
    of_kin = large[stays]
    kin_of, member_of, kin = _kin_within(source, cell, group, left, of_kin, groups[cells_each > 1], shape[1])
    if kin is None:
        of_group = np.flatnonzero(group >= 0).astype(np.int32)
        order = of_group if tier is None else of_group[np.argsort(tier[of_group], kind="stable")]
        out[order] = running(group[order]) >= looked_up(left, group[order])
    free = ~out & (kin_of < 0)
    supply = Supply(free=supply_of(source[free], cell[free], shape).free, kin=kin or ())
    return Grouped(supply=supply, out=out, kin=kin_of, member=member_of)


def running(key: Ints) -> Ints:
    """How many of the same key stand before each."""
    if not len(key) or int(key.min()) < 0 or int(key.max()) >= 1 << 16:
        return _running(key)
    before = np.zeros(1 << 16, np.int32)  # of few keys a piece at a time, whatever their number
    counts = np.empty(len(key), np.int32)
    for piece in pieces(len(key)):
        some = key[piece].astype(np.uint16)  # of 16 bits numpy sorts by radix, eight times as fast
        counts[piece] = _running(some) + before[some]
        before += np.bincount(some, minlength=len(before)).astype(np.int32)
    return counts


def _running(key: npt.NDArray[np.integer]) -> Ints:
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    begins = np.ones(len(key), bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    del ordered
    at = np.arange(len(key), dtype=np.int32)
    first = np.where(begins, at, np.int32(0))
    at -= np.maximum.accumulate(first, out=first)
    del first, begins
    counts = np.empty(len(key), np.int32)
    counts[order] = at
    return counts


def _kin_within(
    source: Ints, cell: Ints, group: Ints, left: Ints, rows: Ints, mixed: Ints, cells: int
) -> tuple[Ints, Ints, tuple[Kin, ...] | None]:
    """_kin of the `mixed` groups; None for the kin where these are of too many kinds, which the first of them may show already."""
    most = MOST_KIN[bool((cell % 2).any())]
    is_mixed = np.zeros(len(left), bool)
    for some in ([mixed[: 8 * most]] if len(mixed) > 16 * most else []) + [mixed]:
        is_mixed[some] = True
        kin_of, member_of, kin = _kin(source, cell, group, left, rows[looked_up(is_mixed, looked_up(group, rows))], cells)
        if len(kin) > most:
            return np.full(len(source), -1, np.int32), member_of, None
    return kin_of, member_of, kin


def _kin(source: Ints, cell: Ints, group: Ints, left: Ints, rows: Ints, cells: int) -> tuple[Ints, Ints, tuple[Kin, ...]]:
    """Groups alike by source, by how many may stay, by samples in each cell. Of each kin the group with the best sample is the first."""
    kin_of, member_of = np.full(len(source), -1, np.int32), np.zeros(len(source), np.int32)
    if not len(rows):
        return kin_of, member_of, ()
    names, first, number = np.unique(group[rows], return_index=True, return_inverse=True)
    profile = np.bincount(number * cells + cell[rows], minlength=len(names) * cells).reshape(len(names), cells)
    alike = np.column_stack([source[rows[first]], left[names], profile])
    kinds, kind = np.unique(alike, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    order = np.argsort(first)  # groups by their best sample
    member = np.empty(len(names), np.int64)
    member[order] = running(kind[order])
    kin_of[rows], member_of[rows] = kind[number], member[number]
    counts = np.bincount(kind)
    return (
        kin_of,
        member_of,
        tuple(
            Kin(source=int(row[0]), groups=int(count), most=int(row[1]), cells=tuple(row[2:].tolist())) for row, count in zip(kinds, counts)
        ),
    )
