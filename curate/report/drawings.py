"""figures -> the charts of the page: strips that stand in the rows of its tables, histograms that stand above them"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from curate.charts.columns import Stack, draw_columns
from curate.charts.strips import Segment, Strip, Strips, Tick, draw_strips
from curate.report.balanced import CorpusBalance, ModalityRow
from curate.report.facts import StageTime
from curate.report.figures import Figures, ReasonRow, Step, TermRow
from curate.report.tagging import DecidedRow
from curate.report.wording import ceiling, duration, legible, percent, quantity, rate, whole
from schemas.modality import short_name
from schemas.verdict import STAGES

TALL = 20  # pixels of a bar that stands alone in its row
FLAT = 12  # of one that stands among others
Loss = tuple[str, str, int]  # stage, reason, samples
INKS = {stage: f"by-{stage}" for stage in STAGES if stage not in ("match", "emit", "report")}  # these reject nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Markup of each row, in the order of the table's, and of the scale above them."""

    rows: tuple[Markup, ...]
    axis: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLoss:
    """Where the samples of one source went."""

    id: str
    title: str
    found: int
    kept: int
    rejected: int
    stages: tuple[tuple[str, int], ...]  # that rejected of them, in their order
    strip: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    flow: Chart  # the waterfall; a row more than steps: what was kept
    stages: tuple[tuple[str, str], ...]  # that rejected something, and its ink, for the key
    losses: tuple[SourceLoss, ...]  # of sources in which something was found, the largest first
    losses_axis: Markup
    balance: tuple[Chart, ...]  # of each corpus
    decided: Chart
    reasons: Chart
    licenses: Chart
    accesses: Chart
    tokens: Markup
    sides: Markup
    weights: Markup  # bytes of images
    times: Chart
    rates: Chart


class Bin(Protocol):
    """Of a histogram; both of tokens and of images are so."""

    @property
    def label(self) -> str: ...
    @property
    def short(self) -> str: ...
    @property
    def kept(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def total(self) -> int: ...


def drawings(figures: Figures) -> Drawings:
    """All charts of the page. Where there is nothing to draw, a chart has no rows and a histogram no markup."""
    losses, axis = source_losses(figures)
    return Drawings(
        flow=waterfall(figures),
        stages=tuple((step.stage, ink(step.stage)) for step in figures.waterfall if step.rejected),
        losses=losses,
        losses_axis=axis,
        balance=tuple(balance(corpus) for corpus in figures.corpora),
        decided=decided(figures.tagging.decided),
        reasons=reasons(figures.reasons),
        licenses=terms(figures.licenses),
        accesses=terms(figures.accesses),
        tokens=histogram(figures.tokens, "Histogram of tokens"),
        sides=histogram(figures.image_sides, "Histogram of the images' shorter sides"),
        weights=histogram(figures.image_bytes, "Histogram of the images' bytes"),
        times=times(figures.times),
        rates=rates(figures.times),
    )


def ink(stage: str) -> str:
    """The class of what a stage rejected."""
    return INKS.get(stage, "by-other")


def waterfall(figures: Figures) -> Chart:
    """What goes on and what each reason took, of all inputs; the last row is what was kept."""
    inputs = figures.headline.inputs
    kept = f"{whole(figures.headline.kept)} of {whole(inputs)} kept"
    last = Strip(lanes=((Segment(size=figures.headline.kept, ink="end", title=kept),),), label=kept)
    return _chart(draw_strips([*map(_step, figures.waterfall), last], end=inputs, height=TALL))


def _step(step: Step) -> Strip:
    goes = Segment(size=step.kept, ink="kept", title=f"{whole(step.kept)} go on")
    gone = (Segment(size=count, ink=ink(step.stage), title=_words(f"{reason}: {whole(count)}")) for reason, count in step.reasons)
    label = f"{step.stage}: {whole(step.rejected)} of {whole(step.entering)} rejected"
    return Strip(lanes=((goes, *gone),), label=_words(label))


def source_losses(figures: Figures) -> tuple[tuple[SourceLoss, ...], Markup]:
    """Of each source the part that was kept, and what each stage took for which reason; and the scale of the parts."""
    taken: dict[str, list[Loss]] = {}
    for row in figures.reasons:  # in the order of the stages
        for source, count in row.sources:
            taken.setdefault(source, []).append((row.stage, row.reason, count))
    found = sorted((row for row in figures.sources if row.found), key=lambda row: (-row.found, row.id))
    chart = _chart(draw_strips([_loss(row.kept, row.found, taken.get(row.id, [])) for row in found], end=1, height=FLAT + 2, axis="share"))
    losses = tuple(
        SourceLoss(id=row.id, title=row.title, found=row.found, kept=row.kept, rejected=row.rejected,
                   stages=_by_stage(taken.get(row.id, [])), strip=strip)
        for row, strip in zip(found, chart.rows)
    )  # fmt: skip
    return losses, chart.axis


def _loss(kept: int, found: int, losses: Sequence[Loss]) -> Strip:
    gone = (
        Segment(size=count / found, ink=ink(stage), title=_words(f"{stage}, {reason}: {whole(count)}")) for stage, reason, count in losses
    )
    said = "".join(f"; {stage} {whole(count)}" for stage, count in _by_stage(losses))
    label = f"{whole(kept)} of {whole(found)} kept{said and f'. Rejected by{said[1:]}'}"
    return Strip(lanes=((Segment(size=kept / found, ink="kept", title=f"{whole(kept)} kept"), *gone),), label=_words(label))


def _by_stage(losses: Iterable[Loss]) -> tuple[tuple[str, int], ...]:
    sums: dict[str, int] = {}
    for stage, _, count in losses:
        sums[stage] = sums.get(stage, 0) + count
    return tuple(sums.items())


def balance(corpus: CorpusBalance) -> Chart:
    """Each of the twelve before, entering balance and in the corpus, with its target across them."""
    end = ceiling(max((row.widest for row in corpus.rows), default=0.1))
    return _chart(draw_strips([_modality(row) for row in corpus.rows], end=end, height=30, axis="share"))


def _modality(row: ModalityRow) -> Strip:
    shares = ((row.declared_share, "before"), (row.entering_share, "entering"), (row.after_share, "in the corpus"))
    inks = ("before", "entering", "end")
    lanes = tuple((Segment(size=share, ink=ink, title=f"{percent(share)} {name}"),) for (share, name), ink in zip(shares, inks))
    ticks = (Tick(at=row.target, ink="target", title=f"{percent(row.target)} wanted"),) if row.target else ()
    said = ", ".join(f"{percent(share)} {name}" for share, name in shares)
    wanted = f", target {percent(row.target)}" if row.target is not None else ""
    return Strip(lanes=lanes, ticks=ticks, label=_words(f"{short_name(row.modality)}: {said}{wanted}"))


def decided(rows: Sequence[DecidedRow]) -> Chart:
    """The part of all samples that each witness decided."""
    strips = [Strip(lanes=((Segment(size=row.share, ink="end"),),)) for row in rows]
    return _chart(draw_strips(strips, end=1, height=6, axis="share", ruled=False))


def reasons(rows: Sequence[ReasonRow]) -> Chart:
    """How many samples each took, in the ink of its stage."""
    strips = [Strip(lanes=((Segment(size=row.count, ink=ink(row.stage)),),)) for row in rows]
    return _chart(draw_strips(strips, end=max((row.count for row in rows), default=0), height=6, ruled=False))


def terms(rows: Sequence[TermRow]) -> Chart:
    """What was kept, and what was found besides."""
    strips = [Strip(lanes=((Segment(size=row.kept, ink="end"), Segment(size=row.found - row.kept, ink="entering")),)) for row in rows]
    return _chart(draw_strips(strips, end=max((row.found for row in rows), default=0), height=6, ruled=False))


def histogram(bins: Sequence[Bin], label: str) -> Markup:
    """Columns, or rows on a narrow screen: what is in a corpus, and above it what was rejected."""
    stacks = [
        Stack(
            label=bin.label,
            short=bin.short,
            value=quantity(bin.total),
            parts=((bin.kept, "end", "in a corpus"), (bin.rejected, "rejected", "rejected")),
        )
        for bin in bins
    ]
    return Markup(draw_columns(stacks, label=f"{label}; the numbers are in the table that follows"))


def times(rows: Sequence[StageTime]) -> Chart:
    strips = [Strip(lanes=((Segment(size=row.seconds, ink="entering", title=duration(row.seconds)),),)) for row in rows]
    return _chart(draw_strips(strips, end=max((row.seconds for row in rows), default=0), height=FLAT, ruled=False))


def rates(rows: Sequence[StageTime]) -> Chart:
    """How many a second went through, in powers of ten: the slowest stage stands furthest left."""
    speeds = [row.rows / row.seconds if row.seconds and not row.reused else 0.0 for row in rows]
    moving = [speed for speed in speeds if speed > 0]
    if not moving:
        return Chart(rows=tuple(Markup("") for _ in rows), axis=Markup(""))
    low, high = math.floor(math.log10(min(moving))), math.floor(math.log10(max(moving))) + 1
    ticks = [(Tick(at=speed, ink="speed", title=f"{rate(speed)} a second"),) if speed else () for speed in speeds]
    return _chart(draw_strips([Strip(lanes=(), ticks=tick) for tick in ticks], start=10.0**low, end=10.0**high, height=FLAT, axis="rate"))


def _chart(drawn: Strips) -> Chart:
    return Chart(rows=tuple(map(Markup, drawn.rows)), axis=Markup(drawn.axis))


def _words(text: str) -> str:
    """Names of stages, reasons and sources may be anything in a hostile table: shown, not obeyed."""
    return legible(text)
