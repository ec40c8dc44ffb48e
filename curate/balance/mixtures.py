"""mixtures of a recipe, rows of each corpus -> with which chance to draw from each, so that what is drawn has the shares wanted"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from curate.balance.weights import repeats
from curate.recipe import Mixture

PLACES = 12  # chances are rounded to so many decimals: numpy draws by them if they sum to 1 within 1.5e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A corpus in a mixture."""

    corpus: str
    rows: int
    share: float  # wanted, of the corpora that hold rows
    probability: float  # to draw with: the share, unless the corpus or another is too scarce for it
    repeat: float  # how often, on average, each of its samples is drawn in an epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """A mixture as it can be drawn: an epoch is as many draws as its corpora have rows."""

    name: str
    title: str
    rows: int
    max_repeat: float
    parts: tuple[Part, ...]  # in the recipe's order; none without rows
    absent: Mapping[str, float]  # corpora without a row -> the share the recipe wants, of all it names


def mix(mixture: Mixture, rows: Mapping[str, int]) -> Mixed:
    """`rows` counts those of each corpus in the split that is drawn from; a corpus it does not name has none. No sample is drawn more
    often than `max_repeat` allows: what a corpus cannot give the others do, in the ratio of their shares."""
    wanted = _wanted(mixture, rows)
    present = {name: share for name, share in wanted.items() if rows.get(name)}
    counts = {name: rows[name] for name in present}
    drawn = repeats(counts, present, mixture.max_repeat)
    total, shown, whole = sum(counts.values()), sum(present.values()), sum(wanted.values())
    return Mixed(
        name=mixture.name,
        title=mixture.title,
        rows=total,
        max_repeat=float(mixture.max_repeat),
        parts=tuple(
            Part(
                corpus=name,
                rows=rows[name],
                share=round(float(share / shown), PLACES),
                probability=round(float(drawn[name] * rows[name] / total), PLACES),
                repeat=round(float(drawn[name]), PLACES),
            )
            for name, share in present.items()
        ),
        absent={name: round(float(share / whole), PLACES) if whole else 0.0 for name, share in wanted.items() if name not in present},
    )


def _wanted(mixture: Mixture, rows: Mapping[str, int]) -> dict[str, Fraction]:
    if isinstance(mixture.corpora, tuple):
        return {name: Fraction(rows.get(name, 0)) for name in mixture.corpora}
    return {name: Fraction(str(share)) for name, share in mixture.corpora.items()}
