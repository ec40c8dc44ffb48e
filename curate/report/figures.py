"""Counts and facts -> every figure of the report, as plain numbers that the page shows and the JSON holds"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from curate.report.balanced import CorpusBalance, balance_figures
from curate.report.counts import Count, Counts, Tally, fold, ranked
from curate.report.facts import BenchmarkFacts, CopyFacts, FileFault, RunFacts, ShieldFacts, SourceFacts, StageTime
from curate.report.gallery import Pair, Unusable
from curate.report.pictures import ImageRow, TextRow, WindowRow, image_rows, text_rows, window_rows
from curate.report.reasons import meaning
from curate.report.sizes import SizeBin, byte_bins, side_bins
from curate.report.tagging import TaggingFigures, tagging_figures
from curate.report.texts import NearFacts, NotedRow, noted_rows
from curate.report.tokens import TokenBin, token_bins
from schemas.verdict import STAGES

SHOWN_STAGES = tuple(stage for stage in STAGES if stage not in ("emit", "report"))  # those that can reject; emit loses nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    inputs: int
    kept: int
    rejected: int
    account: tuple[str, ...]  # what does not close; empty: inputs = kept + rejected for every source
    incomplete: tuple[SourceFacts, ...]
    missing: tuple[SourceFacts, ...]  # asked for, not found
    fault_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar of the waterfall."""

    stage: str
    entering: int
    rejected: int
    kept: int
    reasons: tuple[Count, ...]  # most frequent first


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    id: str
    title: str
    tasks: tuple[str, ...]
    modalities: tuple[Count, ...]  # declared, most frequent first
    published: int | None
    found: int
    kept: int
    rejected: int
    reasons: tuple[Count, ...]
    licenses: tuple[Count, ...]  # as found on the samples; the manifest's where there are none
    access: str
    incomplete: str
    missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    stage: str
    reason: str
    count: int
    share: float  # of all rejected
    meaning: str
    sources: tuple[Count, ...]  # most frequent first
    images: tuple[Count, ...] = ()  # of image_rejected: the images' own reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRow:
    name: str  # of a licence, or an access class
    found: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    recipe: str
    title: str
    out: str
    started: str
    version: str
    limit: int | None
    settings: tuple[tuple[str, str], ...]
    headline: Headline
    waterfall: tuple[Step, ...]
    corpora: tuple[CorpusBalance, ...]
    sources: tuple[SourceRow, ...]
    reasons: tuple[ReasonRow, ...]
    image_count: int  # inspected
    images: tuple[ImageRow, ...]
    windows: tuple[WindowRow, ...]
    texts: tuple[TextRow, ...]
    shields: tuple[ShieldFacts, ...]
    benchmarks: tuple[BenchmarkFacts, ...]
    unshielded: tuple[BenchmarkFacts, ...]  # nothing of theirs could be compared
    licenses: tuple[TermRow, ...]
    accesses: tuple[TermRow, ...]
    tagging: TaggingFigures
    tokens: tuple[TokenBin, ...]
    image_sides: tuple[SizeBin, ...]  # of decoded images, each once, by their shorter side
    image_bytes: tuple[SizeBin, ...]  # by the bytes that ship
    times: tuple[StageTime, ...]
    faults: tuple[FileFault, ...]
    notices: tuple[FileFault, ...] = ()  # of some rows of a file
    pairs: tuple[Pair, ...] = ()
    copies: CopyFacts | None = None
    identifier_policy: str = "scrub"
    cleaned: tuple[NotedRow, ...] = ()  # steps that changed the text of samples that passed screen
    scrubbed: tuple[NotedRow, ...] = ()  # kinds of identifiers that placeholders stand for in them
    near_texts: NearFacts = field(default_factory=NearFacts)
    withheld: int = 0  # duplicate pairs that terms, access or a suspicion of burned-in text keep from being shown
    text_pairs: tuple[Pair, ...] = ()  # duplicates without images, by their ids
    unusable: tuple[Unusable, ...] = ()  # a choice of images that cannot be used


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What the page names one by one: a choice of millions."""

    pairs: tuple[Pair, ...] = ()  # duplicates to show, thumbnails in them or not
    withheld: int = 0
    text_pairs: tuple[Pair, ...] = ()
    unusable: tuple[Unusable, ...] = ()


NONE = Examples()


def draw_figures(counts: Counts, run: RunFacts, *, account: tuple[str, ...] = (), examples: Examples = NONE) -> Figures:
    """All figures of a run. `account` is what close_account found."""
    return Figures(
        recipe=run.recipe,
        title=run.title,
        out=run.out,
        started=run.started,
        version=run.version,
        limit=run.limit,
        settings=tuple(sorted(run.settings.items())),
        headline=headline(counts, run, account),
        waterfall=waterfall(counts.verdicts, {time.stage for time in run.times}),
        corpora=tuple(balance_figures(counts, corpus) for corpus in run.corpora),
        sources=source_rows(counts, run),
        reasons=reason_rows(counts.verdicts, counts.image_faults),
        image_count=sum(counts.images.values()),
        images=image_rows(counts.images),
        windows=window_rows(counts.windows),
        texts=text_rows(counts.texts, counts.blanked),
        shields=run.shields,
        benchmarks=run.benchmarks,
        unshielded=tuple(benchmark for benchmark in run.benchmarks if benchmark.state == "not shielded"),
        licenses=term_rows(counts.terms, at=1),
        accesses=term_rows(counts.terms, at=2),
        tagging=tagging_figures(counts.tagged, counts.against),
        tokens=token_bins(counts.tokens),
        image_sides=side_bins(counts.sides),
        image_bytes=byte_bins(counts.weights),
        times=run.times,
        faults=run.faults,
        notices=run.notices,
        pairs=examples.pairs,
        copies=run.copies,
        identifier_policy=run.text.policy,
        cleaned=noted_rows(run.text.cleaned),
        scrubbed=noted_rows(run.text.scrubbed),
        near_texts=run.text.near,
        withheld=examples.withheld,
        text_pairs=examples.text_pairs,
        unusable=examples.unusable,
    )


def headline(counts: Counts, run: RunFacts, account: tuple[str, ...]) -> Headline:
    decisions = fold(counts.verdicts, lambda key: key[2])
    return Headline(
        inputs=sum(run.inputs.values()) if run.inputs else sum(decisions.values()),
        kept=decisions["kept"],
        rejected=decisions["rejected"],
        account=account,
        incomplete=tuple(source for source in run.sources if source.incomplete),
        missing=tuple(source for source in run.sources if source.missing),
        fault_count=len(run.faults),
    )


def waterfall(verdicts: Tally, ran: Collection[str] = ()) -> tuple[Step, ...]:
    """A bar for each stage that rejects: what entered it, what it rejected, what went on. Stages that rejected nothing have one too,
    except those that never reject and did not, and a rewrite that is not among the stages that `ran`."""
    steps, entering = [], sum(verdicts.values())
    rejected = {key: count for key, count in verdicts.items() if key[2] == "rejected"}
    quiet = {"inspect", "match", "tag"} | ({"rewrite"} - set(ran))
    others = {key[1] for key in rejected} - set(SHOWN_STAGES)
    for stage in (*SHOWN_STAGES, *sorted(others)):
        reasons = fold({key: count for key, count in rejected.items() if key[1] == stage}, lambda key: key[3])
        gone = sum(reasons.values())
        if gone or stage not in quiet:
            steps.append(Step(stage=stage, entering=entering, rejected=gone, kept=entering - gone, reasons=ranked(reasons)))
        entering -= gone
    return tuple(steps)


def source_rows(counts: Counts, run: RunFacts) -> tuple[SourceRow, ...]:
    """A row for every source that was asked for or found, in the order of their ids."""
    facts = {source.id: source for source in run.sources}
    ids = sorted({*facts, *(key[0] for key in counts.verdicts)})
    return tuple(_source_row(counts, facts.get(id) or SourceFacts(id=id, title=id)) for id in ids)


def reason_rows(verdicts: Tally, image_faults: Tally) -> tuple[ReasonRow, ...]:
    """Every (stage, reason), in the order of the stages, most frequent first."""
    rejected = {key: count for key, count in verdicts.items() if key[2] == "rejected"}
    whole = sum(rejected.values())
    places = {stage: place for place, stage in enumerate(STAGES)}
    groups = fold(rejected, lambda key: (key[1], key[3]))
    order = sorted(groups, key=lambda group: (places.get(group[0], len(places)), -groups[group], group[1]))
    return tuple(
        ReasonRow(
            stage=stage,
            reason=reason,
            count=groups[stage, reason],
            share=groups[stage, reason] / whole,
            meaning=meaning(reason),
            sources=ranked(Counter({key[0]: count for key, count in rejected.items() if (key[1], key[3]) == (stage, reason)})),
            images=ranked(fold(image_faults, lambda key: key[0])) if reason == "image_rejected" else (),
        )
        for stage, reason in order
    )


def term_rows(terms: Tally, *, at: int) -> tuple[TermRow, ...]:
    """Samples found and kept for each licence (`at` 1) or access class (`at` 2), most frequent first."""
    found = fold(terms, lambda key: key[at])
    kept = fold({key: count for key, count in terms.items() if key[3] == "kept"}, lambda key: key[at])
    return tuple(TermRow(name=name, found=count, kept=kept[name]) for name, count in ranked(found))


def to_json(figures: Figures) -> str:
    """Every figure, for machines; thumbnails stay in the page."""
    plain: dict[str, Any] = dataclasses.asdict(dataclasses.replace(figures, pairs=tuple(pair.bare() for pair in figures.pairs)))
    return json.dumps(plain, indent=1, ensure_ascii=True) + "\n"


def _source_row(counts: Counts, facts: SourceFacts) -> SourceRow:
    verdicts = Counter({key: count for key, count in counts.verdicts.items() if key[0] == facts.id})
    rejected = fold({key: count for key, count in verdicts.items() if key[2] == "rejected"}, lambda key: key[3])
    terms = {key: count for key, count in counts.terms.items() if key[0] == facts.id}
    return SourceRow(
        id=facts.id,
        title=facts.title,
        tasks=tuple(sorted({key[2] for key in counts.tables if key[0] == facts.id})) or facts.tasks,
        modalities=ranked(Counter({key[1]: count for key, count in counts.declared.items() if key[0] == facts.id})),
        published=facts.published,
        found=sum(verdicts.values()),
        kept=sum(verdicts.values()) - sum(rejected.values()),
        rejected=sum(rejected.values()),
        reasons=ranked(rejected),
        licenses=ranked(fold(terms, lambda key: key[1])) or ((facts.license, 0),),
        access=", ".join(sorted({key[2] for key in terms})) or facts.access,
        incomplete=facts.incomplete,
        missing=facts.missing,
    )
