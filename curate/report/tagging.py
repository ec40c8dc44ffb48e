"""who said what every sample shows -> the figures of the report's section on evidence"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from curate.report.counts import UNKNOWN, Tally
from schemas.modality import OTHER, TEXT, TWELVE

NOBODY = "nobody"  # where the evidence does not suffice: 'other' because nobody can tell
NATURAL_ORDER = {name: place for place, name in enumerate((*TWELVE, OTHER))}
Count = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRow:
    """A witness that decided, and what it decided."""

    by: str
    samples: int
    share: float  # of samples with images
    modalities: tuple[Count, ...]  # most first


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRow:
    """Samples of one declared modality, by what the image tagger is sure to see in them."""

    declared: str
    looked: int  # samples whose pictures the tagger saw
    sure: int  # of them those it is sure of
    seen: tuple[Count, ...]  # a modality, or the figure type of what is none of the twelve; in their order

    def of(self, modality: str) -> int:
        return dict(self.seen).get(modality, 0)

    @property
    def agrees(self) -> int:
        return sum(count for name, count in self.seen if self.is_same(name))

    def is_same(self, seen: str) -> bool:
        """Whether seeing that agrees with what is declared: a chart, a page are 'other'."""
        return seen == self.declared or (self.declared == OTHER and seen not in TWELVE)

    @property
    def agreement(self) -> float | None:
        """Of what the tagger is sure of, how much is as declared; None where it is sure of nothing."""
        return self.agrees / self.sure if self.sure else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Samples of one source that it declares to be one modality and evidence takes for another."""

    source: str
    declared: str
    by: str  # who contradicts
    says: str
    count: int
    share: float  # of that source's samples declared so


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggingFigures:
    decided: tuple[DecidedRow, ...]  # most first
    figure_types: tuple[Count, ...]  # of what is none of the twelve
    undecided: tuple[Count, ...]  # sources of samples that nobody could tell, most first
    seen: tuple[SeenRow, ...]
    columns: tuple[str, ...]  # modalities that are declared or seen, in their order
    disagreements: tuple[Disagreement, ...]  # most first

    @property
    def sure_share(self) -> float:
        """Of all samples with images, those in which the tagger is sure of what it sees."""
        looked = sum(row.looked for row in self.seen)
        return sum(row.sure for row in self.seen) / looked if looked else 0.0


def tagging_figures(tagged: Tally, against: Tally) -> TaggingFigures:
    """`tagged`: (source, declared, modality, by, seen, figure type) of samples with images; `against`: (source, declared, who, says)."""
    rows = Counter({key: count for key, count in tagged.items() if key[2] != TEXT})
    declared = _fold(rows, lambda key: (key[0], key[1]))
    seen = _seen_rows(rows)
    shown = {name for row in seen for name in (row.declared, *(name for name, _ in row.seen))}
    return TaggingFigures(
        decided=tuple(_decided_row(by, count, rows) for by, count in _ranked(_fold(rows, lambda key: key[3]))),
        figure_types=_ranked(_fold({key: count for key, count in rows.items() if key[2] == OTHER and key[5]}, lambda key: key[5])),
        undecided=_ranked(_fold(_only(rows, 3, ""), lambda key: key[0])),
        seen=seen,
        columns=tuple(sorted(shown - {UNKNOWN}, key=_place)),
        disagreements=tuple(
            Disagreement(source=source, declared=said, by=by, says=says, count=count, share=count / declared[source, said])
            for (source, said, by, says), count in sorted(against.items(), key=lambda item: (-item[1], item[0]))
        ),
    )


def _decided_row(by: str, samples: int, rows: Tally) -> DecidedRow:
    modalities = _ranked(_fold(_only(rows, 3, by), lambda key: key[2]))
    return DecidedRow(by=by or NOBODY, samples=samples, share=samples / sum(rows.values()), modalities=modalities)


def _seen_rows(rows: Tally) -> tuple[SeenRow, ...]:
    """A row for each declared modality; samples whose source declares none come last. None where the tagger saw nothing."""
    if not any(key[4] for key in rows):
        return ()
    made = []
    for said in sorted({key[1] for key in rows}, key=_place):
        mine = _only(rows, 1, said)
        seen = _fold({key: count for key, count in mine.items() if key[4]}, lambda key: key[4])
        pairs = tuple(sorted(seen.items(), key=lambda pair: _place(pair[0])))
        made.append(SeenRow(declared=said, looked=sum(mine.values()), sure=sum(seen.values()), seen=pairs))
    return tuple(made)


def _place(modality: str) -> tuple[int, str]:
    return NATURAL_ORDER.get(modality, len(NATURAL_ORDER)), modality


def _only(rows: Tally, at: int, value: str) -> Tally:
    return Counter({key: count for key, count in rows.items() if key[at] == value})


def _ranked(counts: Counter[str]) -> tuple[Count, ...]:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _fold(rows: Mapping[tuple, int], key_of: Callable[[tuple], Any]) -> Counter:
    folded: Counter = Counter()
    for key, count in rows.items():
        folded[key_of(key)] += count
    return folded
