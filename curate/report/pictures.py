"""Counts -> the figures on images: which cannot be used, how they are shown, in which text was looked for"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from curate.report.counts import Count, Tally, fold, ranked
from curate.report.reasons import meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """Images that cannot be used, for one reason."""

    reason: str
    count: int
    meaning: str
    sources: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """Images of a source in whose pixels text was looked for."""

    source: str
    by: str  # what looked, with its version
    looked: int
    found: int
    blanked: int  # of samples that passed screen: ship with that text made black


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """Images of more than 8 bits that were shown by what one says."""

    by: str
    count: int
    sources: tuple[Count, ...]


def image_rows(images: Tally) -> tuple[ImageRow, ...]:
    """Every reason for which an image cannot be used, most frequent first."""
    unusable = {key: count for key, count in images.items() if key[1]}
    return tuple(
        ImageRow(
            reason=reason,
            count=count,
            meaning=meaning(reason),
            sources=ranked(Counter({key[0]: count for key, count in unusable.items() if key[1] == reason})),
        )
        for reason, count in ranked(fold(unusable, lambda key: key[1]))
    )


def window_rows(windows: Tally) -> tuple[WindowRow, ...]:
    """Who says how images of more than 8 bits are shown, most frequent first."""
    return tuple(
        WindowRow(by=by, count=count, sources=ranked(Counter({key[0]: images for key, images in windows.items() if key[1] == by})))
        for by, count in ranked(fold(windows, lambda key: key[1]))
    )


def text_rows(texts: Tally, blanked: Tally) -> tuple[TextRow, ...]:
    """A row for every source in whose images text was looked for, in the order of their ids. What looked: the most that did."""
    looked, found = fold(texts, lambda key: key[0]), fold({key: n for key, n in texts.items() if key[2]}, lambda key: key[0])
    by = {key[0]: key[1] for key in sorted(texts, key=lambda key: (len(key[1]), key[1]))}
    return tuple(
        TextRow(source=source, by=by[source], looked=looked[source], found=found[source], blanked=blanked[source,])
        for source in sorted(looked)
    )
