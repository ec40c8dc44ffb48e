"""samples of one pool, best first, and the bounds of its N -> which of them: the best that still make N"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from curate.balance.limits import Bounds
from curate.balance.pieces import counted, looked_up
from curate.balance.solve import capped_sources, plumb, units_of
from curate.balance.supply import Grouped, Ints, Supply, running

CHUNK = 1 << 18  # samples at once
EVER = np.iinfo(np.int64).max


def pick(source: Ints, cell: Ints, grouped: Grouped, bounds: Bounds, count: int, floors: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Marks `count` of the samples, which `bounds` must be able to hold. One after the other, the best first, each stays for which
    there is room; where that leaves fewer than `count`, as few as a flow needs are changed for others. Floors are filled before the
    rest. Of a kin of groups, the groups give as many each, to less than one sample, and each its best."""
    supply = grouped.supply
    unit = _units(source, grouped, supply, bounds)
    key: Ints = unit
    key *= np.int32(supply.free.shape[1])
    key += cell.astype(key.dtype, copy=False)
    key[grouped.out] = -1
    first = _first_of_groups(key, grouped)
    counts = _counts(key if first.all() else key[first], supply, bounds, count, floors)
    del first
    free = grouped.kin < 0
    if free.all():
        return _first(key, counts.ravel())
    stays = np.zeros(len(key), bool)
    stays[free] = _first(key[free], counts.ravel())
    of_kin = np.flatnonzero(~free & ~grouped.out)
    if len(of_kin):
        stays[of_kin] = _evenly(key[of_kin], grouped, of_kin, counts)
    return stays


def _first_of_groups(key: Ints, grouped: Grouped) -> npt.NDArray[np.bool_]:
    """Samples that can be taken one after the other without a look at their groups: of a group that is too large the best."""
    first = key >= 0
    of_kin = np.flatnonzero(first & (grouped.kin >= 0))
    if len(of_kin):
        most = np.array([kin.most for kin in grouped.supply.kin])[grouped.kin[of_kin]]
        names = grouped.kin[of_kin].astype(np.int64) * (int(grouped.member.max()) + 1) + grouped.member[of_kin]
        first[of_kin] = running(names) < most
    return first


def _units(source: Ints, grouped: Grouped, supply: Supply, bounds: Bounds) -> Ints:
    capped = capped_sources(supply, bounds)
    number = np.zeros(len(bounds.sources), np.int32)
    number[capped] = np.arange(1, len(capped) + 1)
    unit: Ints = looked_up(number, source)
    of_kin = np.flatnonzero(grouped.kin >= 0)
    unit[of_kin] = grouped.kin[of_kin] + len(capped) + 1
    return unit


def _first(key: Ints, counts: Ints) -> npt.NDArray[np.bool_]:
    """Of each key as many as `counts` says, the first; -1 is of no key."""
    here = counted(key, len(counts))
    stays = looked_up(np.append(counts >= here, False), key)
    cut = np.flatnonzero(looked_up(np.append((counts > 0) & (counts < here), False), key)).astype(np.int32)
    of_cut = key[cut]
    stays[cut] = running(of_cut) < looked_up(counts, of_cut)
    return stays


def _evenly(key: Ints, grouped: Grouped, rows: Ints, counts: Ints) -> npt.NDArray[np.bool_]:
    """What each cell of a kin gives is dealt out to its groups in turn, the next cell from where the last ended (the wrap-around rule
    of McNaughton): no group gets more than its share of the whole, rounded up, nor of any cell."""
    groups = np.array([kin.groups for kin in grouped.supply.kin], np.int64)[grouped.kin[rows]]
    starts = np.cumsum(counts, axis=1) - counts
    given, start = counts.ravel()[key], starts.ravel()[key]
    share = given // groups + ((grouped.member[rows] - start) % groups < given % groups)
    return running(key.astype(np.int64) * (int(grouped.member[rows].max()) + 1) + grouped.member[rows]) < share


def _counts(key: Ints, supply: Supply, bounds: Bounds, count: int, floors: Sequence[int]) -> Ints:
    """How many of each unit and cell."""
    units = units_of(supply, capped_sources(supply, bounds))
    empty = np.zeros((len(units), supply.free.shape[1]), np.int64)
    low = dataclasses.replace(bounds, sinks=tuple(map(min, floors, bounds.sinks)))
    phases = [low, bounds] if any(low.sinks) and (len(units) > 1 or bounds.yes_no is not None) else [bounds]
    for tried in (phases, [bounds]):  # what fills the floors may cost so many of yes and no that N is not reached
        counts = empty
        for phase in tried:
            counts = _filled(key, supply, phase, counts, min(count, sum(phase.sinks)))
        if counts.sum() == count:
            return counts
    raise ValueError(f"{counts.sum()} samples found within the limits, {count} wanted: N was not solved for them")


def _filled(key: Ints, supply: Supply, bounds: Bounds, counts: Ints, count: int) -> Ints:
    least = counts.sum(axis=0).reshape(-1, 2).sum(axis=1).tolist()
    counts = _greedy(key, supply, bounds, counts)
    if counts.sum() >= count:
        return counts
    plumbing = plumb(supply, bounds, flow=counts, least=least)
    if bounds.yes_no is not None:
        plumbing.network.cheapen()
    plumbing.network.augment(most=count - int(counts.sum()), budget=bounds.yes_no)
    return plumbing.flows(counts.shape[1])


def _greedy(key: Ints, supply: Supply, bounds: Bounds, counts: Ints) -> Ints:
    """One sample after the other, the best first, where each limit that it is under has room: all at once up to the next limit that
    is full, which closes its cells for good. `counts` of each unit and cell stay already."""
    under, room = _limits(supply, bounds)
    taken = counts.ravel().copy()
    room -= _through(under, taken, len(room))
    rest_of_all = key
    if taken.any():  # samples of kin may stay already that are not the best of their groups: the flow looks after those
        plain = (counts.shape[0] - len(supply.kin)) * counts.shape[1]
        rest_of_all = key[~_first(key, taken) & (key < plain)]
    for start in range(0, len(rest_of_all), CHUNK):
        rest = rest_of_all[start : start + CHUNK]
        while True:
            closed: npt.NDArray[np.bool_] = np.any(room[under] <= 0, axis=1)
            rest = rest[~closed[rest]]
            wanted = _through(under, np.bincount(rest, minlength=len(taken)), len(room))
            stop = min(
                (_place(rest, under, limit, int(room[limit])) for limit in np.flatnonzero(wanted > room).tolist()), default=len(rest)
            )
            asked = np.bincount(rest[:stop], minlength=len(taken))
            taken += asked
            room -= _through(under, asked, len(room))
            if stop == len(rest):
                break
            rest = rest[stop:]
    return taken.reshape(counts.shape)


def _through(under: Ints, counts: Ints, limits: int) -> Ints:
    """How many samples are under each limit, of so many in each cell."""
    return np.bincount(under.ravel(), weights=np.repeat(counts, under.shape[1]), minlength=limits).astype(np.int64)


def _place(rest: Ints, under: Ints, limit: int, room: int) -> int:
    """Where the first sample stands for which `limit` has no room."""
    return int(np.flatnonzero((under == limit).any(axis=1)[rest])[room])


def _limits(supply: Supply, bounds: Bounds) -> tuple[Ints, Ints]:
    """(for each unit and cell the limits it is under, room of each limit): modalities, then yes and no, then capped sources; the last
    limit is none."""
    capped = capped_sources(supply, bounds)
    units, cells = units_of(supply, capped), supply.free.shape[1]
    sinks = cells // 2
    room = [*bounds.sinks, EVER if bounds.yes_no is None else bounds.yes_no, *(bounds.sources[source] for source in capped), EVER]
    none, place = len(room) - 1, {source: sinks + 1 + at for at, source in enumerate(capped)}
    source = np.array([place.get(unit.source, none) for unit in units])
    cell = np.arange(cells)
    under = np.empty((len(units), cells, 3), np.int64)
    under[:, :, 0], under[:, :, 1], under[:, :, 2] = cell // 2, np.where(cell % 2, sinks, none), source[:, None]
    return under.reshape(-1, 3), np.array(room, np.float64).clip(max=1e18).astype(np.int64)
