"""columns of everything kept -> which samples make one corpus, with splits and weights, and what that did to its balance"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.balance.account import BalanceReport
from curate.balance.cut import CODE, REASONS, reasons
from curate.balance.pools import State, of_pool, outside_shares, plan_again, plan_pools
from curate.balance.quota import outside_counts
from curate.balance.report import Chosen, report_of
from curate.balance.rows import CELLS, OUTSIDE, Rows, first_of_texts, rows_of
from curate.balance.splits import TRAIN, VALIDATION
from curate.balance.weights import sampling_weights
from curate.recipe import Balance, CorpusPlan
from schemas.arrow import arrow_schema
from schemas.cluster import Choice
from schemas.modality import TWELVE

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
        ("said", pa.uint64()),  # Screened.said
        ("yes_no", pa.bool_()),  # Screened.yes_no
        ("clusters", pa.list_(pa.string())),  # 'image:<cluster>', 'text:<cluster>'
    ]
)


def select(
    candidates: pa.Table, digests: npt.NDArray[np.uint64], validation: npt.NDArray[np.bool_], plan: CorpusPlan
) -> tuple[pa.Table, BalanceReport]:
    """The choice (rows of `Choice`, in the order of `candidates`, schema `CANDIDATE`) for one corpus, and the account of it.
    `digests` are digest64 of the ids, `validation` is of `in_validation`, both over all candidates: a sample is of the same split in
    every corpus. What is left out is said by a limit that it would break (curate/balance/cut.py)."""
    rows = rows_of(candidates, digests, plan)
    state, codes = choose(rows, plan.balance)
    weights = _weights(state, plan.balance)
    chosen = Chosen(state=state, codes=codes, weights=weights, validation=validation[rows.place], entering=len(candidates))
    return _choices(candidates, plan.name, chosen, validation), report_of(plan, chosen)


def choose(rows: Rows, balance: Balance) -> tuple[State, npt.NDArray[np.int8]]:
    """Which of the samples, and the reason of each other. Of equal texts the best are the supply. Where more of a text would
    find room in the end, because those that were the best did not, they come before these: that makes their pool larger, and
    those before it stay as they are."""
    alive = first_of_texts(rows, balance.equal_text_cap)
    state = plan_pools(rows, alive, balance)
    codes = reasons(state, balance)
    while (lacking := ~state.selected & (codes == 0)).any():
        parts = len(state.pools) - 1
        first = next(number for number in range(parts + 1) if (lacking & of_pool(rows, number, parts)).any())
        tier = np.where(state.selected, 0, np.where(lacking & of_pool(rows, first, parts), 1, 2)).astype(np.int8)
        again = first_of_texts(rows, balance.equal_text_cap, tier)
        larger = plan_again(state, first, again, tier, balance)
        if larger.totals <= state.totals:
            codes[lacking] = np.where(alive[lacking], CODE["over_group_cap"], CODE["over_equal_text"])
            break
        state, codes, alive = larger, reasons(larger, balance), again
    return state, codes


def _choices(candidates: pa.Table, corpus: str, chosen: Chosen, validation: npt.NDArray[np.bool_]) -> pa.Table:
    place, count = chosen.state.rows.place, len(candidates)
    selected, weights, codes = np.zeros(count, bool), np.zeros(count), np.full(count, CODE["not_in_corpus"], np.int8)
    selected[place], codes[place] = chosen.state.selected, chosen.codes
    weights[place] = np.where(chosen.state.selected, chosen.weights, 0.0)
    return pa.Table.from_arrays(
        [
            pa.array([corpus], pa.string()).take(pa.array(np.zeros(count, np.int8))),
            candidates["id"].combine_chunks(),
            pa.array(selected),
            pa.array(REASONS, pa.string()).take(pa.array(codes)),
            pa.array(weights),
            pa.array([TRAIN, VALIDATION], pa.string()).take(pa.array(validation.astype(np.int8))),
            candidates["modality"].combine_chunks(),
        ],
        schema=arrow_schema(Choice),
    )


def _weights(state: State, balance: Balance) -> npt.NDArray[np.float64]:
    """Of each sample by its part and cell: how often it is drawn so that the shares are the target's (design, 7). What stands outside
    the twelve and was not cut, in the mode of weights, is drawn as often as its share lets it."""
    rows = state.rows
    table = np.ones((len(state.pools) - 1, len(CELLS)))
    if balance.mode != "none":
        for number, pool in enumerate(state.pools[:-1]):
            counts = np.bincount(rows.cell[pool.rows[state.selected[pool.rows]]], minlength=len(TWELVE)).tolist()
            drawn = sampling_weights(dict(zip(TWELVE, counts, strict=True)), pool.shares, balance.max_repeat)
            table[number, : len(TWELVE)] = [drawn[name] for name in TWELVE]
    if balance.mode == "weights":
        table[:, len(TWELVE) :] = _outside_weights(state, balance)
    return table[rows.part, rows.cell] if len(rows) else np.zeros(0)


def _outside_weights(state: State, balance: Balance) -> list[float]:
    kept = dict(zip(CELLS, state.used(state.rows.cell, len(CELLS)).tolist(), strict=True))
    may = outside_counts(sum(kept[name] for name in TWELVE), {name: kept[name] for name in OUTSIDE}, outside_shares(balance))
    return [round(may[name] / kept[name], 6) if kept[name] else 0.0 for name in OUTSIDE]
