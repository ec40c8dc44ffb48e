"""supply of each group outside the twelve, their shares -> how many samples of each the corpus may hold"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from curate.balance.targets import exact


def outside_counts(inside: int, supply: Mapping[str, int], limits: Mapping[str, float | None]) -> dict[str, int]:
    """How many samples of each group outside the twelve the corpus may hold beside `inside` samples of the twelve:
    none has more than its share of the whole, and a group whose limit is None is kept whole. Where nothing else is
    there the limits are shares among the groups themselves (a corpus of text alone is not empty)."""
    limited = {name: exact(limit) for name, limit in limits.items() if limit is not None and supply.get(name)}
    free = {name: count for name, count in supply.items() if name not in limited}
    whole = sum(limited.values())
    if not inside + sum(free.values()) and whole < 1:
        return {**_in_ratio({name: share / whole if whole else share for name, share in limited.items()}, supply), **free}
    total = inside + sum(supply.values())
    while True:
        counts = {name: min(supply[name], share.numerator * total // share.denominator) for name, share in limited.items()}
        reached = inside + sum(free.values()) + sum(counts.values())
        if reached >= total:
            return {**counts, **free}
        total = reached


def _in_ratio(shares: Mapping[str, Fraction], supply: Mapping[str, int]) -> dict[str, int]:
    """The largest N with share x N <= supply of every group, each count rounded up or down by largest remainder."""
    wanted = {name: share for name, share in shares.items() if share}
    total = int(min((supply[name] / share for name, share in wanted.items()), default=0))
    counts = {name: int(share * total) for name, share in wanted.items()}
    by_remainder = sorted(wanted, key=lambda name: (counts[name] - wanted[name] * total, name))
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return {name: counts.get(name, 0) for name in shares}
