"""figures -> the few lines that a person reads when `make corpus` ends"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from curate.report.balanced import CorpusBalance
from curate.report.facts import BenchmarkFacts
from curate.report.figures import Figures
from curate.report.page import legible
from curate.report.wording import percent, size
from schemas.modality import short_name

WIDTH = 30  # characters of a bar
REASONS = 6  # shown


def summary(figures: Figures) -> str:
    """Inputs, kept, top reasons, modalities as bars, what is incomplete, where everything is. Plain text, no trailing newline."""
    blocks = [_account(figures), *(_corpus(corpus) for corpus in figures.corpora), _incomplete(figures), _places(figures)]
    return legible_lines("\n\n".join("\n".join(block) for block in blocks if block))


def legible_lines(text: str) -> str:
    """File names and titles may hold control characters; a terminal would obey them."""
    return "\n".join(legible(line) for line in text.split("\n"))


def _account(figures: Figures) -> list[str]:
    head = figures.headline
    share = head.kept / head.inputs if head.inputs else 0.0
    lines = [
        figures.title,
        f"  {head.inputs:>12,} inputs",
        f"  {head.kept:>12,} kept      {percent(share)}",
        f"  {head.rejected:>12,} rejected",
    ]
    top = sorted(figures.reasons, key=lambda row: -row.count)
    lines += [f"    {row.count:>12,} {row.reason} ({row.stage}): {row.meaning}" for row in top[:REASONS]]
    if top[REASONS:]:
        lines.append(f"    {sum(row.count for row in top[REASONS:]):>12,} for {len(top) - REASONS} more reasons")
    return [*lines, *(f"  THE ACCOUNT DOES NOT CLOSE: {fault}" for fault in head.account)]


def _corpus(corpus: CorpusBalance) -> list[str]:
    files = f", {corpus.shards:,} shard{'' if corpus.shards == 1 else 's'} of {size(corpus.bytes)}" if corpus.shards else ""
    lines = [f"Corpus {corpus.name}: {corpus.after:,} samples{files}"]
    pictured = any(row.declared or row.entering or row.after or row.target for row in corpus.rows)
    shown = (*(corpus.rows if pictured else ()), *corpus.outside)  # the twelve, or of text alone none of them
    most = max((row.after for row in shown), default=0)
    for row in shown:
        bar = "█" * round(WIDTH * row.after / most) if most else ""
        bar = bar or ("▏" if row.after else "")
        wanted = "" if row.target is None else f"{percent(row.after_share):>8} of {percent(row.target)} wanted"
        lines.append(f"  {short_name(row.modality):<15} {row.after:>10,}  {bar:<{WIDTH}} {wanted}".rstrip())
    return lines


def _incomplete(figures: Figures) -> list[str]:
    head = figures.headline
    lines = [f"  incomplete   {source.id}: {source.incomplete}" for source in head.incomplete]
    lines += [f"  not found    {source.id}" for source in head.missing]
    lines += _nothing(figures)
    lines += _shielded(figures.unshielded, "not")
    lines += _shielded([benchmark for benchmark in figures.benchmarks if benchmark.state == "partly"], "partly")
    if head.fault_count:
        lines.append(f"  {head.fault_count:,} file fault{'' if head.fault_count == 1 else 's'}; the report lists them")
    return ["Look at:", *lines] if lines else []


def _nothing(figures: Figures) -> Iterator[str]:
    """Corpora without samples, and sources that add none, with the reason that took most."""
    top = max(figures.reasons, key=lambda row: row.count, default=None)
    for corpus in (corpus for corpus in figures.corpora if not corpus.after):
        left_out = next(((reason, count, corpus.entering) for reason, count in corpus.left_out), None)
        reason, count, of = left_out or ((top.reason, top.count, figures.headline.rejected) if top else ("", 0, 0))
        yield f"  empty        corpus {corpus.name}{f': {reason} took {count:,} of {of:,}' if reason else ''}"
    for source in (source for source in figures.sources if source.found and not source.kept):
        reason, count = source.reasons[0]
        yield f"  nothing kept {source.id}: {reason} took {count:,} of {source.found:,}"


def _shielded(benchmarks: Iterable[BenchmarkFacts], how: str) -> list[str]:
    """A line for all that lack the same."""
    lacking: dict[str, list[str]] = {}
    for benchmark in benchmarks:
        lacking.setdefault(benchmark.why, []).append(benchmark.id)
    return [f"  {how} shielded {', '.join(ids)}: {why}" for why, ids in lacking.items()]


def _places(figures: Figures) -> list[str]:
    out = figures.out.rstrip("/")
    return [*(f"Corpus  {out}/{corpus.path or f'corpora/{corpus.name}'}" for corpus in figures.corpora), f"Report  {out}/report/index.html"]
