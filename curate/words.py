"""text -> its normal form: the words by which two texts are compared"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from schemas.sample import IMAGE_MARK

SEPARATOR = "\ue000"  # private use: stands between texts that are split in one go; never a word of a text
_MINUS_SIGN = re.compile(r"(?<!\w)-(?=\d)")  # '-3' is not '3', but 'T2-weighted' is 'T2 weighted'
_LAYOUT = frozenset("|~`^")  # symbols by Unicode, layout by use (tables, Markdown)
_ALONE = (  # scripts written without spaces: every character is a word
    (0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
)  # fmt: skip


class _Table(dict[int, str | int]):
    """What each character becomes; filled as characters are met."""

    def __missing__(self, point: int) -> str | int:
        self[point] = became = _became(point)
        return became


def _became(point: int) -> str | int:
    character = chr(point)
    kind = unicodedata.category(character)
    if any(low <= point <= high for low, high in _ALONE) and kind[0] in "LN":
        return f" {character} "
    if kind[0] in "LNM":  # marks too: without its vowel signs Hindi loses words
        return point
    if character == "%" or (kind[0] == "S" and character not in _LAYOUT):
        return f" {character} "  # 'HER2 +', '< 5', '5 %': a symbol carries meaning
    return f" {character} " if character == SEPARATOR else " "


_TABLE = _Table()


def _folded(text: str) -> str:
    text = text.replace(IMAGE_MARK, " ").replace(SEPARATOR, " ")
    if "-" in text:
        text = _MINUS_SIGN.sub("−", text)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words_of(text: str) -> list[str]:
    """The words of `text`: case folded, NFKC, punctuation gone, symbols (+ < = % ...) words of their own, Chinese by character."""
    return _folded(text).translate(_TABLE).split()


def normal_form(text: str) -> str:
    """`text` as its words with one blank between: equal for texts that differ in case, white space or punctuation alone."""
    return " ".join(words_of(text))


def words_of_all(texts: Iterable[str]) -> list[str]:
    """The words of many texts in one list, SEPARATOR after each text: one call for a batch costs a third of one a text."""
    return "".join(f"{_folded(text)}{SEPARATOR}" for text in texts).translate(_TABLE).split()
