"""what a recipe allows, a corpus of N samples -> how many of each modality, source and yes or no that is, in whole samples"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from curate.balance.flow import FAR
from curate.balance.targets import exact
from curate.recipe import Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """What one modality, or one group outside the twelve, may have."""

    share: Fraction | None  # of N, rounded down; None: no limit
    least: int = 0  # it may have so many, whatever N is

    def most(self, total: int) -> int:
        return FAR if self.share is None else max(self.least, self.share.numerator * total // self.share.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spring:
    """What one source may give."""

    share: Fraction | None = None  # of N, rounded up: with caps that sum to 1 a corpus of any size can be made
    used: int = 0  # of that share, by what was selected before
    most_left: int | None = None  # samples, whatever N is

    def most(self, total: int) -> int:
        shared = FAR if self.share is None else max(0, -(-self.share.numerator * total // self.share.denominator) - self.used)
        return shared if self.most_left is None else min(shared, self.most_left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits at one N."""

    sinks: tuple[int, ...]
    sources: tuple[int, ...]
    yes_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None of them falls as N grows: what is allowed in a corpus is allowed in every larger one."""

    sinks: tuple[Sink, ...]
    sources: tuple[Spring, ...]
    yes_no: Fraction | None = None  # share of N, rounded down
    yes_no_used: int = 0
    base: int = 0  # samples of N that are selected already

    def at(self, total: int) -> Bounds:
        return Bounds(
            sinks=tuple(sink.most(total) for sink in self.sinks),
            sources=tuple(source.most(total) for source in self.sources),
            yes_no=self.yes_no_at(total),
        )

    def yes_no_at(self, total: int) -> int | None:
        return None if self.yes_no is None else max(0, self.yes_no.numerator * total // self.yes_no.denominator - self.yes_no_used)


def source_limits(
    caps: Mapping[str, float], sources: Sequence[str], supply: Sequence[int], used: Sequence[int], *, before: bool
) -> list[Spring]:
    """What each of `sources` may give, of which there are `supply` samples before any limit and `used` were selected already;
    `before`: these count into its share too. Shares that do not sum to 1 over the sources that have anything are raised in their
    ratio: with two sources of which neither may be more than 0.4 there would be no corpus at all."""
    said = [caps.get(name, caps.get("*")) for name in sources]
    shares = [exact(cap) if cap is not None and cap < 1 else None for cap in said]
    present = [share for share, count in zip(shares, supply, strict=True) if count]
    whole = sum((share for share in present if share is not None), Fraction(0))
    factor = 1 / whole if present and None not in present and whole < 1 else Fraction(1)
    return [
        Spring(
            share=None if share is None else share * factor,
            used=taken if before else 0,
            most_left=max(0, int(cap) - taken) if cap is not None and cap >= 1 else None,
        )
        for cap, share, taken in zip(said, shares, used, strict=True)
    ]


def modality_limits(
    balance: Balance, modalities: Sequence[str], shares: Mapping[str, Fraction], used: Mapping[str, int]
) -> tuple[Sink, ...]:
    """Of the twelve, in mode `cap`: cap x t_m x N, one sample at least where there is a target, and its floor where that is more;
    in the modes that cut nothing no limit. `used`: of a modality that earlier tasks have, its floor needs so many fewer."""
    if balance.mode in ("weights", "none"):
        return tuple(Sink(share=None) for _ in modalities)
    factor = exact(balance.cap)
    return tuple(_modality(factor * shares.get(name, Fraction(0)), balance.floors.get(name, 0), used.get(name, 0)) for name in modalities)


def _modality(share: Fraction, floor: float, used: int) -> Sink:
    least = max(1 if share else 0, int(floor) - used if floor >= 1 else 0)
    return Sink(share=max(share, exact(floor)) if floor < 1 else share, least=least)
