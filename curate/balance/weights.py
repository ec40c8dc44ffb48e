"""counts and target shares -> sampling weight of each modality, none above what a sample may be repeated"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

PLACES = 6  # weights are rounded to so many decimals: shares then hold to 1e-5 of themselves


def sampling_weights(counts: Mapping[str, int], shares: Mapping[str, Fraction], max_repeat: float) -> dict[str, float]:
    """`repeats`, as they ship."""
    return {name: round(float(weight), PLACES) for name, weight in repeats(counts, shares, max_repeat).items()}


def repeats(counts: Mapping[str, int], shares: Mapping[str, Fraction], max_repeat: float) -> dict[str, Fraction]:
    """How often one sample of each modality is drawn in an epoch of as many draws as there are samples, so that the shares
    of the draws are `shares` exactly (weight_m x count_m is proportional to t_m). No weight is above `max_repeat`: what a scarce
    modality cannot take goes to the others in the ratio of their targets, and its share stays `max_repeat` x count / N.
    A modality without a share has the weight 0."""
    draws = Fraction(sum(counts.values()))
    most = max(Fraction(max_repeat).limit_denominator(1000), Fraction(1))
    open_ = {name for name, count in counts.items() if count and shares.get(name)}
    weights: dict[str, Fraction] = {name: Fraction(0) for name in counts}
    while open_:
        whole = sum(shares[name] for name in open_)
        ideal = {name: shares[name] / whole * draws / counts[name] for name in open_}
        full = {name for name in open_ if ideal[name] > most}
        if not full:
            weights.update(ideal)
            break
        weights.update(dict.fromkeys(full, most))
        draws -= sum(most * counts[name] for name in full)
        open_ -= full
    return weights
