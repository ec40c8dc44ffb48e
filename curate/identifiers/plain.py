"""text -> the same text, character for character, in plain digits, marks and blanks, so that a pattern needs one spelling"""

from __future__ import annotations

_ZEROS = (0x0660, 0x06F0, 0x0966)  # Arabic-Indic, its eastern form, Devanagari
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width forms, as Chinese text has them
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_PLAIN: dict[int, int | str] = {**_WIDE, **{zero + digit: ord("0") + digit for zero in _ZEROS for digit in range(10)}, **_DASHES, **_BLANKS}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def plain(text: str) -> str:
    """As long as the text: full-width and Indic digits, full-width marks, dashes and blanks in their ASCII form."""
    return text if text.isascii() else text.translate(_PLAIN)


def lowered(text: str) -> str:
    """As long as the text, in lower case: `str.lower` makes two characters of some ('İ'), and every place behind them is off by one."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_LOWER)
