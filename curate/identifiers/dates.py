"""text -> dates finer than a year whose month is a word, and holidays; with the time of day beside them

'March 2019' is one, a year or a season alone is none. What else a month's name says (may, the march, OCT, MAR) decides what must stand
beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.clocks import CLOCK_AFTER, with_clock
from curate.identifiers.kinds import Found

_MONTHS = (  # noqa: SIM905
    "January February March April May June July August September October November December "
    "Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec"
).split()  # fmt: skip
_WAYS = sorted({way for month in _MONTHS for way in (month, month.upper(), month.lower())}, key=lambda way: (-len(way), way))
_MONTH = rf"(?:{'|'.join(_WAYS)})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_NTH = rf"{_DAY}(?:st|nd|rd|th|ST|ND|RD|TH)?"
_YEAR = r"(?:(?:19|20)\d\d|['’]\d\d)"
_WEEKDAY = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|MON|TUES|WEDNES|THURS|FRI|SATUR|SUN|mon|tues|wednes|thurs|fri|satur|sun)(?:day|DAY)"
    r"|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
)
_NEXT_DAY = rf"(?:[ ]?(?:-|–|—|/|,|&|and|to|through|or|until)[ ]?(?:the[ ])?{_NTH}(?!\d|[ ]?(?:mm|cm|mg|%)))"

_WRITTEN = re.compile(
    rf"(?<![\w/])(?:(?P<weekday>{_WEEKDAY}),?[ ](?:the[ ])?)?(?:"
    rf"(?P<day>{_NTH}(?:[ ]?(?:-|–|—|/|,|&|and|to)[ ]?(?:the[ ])?{_NTH})?)[ ]?(?:-|/|\.|,|(?:day[ ])?of[ ]|(?:DAY[ ])?OF[ ])?["
    rf" ]?(?P<month>{_MONTH})(?![a-zA-Z])(?:\.(?=[ ,\d-]))?(?P<year>[ ]?[,/.-]?[ ]?(?:of[ ])?{_YEAR}(?!\d)|-\d\d(?!\d))?"
    rf"|(?P<first>{_MONTH})(?![a-zA-Z])(?:\.(?=[ ,\d-]))?(?:"
    rf"(?:[ ]|[ ]?[-/][ ]?|,[ ])(?:the[ ])?(?P<nth>{_NTH}{_NEXT_DAY}?)(?!\d|[.:,]\d|/\d{{1,3}}(?!\d)|[ ]?(?:mm|cm|mg|ml|mL|kg|%)"
    rf"|-\d{{3}}(?!\d))(?P<late>[ ]?[,/.-]?[ ]?(?:of[ ])?{_YEAR}(?!\d)|-\d\d(?!\d))?"
    rf"|(?P<monthly>[ ]?[,/-]?[ ]?(?:of[ ])?{_YEAR}(?!\d)))"
    rf")(?!\w){CLOCK_AFTER}"
)
_ALONE = re.compile(
    r"(?<![\w])(?:[Ii]n|[Ss]ince|[Ll]ast|[Uu]ntil|[Tt]his past|[Ee]arly|[Ll]ate|[Mm]id|[Nn]ext|[Bb]y|[Ff]rom|[Dd]uring|[Bb]etween)[ -]"
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|(?:Jan|Feb|Apr|Jun|Jul|Aug|Sept"
    r"|Oct|Nov|Dec)\b\.?)(?![\w’'-]|[ ](?:fracture|[A-Z]))"
)
_HOLIDAY = re.compile(
    r"(?<!\w)(?:(?:Christmas|Thanksgiving|Easter|New Year['’]?s|Boxing|Independence|Memorial|Labor|Valentine['’]?s|Mother['’]?s"
    r"|Father['’]?s|Halloween|Good Friday|Hanukkah|Diwali|Eid|Ramadan|Passover)"
    r"(?:[ ](?:Day|Eve|Sunday|Monday|weekend))?(?:,?[ ](?:of[ ]|in[ ])?(?:19|20)\d\d(?!\d))|(?<=on )(?:Christmas|New Year['’]?s"
    r"|Thanksgiving|Easter|Boxing|Independence|Labor|Memorial|Valentine['’]?s)[ ](?:Day|Eve|Sunday|Monday))"
)
_CAPITAL_MONTH = re.compile(
    r"[JFMASOND](?:(?:an(?:uary)?|eb(?:ruary)?|ar(?:ch)?|pr(?:il)?|ay|une?|uly?|ug(?:ust)?|ept?(?:ember)?|ct(?:ober)?|ov(?:ember)?"
    r"|ec(?:ember)?)(?![a-z])"
    r"|(?:AN(?:UARY)?|EB(?:RUARY)?|AR(?:CH)?|PR(?:IL)?|AY|UNE?|ULY?|UG(?:UST)?|EPT?(?:EMBER)?|CT(?:OBER)?|OV(?:EMBER)?"
    r"|EC(?:EMBER)?)(?![A-Z]))"
)
_SMALL = [month.lower() for month in _MONTHS]
_DIGIT_BESIDE_MONTH = re.compile(
    rf"\d(?:{'|'.join(f'(?<={month}[ ,./-].)|(?<={month}[.,] .)' for month in _SMALL)}|(?:st|nd|rd|th)?[ .,/-]{{0,2}}(?:of"
    rf" )?(?:{'|'.join(_SMALL)}))"
)
_HOLIDAYS = re.compile(
    "Christm|Thanksg|Easter|New Y|Boxing|Independ|Memorial|Labor|Valent|Mother|Father|Hallow|Good F|Hanuk|Diwali|Eid|Ramad|Passov"
)
_NOT_ALONE = frozenset("OCT Oct SEP Sep MAR Mar mar sep dec DEC Dec MAY may march apr APR jan feb oct nov jun jul aug sept".split())  # noqa: SIM905


def found(text: str) -> Iterator[Found]:
    if _CAPITAL_MONTH.search(text) or _DIGIT_BESIDE_MONTH.search(text):
        for match in _WRITTEN.finditer(text):
            if _is_written(match):
                yield with_clock(text, match.start(), match.end())
        for match in _ALONE.finditer(text):
            if text[match.start()].islower() or match["month"] not in ("May", "March"):
                yield Found(match.start("month"), match.end("month"), "date")
    if _HOLIDAYS.search(text):
        for match in _HOLIDAY.finditer(text):
            yield Found(match.start(), match.end(), "date")


def _is_written(match: re.Match[str]) -> bool:
    """A month's short or lower-case name wants a year or an ordinal: Oct 4 is a gene, 'may 5' a verb, OCT a camera."""
    month = match["month"] or match["first"]
    year = match["year"] or match["late"] or match["monthly"]
    if month not in _NOT_ALONE:
        return True
    if match["monthly"]:
        return month not in ("OCT", "may", "SEP", "MAR", "mar", "sep", "dec") or "-" in match["monthly"]
    day = match["day"] or match["nth"] or ""
    if year or match["weekday"]:
        return True
    return match[0].count("-") == 2 or not day[-1:].isdigit() or (month in ("Sep", "Mar", "Dec", "Oct", "MAY") and "-" not in match[0])
