"""what was planned and selected -> why each other sample was not: a limit that it would break"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from curate.balance.pools import Pool, State, of_pool
from curate.balance.rows import CELLS, OUTSIDE
from curate.balance.supply import Ints
from curate.recipe import Balance

# The limits of one sample before those of many: of two that it would break, the first is named.
REASONS = (
    "", "over_equal_text", "over_group_cap", "over_yes_no", "no_target", "over_target",
    *(f"over_{name}_share" for name in OUTSIDE), "over_source_cap", "not_in_corpus",
)  # fmt: skip
CODE = {reason: number for number, reason in enumerate(REASONS)}


def reasons(state: State, balance: Balance) -> npt.NDArray[np.int8]:
    """Of each sample its reason as a number of REASONS: 0 of those that are selected, and of those that were no supply though there
    would be room for them now. Limits are those of a corpus of one sample more: it is not that N could be one larger, else it were."""
    rows = state.rows
    codes = np.zeros(len(rows), np.int8)
    texts, supply = _full_texts(state, balance), np.zeros(len(rows), bool)
    for number, pool in enumerate(state.pools):
        places = np.flatnonzero(of_pool(rows, number, len(state.pools) - 1) & ~state.selected).astype(np.int32)
        codes[places] = _of(state, pool, places, texts, balance)
        supply[pool.rows[~pool.grouped.out]] = True
    missing = supply & ~state.selected & (codes == 0)
    if missing.any():
        raise ValueError(f"{int(missing.sum())} samples were left out though no limit is in their way")
    return codes


def _of(state: State, pool: Pool, places: Ints, texts: npt.NDArray[np.bool_], balance: Balance) -> npt.NDArray[np.int8]:
    """Later assignments stand: limits in the order of REASONS, from the last."""
    rows, codes = state.rows, np.zeros(len(places), np.int8)
    bounds = pool.limits.at(pool.total + 1)
    chosen = pool.rows[state.selected[pool.rows]]
    first = CELLS.index(pool.names[0])
    given = np.bincount(rows.source[chosen], minlength=len(rows.sources))
    codes[(given >= np.array(bounds.sources, np.float64))[rows.source[places]]] = CODE["over_source_cap"]
    into = np.bincount(rows.cell[chosen] - first, minlength=len(pool.names))
    for sink in np.flatnonzero(into >= np.array(bounds.sinks, np.float64)).tolist():
        codes[rows.cell[places] == first + sink] = CODE[_sink_reason(pool, sink)]
    if bounds.yes_no is not None and int(rows.yes_no[chosen].sum()) >= bounds.yes_no:
        codes[rows.yes_no[places]] = CODE["over_yes_no"]
    if balance.group_cap is not None:
        full = state.used(rows.group, rows.groups) >= balance.group_cap
        codes[(rows.group[places] >= 0) & full[rows.group[places]]] = CODE["over_group_cap"]
    codes[texts[places]] = CODE["over_equal_text"]
    return codes


def _sink_reason(pool: Pool, sink: int) -> str:
    if pool.names == OUTSIDE:
        return f"over_{OUTSIDE[sink]}_share"
    return "over_target" if pool.shares.get(pool.names[sink], 1) else "no_target"


def _full_texts(state: State, balance: Balance) -> npt.NDArray[np.bool_]:
    """Samples of whose text as many are selected as may be."""
    rows = state.rows
    if balance.equal_text_cap is None or not (rows.text >= 0).any():
        return np.zeros(len(rows), bool)
    full = state.used(rows.text, int(rows.text.max()) + 1) >= balance.equal_text_cap
    return (rows.text >= 0) & full[rows.text]
