"""supply and limits -> the largest N, exactly, and how many samples of each part of the supply make it

The network: all samples -> a source that has more than it may give -> its kin of groups -> a cell (modality, answered by yes or no) ->
the modality -> the corpus. Sources over groups on one side and modalities over cells on the other are two trees, so that the largest
corpus is a largest flow, in whole samples; a share of yes and no is a budget of cost over it. What flows at most, F(N), never falls as the
N that the limits are taken at grows. A corpus of N samples can be made where F(N) >= N: fewer of any of them keep every limit. Were
F(N) < N, no N' between F(N) and N could be, since F(N') <= F(N) < N'. So N falls from the whole supply to the first at which F(N) >= N,
and that is the largest; there F(N) = N, else N + 1 could be made too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import lcm

import numpy as np

from curate.balance.cuts import Cuts
from curate.balance.flow import FAR, Network
from curate.balance.limits import Bounds, Limits
from curate.balance.supply import Ints, Supply

PARTS = 27_720  # least common multiple of 1-12: what is left of a budget is shared by paths that cost so much each


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What the network tells apart: the free samples of a source, or of all sources that may give all they have (source -1); or a kin."""

    source: int
    kin: int = -1


@dataclass(slots=True, kw_only=True)
class Plumbing:
    network: Network
    units: list[Unit]
    arcs: dict[tuple[int, int], int]  # (unit, cell) -> arc

    def flows(self, cells: int) -> Ints:
        """(units, cells)"""
        counts = np.zeros((len(self.units), cells), np.int64)
        for (unit, cell), arc in self.arcs.items():
            counts[unit, cell] = self.network.room[arc ^ 1]
        return counts


def capped_sources(supply: Supply, bounds: Bounds, scale: int = 1) -> list[int]:
    return [number for number, count in enumerate(supply.sources) if count * scale > bounds.sources[number]]


def units_of(supply: Supply, capped: list[int]) -> list[Unit]:
    kin = [Unit(source=each.source, kin=number) for number, each in enumerate(supply.kin)]
    return [Unit(source=-1), *(Unit(source=source) for source in capped), *kin]


def plumb(supply: Supply, bounds: Bounds, *, scale: int = 1, flow: Ints | None = None, least: Sequence[int] = ()) -> Plumbing:
    """The network at `bounds`, which hold samples x `scale`; through it goes `flow` (units, cells) already, of which each modality
    keeps `least`. Yes and no cost 1 if `bounds` limits them."""
    sinks, capped = len(bounds.sinks), capped_sources(supply, bounds, scale)
    units = units_of(supply, capped)
    going = np.zeros((len(units), 2 * sinks), np.int64) if flow is None else flow
    network = Network(1 + sinks + len(units))
    node = {source: 2 + sinks + number for number, source in enumerate(capped)}
    into, by_unit = going.reshape(len(units), sinks, 2).sum(axis=(0, 2)).tolist(), going.sum(axis=1).tolist()
    for sink, most in enumerate(bounds.sinks):
        network.add(2 + sink, 1, most, flow=into[sink], least=least[sink] if least else 0)
    for source, at in node.items():
        through = sum(flowing for flowing, unit in zip(by_unit, units, strict=True) if unit.source == source)
        network.add(0, at, bounds.sources[source], flow=through)
    arcs = {}
    for number, unit in enumerate(units):
        tail = node.get(unit.source, 0)
        if unit.kin >= 0:
            kin = supply.kin[unit.kin]
            network.add(tail, 1 + sinks + number, kin.groups * kin.most * scale, flow=by_unit[number])
            tail = 1 + sinks + number
        counts = _counts(supply, unit, capped)
        for cell in np.flatnonzero(counts).tolist():
            cost = cell % 2 if bounds.yes_no is not None else 0
            arcs[number, cell] = network.add(tail, 2 + cell // 2, int(counts[cell]) * scale, cost=cost, flow=int(going[number, cell]))
    return Plumbing(network=network, units=units, arcs=arcs)


def _counts(supply: Supply, unit: Unit, capped: list[int]) -> Ints:
    """Samples of a unit in each cell."""
    if unit.kin >= 0:
        return np.array(supply.kin[unit.kin].cells, np.int64) * supply.kin[unit.kin].groups
    if unit.source >= 0:
        return supply.free[unit.source]
    return supply.free.sum(axis=0) - supply.free[capped].sum(axis=0)


@dataclass(frozen=True, slots=True)
class Solver:
    """What of a supply can be counted once, for limits and targets of any kind."""

    supply: Supply
    cuts: Cuts
    others: Cuts  # of what is not yes or no


def solver_of(supply: Supply) -> Solver:
    cuts = Cuts(supply)
    return Solver(supply, cuts, Cuts(_without_yes_no(supply)) if supply.yes_no else cuts)


def with_more(solver: Solver, sink: int, more: int) -> Solver:
    """With so many samples more of a modality that has some, from a source of its own, of no group, none yes or no."""
    supply = solver.supply
    row = np.zeros((1, supply.free.shape[1]), np.int64)
    row[0, 2 * sink] = more
    larger = Supply(free=np.concatenate([supply.free, row]), kin=supply.kin)
    if sink not in solver.others.present:
        return solver_of(larger)
    return Solver(larger, solver.cuts.with_more(sink, more), solver.others.with_more(sink, more))


def largest(solver: Solver, limits: Limits) -> int:
    """The largest N; what is selected already counts into it."""
    supply = solver.supply
    total = _descend(solver.cuts, limits, limits.base + sum(supply.sinks), lambda at: limits.base)
    if limits.yes_no is None or not supply.yes_no:
        return total
    total = _descend(solver.others, limits, total, lambda at: limits.base + (limits.yes_no_at(at) or 0))
    while (most := limits.base + _most(supply, limits.at(total))) < total:
        total = most
    return total


def _descend(cuts: Cuts, limits: Limits, total: int, extra: Callable[[int], int]) -> int:
    """The largest N up to `total` with F(N) + extra(N) >= N, whatever is yes or no. From one smallest cut to the next N falls to what
    that cut lets through, which no F is above."""
    while True:
        values = cuts.values(limits.at(total))
        smallest = int(values.argmin())
        if int(values[smallest]) + extra(total) >= total:
            return total
        while (most := extra(total) + cuts.through(smallest, limits, total)) < total:
            total = most


def _most(supply: Supply, bounds: Bounds) -> int:
    """F: the largest number of samples within `bounds`."""
    return plumb(supply, bounds).network.augment(budget=bounds.yes_no)


def _without_yes_no(supply: Supply) -> Supply:
    free = supply.free.copy()
    free[:, 1::2] = 0
    kin = tuple(
        dataclasses.replace(each, cells=tuple(0 if cell % 2 else count for cell, count in enumerate(each.cells))) for each in supply.kin
    )
    return Supply(free=free, kin=kin)


def scarce(solver: Solver, limits: Limits, total: int) -> list[int]:
    """Modalities of which one sample more, of a source that no limit touches, would let N grow beyond `total`, or nearly: it would find
    its way to the corpus at the limits of N + 1."""
    bounds = limits.at(total + 1)
    if bounds.yes_no is None or not solver.supply.yes_no:
        return solver.cuts.scarce(bounds)
    network = plumb(solver.supply, bounds).network
    network.augment(budget=bounds.yes_no)
    reaching = network.reaching()
    return [sink for sink in range(len(bounds.sinks)) if reaching[2 + sink]]


def largest_strict(solver: Solver, limits: Limits, shares: Sequence[Fraction]) -> tuple[int, ...]:
    """How many samples of each modality: the largest N at which every modality has t_m x N, where a sample could be cut in parts, and
    then each t_m x N rounded up or down, by largest remainder. That whole samples can follow is the rounding of a flow: none of its
    arcs changes by one. Where yes and no have a share a smaller N may be the first at which they do."""
    if not any(shares):
        return (0,) * len(shares)
    above = min(int(count / share) for count, share in zip(solver.supply.sinks, shares, strict=True) if share) + 1
    below = -1 if above == 0 else 0
    divisible = _divisible(solver, limits, shares)
    if divisible(above - 1):
        below = above - 1
    while above - below > 1:
        middle = (above + below) // 2
        below, above = (middle, above) if divisible(middle) else (below, middle)
    for total in range(below, 0, -1):
        if quotas := _whole(solver.supply, limits, shares, total):
            return quotas
    return (0,) * len(shares)


def _divisible(solver: Solver, limits: Limits, shares: Sequence[Fraction]) -> Callable[[int], bool]:
    """Whether every modality can have share x N exactly, where samples can be cut in parts; of every smaller N it is so too."""
    if limits.yes_no is None or not solver.supply.yes_no:
        return partial(solver.cuts.divisible, limits, shares)
    return partial(_divisible_by_flow, solver.supply, limits, shares)


def _divisible_by_flow(supply: Supply, limits: Limits, shares: Sequence[Fraction], total: int) -> bool:
    springs = [source.share for source in limits.sources if source.share is not None]
    scale = PARTS * lcm(*(share.denominator for share in (*shares, *springs, limits.yes_no or Fraction(0))))
    bounds = Bounds(
        sinks=tuple(int(share * total * scale) for share in shares),
        sources=tuple(
            min(
                FAR * scale if source.share is None else int(source.share * total * scale),
                FAR * scale if source.most_left is None else source.most_left * scale,
            )
            for source in limits.sources
        ),
        yes_no=None if limits.yes_no is None else int(limits.yes_no * total * scale),
    )
    return plumb(supply, bounds, scale=scale).network.augment(most=total * scale, budget=bounds.yes_no) == total * scale


def _whole(supply: Supply, limits: Limits, shares: Sequence[Fraction], total: int) -> tuple[int, ...]:
    """`total` samples of which each modality has its share, rounded up or down; () if there are none such."""
    quotas = [int(share * total) for share in shares]
    bounds = dataclasses.replace(limits.at(total), sinks=tuple(quotas))
    network = plumb(supply, bounds).network
    if network.augment(budget=bounds.yes_no) < sum(quotas):
        return ()
    network.keep()
    for sink in sorted(range(len(shares)), key=lambda sink: (quotas[sink] - shares[sink] * total, sink)):
        if sum(quotas) < total and shares[sink] * total > quotas[sink]:
            network.room[2 * sink] += 1  # the arcs of the modalities are the first
            quotas[sink] += network.augment(most=1, budget=bounds.yes_no)
            network.keep()
    return tuple(quotas) if sum(quotas) == total else ()
