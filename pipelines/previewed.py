"""what came of the rows of a preview -> the lines that a person reads"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from curate.ingest.find import Listing
from curate.ingest.near import with_nearest
from curate.ingest.trouble import REPEATED
from curate.recipe import Limits
from curate.screen.choices import openness
from schemas.found import FileFault, TableCount
from schemas.sample import Sample
from schemas.verdict import Verdict

WIDTH = 120
LONG = 1500  # characters of a turn that are shown
WORDS = 5  # of those that are not mapped
TRIED = 3  # paths of a row
SHOWN = 300  # characters of a word or path
PATHS = ("image_missing", "mask_missing")
LEAST, MOST = Limits().min_tokens, Limits().max_tokens
LATER = (
    "kept is not yet in the corpus: a run opens every image, refuses test rows and what touches an evaluation set, keeps one of several",
    f"copies, takes captions and reports on images of {LEAST} to {MOST:,} tokens, or what the recipe says, and balances.",
)


@dataclass
class Refusals:
    """The rows of one table that give nothing."""

    reasons: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[Verdict, list[str]]] = field(default_factory=dict)  # of each reason, and what its cells hold
    words: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)  # by reason and what the evidence says of the place

    def add(self, verdict: Verdict, private: list[str]) -> None:
        private = [text[:SHOWN].replace("\n", " ") for text in private[:TRIED]]
        self.reasons[verdict.reason] += 1
        self.first.setdefault(verdict.reason, (verdict, private))
        if private and verdict.reason not in PATHS:
            place = re.sub(r",? ?\d+ characters$", "", verdict.evidence)
            self.words.setdefault((verdict.reason, place), Counter()).update(private)


@dataclass
class Seen:
    """What came of the rows that were read."""

    shown: list[tuple[Sample, bool]] = field(default_factory=list)  # and whether it is as if its images were there
    faults: list[FileFault] = field(default_factory=list)
    tables: list[TableCount] = field(default_factory=list)
    refused: list[Refusals] = field(default_factory=list)  # of each table
    images: int = 0


def lines(seen: Seen, listing: Listing, *, limit: int, whole: bool) -> Iterator[str]:
    for count, refused in zip(seen.tables, seen.refused):
        yield from _table(count, refused, listing, limit)
    yield counted(seen.images, "image")
    for fault in seen.faults:
        if fault.notice and fault.rows and fault.reason != REPEATED:
            continue  # stands beside its table
        kind = "notice" if fault.notice else "fault"
        yield f"{kind} {fault.file or 'of the folder'}: {fault.reason}: found {fault.found}, wanted {fault.wanted}"
    for sample, is_supposed in seen.shown:
        yield from ("", f"{sample.id}{' (if its images were there)' if is_supposed else ''}", *_sample(sample, whole=whole))
    if any(count.kept for count in seen.tables):
        yield from ("", *LATER)


def counted(number: int, what: str) -> str:
    """1 row, 2 rows"""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _table(count: TableCount, refused: Refusals, listing: Listing, limit: int) -> Iterator[str]:
    rows = f"{counted(count.rows, 'row')} read"
    rows = f"first {rows} (--limit N reads more)" if count.rows >= limit else rows
    elsewhere = f", {count.elsewhere:,} elsewhere" if count.elsewhere else ""
    yield f"table {count.table}: {counted(count.files, 'file')}, {rows}: {count.kept:,} kept, {count.rejected:,} rejected{elsewhere}"
    yield from (f"  not there: {with_nearest(glob, listing)}" for glob in count.missing)
    for reason, number in refused.reasons.most_common():
        verdict, private = refused.first[reason]
        yield f"  rejected {number:,} x {reason}, first {verdict.id}: {verdict.evidence}"
        if private and reason in PATHS:
            yield f"    tried {' and '.join(private)}{_elsewhere(private, listing)}"
        yield from (_words(place, words) for (of, place), words in refused.words.items() if of == reason)


def _words(place: str, words: Counter[str]) -> str:
    shown = ", ".join(f"'{word}' ({number:,})" for word, number in words.most_common(WORDS))
    more = f" and {counted(len(words) - WORDS, 'word')} more" if len(words) > WORDS else ""
    return f"    {place + ' holds ' if place else ''}{shown}{more}"


def _elsewhere(tried: list[str], listing: Listing) -> str:
    """Where a file of that name lies, or one that differs by its extension alone."""
    for path in tried:
        name = path.replace("\\", "/").rpartition("/")[2]
        there = next((found for _, found in listing.named(name)), "")
        if there:
            return f"; {there} is there"
    stems = {path.replace("\\", "/").rpartition("/")[2].partition(".")[0].casefold() for path in tried} - {""}
    alike = (path for path in listing.paths() if path.rpartition("/")[2].partition(".")[0].casefold() in stems)
    there = next(islice(alike, 1), "")
    return f"; {there} is there" if there else "; no file of that name is anywhere in the folder"


def _sample(sample: Sample, *, whole: bool) -> Iterator[str]:
    about = {
        "table": f"{sample.table} ({sample.task})", "split": sample.split or "none", "language": sample.language,
        "modality": sample.modality or "not declared", "license": f"{sample.license}, commercial use: {sample.commercial}",
        "images": ", ".join(sample.images), "labels": ", ".join(sample.labels),
        "keys": ", ".join(f"{key.name}={key.value}" for key in sample.keys),
        "boxes": "; ".join(f"{box.label} {box.x:g},{box.y:g} {box.width:g}x{box.height:g}" for box in sample.boxes),
    }  # fmt: skip
    said = [*((name, text) for name, text in about.items() if text), *((turn.role, turn.text) for turn in sample.turns)]
    if sample.opened:  # as it is asked where choices are opened, and whether it will be
        said += [*(("opened", turn.text) for turn in sample.opened if turn not in sample.turns), ("", f"({openness(sample.opened)})")]
    for name, text in said:
        yield from _wrapped(name, text if whole else _cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}\n... {len(text) - LONG:,} characters more (--whole shows them)"


def _wrapped(name: str, text: str) -> Iterator[str]:
    """The text's own lines begin at one place; what goes on from the line above has a > before it."""
    for number, line in enumerate(text.split("\n")):
        parts = textwrap.wrap(line, WIDTH, replace_whitespace=False, drop_whitespace=False, break_on_hyphens=False) or [""]
        yield f"  {name if number == 0 else '':<10} {parts[0]}".rstrip()
        yield from (f"{'':<11}> {part.strip()}" for part in parts[1:])
