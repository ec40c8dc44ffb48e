"""a date in a text -> the date with the time of day beside it"""

from __future__ import annotations

import re

from curate.identifiers.kinds import Found

_CLOCK = (
    r"(?:[01]?\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:[ ]?[aApP]\.?[mM]\b\.?)?|[ ]?[aApP]\.?[mM]\b\.?)"
    r"(?:[ ]?(?:GMT|UTC|EST|EDT|CST|CDT|MST|MDT|PST|PDT|CET|CEST|BST|IST|hrs?|hours|h)\b|Z\b|[ ]?[+-]\d\d:?\d\d\b)?"
)
_MILITARY = r"(?:[01]\d|2[0-3])[0-5]\d[ ]?(?:hrs?|hours|h)\b"
CLOCK_AFTER = rf"(?:[ ]?[,T@]?[ ]{{0,2}}(?:(?:at|time:?|around|about)[ ])?\(?(?:{_CLOCK}|{_MILITARY})\)?)?"
_CLOCK_BEFORE = re.compile(rf"(?<![\w:.])(?:{_CLOCK}|{_MILITARY})[ ]?,?[ ]?(?:on[ ])?(?:the[ ])?$")


def with_clock(text: str, start: int, end: int) -> Found:
    """'14:35 on 12 March': the time before goes with the date as the time after does."""
    window = max(0, start - 24)
    if any(sign in text[window:start] for sign in ":mMhH"):
        clock = _CLOCK_BEFORE.search(text, window, start)
        start = clock.start() if clock else start
    return Found(start, end, "date")
