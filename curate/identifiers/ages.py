"""text -> ages of 90 years and more; of '92-year-old' the number alone

An age that is a bound of a group ('90 years or older', 'over 90') is what the rule itself writes, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found

_OLD = r"(?P<old>9\d|1[0-3]\d)"
_UNIT = (
    r"(?:[ ]?[-‐-–][ ]?|[ ]{0,2})(?:(?:years?|yrs?|yr|y|YEARS?|YRS?|Years?)(?:\.|['’]s?)?(?:[ ]?[-‐-–][ ]?|[ ]{1,2})(?:old|olds|OLD"
    r"|Old|of[ ]age|OF[ ]AGE|o)\b"
    r"|[yY]\.?[ ]?/?[ ]?[oO]\.?(?![a-zA-Z]))"
)
_AGED = re.compile(
    rf"{_OLD}(?<![\w.,/<>≥≤=$+–-]9\d)(?<![\w.,/<>≥≤=$+–-]1\d\d)(?![\d%]|[.,]\d){_UNIT}(?![ ](?:or|and)[ ](?:older|over|above|up|more))"
)
_LABELLED = re.compile(
    r"(?<![a-zA-Z])(?:[Aa]ged?|AGED?)(?:[ ]?/[ ]?(?:[Ss]ex|SEX|[Gg]ender))?(?:[ ]?[:=-][ ]{0,4}|[ ](?:of[ ]|was[ ]|is[ ]|(?:at|AT)["
    r" ][A-Za-z]{3,9}[ ]?:?[ ]?)?(?:about[ ]|around[ ]|approximately[ ])?|[ ]?\([a-z ]{4,7}\)[ ]?[:=]?[ ]?)"
    rf"{_OLD}(?![\d%]|[.,]\d|/\d|[ ]?(?:or|and)[ ](?:older|over|above|up|\d)|[ ]?(?:-|–|to)[ ]?\d|[ ]?\+|[ ]?(?:months?|weeks?|days?"
    rf"|hours?|mo|wk|mos|wks|min)\b|[ ]?[-–][ ]?(?:month|week|day|hour))"
)
_LIVED = re.compile(
    rf"(?<![a-zA-Z])(?:alive|died|dead|deceased|passed(?: away)?|lived|living|survived)[ ](?:at|to|until|till)[ ](?:age[ ]|the age of["
    rf" ]|be[ ])?{_OLD}(?![\w%°]|[.,]\d|[ ]?(?:days?|weeks?|months?|hours?|minutes|mm|cm))"
)
_AFTER_KIN = re.compile(
    rf"(?<![a-zA-Z])(?:father|mother|husband|wife|grandmother|grandfather|uncle|aunt|brother|sister|patient|[Hh]e|[Ss]he|man|woman),["
    rf" ](?:now[ ]|aged?[ ])?{_OLD},"
)
_TURNED = re.compile(
    rf"(?<![a-zA-Z])(?:[Tt]urned|[Ww]ill be(?= \d{{2,3}} (?:next|in|this|soon|on|tomorrow))|[Tt]urning|[Tt]urns|celebrated (?:his|her"
    rf"|their))[ ]{_OLD}(?!\d|%|[.,]\d|[ ]?(?:mm|cm|mg|degrees|°"
    rf"|percent|months|weeks|days))(?:(?:st|nd|rd|th)(?=[ ]birthday))?"
)
_BIRTHDAY = re.compile(rf"(?<!\w){_OLD}(?:st|nd|rd|th)[ ]birthday")
_IS_OLD = re.compile(
    rf"(?<![a-zA-Z])(?:I am|I['’]m|he is|she is|who is|He is|She is|[Pp]atient is|(?:grand)?(?:mother|father|ma|pa)[ ]is|wife is"
    rf"|husband is|uncle is|aunt is|sister is|brother is|mom is|mum is|dad is)[ ](?:now[ ]|almost[ ])?{_OLD}(?![\w%°]|[.,]\d|[ ]?(?:mm"
    rf"|cm|mg|kg|lbs?|pounds|degrees|percent|months|weeks|days|minutes|hours|F|C|bpm|beats|stone|years[ ](?!old|of age)))"
)
_LETTERED = re.compile(
    rf"(?<![\w.,/-]){_OLD}[ ]?[-/]?[ ]?(?:M|F|male|female|man|woman|gentleman|lady)(?![\w-])(?=[ ](?:with|who|presents|presented"
    rf"|presenting|has|had|was|is|admitted|h/o|s/p|here)|,[ ])"
)
_NINETIES = re.compile(
    r"(?<![a-zA-Z])(?:(?:in|into)[ ](?:his|her|their|the|my)[ ](?:early[ -]|mid[ -]|late[ -])?)(?P<old>nineties|90['’]?s)(?!\w)"
)
_TENS = (
    r"ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a)[ -]hundred(?:[ -]and)?(?:[ -](?:one|two|three|four"
    r"|five|six|seven|eight|nine|ten|eleven|twelve))?"
)
_SPELLED = re.compile(
    rf"(?<![a-zA-Z-])(?:[Aa]ged[ ]|[Aa]ge[ ](?:of[ ]|is[ ]|was[ ])?)(?P<old>{_TENS})(?![a-z-])|(?<![a-zA-Z-])(?P<old2>{_TENS}"
    rf"|{_TENS.title()}|Ninety(?:-[a-z]{{3,5}})?|NINETY(?:-[A-Z]{{3,5}})?)(?:[ -](?:years?|yrs?|year’s|YEARS?)[ -](?:old|of[ ]age"
    rf"|OLD)\b)"
)
_RANGE = re.compile(r"\d(?: ?(?:years|yrs|y))?(?: ?[-–] ?| to | and | or )$")
_OVER = re.compile(r"(?:over|than|above|least|beyond|[<>≥≤]) ?$")
_NO_AGE = re.compile(r"(?:[Tt]emp\w{0,7}|[Ff]ever|febrile|of|to|n|N|=|\()[ :]{0,2}$")
_HINT = re.compile(r"[91]\d(?:(?<=9\d)|[0-9])(?!\d)")


def found(text: str) -> Iterator[Found]:
    if not (_HINT.search(text) or "inet" in text or "INET" in text or "undred" in text):
        return
    for pattern in (_AGED, _LABELLED, _LIVED, _AFTER_KIN, _TURNED, _BIRTHDAY, _IS_OLD, _NINETIES):
        for match in pattern.finditer(text):
            if not _is_bound(text, match):
                yield Found(match.start("old"), match.end("old"), "age")
    for match in _SPELLED.finditer(text):
        group = "old" if match["old"] else "old2"
        yield Found(match.start(group), match.end(group), "age")
    for match in _LETTERED.finditer(text):
        if not _NO_AGE.search(text[max(0, match.start() - 14) : match.start()]):
            yield Found(match.start("old"), match.end("old"), "age")


def _is_bound(text: str, match: re.Match[str]) -> bool:
    """'over 90 years old', '15 to 93 years of age': of a group, of nobody."""
    before = text[max(0, match.start("old") - 12) : match.start("old")]
    return bool(_RANGE.search(before)) or (match["old"] == "90" and bool(_OVER.search(before)))
