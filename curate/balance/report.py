"""what was selected of one corpus, by what plan -> its account: shares before and after, why, what feeds them, what would help"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Literal

import numpy as np
import numpy.typing as npt

from curate.balance.account import BalanceReport, Cell, Feed, Limit, Part, Size, cells_of
from curate.balance.cut import CODE, REASONS
from curate.balance.flow import FAR
from curate.balance.gains import binding, fixes_of, planned_of
from curate.balance.limits import modality_limits
from curate.balance.pieces import pieces
from curate.balance.pools import Pool, State, outside_shares, outside_sinks, part_shares, solved
from curate.balance.rows import CELLS, OUTSIDE
from curate.balance.solve import largest
from curate.balance.supply import Ints
from curate.recipe import Balance, CorpusPlan
from schemas.modality import TWELVE

MODES: tuple[Literal["cap", "strict", "weights", "none"], ...] = ("cap", "strict", "weights", "none")
LIMITED = ("over_source_cap", "over_group_cap", "over_equal_text", "over_yes_no", *(f"over_{name}_share" for name in OUTSIDE))


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What select made of the samples that the corpus asks for; arrays are in the order of `state.rows`."""

    state: State
    codes: npt.NDArray[np.int8]  # of REASONS
    weights: npt.NDArray[np.float64]  # (parts, cells)
    validation: npt.NDArray[np.bool_]
    entering: int  # candidates of all corpora

    @cached_property
    def table(self) -> Ints:
        """Samples by (source, cell, reason); those that are selected have the reason 0."""
        rows, shape = self.state.rows, (len(self.state.rows.sources), len(CELLS), len(REASONS))
        counts = np.zeros(int(np.prod(shape)), np.int64)
        for piece in pieces(len(rows)):
            key = np.ravel_multi_index((rows.source[piece], rows.cell[piece], self.codes[piece]), shape)
            counts += np.bincount(key, minlength=len(counts))
        return counts.reshape(shape)

    @cached_property
    def drawn(self) -> dict[str, float]:
        """The sum of the weights of what is selected, by cell."""
        rows, sums = self.state.rows, np.zeros(len(CELLS))
        for piece in pieces(len(rows)):
            part, cell = (column[piece][self.state.selected[piece]] for column in (rows.part, rows.cell))
            # what was summed before goes first: one after the other, floats are rounded as they would be without pieces
            cells, weights = np.r_[np.arange(len(CELLS)), cell], np.r_[sums, self.weights[part, cell]]
            sums = np.asarray(np.bincount(cells, weights=weights, minlength=len(CELLS)), np.float64)
        return dict(zip(CELLS, sums.tolist(), strict=True))

    def counts(self, what: Literal["supply", "selected"]) -> dict[str, int]:
        by_cell = self.table.sum(axis=0)
        return dict(zip(CELLS, (by_cell[:, 0] if what == "selected" else by_cell.sum(axis=1)).tolist(), strict=True))


def report_of(plan: CorpusPlan, chosen: Chosen) -> BalanceReport:
    balance, state = plan.balance, chosen.state
    selected = state.selected
    parts = _parts(state, balance)
    return BalanceReport(
        corpus=plan.name,
        mode=balance.mode,
        cap=balance.cap,
        max_repeat=balance.max_repeat,
        entering=chosen.entering,
        not_in_corpus=chosen.entering - len(state.rows),
        left_out=_cuts(chosen.table.sum(axis=(0, 1))),
        selected=int(selected.sum()),
        train=int((selected & ~chosen.validation).sum()),
        validation=int((selected & chosen.validation).sum()),
        sizes=tuple(_size(state, balance, mode) for mode in MODES),
        binding=tuple(dict.fromkeys(name for part in parts for name in part.binding)),
        cells=_cells(chosen, balance),
        feeds=_feeds(chosen),
        limits=_limits(chosen, balance),
        parts=parts,
        fixes=tuple(fix for pool in state.pools[:-1] for fix in fixes_of(pool, balance)),
    )


def _cuts(counts: Ints) -> tuple[tuple[str, int], ...]:
    left_out = [(REASONS[code], int(count)) for code, count in enumerate(counts.tolist()) if code and count]
    return tuple(sorted(left_out, key=lambda pair: (-pair[1], pair[0])))


def _size(state: State, balance: Balance, mode: Literal["cap", "strict", "weights", "none"]) -> Size:
    """N of another mode by the same supply; what tasks and sources took of limits that they share is as in the mode of the recipe."""
    outside = state.pools[-1]
    if mode == balance.mode:
        return Size(mode=mode, modalities=sum(pool.total for pool in state.pools[:-1]), whole=outside.total)
    other = dataclasses.replace(balance, mode=mode, floors=balance.floors if mode == "cap" else {})
    inside = sum(_total(pool, other) for pool in state.pools[:-1])
    sinks = outside_sinks(other, inside, dict(zip(OUTSIDE, outside.grouped.supply.sinks, strict=True)))
    return Size(
        mode=mode, modalities=inside, whole=largest(outside.solver, dataclasses.replace(outside.limits, sinks=sinks, base=inside))
    )  # fmt: skip


def _total(pool: Pool, balance: Balance) -> int:
    shares = part_shares(balance, pool.task, pool.present, pool.grouped.supply)
    limits = dataclasses.replace(pool.limits, sinks=modality_limits(balance, TWELVE, shares, pool.used))
    return solved(pool.solver, limits, shares, balance)[0]


def _parts(state: State, balance: Balance) -> tuple[Part, ...]:
    """Those that have samples or a name."""
    made = []
    for pool in state.pools[:-1]:
        chosen = np.bincount(state.rows.cell[pool.rows[state.selected[pool.rows]]], minlength=len(TWELVE)).tolist()
        targets = {name: float(share) for name, share in pool.shares.items()}
        if pool.task or len(pool.rows):
            selected = {name: count for name, count in zip(TWELVE, chosen, strict=False) if count}
            bound = binding(planned_of(pool), balance)
            made.append(Part(task=pool.task, total=pool.total, selected=selected, targets=targets, binding=bound))
    return tuple(made)


def _cells(chosen: Chosen, balance: Balance) -> tuple[Cell, ...]:
    supply, selected = chosen.counts("supply"), chosen.counts("selected")
    pools = chosen.state.pools[:-1]
    whole = sum(pool.total for pool in pools)
    targets: dict[str, float | None] = {
        name: _mean([(float(pool.shares.get(name, 0)), pool.total) for pool in pools]) if whole else 0.0 for name in TWELVE
    }
    targets |= outside_shares(balance)
    cuts = {name: _cuts(chosen.table[:, at].sum(axis=0)) for at, name in enumerate(CELLS)}
    floors = {name: _floor(floor, whole) for name, floor in balance.floors.items()}
    said: dict[str, dict[str, object]] = {
        name: {
            "why": _why(name, supply[name], selected[name], targets[name], whole, cuts[name], floors.get(name), balance),
            "most": _most(chosen.state.pools, name),
            "cut": cuts[name],
            "floor": floors.get(name),
            "floor_met": selected[name] >= floors.get(name, 0),
        }
        for name in CELLS
    }
    return cells_of(supply=supply, selected=selected, drawn=chosen.drawn, targets=targets, said=said)


def _mean(shares: list[tuple[float, int]]) -> float:
    """The share that several parts want of a modality, each by its size; of one part its own."""
    filled = [(share, total) for share, total in shares if total]
    return filled[0][0] if len(filled) == 1 else sum(share * total for share, total in filled) / sum(total for _, total in filled)


def _floor(floor: float, whole: int) -> int:
    return int(floor) if floor >= 1 else int(floor * whole)


def _most(pools: list[Pool], name: str) -> int | None:
    bounds = [pool.limits.sinks[pool.names.index(name)].most(pool.total) for pool in pools if name in pool.names and len(pool.rows)]
    return None if not bounds or max(bounds) >= FAR else sum(bounds)


def _why(
    name: str,
    supply: int,
    selected: int,
    target: float | None,
    whole: int,
    cut: tuple[tuple[str, int], ...],
    floor: int | None,
    balance: Balance,
) -> str:
    """The words of Cell.why."""
    reasons = [reason.removeprefix("over_") for reason, _ in cut]
    if name not in TWELVE:
        return ("share" if reasons[0].endswith("_share") else reasons[0]) if reasons else ""
    if not supply:
        return ""
    if not target:
        return "no_target"
    if abs(selected - target * whole) < 1:
        return ""
    if selected > target * whole:
        if balance.mode in ("weights", "none"):
            return "uncut"
        return "floor" if floor and target * whole * balance.cap + 1 < selected <= floor else "target" if "target" in reasons else "supply"
    other = [reason for reason in reasons if reason != "target"]
    return other[0] if other else "target" if reasons else "supply"


def _feeds(chosen: Chosen) -> tuple[Feed, ...]:
    made = []
    for at, name in enumerate(CELLS):
        feeds = [
            Feed(name=name, source=source, supply=int(counts.sum()), selected=int(counts[0]), cut=_cuts(counts))
            for source, counts in zip(chosen.state.rows.sources, chosen.table[:, at], strict=True)
            if counts.any()
        ]
        made += sorted(feeds, key=lambda feed: (-feed.selected, -feed.supply, feed.source))
    return tuple(made)


def _limits(chosen: Chosen, balance: Balance) -> tuple[Limit, ...]:
    by_reason = chosen.table.sum(axis=(0, 1))
    made = [_limit(chosen, reason, int(by_reason[CODE[reason]]), balance) for reason in LIMITED[1:] if by_reason[CODE[reason]]]
    by_source = chosen.table.sum(axis=1)
    made += [
        _source_limit(chosen, at, source, int(by_source[at, CODE["over_source_cap"]]), balance)
        for at, source in enumerate(chosen.state.rows.sources)
        if by_source[at, CODE["over_source_cap"]]
    ]
    return tuple(sorted(made, key=lambda limit: (-limit.cut, limit.reason, limit.name)))


def _limit(chosen: Chosen, reason: str, cut: int, balance: Balance) -> Limit:
    state = chosen.state
    rows, whole = state.rows, state.pools[-1].total
    match reason:
        case "over_group_cap":
            most, selected = balance.group_cap, _full(state.used(rows.group, rows.groups), balance.group_cap)
        case "over_equal_text":
            most, selected = balance.equal_text_cap, _full(state.used(rows.text, 1), balance.equal_text_cap)
        case "over_yes_no":
            most, selected = state.pools[-1].limits.yes_no_at(whole), int(rows.yes_no[state.selected].sum())
            most = None if most is None else most + state.pools[-1].limits.yes_no_used
        case _:
            name = reason.removeprefix("over_").removesuffix("_share")
            most, selected = _most(state.pools, name), chosen.counts("selected")[name]
            return Limit(reason=reason, name=name, most=most, selected=selected, cut=cut)
    return Limit(reason=reason, name="", most=most, selected=selected, cut=cut)


def _full(counts: Ints, most: int | None) -> int:
    return int((counts >= most).sum()) if most else 0


def _source_limit(chosen: Chosen, at: int, source: str, cut: int, balance: Balance) -> Limit:
    cap = balance.source_caps.get(source, balance.source_caps.get("*", 1.0))
    shares = [share for pool in chosen.state.pools if len(pool.rows) and (share := pool.limits.sources[at].share) is not None]
    share = max(shares, default=None)
    most = int(cap) if share is None else ceil(share * chosen.state.pools[-1].total)
    selected = int(chosen.table[at, :, 0].sum())
    raised = round(float(share), 6) if share is not None and float(share) > cap + 1e-9 else None
    return Limit(reason="over_source_cap", name=source, most=most, selected=selected, cut=cut, raised=raised)
