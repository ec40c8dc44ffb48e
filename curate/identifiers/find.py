"""text -> the identifiers in it, none over another; or the text with placeholders in their place

Every detector is a module with `found(text) -> Iterator[Found]`; what two of them claim is settled here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from curate.identifiers import addresses, ages, dates, names, numbers, numeric_dates, web
from curate.identifiers.kinds import KINDS, PLACEHOLDERS, Found, Kind

ROUNDS = 8  # a placeholder may uncover one more find beside it ("Smith, John, MD"); texts that do so for ever are hostile

_EVERYWHERE = (names.found, dates.found, numeric_dates.found, ages.found, addresses.found, numbers.found, web.found)
_HOLE = "\ufffc"  # object replacement character: no letter, no digit, no blank, so that no pattern goes on over a placeholder
_PLACEHOLDER = re.compile(
    r"""\[\*\*[^\[\]]{0,200}?\*\*\]     # MIMIC-II, MIMIC-III
      | \[[A-Z][A-Z_ -]{0,40}\]         # ours, and [PATIENT NAME]
      | <[A-Z][A-Z_ -]{0,40}/?>         # <NAME>
      | _{2,}                           # MIMIC-CXR
      | \b[Xx]{2,}\b(?:-\d)?            # IU X-ray; chromosomes are 'XX' too, and no identifiers either
      | \bREDACTED\b""",
    re.VERBOSE,
)
_SIGNS = ("[", "<", "_", "XX", "xx", "REDACTED")  # of a placeholder
# Of two finds of one length the stronger: a label beside a number says more than its shape, a shape more than a list of words.
_BY_SHAPE: tuple[Kind, ...] = ("date", "phone", "age", "address", "name")
_STRENGTH: dict[Kind, int] = {kind: _BY_SHAPE.index(kind) + 1 if kind in _BY_SHAPE else 0 for kind in KINDS}


def find_identifiers(text: str, language: str = "en") -> list[Found]:
    """Identifiers of persons in the text, sorted, no two over each other.

    language is BCP 47: 'zh' and 'zh-...' take the Chinese rules too; the others hold everywhere.
    Placeholders that stand already (`___`, `XXXX`, `[**Name**]`, `[NAME]`, `<NAME>`, 'REDACTED') are never a part of a find.
    """
    bare = _PLACEHOLDER.sub(_hole, text) if any(sign in text for sign in _SIGNS) else text
    claims = [find for found in _detectors(language) for find in found(bare)]
    return list(_joined(bare, _settled(bare, claims))) if claims else claims


def scrub(text: str, language: str = "en") -> tuple[str, dict[Kind, int]]:
    """The text with a placeholder for every identifier, and how many of each kind; scrubbing again changes nothing."""
    counts: dict[Kind, int] = {}
    for _ in range(ROUNDS):
        finds = find_identifiers(text, language)
        if not finds:
            break
        text = "".join(_replaced(text, finds))
        for find in finds:
            counts[find.kind] = counts.get(find.kind, 0) + 1
    return text, counts


def _replaced(text: str, finds: list[Found]) -> Iterator[str]:
    at = 0
    for find in finds:
        yield text[at : find.start]
        yield PLACEHOLDERS[find.kind]
        at = find.end
    yield text[at:]


def _hole(match: re.Match[str]) -> str:
    return _HOLE * len(match[0])


def _settled(text: str, claims: Iterable[Found]) -> Iterator[Found]:
    """Claims that touch are settled among themselves: the longest first, then the stronger."""
    together: list[Found] = []
    end = 0
    for claim in sorted(set(claims)):
        if together and claim.start >= end:
            yield from _shared_out(text, together)
            together = []
        together.append(claim)
        end = max(end, claim.end)
    yield from _shared_out(text, together)


def _shared_out(text: str, claims: list[Found]) -> Iterator[Found]:
    """What a stronger one leaves uncovered of a find stays found, if it holds a letter or digit."""
    starts: list[int] = []
    ends: list[int] = []
    kept: list[Found] = []
    for claim in sorted(claims, key=_weight) if len(claims) > 1 else claims:
        for part in _uncovered(claim, starts, ends):
            for piece in _pieces(text, part):
                place = bisect_right(starts, piece.start)
                starts.insert(place, piece.start)
                ends.insert(place, piece.end)
                kept.append(piece)
    yield from sorted(kept)


def _weight(claim: Found) -> tuple[int, int, int, str]:
    return claim.start - claim.end, _STRENGTH[claim.kind], claim.start, claim.kind


def _joined(text: str, finds: Iterable[Found]) -> Iterator[Found]:
    """A street and its town are one address, found by two patterns or not."""
    last: Found | None = None
    for find in finds:
        if last and last.kind == find.kind == "address" and not text[last.end : find.start].strip(" ,\n"):
            last = Found(last.start, find.end, "address")
            continue
        if last:
            yield last
        last = find
    if last:
        yield last


def _uncovered(claim: Found, starts: list[int], ends: list[int]) -> list[Found]:
    """What none of the taken spans (sorted, apart) covers of a claim."""
    at, parts = claim.start, []
    place = max(bisect_right(starts, claim.start) - 1, 0)
    while at < claim.end and place < len(starts) and starts[place] < claim.end:
        if starts[place] > at:
            parts.append(Found(at, starts[place], claim.kind))
        at = max(at, ends[place])
        place += 1
    return [*parts, Found(at, claim.end, claim.kind)] if at < claim.end else parts


def _pieces(text: str, find: Found) -> Iterator[Found]:
    """The find without placeholders inside and without blanks around; nothing where no letter or digit is left."""
    at = find.start
    for piece in text[find.start : find.end].split(_HOLE):
        bare = piece.strip(" \t\n\r\xa0,;")
        if any(map(str.isalnum, bare)):
            start = at + piece.index(bare)
            yield Found(start, start + len(bare), find.kind)
        at += len(piece) + 1


def _detectors(language: str) -> tuple[Callable[[str], Iterator[Found]], ...]:
    if not language.lower().startswith("zh"):
        return _EVERYWHERE
    from curate.identifiers import chinese  # a hundred milliseconds of patterns, for those who read Chinese

    return (*_EVERYWHERE, chinese.found)
