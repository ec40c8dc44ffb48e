"""columns of everything kept -> which samples make one corpus, with splits and weights, and what that did to its balance"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.balance.account import BalanceReport, Size, cells_of
from curate.balance.best import best
from curate.balance.quota import Quota, cap_quota, outside_counts, strict_quota
from curate.balance.splits import TRAIN, VALIDATION
from curate.balance.targets import target_shares
from curate.balance.weights import sampling_weights
from curate.recipe import Balance, CorpusPlan
from schemas.arrow import arrow_schema
from schemas.cluster import Choice
from schemas.modality import OTHER, TEXT, TWELVE

GENERAL = "general"  # the domain that stands outside the twelve, whatever it shows
OUTSIDE = (TEXT, GENERAL, OTHER)
CELLS = (*TWELVE, *OUTSIDE)
MODES: tuple[Literal["cap", "strict", "weights", "none"], ...] = ("cap", "strict", "weights", "none")

CANDIDATE = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("table", pa.string()),
        ("task", pa.string()),
        ("domain", pa.string()),
        ("modality", pa.string()),  # decided by tag
        ("reliability", pa.int64()),
        ("pixels", pa.int64()),  # of its largest image; 0 without images
        ("split", pa.string()),  # as published
        ("group", pa.string()),  # Screened.group
        ("clusters", pa.list_(pa.string())),  # 'image:<cluster>', 'text:<cluster>'
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many of each cell stay, and how often each is drawn."""

    quota: Quota  # of the twelve
    counts: Mapping[str, int]  # of every cell
    weights: Mapping[str, float]


def select(candidates: pa.Table, validation: npt.NDArray[np.bool_], plan: CorpusPlan) -> tuple[pa.Table, BalanceReport]:
    """The choice (rows of `Choice`, in the order of `candidates`, schema `CANDIDATE`) for one corpus, and the account of it.
    `validation` is of `in_validation`, over all candidates: a sample is of the same split in every corpus."""
    cells = _cells(candidates)
    eligible = _eligible(candidates, plan)
    supply = {name: int(count) for name, count in zip(CELLS, np.bincount(cells[eligible], minlength=len(CELLS)))}
    decided = plan_counts(supply, plan.balance)
    selected = _pick(candidates, cells, eligible, decided.counts)
    weights = np.array([decided.weights[name] for name in CELLS])[cells] if len(cells) else np.zeros(0)
    choices = pa.Table.from_arrays(
        [
            _constant(plan.name, len(cells)),
            candidates["id"].combine_chunks(),
            pa.array(selected),
            pa.array(np.where(selected, "", np.where(eligible, "over_target", "not_in_corpus")), pa.string()),
            pa.array(np.where(selected, weights, 0.0)),
            pa.array(np.where(validation, VALIDATION, TRAIN), pa.string()),
            candidates["modality"].combine_chunks(),
        ],
        schema=arrow_schema(Choice),
    )
    return choices, _report(plan, supply, decided, eligible=eligible, selected=selected, validation=validation)


def plan_counts(supply: Mapping[str, int], balance: Balance) -> Plan:
    """What stays of each cell of `supply` (all of CELLS), and its weight, by the recipe's mode (design, 7)."""
    inside = {name: supply[name] for name in TWELVE if supply[name]}
    outside = {name: supply[name] for name in OUTSIDE}
    shares = target_shares(balance.targets, inside)
    quota = _quota(inside, shares, balance)
    may = outside_counts(quota.total, outside, _limits(balance))
    kept = outside if balance.mode in ("weights", "none") else may
    if balance.mode == "none":
        weights = dict.fromkeys(CELLS, 1.0)
    else:
        weights = {**dict.fromkeys(CELLS, 0.0), **sampling_weights(quota.counts, shares, balance.max_repeat)}
        weights.update({name: round(may[name] / kept[name], 6) if kept[name] else 0.0 for name in OUTSIDE})
    return Plan(quota=quota, counts={**dict.fromkeys(CELLS, 0), **quota.counts, **kept}, weights=weights)


def _quota(inside: Mapping[str, int], shares: Mapping[str, Fraction], balance: Balance) -> Quota:
    match balance.mode:
        case "cap":
            return cap_quota(inside, shares, balance.cap)
        case "strict":
            return strict_quota(inside, shares)
        case _:
            return Quota(total=sum(inside.values()), counts=dict(inside), binding=())


def _limits(balance: Balance) -> dict[str, float | None]:
    return {TEXT: balance.text_share, GENERAL: balance.general_share, OTHER: balance.other_share}


def _size(supply: Mapping[str, int], balance: Balance) -> Size:
    decided = plan_counts(supply, balance)
    return Size(mode=balance.mode, modalities=decided.quota.total, whole=sum(decided.counts.values()))


def _cells(candidates: pa.Table) -> npt.NDArray[np.int64]:
    """The number of each candidate's cell in CELLS."""
    named = pc.if_else(pc.equal(candidates["domain"], GENERAL), GENERAL, candidates["modality"])
    return pc.index_in(named, pa.array(CELLS)).to_numpy().astype(np.int64)


def _eligible(candidates: pa.Table, plan: CorpusPlan) -> npt.NDArray[np.bool_]:
    of_task = pc.is_in(candidates["task"], pa.array(plan.tasks, pa.string()))
    if not plan.sources:
        return of_task.to_numpy()
    named = pa.array(plan.sources, pa.string())
    tables = pc.binary_join_element_wise(candidates["source"], candidates["table"], "/")
    return pc.and_(of_task, pc.or_(pc.is_in(candidates["source"], named), pc.is_in(tables, named))).to_numpy()


def _pick(
    candidates: pa.Table, cells: npt.NDArray[np.int64], eligible: npt.NDArray[np.bool_], counts: Mapping[str, int]
) -> npt.NDArray[np.bool_]:
    selected = np.zeros(len(cells), bool)
    ids = candidates["id"].combine_chunks()
    reliability, pixels = candidates["reliability"].to_numpy(), candidates["pixels"].to_numpy()
    for number, name in enumerate(CELLS):
        of_cell = np.flatnonzero(eligible & (cells == number))
        chosen = best(ids.take(pa.array(of_cell)), reliability[of_cell], pixels[of_cell], counts[name])
        selected[of_cell[chosen]] = True
    return selected


def _constant(value: str, count: int) -> pa.Array:
    return pa.array([value], pa.string()).take(pa.array(np.zeros(count, np.int64)))


def _report(
    plan: CorpusPlan,
    supply: Mapping[str, int],
    decided: Plan,
    *,
    eligible: npt.NDArray[np.bool_],
    selected: npt.NDArray[np.bool_],
    validation: npt.NDArray[np.bool_],
) -> BalanceReport:
    balance = plan.balance
    shares = target_shares(balance.targets, {name: supply[name] for name in TWELVE})
    targets = {**{name: float(shares.get(name, 0)) for name in TWELVE}, **_limits(balance)}
    return BalanceReport(
        corpus=plan.name,
        mode=balance.mode,
        cap=balance.cap,
        max_repeat=balance.max_repeat,
        entering=len(eligible),
        not_in_corpus=int((~eligible).sum()),
        over_target=int((eligible & ~selected).sum()),
        selected=int(selected.sum()),
        train=int((selected & ~validation).sum()),
        validation=int((selected & validation).sum()),
        sizes=tuple(_size(supply, dataclasses.replace(balance, mode=mode)) for mode in MODES),
        binding=decided.quota.binding,
        cells=cells_of(supply=supply, selected=decided.counts, weights=decided.weights, targets=targets, modalities=TWELVE),
    )
