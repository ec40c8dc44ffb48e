"""Counts of one corpus -> its modalities before, entering, after and wanted, and what it falls short of"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from curate.report.counts import UNKNOWN, Counts
from curate.report.facts import CellFacts, CorpusFacts, FeedFacts, FixFacts, LimitFacts
from schemas.modality import TWELVE

WHY = {  # a cell's own word for why it has not another share -> the sentence
    "": "As wanted.",
    "supply": "All there is of it was taken.",
    "source_cap": "There is more of it: a source is at its cap.",
    "group_cap": "There is more of it: patients, studies or articles are at their cap.",
    "equal_text": "There is more of it: equal texts are at their cap.",
    "yes_no": "There is more of it: answers of yes or no are at their share.",
    "target": "Above its share, as far as the cap lets it; the rest was left out.",
    "floor": "Above its share: its floor keeps it there.",
    "share": "At its largest share of the corpus.",
    "no_target": "No share of it is wanted.",
    "uncut": "Above its share: nothing is cut in this mode, weights even it out.",
}


CHOICES = {  # what became of multiple-choice questions that were to be opened -> the sentence
    "open": "asked without their choices",
    "asks_of_choices": "with them, for the question speaks of them",
    "names_choices": "with them, for the answer names one or more of them",
    "no_phrase": "with them, for the answer is no word or phrase",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MixtureRow:
    """A mixture that a corpus is drawn in."""

    mixture: str
    share: float  # wanted
    probability: float  # with which it is drawn from
    repeat: float  # how often each of its samples is drawn in an epoch, on average
    rows: int  # of all corpora of the mixture


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalityRow:
    """Counts, and shares among the twelve; outside the twelve shares are of the whole corpus."""

    modality: str
    declared: int  # among all inputs, as their sources say
    entering: int  # balance
    after: int
    declared_share: float
    entering_share: float
    after_share: float
    weighted_share: float  # what a trainer sees who samples by `weight`
    target: float | None  # share wanted, renormalised over those present; outside them: the largest share, None: no limit
    shortfall: int  # samples missing to the target at the size the corpus has
    why: str = ""  # it has not another share
    cut: tuple[tuple[str, int], ...] = ()  # reason -> samples left out, most first
    floor: int | None = None
    floor_met: bool = True
    feeds: tuple[FeedFacts, ...] = ()  # its sources, most selected first
    fixes: tuple[FixFacts, ...] = ()  # what more of it would do

    @property
    def reason(self) -> str:
        return WHY.get(self.why, self.why)

    @property
    def distance(self) -> float:
        """How far the share is above its target, as a part of it; below: negative. 0 where there is no target."""
        return self.after_share / self.target - 1 if self.target else 0.0

    @property
    def widest(self) -> float:
        """The end of the longest mark that is drawn of it."""
        return max(self.declared_share, self.entering_share, self.after_share, self.target or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusBalance:
    name: str
    title: str
    path: str
    mode: str
    cap: float
    sizes: tuple[tuple[str, int], ...]  # mode -> samples of the twelve it would keep
    binds: tuple[str, ...]
    entering: int
    after: int
    shards: int
    bytes: int
    splits: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]  # reason -> samples that entered and were not selected
    unknown: int  # inputs whose source declares no modality
    rows: tuple[ModalityRow, ...]  # the twelve, in their order
    outside: tuple[ModalityRow, ...]  # text, other
    limits: tuple[LimitFacts, ...] = ()  # besides targets, that left samples out
    choices: tuple[tuple[str, int], ...] = ()  # sentence of CHOICES -> multiple-choice questions, those asked openly first
    mixtures: tuple[MixtureRow, ...] = ()

    @property
    def shortfall(self) -> int:
        return sum(row.shortfall for row in self.rows)

    @property
    def present(self) -> int:
        """How many of the twelve are in the corpus."""
        return sum(row.after > 0 for row in self.rows)


def balance_figures(counts: Counts, corpus: CorpusFacts) -> CorpusBalance:
    declared = Counter(dict.fromkeys(TWELVE, 0))
    for (_, modality), count in counts.declared.items():
        declared[modality] += count
    left_out: Counter[str] = Counter()
    for (name, _, _, selected, reason), count in counts.selection.items():
        if name == corpus.name and not selected:
            left_out[reason or "not_selected"] += count
    rows = {cell.name: _row(cell, corpus, declared) for cell in corpus.cells}
    return CorpusBalance(
        name=corpus.name,
        title=corpus.title,
        path=corpus.path,
        mode=corpus.mode,
        cap=corpus.cap,
        sizes=tuple(corpus.sizes.items()),
        binds=corpus.binds,
        entering=sum(cell.supply for cell in corpus.cells),
        after=sum(cell.selected for cell in corpus.cells),
        shards=corpus.shards,
        bytes=corpus.bytes,
        splits=tuple(sorted((split, count) for (name, split), count in counts.splits.items() if name == corpus.name)),
        left_out=tuple(sorted(left_out.items(), key=lambda pair: (-pair[1], pair[0]))),
        unknown=declared[UNKNOWN],
        rows=tuple(rows[name] for name in TWELVE if name in rows),
        outside=tuple(rows[cell.name] for cell in corpus.cells if cell.outside and (cell.supply or declared[cell.name])),
        limits=corpus.limits,
        choices=tuple((said, corpus.choices[word]) for word, said in CHOICES.items() if word in corpus.choices),
        mixtures=tuple(MixtureRow(mixture=name, **said) for name, said in corpus.mixtures.items()),  # type: ignore[arg-type]
    )


def _row(cell: CellFacts, corpus: CorpusFacts, declared: Counter[str]) -> ModalityRow:
    """Shares of the twelve are among the twelve; of what stands outside them, among all."""
    mates = [other for other in corpus.cells if cell.outside or not other.outside]
    return ModalityRow(
        modality=cell.name,
        declared=declared[cell.name],
        entering=cell.supply,
        after=cell.selected,
        declared_share=_share(declared[cell.name], sum(declared.values()) if cell.outside else sum(declared[name] for name in TWELVE)),
        entering_share=_share(cell.supply, sum(other.supply for other in mates)),
        after_share=_share(cell.selected, sum(other.selected for other in mates)),
        weighted_share=cell.weighted,
        target=cell.target,
        shortfall=0 if cell.outside else math.ceil(cell.shortfall),
        why=cell.why,
        cut=cell.cut,
        floor=cell.floor,
        floor_met=cell.floor_met,
        feeds=tuple(feed for feed in corpus.feeds if feed.name == cell.name),
        fixes=tuple(sorted((fix for fix in corpus.fixes if fix.name == cell.name), key=lambda fix: fix.more)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
