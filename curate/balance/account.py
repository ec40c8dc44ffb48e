"""supply, selection and limits -> what balance did, as figures for the report"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from schemas.modality import TWELVE


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
    weight: float  # of each of its samples; of several tasks the mean
    weighted: float  # share when sampled by weight
    reached: bool  # the weighted share is the target's; False: max_repeat keeps it below
    # Why it has not another share. '': it is as wanted. supply: all there is was taken, and it is less than wanted. source_cap, group_cap,
    # equal_text, yes_no: there is more, which that limit cut. target: it is above what is wanted, as far as the cap c lets it.
    # floor: it is above that, by its floor. share: a group outside the twelve at its largest share. no_target: none is wanted.
    # uncut: above its target where nothing is cut (modes weights and none)
    why: str = ""
    most: int | None = None  # samples of it that the target lets into a corpus of this size; None: no limit
    cut: tuple[tuple[str, int], ...] = ()  # reason -> samples left out, the most first
    floor: int | None = None  # samples to which its floor keeps it; None: it has none
    floor_met: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What one source gives of one cell."""

    name: str  # of the cell
    source: str
    supply: int
    selected: int
    cut: tuple[tuple[str, int], ...]  # reason -> samples left out, the most first


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of the recipe that left samples out, other than the targets'."""

    reason: str  # over_source_cap, over_group_cap, over_equal_text, over_yes_no, over_text_share ...
    name: str  # source, or group outside the twelve; '': the whole corpus
    most: int | None  # samples that it lets in: of the source, of yes and no; of one group, of one text
    selected: int  # of that source, of yes and no ...; of groups and texts: in how many samples it was full
    cut: int  # samples that it left out
    raised: float | None = None  # share of the source, where those of all sources do not sum to 1 and were raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The twelve of one task that is balanced by itself, or of all tasks that are not."""

    task: str  # '': all others
    total: int  # N
    selected: Mapping[str, int]
    targets: Mapping[str, float]
    binding: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What more samples of one modality would do: planned anew with so many more, of a source that no limit touches."""

    name: str
    task: str  # the part it is of; '': all tasks that have no targets of their own
    more: int  # samples
    gain: int  # by which N (of the twelve) grows
    then: tuple[str, ...]  # what binds after that
    enough: bool  # with more than these alone N would hardly grow


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
    left_out: tuple[tuple[str, int], ...]  # reason -> samples that balance cut, the most first; without not_in_corpus
    selected: int
    train: int
    validation: int
    sizes: tuple[Size, ...]  # for each mode
    binding: tuple[str, ...]  # modalities of which more would make N larger while others are cut, scarcest first
    cells: tuple[Cell, ...]
    feeds: tuple[Feed, ...]  # of every cell and source that has supply, by cell, then the most selected first
    limits: tuple[Limit, ...]  # that left samples out, the most first
    parts: tuple[Part, ...]  # one for each task of by_task, then all others; one where no task has targets of its own
    fixes: tuple[Fix, ...]  # of the modalities that bind, the largest gain for a sample first


def cells_of(
    *,
    supply: Mapping[str, int],
    selected: Mapping[str, int],
    drawn: Mapping[str, float],
    targets: Mapping[str, float | None],
    said: Mapping[str, Mapping[str, object]],
) -> tuple[Cell, ...]:
    """One cell for each name in `supply`. `drawn`: the sum of the weights of what is selected; `said`: the fields of Cell that
    are known of it besides."""
    inside = {name: supply[name] for name in supply if name in TWELVE}
    sums = {
        outside: (sum(part.values()), sum(selected[name] for name in part), sum(drawn[name] for name in part))
        for outside, part in ((False, inside), (True, supply))
    }
    return tuple(
        _cell(name, supply[name], selected[name], drawn[name], targets[name], sums[name not in TWELVE], said[name]) for name in supply
    )


def _cell(
    name: str,
    supply: int,
    selected: int,
    drawn: float,
    target: float | None,
    sums: tuple[int, int, float],
    said: Mapping[str, object],
) -> Cell:
    supplied, chosen, weight_sum = sums
    outside = name not in TWELVE
    wanted = supply if target is None else float(Fraction(target).limit_denominator(10**9) * chosen)
    weighted = _share(drawn, weight_sum)
    short = target is not None and not outside and weighted < target * (1 - 1e-4)
    return Cell(
        name=name,
        outside=outside,
        supply=supply,
        before=_share(supply, supplied),
        target=target,
        wanted=round(wanted, 2),
        selected=selected,
        after=_share(selected, chosen),
        shortfall=0.0 if outside else round(max(0.0, wanted - selected), 2),
        weight=round(drawn / selected, 6) if selected else 0.0,
        weighted=weighted,
        reached=not short,
        **said,  # type: ignore[arg-type]
    )


def _share(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 0.0
