"""a part as it was planned -> what binds it, and what more samples of that would do"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction

from curate.balance.account import Fix
from curate.balance.limits import Limits, Spring, modality_limits
from curate.balance.pools import Pool, part_shares, solved
from curate.balance.solve import Solver, scarce
from curate.balance.solve import with_more as more_of
from curate.recipe import Balance
from schemas.modality import TWELVE

PLENTY = 10  # times what there is: of more than that nothing changes
NEARLY = 100  # how many are enough is told to a hundredth
TOLD = 6  # modalities, the scarcest


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    solver: Solver
    limits: Limits
    shares: Mapping[str, Fraction]
    total: int
    task: str
    used: Mapping[str, int]
    present: Mapping[str, int]


def binding(planned: Planned, balance: Balance) -> tuple[str, ...]:
    """Modalities with a target of which more would make N larger, scarcest first; none where nothing is cut."""
    counts = planned.solver.supply.sinks
    if balance.mode in ("weights", "none") or planned.total >= sum(counts):
        return ()
    wanted = {name: counts[at] / planned.shares[name] for at, name in enumerate(TWELVE) if planned.shares.get(name)}
    scarcest = sorted(wanted, key=lambda name: (wanted[name], name))
    if balance.mode == "strict":
        return tuple(scarcest[:1])
    found = {TWELVE[sink] for sink in scarce(planned.solver, planned.limits, planned.total)}
    return tuple(name for name in scarcest if name in found)


def fixes_of(pool: Pool, balance: Balance) -> tuple[Fix, ...]:
    """For each of the scarcest modalities that bind: as many as would bring it to its target, and as many as N grows by at all; N is
    planned anew with them, exactly."""
    planned = planned_of(pool)
    found = [fix for name in binding(planned, balance)[:TOLD] for fix in _fixes(planned, name, balance)]
    return tuple(sorted(found, key=lambda fix: (-fix.gain / fix.more, fix.name, fix.more)))


def planned_of(pool: Pool) -> Planned:
    return Planned(
        solver=pool.solver, limits=pool.limits, shares=pool.shares, total=pool.total, task=pool.task, used=pool.used, present=pool.present
    )  # fmt: skip


def _fixes(planned: Planned, name: str, balance: Balance) -> list[Fix]:
    counts = planned.solver.supply.sinks
    plenty = PLENTY * (sum(counts) + 1)
    most = with_more(planned, name, plenty, balance).total
    if most <= planned.total:
        return []
    few, enough = 0, plenty
    while enough - few > 1 + enough // NEARLY:
        middle = (few + enough) // 2
        few, enough = (few, middle) if with_more(planned, name, middle, balance).total >= most else (middle, enough)
    short = int(planned.shares[name] * planned.total) - counts[TWELVE.index(name)]
    return [_fix(planned, name, more, balance, enough) for more in sorted({min(max(short, 1), enough), enough})]


def _fix(planned: Planned, name: str, more: int, balance: Balance, enough: int) -> Fix:
    after = with_more(planned, name, more, balance)
    then = binding(after, balance)
    return Fix(name=name, task=planned.task, more=more, gain=after.total - planned.total, then=then, enough=more == enough)


def with_more(planned: Planned, name: str, more: int, balance: Balance) -> Planned:
    """Planned anew with `more` samples of a modality from a source of its own, that no limit touches, of no group and no yes or no."""
    solver = more_of(planned.solver, TWELVE.index(name), more)
    present = {**planned.present, name: planned.present[name] + more}
    shares = part_shares(balance, planned.task, present, solver.supply)
    sinks = modality_limits(balance, TWELVE, shares, planned.used)
    limits = dataclasses.replace(planned.limits, sources=(*planned.limits.sources, Spring()), sinks=sinks)
    total, limits = solved(solver, limits, shares, balance)
    return dataclasses.replace(planned, solver=solver, limits=limits, shares=shares, total=total, present=present)
