"""what the stages noted of texts -> the figures of the report's section on text"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MEANINGS = {
    "fix_encoding": "UTF-8 that had been read as another encoding",
    "normalize_newlines": "ends of lines",
    "unescape_entities": "HTML entities",
    "compose_unicode": "letters with marks as one character (NFC)",
    "drop_controls": "control characters, blanks of no width",
    "plain_blanks": "blanks that do not break",
    "drop_latex": "LaTeX in front of a formula's plain form",
    "drop_tags": "HTML tags of layout",
    "drop_foreign_image_marks": "marks of images that are not ours",
    "cut_figure_label": "'Figure 3.' in front",
    "cut_panel_letter": "'(A)' in front",
    "cut_choice_letter": "'B:' in front",
    "unify_placeholders": "what others removed: [REDACTED]",
    "single_blanks": "runs of blanks",
    "close_up_punctuation": "blanks before punctuation",
    "strip_ends": "blanks at the ends",
    "name": "names of persons",
    "address": "streets, towns with a post code, post codes",
    "date": "dates finer than a year",
    "age": "ages over 89",
    "phone": "telephone numbers",
    "fax": "fax numbers",
    "email": "e-mail addresses",
    "ssn": "social security and national numbers",
    "mrn": "medical record numbers",
    "accession": "numbers of studies and specimens",
    "plan": "health plan numbers",
    "account": "account numbers",
    "license": "certificate and licence numbers",
    "vehicle": "vehicle numbers and plates",
    "device": "serial numbers of devices",
    "url": "web addresses",
    "ip": "IP addresses",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What screen noted of the samples of one source that stay: a step that changed their text, or a kind of identifier in it."""

    source: str
    word: str
    samples: int
    count: int  # of identifiers; of a step as many as samples


@dataclass(frozen=True, slots=True, kw_only=True)
class NearFacts:
    """How match and dedup came to know near-duplicate texts."""

    texts: int = 0  # that were compared
    exact: int = 0  # samples in a cluster by equal words
    near: int = 0  # by similarity
    pairs: int = 0  # of candidates that are alike by their whole sets of shingles
    refused: int = 0  # that are not
    crowded: int = 0  # texts in buckets too large to compare all pairs
    repeated: int = 0  # samples that say what another says of other images: kept
    kept_apart: int = 0  # samples in a cluster that are not like the one that stays: kept


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    policy: str = "scrub"  # on identifiers: scrub, refuse, keep
    cleaned: tuple[Noted, ...] = ()
    scrubbed: tuple[Noted, ...] = ()
    near: NearFacts = field(default_factory=NearFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedRow:
    """A word over all sources."""

    word: str
    meaning: str
    samples: int
    count: int
    sources: tuple[tuple[str, int], ...]  # samples, most first


def noted_rows(noted: Iterable[Noted]) -> tuple[NotedRow, ...]:
    """A row for each word, most samples first."""
    words: dict[str, list[Noted]] = {}
    for each in noted:
        words.setdefault(each.word, []).append(each)
    rows = [_row(word, parts) for word, parts in words.items()]
    return tuple(sorted(rows, key=lambda row: (-row.samples, row.word)))


def _row(word: str, parts: list[Noted]) -> NotedRow:
    sources: Counter[str] = Counter()
    for part in parts:
        sources[part.source] += part.samples
    return NotedRow(
        word=word,
        meaning=MEANINGS.get(word, ""),
        samples=sum(sources.values()),
        count=sum(part.count for part in parts),
        sources=tuple(sorted(sources.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
