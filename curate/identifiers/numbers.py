"""text -> numbers that stand for a person, an examination, a contract or a device: by the word before them, or by shape and check digit

Not found: what is public about no person (GenBank, GEO, NCT and trial registers, rs numbers, ISBN, PMID, catalogue numbers), measurements,
counts, years. Accession numbers of sequences share their word with those of hospitals: the word of a data base before them tells.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace

from curate.identifiers.checks import is_card, is_iban, is_resident, is_vin
from curate.identifiers.cues import TOKEN, Announced, announced
from curate.identifiers.kinds import Found, Kind
from curate.identifiers.plain import lowered, plain
from curate.identifiers.telephones import telephones

_THREE_DIGITS = re.compile(r"\d[\w./: -]{0,3}\d[\w./: -]{0,3}\d")  # what is found here has, but 'plate AB12 CDE'; most captions have not
_FIVE_DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}[A-Z]{0,4}[^\w\n]{0,2}\d){4}|(?:[0-9A-Fa-f]{2}[:-]){5}", re.ASCII)
_MBI = "[AC-HJKMNP-RT-Y]"
_SHAPES: tuple[tuple[Kind, str], ...] = (
    ("ssn", r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}"),  # United States, 20 CFR 422.103
    ("ssn", r"\d{3}\.\d{3}\.\d{3}-\d\d"),  # CPF, Brazil
    ("ssn", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]\d\d[ ]\d\d[ ]\d\d[ ][A-D]"),  # National Insurance, United Kingdom
    ("plan", rf"[1-9]{_MBI}[{_MBI[1:-1]}0-9]\d-{_MBI}[{_MBI[1:-1]}0-9]\d-{_MBI}{{2}}\d\d"),  # Medicare beneficiary, 1EG4-TE5-MK73
    ("device", r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),  # MAC, IEEE 802
    ("device", r"\(01\)\d{14}(?:\(\d\d\)[A-Za-z0-9-]{1,20}){0,5}"),  # UDI, GS1
    ("accession", r"(?:S|SP|SU|SS|HP)-?\d\d-\d{4,6}"),  # surgical pathology
    ("accession", r"[12]\.\d{1,3}\.(?!840\.10008\.)(?:\d{1,40}\.){3,18}\d{1,40}"),  # DICOM UID, PS3.5 9; 10008 are those of the standard
)
_CHECKED: tuple[tuple[Kind, str], ...] = (
    ("ssn", r"[1-9]\d{5}[12]\d{10}[0-9Xx]"),
    ("account", r"[2-6]\d{3}(?:([ -]?)\d{4}\1\d{4}\1\d{1,7}|[ -]\d{6}[ -]\d{5})"),
    ("account", r"[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?"),
    ("vehicle", r"[A-HJ-NPR-Z0-9]{17}"),
)
_CHECKS = (is_resident, is_card, is_iban, is_vin)
_BOUNDED = r"(?<![\w.+-])(?:{})(?![\w-])(?!\.\d)"
_SHAPE = re.compile(_BOUNDED.format("|".join(f"({shape})" for _, shape in _SHAPES)), re.ASCII)
_PUBLIC = re.compile(
    r"(?:nct|isrctn|chictr|actrn|ctri|umin|drks|eudract|crd|rs|ss|gse|gsm|gpl|gds|prj|[sed]r[rpxsz]|e-mtab|pxd|phs|pmc|doi|10\.\d{4}"
    r"|[nxayw][mrpcgtwz]_|ens[gtp]|mgi:|hgnc|omim|orpha|chebi|chembl|cas)[-_:]?\d",
)
_ARCHIVE = re.compile(
    r"genbank|\bncbi|\bembl|\bddbj|\bgeo\b|\bena\b|uniprot|swiss-?prot|\bpdb\b|data ?base|sequence|\bgenes?\b|genom|deposit|repositor"
    r"|\bsra\b|archive|dataset"
    r"|data set|refseq|omnibus|catalog|museum|herbarium|collection|trial|prospero|\bgrants?\b(?=.{0,12}(?:no\b|number|#|id\b))"
    r"|protocol|strain|atcc|\birb\b|ethic|approv|committee"
)
_THINGS = re.compile(r"(?:image|gene|snp|probe|protein|pdb|taxonomy|compound|cluster|cell|roi|frame|slice|figure|article|doc"
    r"|document)s?[ -]$")
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?:[-/](?:(?:19|20)?\d\d))?")
_QUANTITY = re.compile(r"1-\d{3}-\d{3}-\d{4}|\d{1,2}(?:\.\d+)?|\d{1,4}-[1-9]\d{0,3}|\d+\.\d+"
    r"|(?:\d{1,2}|\d{4})[./-](?:0?[1-9]|[12]\d|3[01])[./-](?:\d{1,2}|\d{4})(?:t.*)?"
    r"|\d+x\d+(?:x\d+)?|\d{1,4}(?:-|st|nd|rd|th|mm|cm|mg|ml|kv|yo?|[gltsx])[a-z]*|\d{1,3}/\d{1,3}")
_EMPLOYER = re.compile(r"\d\d-\d{4}")  # 'Group 73-1485', of an insurance; a span has no such ends
_COUNTED = re.compile(
    r"\s?(?:mm|cm|m|ml|mg|µg|μg|mcg|g|kg|l|[kmg]?hz|ms|%|°|x\s?\d|×|[€$£]|years?|yrs?|days?|weeks?|months?|hours?|hrs?|min|patients?"
    r"|cases?|subjects?"
    r"|participants?|controls?|people|persons|images?|scans?|beds?|(?:wo)?men|children|individuals|samples?|specimens?|were|had"
    r"|dollars|units?)\b"
)
_MORE = re.compile(rf"(?:\s?[,;/&]|\s(?:and|or|to))\s{{1,2}}(?:and )?(?=(?P<value>(?=(?:[a-z/.-]{{0,6}}\d){{3}}){TOKEN}))")
_PLATE = re.compile(r"[a-z]{2,3}[- ]?\d{3,4}|[a-z]{2}\d\d [a-z]{3}|[a-z]\d{2,3} (?!and|the)[a-z]{3}|\d[a-z]{3}\d{3}"
    r"|[a-z]{2}[- ]?\d{1,2}[- ]?[a-z]{1,3}[- ]?\d{4}")
_TAIL = re.compile(r"(?:[./:_·][a-z]{2,}|-[a-z]{4,})+$")
_NEXT = re.compile(r"(?=[a-z]{0,3}\d|[a-z]{1,3}$)[a-z0-9]{1,7}")


_NEAR = 4  # characters between the number of a policy and that of its group


def found(text: str) -> Iterator[Found]:
    """Numbers of persons; telephone numbers too. What a word announces holds against what only looks like another kind."""
    if not _THREE_DIGITS.search(text) and not _may_tell_a_plate(text):
        return
    text = plain(text)
    lower = lowered(text)
    cued = list(_cued(text, lower))
    shaped = list(_beside(cued, _shaped(text)))
    yield from cued
    yield from shaped
    yield from _beside(sorted((*cued, *shaped)), telephones(text, lower))


def _may_tell_a_plate(text: str) -> bool:
    """Behind these two digits are enough; a chain, for a loop over them costs five times as much on every caption."""
    if "plate" in text or "Plate" in text or "egistration" in text or "eg." in text or "eg " in text or "eg: " in text:
        return True
    return "PLATE" in text or "REG" in text


def _beside(sure: list[Found], finds: Iterable[Found]) -> Iterator[Found]:
    """The finds that do not lie within a surer one (sorted by place)."""
    starts = [find.start for find in sure]
    for find in finds:
        before = bisect_right(starts, find.start) - 1
        if before < 0 or find.end > sure[before].end:
            yield find


def _cued(text: str, lower: str) -> Iterator[Found]:
    end, plan = 0, -_NEAR
    for cue in announced(lower):
        if cue.cue < end:
            continue
        if cue.kind == "plan" and cue.cue - plan < _NEAR:
            cue = replace(cue, needs=4)  # 'Policy no. 033307955-86. Group 48309'
        last = value_end(text, lower, cue)
        while last > cue.start:
            end = last
            plan = end if cue.kind == "plan" else plan
            yield Found(cue.start, end, cue.kind)
            more = _MORE.match(lower, end)  # 'MRNs 2013/604107 and CR-25941/21'
            if more is None:
                break
            cue = replace(cue, start=more.end(), end=more.end() + len(more["value"]))
            last = value_end(text, lower, cue)


def value_end(text: str, lower: str, cue: Announced) -> int:
    """Where the value of a cue ends; where it begins if it is none."""
    end = _row_end(text, lower, cue)
    value = lower[cue.start : end]
    if cue.needs is None or sum(map(str.isdigit, value)) < cue.needs:
        return cue.start
    if _THINGS.search(lower, max(cue.cue - 12, 0), cue.cue) or _is_amount(lower, end, value, cue):
        return cue.start
    may_be_public = cue.kind in ("accession", "mrn") or (cue.kind == "license" and not cue.sure)
    is_public = may_be_public and (_PUBLIC.match(value) or _ARCHIVE.search(lower, max(cue.cue - 60, 0), end))
    return cue.start if is_public else end


def _is_amount(lower: str, end: int, value: str, cue: Announced) -> bool:
    """A year, a date, a span, a measurement: the surer the cue, the less of that is asked."""
    if cue.sure and (cue.number or not _YEAR.fullmatch(value)):
        return False
    if _COUNTED.match(lower, end) and not any(map(str.isalpha, value)):  # 'Patient Id: E81476053 Patient Name:' counts nothing
        return True
    if cue.kind == "plan" and _EMPLOYER.fullmatch(value):
        return False
    if _YEAR.fullmatch(value) and not (cue.number and cue.needs == 3):
        return True
    if cue.kind == "vehicle" and not (any(map(str.isalpha, value)) if cue.marked else _PLATE.fullmatch(value)):
        return True
    return not cue.number and _QUANTITY.fullmatch(value) is not None


def _row_end(text: str, lower: str, cue: Announced) -> int:
    """The first word, and those behind it that go on with the number: '943 476 5919', 'DE89 3704 0044', 'AB 123456', 'AB12 CDE'."""
    words = lower[cue.start : cue.end].split(" ")
    plate = cue.kind == "vehicle" and cue.sure and cue.marked
    if words[0].isalpha() and not text[cue.start : cue.start + len(words[0])].isupper() and cue.kind != "ssn" and not plate:
        return cue.start  # 'in the DEA on 13/03'
    first = 2 if words[0].isalpha() and len(words) > 1 else 1
    end = cue.start + len(" ".join(words[:first]))
    if len(words[first - 1]) > 5:
        words = []
    for word in words[first:]:
        upper = text[end + 1 : end + 1 + len(word)] == word.upper()
        if not _NEXT.fullmatch(word) or _COUNTED.match(lower, end + 1 + len(word)):
            break
        if len(words[first - 1]) == 5 and _YEAR.fullmatch(word):
            break
        if (word.isalpha() and cue.kind not in ("vehicle", "ssn")) or (word.isdigit() and len(word) == 1):
            break
        small = cue.sure and cue.kind in ("vehicle", "ssn") and text[end - 1 : end].isdigit() and text[cue.start : end].islower()
        if not upper and not small:
            break
        end += 1 + len(word)
    return cue.start + len(_TAIL.sub("", lower[cue.start : end]))


def _shaped(text: str) -> Iterator[Found]:
    if not _FIVE_DIGITS.search(text):
        return
    for match in _SHAPE.finditer(text):
        yield Found(*match.span(), _SHAPES[(match.lastindex or 0) - 1][0])
    for (kind, shape), check in zip(_CHECKED_SHAPES, _CHECKS, strict=True):
        for match in shape.finditer(text):
            if check(match[0]):
                yield Found(*match.span(), kind)


_CHECKED_SHAPES = tuple((kind, re.compile(_BOUNDED.format(shape), re.ASCII)) for kind, shape in _CHECKED)
