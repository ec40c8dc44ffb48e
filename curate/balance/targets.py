"""what a recipe wants of the twelve, the supply -> the share of each modality that is present, as exact fractions"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from curate.recipe import Targets
from schemas.modality import TWELVE

PRECISION = 10**9  # shares are compared as exact fractions with at most this denominator: 1/12 as a float is 1/12 again
UNIFORM = dict.fromkeys(TWELVE, 1.0)
# Lingshu (arXiv 2506.07044), figure 5: six are named, the six others share what is left of a hundred.
NAMED = {"histopathology": 22.0, "ct": 18.0, "xray": 13.0, "mri": 12.0, "ultrasound": 8.0, "microscopy": 7.0}
PUBLISHED = {name: NAMED.get(name, (100 - sum(NAMED.values())) / (len(TWELVE) - len(NAMED))) for name in TWELVE}


def target_shares(targets: Targets, supply: Mapping[str, int]) -> dict[str, Fraction]:
    """`targets` renormalised over the modalities of which `supply` holds samples, as exact fractions that sum to 1.
    A modality without a target has the share 0; where none that is present has a target, all shares are 0."""
    table = _table(targets, supply)
    present = {name: exact(table.get(name, 0)) for name, count in supply.items() if count}
    whole = sum(present.values())
    return {name: share / whole if whole else share for name, share in present.items()}


def _table(targets: Targets, supply: Mapping[str, int]) -> Mapping[str, float]:
    if targets == "uniform":
        return UNIFORM
    if targets == "published":
        return PUBLISHED
    assert not isinstance(targets, str), "the recipe's schema names no other"
    return _tempered(supply, targets["temperature"]) if "temperature" in targets else targets


def _tempered(supply: Mapping[str, int], temperature: float) -> dict[str, float]:
    """q_m proportional to p_m^(1/T), p_m the share of the supply: T = 1 is the supply's own shares, a larger T nearer to uniform
    (Arivazhagan et al. 2019, arXiv 1907.05019, section 4.2, of languages; with alpha = 1/T Conneau and Lample 2019, arXiv 1901.07291,
    section 3.1). Rounded to 9 places, so that it is the same on every machine."""
    whole = sum(supply.values())
    return {name: round((count / whole) ** (1 / temperature), 9) for name, count in supply.items() if count}


def exact(share: float | Fraction) -> Fraction:
    return Fraction(share).limit_denominator(PRECISION)
