"""text -> dates in numbers, with the time of day beside them

Three numbers in the order of a date are one; two numbers, or eight digits, only where a word before them says so: scores, ratios, versions,
spine levels and ranges of years are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.clocks import CLOCK_AFTER, with_clock
from curate.identifiers.kinds import Found

_NO_UNIT = (
    r"(?![\w/%°]|[.,:]\d|-\w|[ ]?(?:mm|cm|mg|ml|mL|kg|mmHg|%|min|minutes|sec|seconds|weeks|months|years|yrs|days|hours|patients|cases"
    r"|eyes|of|slices|leads"
    r"|points|sides|strength|vision|power|hpf)\b)"
)
_NUMBERS = re.compile(
    rf"(?P<date>(?P<first>\d(?<![\w./]\d)(?<!\d[,:–—-]\d)\d{{0,3}})(?P<mark>[-/.])(?P<second>\d{{1,4}})(?:(?P=mark)(?P<third>\d{{1,4}})"
    rf")?){_NO_UNIT}{CLOCK_AFTER}"
)
_EIGHT = re.compile(rf"(?P<date>[12](?<![\w.-][12])(?:(?<=1)9|(?<=2)0)\d\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])){_NO_UNIT}{CLOCK_AFTER}")
_STAMP = re.compile(
    r"[12](?<![\w.-][12])(?:(?<=1)9|(?<=2)0)\d\d(?P<mark>-?)(?:1[0-2]|0[1-9])(?P=mark)(?:3[01]|[12]\d|0[1-9])[Tt ]?(?:[01]\d"
    r"|2[0-3]):?[0-5]\d:?[0-5]\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?(?!\w)"
)
_CUE = re.compile(
    r"(?<![a-z])(?P<word>dates?|dated|dob|d\.o\.b\.?|birth|born|dos|dod|study|exam|examination|prior|studydate|birthdate"
    r"|patientbirthdate|seriesdate|next visit|next|comparison|compared?|follow-?up|admission|admitted|admit|discharged?|performed|seen"
    r"|signed"
    r"|dictated|transcribed|collected|received|reported|scheduled|surgery|visit|lmp|since|on|until|by|before|after|appointment"
    r"|returns?|recheck|found|last(?: [a-z]{3,14}){1,2}|from|to|and|between|through)"
    r"(?:[ ](?:again|in|of|on|is|was|birth|date|the|to|with|study|exam|ct|mri|xr|cxr|radiograph|dated|performed))*(?P<sign>[ ]?[:=(#]["
    r" ]{0,6}|["
    r" ]{1,2}|-)$"
)
_LINKS = (
    "from",
    "to",
    "and",
    "between",
    "through",
    "after",
    "before",
    "by",
)  # say date only where a date is near: "from 3/5 to 4/5" are powers
_SURE = (
    "date",
    "dated",
    "dob",
    "birth",
    "born",
    "dos",
    "seen",
    "visit",
    "next visit",
    "next",
    "appointment",
    "admission",
    "admitted",
    "admit",
    "discharge",
    "discharged",
    "scheduled",
    "surgery",
)
_SCORED = re.compile(r"(?:apgars?|scores?|scored|grades?|ratio)\b[^.;]{0,8}$")
_HINT = re.compile(r"\d(?:[/.-]\d|\d{7})")


def found(text: str) -> Iterator[Found]:
    if not _HINT.search(text):
        return
    ends = [-1]
    for match in _NUMBERS.finditer(text):
        if _is_date(text, match, ends[-1]):
            ends.append(match.end())
            yield with_clock(text, match.start("date"), match.end())
    for match in _STAMP.finditer(text):
        yield Found(match.start(), match.end(), "date")
    for match in _EIGHT.finditer(text):
        if text[max(0, match.start() - 1)] not in "#:" or _cue(text, match.start()) is not None:
            yield with_clock(text, match.start("date"), match.end())


def _is_date(text: str, match: re.Match[str], last: int) -> bool:
    first, mark, second, third = match.group("first", "mark", "second", "third")
    if third is None:
        return _is_pair(text, match, first, mark, second, last)
    if len(first) == 4:
        return _is_year(first) and len(second) < 3 and len(third) < 3 and 1 <= int(second) <= 12 and 1 <= int(third) <= 31
    if _SCORED.search(text[max(0, match.start() - 16) : match.start()].lower()):
        return False
    if not _is_day_and_month(first, second) or len(third) not in (2, 4) or (len(third) == 4 and not _is_year(third)):
        return False
    # '1.2.10' is a section, '5-10-15' three sizes
    return len(third) == 4 or mark == "/" or len(first) == len(second) == 2 or _cue(text, match.start()) is not None


def _is_pair(text: str, match: re.Match[str], first: str, mark: str, second: str, last: int) -> bool:
    """'03/2019'; with a cue 'on 3/12', 'Date: 2019-03', or after a date 'from 3/1/19 to 3/9'."""
    if _is_year(second) and len(first) < 3 and 1 <= int(first) <= 12:
        return mark == "/" or _cue(text, match.start()) not in (None, *_LINKS)
    cue = _cue(text, match.start())
    if cue is None and _is_year(first) and mark == "-" and len(second) == 2:
        # '1969-01' after a word; '1996-01' may be a range of years, '2013-14' is one
        return (
            text[max(0, match.start() - 2) : match.start()].strip().islower() and 1 <= int(second) <= 12 and int(second) <= int(first[2:])
        )
    if cue is None or (cue in _LINKS and not 0 <= match.start() - last < 12):
        return False
    if _is_year(first):
        return len(second) == 2 and 1 <= int(second) <= 12 and cue not in _LINKS
    if len(first) > 2 or len(second) > 2 or not _is_day_and_month(first, second):
        return False
    if mark == ".":
        return cue in ("date", "dated", "dob", "birth", "born") and len(first) == len(second) == 2  # else a decimal
    if cue in _SURE or first[0] == "0" or second[0] == "0":
        return True
    # what is left are scores too: '4/5', '2/3', '10/10'
    return mark == "/" and (int(first) > int(second) or second not in ("2", "3", "4", "5", "6", "10"))


def _cue(text: str, start: int) -> str | None:
    """The word before that speaks of a date."""
    match = _CUE.search(text[max(0, start - 32) : start].lower())
    return match["word"].rstrip("s") if match else None


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _is_day_and_month(first: str, second: str) -> bool:
    if len(first) > 2 or len(second) > 2:
        return False
    low, high = sorted((int(first), int(second)))
    return 1 <= low <= 12 and high <= 31
