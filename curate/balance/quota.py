"""supply of each modality, target shares -> how many samples of each the corpus may hold"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from curate.balance.targets import PRECISION, target_shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    total: int  # N, the samples of all the modalities together
    counts: Mapping[str, int]
    binding: tuple[str, ...]  # modalities kept whole while others are cut, scarcest first: more of them would make N larger


def cap_quota(supply: Mapping[str, int], shares: Mapping[str, Fraction], cap: float) -> Quota:
    """The largest N with count_m <= cap x t_m x N for every modality m (design, 7). A modality that has a target keeps
    one sample at least. With a cap of 1 see `strict_quota`."""
    if cap <= 1:
        return strict_quota(supply, shares)
    factor = Fraction(cap).limit_denominator(PRECISION)
    bounds = {name: factor * share for name, share in shares.items() if share}

    def allowed(total: int) -> dict[str, int]:
        return {name: min(supply[name], max(1, bound.numerator * total // bound.denominator)) for name, bound in bounds.items()}

    # What `total` allows never falls as `total` grows, so nothing between the sum it allows and itself can be reached.
    total = _upper_bound(supply, bounds)
    counts = allowed(total)
    while sum(counts.values()) < total:
        total = sum(counts.values())
        counts = allowed(total)
    return _quota(supply, counts, shares)


def strict_quota(supply: Mapping[str, int], shares: Mapping[str, Fraction]) -> Quota:
    """The largest N with t_m x N <= supply_m for every modality m, in whole samples: each count is t_m x N rounded
    up or down, by largest remainder."""
    wanted = {name: share for name, share in shares.items() if share}
    if not wanted:
        return _quota(supply, {}, shares)
    total = int(min(supply[name] / share for name, share in wanted.items()))
    counts = {name: int(share * total) for name, share in wanted.items()}
    left = total - sum(counts.values())
    by_remainder = sorted(wanted, key=lambda name: (counts[name] - wanted[name] * total, name))
    for name in by_remainder[:left]:
        counts[name] += 1
    scarcest = min(wanted, key=lambda name: (supply[name] / wanted[name], name))
    return Quota(
        total=total,
        counts={name: counts.get(name, 0) for name in supply},
        binding=(scarcest,) if total < sum(supply.values()) else (),
    )


def outside_counts(inside: int, supply: Mapping[str, int], limits: Mapping[str, float | None]) -> dict[str, int]:
    """How many samples of each group outside the twelve the corpus may hold beside `inside` samples of the twelve:
    none has more than its share of the whole, and a group whose limit is None is kept whole. Where nothing else is
    there the limits are shares among the groups themselves (a corpus of text alone is not empty)."""
    limited = {
        name: Fraction(limit).limit_denominator(PRECISION) for name, limit in limits.items() if limit is not None and supply.get(name)
    }
    free = {name: count for name, count in supply.items() if name not in limited}
    if not inside + sum(free.values()) and sum(limited.values()) < 1:
        shares = target_shares({name: float(limit) for name, limit in limited.items()}, supply)
        return {**strict_quota({name: supply[name] for name in limited}, shares).counts, **free}
    total = inside + sum(supply.values())
    while True:
        counts = {name: min(supply[name], share.numerator * total // share.denominator) for name, share in limited.items()}
        reached = inside + sum(free.values()) + sum(counts.values())
        if reached >= total:
            return {**counts, **free}
        total = reached


def _upper_bound(supply: Mapping[str, int], bounds: Mapping[str, Fraction]) -> int:
    """The largest N with sum(min(supply_m, bound_m x N + 1)) >= N, over real numbers: no quota in whole samples is larger.
    With the scarcest modalities whole and the others at their bound, N = (whole + others) / (1 - bounds of the others)."""
    scarcest_first = sorted(bounds, key=lambda name: (supply[name] / bounds[name], name))
    for whole in range(len(scarcest_first), 0, -1):
        others = scarcest_first[whole:]
        rest = 1 - sum(bounds[name] for name in others)
        if rest <= 0:
            continue
        total = (sum(supply[name] for name in scarcest_first[:whole]) + len(others)) / Fraction(rest)
        last = scarcest_first[whole - 1]
        if total >= (supply[last] - 1) / bounds[last]:
            return int(total)
    return sum(supply.values())


def _quota(supply: Mapping[str, int], counts: Mapping[str, int], shares: Mapping[str, Fraction]) -> Quota:
    cut = any(counts.get(name, 0) < supply[name] for name in shares if shares[name])
    whole = [name for name in counts if counts[name] == supply[name]] if cut else []
    return Quota(
        total=sum(counts.values()),
        counts={name: counts.get(name, 0) for name in supply},
        binding=tuple(sorted(whole, key=lambda name: (supply[name] / shares[name], name))),
    )
