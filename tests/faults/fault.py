"""What a fault is, and what is asked of every run that meets one"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.bed import STAGES, Bed, Ended


@dataclass(frozen=True, slots=True)
class Seen:
    told: str  # the last words of the run that was disturbed
    reached: bool = True  # whether the fault happened at all


@dataclass(frozen=True, slots=True)
class Fault:
    title: str
    disturb: Callable[[Bed, str], Seen]  # raises AssertionError where a promise is broken
    stages: Sequence[str] = STAGES


def places(bed: Bed, what: str, stage: str) -> list[int]:
    """The first, a middle and the last touch of a stage."""
    count = bed.counts[what].get(stage, 0)
    return [1, max(1, count // 2), max(1, count)]


def clearly(bed: Bed, ended: Ended, statuses: set[int], *beginnings: str, names: str = "") -> None:
    """The run ended with such a status, and one line that says why; no corpus is there that is not whole. Raises AssertionError."""
    if ended.status not in statuses:
        raise AssertionError(f"status {ended.status}, {sorted(statuses)} wanted; said: {ended.told[-1_500:]}")
    if "Traceback" in ended.told:
        raise AssertionError(f"status {ended.status} with a trace; it ends: {ended.told[-1_500:]}")
    said = [line for line in ended.told.splitlines() if line.startswith(beginnings)]  # notices may come behind
    if not said:
        raise AssertionError(f"no line that begins with {' or '.join(beginnings)}; said: {ended.told[-500:]}")
    if names not in said[-1]:
        raise AssertionError(f"'{names}' is not in '{said[-1]}'")
    bed.honest()


def resumed(bed: Bed, told: str, *, reached: bool = True) -> Seen:
    """The same command again ends as if nothing had been."""
    bed.control.clear() if not bed.control.now.clock else None
    bed.whole(bed.run())
    bed.equal()
    return Seen(told, reached=reached)
