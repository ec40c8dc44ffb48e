"""a model's answer -> without the marker that it was told to begin with; or that it does not begin with it"""

from __future__ import annotations

import functools
import re

_QUOTES = "\"'“”‘’*_`"
_CLOSING = {"“": "”", "‘": "’"}  # the others close as they open


def strip_marker(text: str, marker: str) -> str | None:
    """`text` after `marker`, whatever its case, in quotes or bold or as a heading, once or several times; None where it begins otherwise.
    A quote or bold that began before the marker ends with it, or with the text."""
    pattern, place, pending = _pattern(marker), 0, ""
    while found := pattern.match(text, place):
        place, pending = found.end(), _left_open(found["opened"], found["closed"]) or pending
        if pending and text.startswith(pending, place):  # "**Revised response:** ..."
            place, pending = place + len(pending), ""
    if not place:
        return None
    rest = text[place:].strip()
    return rest.removesuffix(pending).rstrip() if pending else rest


@functools.cache
def _pattern(marker: str) -> re.Pattern[str]:
    """The marker ends in a colon of any width, or stands alone on its line."""
    words = r"\s{1,3}".join(map(re.escape, marker.rstrip(":").split()))
    marks = rf"[{re.escape(_QUOTES)}]{{0,4}}"
    return re.compile(rf"[\s#>]*(?P<opened>{marks})\s{{0,3}}{words}\s{{0,3}}(?P<closed>{marks})[ \t]{{0,3}}(?:[:：]|\r?\n)", re.IGNORECASE)


def _left_open(opened: str, closed: str) -> str:
    """What closes the marks of `opened` that `closed` did not."""
    wanted = "".join(_CLOSING.get(mark, mark) for mark in reversed(opened))
    return wanted.removeprefix(closed) if closed else wanted
