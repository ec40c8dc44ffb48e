"""work to be measured -> figures: a number with its unit, its target, and whether it holds"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    name: str
    figure: float | None  # None: not measured; `note` says why
    unit: str
    target: str = ""  # '>= 8', '<= 1.15'; '' if none is set
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if not self.target or self.figure is None:
            return None
        sign, number = self.target.split()
        return self.figure >= float(number) if sign == ">=" else self.figure <= float(number)


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleaved(first: Callable[[], object], second: Callable[[], object], *, rounds: int = 5) -> tuple[float, float, float]:
    """Seconds of each (their medians) and how many times faster the first is (the median of the rounds' own ratios): taken in turn, so that
    whatever else the machine does falls on both."""
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds)]
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[1] / pair[0] for pair in pairs),
    )


def table(figures: Sequence[Figure]) -> str:
    """Lines of a table, columns aligned."""
    rows = [("what", "figure", "unit", "target", "")]
    for figure in figures:
        number = "-" if figure.figure is None else f"{figure.figure:,.3g}" if abs(figure.figure) < 1_000 else f"{figure.figure:,.0f}"
        verdict = {True: "holds", False: "MISSED", None: ""}[figure.holds]
        rows.append((figure.name, number, figure.unit, figure.target, f"{verdict}{f'  ({figure.note})' if figure.note else ''}".strip()))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]:<{widths[3]}}  {row[4]}".rstrip() for row in rows
    )
