"""samples of one corpus, best first -> which are selected, pool by pool: the twelve of each task apart, then what stands outside them

How N is formed. A part is a task of `by_task`, in the order of the recipe, and last all other tasks together. Each part has the largest
N_p at which count_m <= cap x t_m x N_p for every modality m, by its own targets t and within all other limits, given what the parts
before it took of those that are of the whole corpus (samples of a source, of a group, of a text; floors). N is the sum of the N_p: shares
of a source, and of yes and no, hold in every part, and so in the whole: sum(count_p) <= sum(share x N_p) = share x N. Then what stands
outside the twelve is the most that its own shares let in, of the whole corpus, N and itself; there shares are of that whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from curate.balance.limits import Limits, Sink, modality_limits, source_limits
from curate.balance.pick import pick
from curate.balance.pieces import counted, looked_up
from curate.balance.quota import outside_counts
from curate.balance.rows import CELLS, OUTSIDE, Rows
from curate.balance.solve import Solver, largest, largest_strict, solver_of
from curate.balance.supply import Grouped, Ints, Supply, group_supply, supply_of
from curate.balance.targets import exact, target_shares
from curate.recipe import Balance
from schemas.modality import OTHER, TEXT, TWELVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What one pool was planned by, and how large it may be."""

    names: tuple[str, ...]  # of its cells
    rows: Ints  # places of its samples in Rows, best first
    task: str  # of a part; '' of all other tasks, and outside
    shares: Mapping[str, Fraction]  # targets, of the twelve
    grouped: Grouped
    limits: Limits  # strict: at its N the quotas are fixed
    total: int  # N, with what was selected before where limits.base says so
    used: Mapping[str, int]  # of each modality by the parts before
    present: Mapping[str, int]  # samples of each modality of a part, before any limit
    solver: Solver


@dataclass(slots=True)
class State:
    """What is selected so far."""

    rows: Rows
    selected: npt.NDArray[np.bool_]
    tier: npt.NDArray[np.int8] | None = None
    pools: list[Pool] = field(default_factory=list)

    @property
    def totals(self) -> list[int]:
        """N of each pool."""
        return [pool.total - pool.limits.base for pool in self.pools]

    def used(self, column: Ints, count: int) -> Ints:
        """Of each number of a column how many samples."""
        return counted(column[self.selected], count)


def plan_pools(rows: Rows, alive: npt.NDArray[np.bool_], balance: Balance) -> State:
    """Selects among the samples that are `alive`."""
    return _planned(State(rows, np.zeros(len(rows), bool)), alive, balance)


def plan_again(state: State, first: int, alive: npt.NDArray[np.bool_], tier: npt.NDArray[np.int8], balance: Balance) -> State:
    """The pools from `first` on planned anew, those before as they are. Samples of a lower `tier` are supply before others of their
    group."""
    selected = np.zeros(len(state.rows), bool)
    for pool in state.pools[:first]:
        selected[pool.rows] = state.selected[pool.rows]
    return _planned(State(state.rows, selected, tier, state.pools[:first]), alive, balance)


def _planned(state: State, alive: npt.NDArray[np.bool_], balance: Balance) -> State:
    rows, tasks = state.rows, [*balance.by_task, ""]
    for number in range(len(state.pools), len(tasks)):
        of_part = of_pool(rows, number, len(tasks))
        _add(state, _part(state, of_part, alive, tasks[number], balance), balance)
    _add(state, _outside(state, of_pool(rows, len(tasks), len(tasks)), alive, balance), balance)
    return state


def of_pool(rows: Rows, number: int, parts: int) -> npt.NDArray[np.bool_]:
    """The samples of a pool: the parts come in their order, then what is outside the twelve."""
    outside = rows.cell >= len(TWELVE)
    return outside if number == parts else ~outside & (rows.part == number)


def _add(state: State, pool: Pool, balance: Balance) -> None:
    rows, bounds = state.rows, pool.limits.at(pool.total)
    floors = [min(count, _floor(balance, name, pool.total)) for name, count in zip(pool.names, pool.grouped.supply.sinks, strict=True)]
    source, key = looked_up(rows.source, pool.rows), _keys(rows, pool.rows, pool.names)
    stays = pick(source, key, pool.grouped, bounds, pool.total - pool.limits.base, floors)
    state.selected[pool.rows[stays]] = True
    state.pools.append(pool)


def _floor(balance: Balance, name: str, total: int) -> int:
    floor = balance.floors.get(name, 0)
    return int(floor) if floor >= 1 else int(exact(floor) * total)


def _keys(rows: Rows, places: Ints, names: Sequence[str]) -> Ints:
    """Twice the number of a cell in its pool, and one more where the answer is yes or no."""
    keys = looked_up(rows.cell, places).astype(np.int32)
    keys -= CELLS.index(names[0])
    keys *= 2
    keys += looked_up(rows.yes_no, places)
    return keys


def _grouped(state: State, places: Ints, names: Sequence[str], balance: Balance) -> Grouped:
    rows, shape = state.rows, (len(state.rows.sources), 2 * len(names))
    source, key = looked_up(rows.source, places), _keys(rows, places, names)
    if balance.group_cap is None:
        plain = np.broadcast_to(np.int32(-1), len(places))  # of no group all: that takes no memory
        return Grouped(supply=supply_of(source, key, shape), out=np.zeros(len(places), bool), kin=plain, member=plain)
    left = np.maximum(0, balance.group_cap - state.used(rows.group, rows.groups))
    tier = None if state.tier is None else looked_up(state.tier, places)
    return group_supply(source, key, looked_up(rows.group, places), left, shape, tier)


def part_shares(balance: Balance, task: str, present: Mapping[str, int], supply: Supply) -> dict[str, Fraction]:
    """Targets of a part, of the modalities of which there are samples; strict needs those that limits let it have."""
    if balance.mode == "strict":
        present = {name: present[name] if count else 0 for name, count in zip(TWELVE, supply.sinks, strict=True)}
    return target_shares(balance.by_task.get(task, balance.targets), present)


def _part(state: State, of_part: npt.NDArray[np.bool_], alive: npt.NDArray[np.bool_], task: str, balance: Balance) -> Pool:
    rows, places = state.rows, np.arange(len(alive), dtype=np.int32)[of_part & alive]
    present = dict(zip(TWELVE, counted(rows.cell[of_part], len(TWELVE)).tolist(), strict=True))
    grouped = _grouped(state, places, TWELVE, balance)
    shares = part_shares(balance, task, present, grouped.supply)
    used = dict(zip(CELLS, state.used(rows.cell, len(CELLS)).tolist(), strict=True))
    of_sources = counted(rows.source[of_part], len(rows.sources)).tolist()
    limits = Limits(
        sinks=modality_limits(balance, TWELVE, shares, used),
        sources=tuple(source_limits(balance.source_caps, rows.sources, of_sources, taken_of(state), before=False)),
        yes_no=None if balance.yes_no_share is None else exact(balance.yes_no_share),
    )
    solver = solver_of(grouped.supply)
    total, limits = solved(solver, limits, shares, balance)
    return Pool(
        names=TWELVE,
        rows=places,
        task=task,
        shares=shares,
        grouped=grouped,
        limits=limits,
        total=total,
        used=used,
        present=present,
        solver=solver,
    )


def taken_of(state: State) -> list[int]:
    """Samples of each source that are selected already."""
    return state.used(state.rows.source, len(state.rows.sources)).tolist()


def solved(solver: Solver, limits: Limits, shares: Mapping[str, Fraction], balance: Balance) -> tuple[int, Limits]:
    """(N of a part, its limits); of mode `strict` the quotas are the limits."""
    if balance.mode != "strict":
        return largest(solver, limits), limits
    quotas = largest_strict(solver, limits, [shares.get(name, Fraction(0)) for name in TWELVE])
    sinks = tuple(Sink(share=Fraction(0), least=quota) for quota in quotas)
    return sum(quotas), Limits(sinks=sinks, sources=limits.sources, yes_no=limits.yes_no)


def _outside(state: State, outside: npt.NDArray[np.bool_], alive: npt.NDArray[np.bool_], balance: Balance) -> Pool:
    rows, places = state.rows, np.arange(len(alive), dtype=np.int32)[outside & alive]
    grouped = _grouped(state, places, OUTSIDE, balance)
    inside = int(state.selected.sum())
    of_sources = counted(rows.source, len(rows.sources)).tolist()
    limits = Limits(
        sinks=outside_sinks(balance, inside, dict(zip(OUTSIDE, grouped.supply.sinks, strict=True))),
        sources=tuple(source_limits(balance.source_caps, rows.sources, of_sources, taken_of(state), before=True)),
        yes_no=None if balance.yes_no_share is None else exact(balance.yes_no_share),
        yes_no_used=int(rows.yes_no[state.selected].sum()),
        base=inside,
    )
    solver = solver_of(grouped.supply)
    total = largest(solver, limits)
    return Pool(
        names=OUTSIDE, rows=places, task="", shares={}, grouped=grouped, limits=limits, total=total, used={}, present={}, solver=solver
    )


def outside_sinks(balance: Balance, inside: int, supply: Mapping[str, int]) -> tuple[Sink, ...]:
    """Text, the general domain and other: each has its share of the whole at most, or no limit. Where nothing else is there the
    limits are shares among these groups themselves: a corpus of text alone is not empty."""
    shares = outside_shares(balance)
    if balance.mode in ("weights", "none"):
        return tuple(Sink(share=None) for _ in OUTSIDE)
    if not inside and not any(supply[name] for name, share in shares.items() if share is None):
        counts = outside_counts(0, supply, shares)
        return tuple(Sink(share=Fraction(0), least=counts[name]) for name in OUTSIDE)
    return tuple(Sink(share=None if (share := shares[name]) is None else exact(share)) for name in OUTSIDE)


def outside_shares(balance: Balance) -> dict[str, float | None]:
    return {TEXT: balance.text_share, "general": balance.general_share, OTHER: balance.other_share}
