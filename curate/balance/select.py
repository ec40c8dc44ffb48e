"""columns of everything kept -> which samples make one corpus, with splits and weights, and what that did to its balance"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.balance.account import BalanceReport
from curate.balance.columns import Coded, Columns
from curate.balance.cut import CODE, REASONS, reasons
from curate.balance.pieces import looked_up
from curate.balance.pools import State, of_pool, outside_shares, plan_again, plan_pools
from curate.balance.quota import outside_counts
from curate.balance.report import Chosen, report_of
from curate.balance.rows import CELLS, OUTSIDE, Rows, cells, first_of_texts, parts, rows_of
from curate.balance.splits import TRAIN, VALIDATION
from curate.balance.supply import Ints
from curate.balance.weights import sampling_weights
from curate.recipe import Balance, CorpusPlan
from schemas.arrow import arrow_schema
from schemas.cluster import Choice
from schemas.modality import TWELVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What became of every candidate in one corpus, two and a half bytes each: rows of `Choice` are made of them some at a time."""

    corpus: str
    codes: npt.NDArray[np.int8]  # of REASONS; 0: selected
    part: npt.NDArray[np.int8]
    cell: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float64]  # of a sample that is selected, by part and cell
    validation: npt.NDArray[np.bool_]
    modality: Coded

    def rows(self, start: int, ids: pa.Array) -> pa.Table:
        """Of the candidates from `start` on, whose ids are given, in their order."""
        span = slice(start, start + len(ids))
        codes = self.codes[span]
        weights = np.where(codes == 0, self.weights[self.part[span], self.cell[span]], 0.0)
        return pa.Table.from_arrays(
            [
                _said([self.corpus], np.zeros(len(ids), np.int8)),
                ids,
                pa.array(codes == 0),
                _said(REASONS, codes),
                pa.array(weights),
                _said([TRAIN, VALIDATION], self.validation[span].astype(np.int8)),
                _said(self.modality.names, self.modality.codes[span]),
            ],
            schema=arrow_schema(Choice),
        )


def select(
    columns: Columns, validation: npt.NDArray[np.bool_], plan: CorpusPlan, id_at: Callable[[int], str]
) -> tuple[Choices, BalanceReport]:
    """The choice for one corpus, in the order of `columns`, and the account of it. `validation` is of `in_validation`, over all
    candidates: a sample is of the same split in every corpus. `id_at` tells the id of a candidate by its place; it is asked where two
    digests are equal. What is left out is said by a limit that it would break (curate/balance/cut.py)."""
    rows = rows_of(columns, plan, id_at)
    state, codes = choose(rows, plan.balance)
    weights = _weights(state, plan.balance)
    chosen = Chosen(state=state, codes=codes, weights=weights, validation=looked_up(validation, rows.place), entering=len(columns))
    report = report_of(plan, chosen)
    every = np.full(len(columns), CODE["not_in_corpus"], np.int8)
    every[rows.place] = codes
    return Choices(
        corpus=plan.name,
        codes=every,
        part=parts(columns, plan.balance),
        cell=cells(columns),
        weights=weights,
        validation=validation,
        modality=columns.modality,
    ), report


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


def _said(words: Sequence[str], codes: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(codes))


def _weights(state: State, balance: Balance) -> npt.NDArray[np.float64]:
    """(parts, cells): how often each sample is drawn so that the shares are the target's (manifests/README.md, section 16).
    What stands outside the twelve and was not cut, in the mode of weights, is drawn as often as its share lets it."""
    rows = state.rows
    table = np.ones((len(state.pools) - 1, len(CELLS)))
    if balance.mode != "none":
        for number, pool in enumerate(state.pools[:-1]):
            counts = np.bincount(rows.cell[pool.rows[state.selected[pool.rows]]], minlength=len(TWELVE)).tolist()
            drawn = sampling_weights(dict(zip(TWELVE, counts, strict=True)), pool.shares, balance.max_repeat)
            table[number, : len(TWELVE)] = [drawn[name] for name in TWELVE]
    if balance.mode == "weights":
        table[:, len(TWELVE) :] = _outside_weights(state, balance)
    return table


def _outside_weights(state: State, balance: Balance) -> list[float]:
    kept = dict(zip(CELLS, state.used(state.rows.cell, len(CELLS)).tolist(), strict=True))
    may = outside_counts(sum(kept[name] for name in TWELVE), {name: kept[name] for name in OUTSIDE}, outside_shares(balance))
    return [round(may[name] / kept[name], 6) if kept[name] else 0.0 for name in OUTSIDE]
