"""supply, quota and weights -> what balance did, as figures for the report"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One modality, or one group outside the twelve (text, general, other)."""

    name: str
    outside: bool
    supply: int  # samples entering balance
    before: float  # share of the supply: of the twelve; a group outside them: of all
    target: float | None  # share wanted of the twelve, renormalised over those present; outside: its largest share of the corpus
    wanted: float  # target x size of the corpus, in samples; outside without a limit: its supply
    selected: int
    after: float  # share of what is selected
    shortfall: float  # samples missing to what is wanted
    weight: float  # of each of its samples
    weighted: float  # share when sampled by weight
    reached: bool  # the weighted share is the target's; False: max_repeat keeps it below


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a mode would have made of the same supply."""

    mode: str
    modalities: int  # N: samples of the twelve
    whole: int  # with the groups outside


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport:
    corpus: str
    mode: str
    cap: float
    max_repeat: float
    entering: int  # samples of all that were kept so far
    not_in_corpus: int  # of other tasks or sources than the corpus has
    over_target: int
    selected: int
    train: int
    validation: int
    sizes: tuple[Size, ...]  # for each mode
    binding: tuple[str, ...]  # modalities kept whole while others are cut, scarcest first
    cells: tuple[Cell, ...]


def cells_of(
    *,
    supply: Mapping[str, int],
    selected: Mapping[str, int],
    weights: Mapping[str, float],
    targets: Mapping[str, float | None],
    modalities: tuple[str, ...],
) -> tuple[Cell, ...]:
    """One cell for each name in `supply`; `modalities` are those that are counted against each other."""
    inside = {name: supply[name] for name in supply if name in modalities}
    sums = {
        outside: (sum(part.values()), sum(selected[name] for name in part), sum(weights[name] * selected[name] for name in part))
        for outside, part in ((False, inside), (True, supply))
    }
    return tuple(_cell(name, name not in modalities, supply, selected, weights, targets, sums) for name in supply)


def _cell(
    name: str,
    outside: bool,
    supply: Mapping[str, int],
    selected: Mapping[str, int],
    weights: Mapping[str, float],
    targets: Mapping[str, float | None],
    sums: Mapping[bool, tuple[int, int, float]],
) -> Cell:
    supplied, chosen, weight_sum = sums[outside]
    target = targets[name]
    wanted = supply[name] if target is None else float(Fraction(target).limit_denominator(10**9) * chosen)
    weighted = _share(weights[name] * selected[name], weight_sum)
    short = target is not None and not outside and weighted < target * (1 - 1e-4)
    return Cell(
        name=name,
        outside=outside,
        supply=supply[name],
        before=_share(supply[name], supplied),
        target=target,
        wanted=round(wanted, 2),
        selected=selected[name],
        after=_share(selected[name], chosen),
        shortfall=0.0 if outside else round(max(0.0, wanted - selected[name]), 2),
        weight=weights[name],
        weighted=weighted,
        reached=not short,
    )


def _share(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 0.0
