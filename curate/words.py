"""text -> its normal form: the words by which two texts are compared"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.sample import IMAGE_MARK

_MINUS = "-\ufe63\uff0d"  # a hyphen, a small one, a wide one as Chinese texts have it
_MINUS_SIGN = re.compile(rf"[{_MINUS}](?=\d)(?<!\w[{_MINUS}])")  # '-3' is not '3', but 'T2-weighted' is 'T2 weighted'
_LAYOUT = frozenset("|~`^")  # symbols by Unicode, layout by use (tables, Markdown)
_ALONE = (  # scripts written without spaces: every character is a word
    (0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
)  # fmt: skip
_LONG = 512  # characters; the marks of a shorter text are sorted in no time
_LONG_RUN = 64  # combining marks; no language writes so many on one letter


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
    return " "


_TABLE = _Table()
_SYMBOLS = [chr(point).encode() for point in range(128) if _became(point) == f" {chr(point)} "]
_BYTES = bytes(  # what _TABLE does to lower case, but that symbols get their blanks later, NUL ends a text and UTF-8 went through _TABLE
    ord(chr(byte).lower()) if byte in (0, *b"".join(_SYMBOLS)) or _became(byte) == byte else 32 for byte in range(128)
) + bytes(range(128, 256))
_MINUS_BYTE = re.compile(rb"-(?=[0-9])(?<![0-9A-Za-z_]-)")  # _MINUS_SIGN in ASCII


def _spaced(text: str) -> str:
    """The words of `text` with blanks around them."""
    text = _minus_signed(text)
    if text.isascii():
        return text.lower().translate(_TABLE)
    folded = unicodedata.normalize("NFKC", ordered_marks(text)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_TABLE)


def _minus_signed(text: str) -> str:
    text = text.replace(IMAGE_MARK, " ")
    return _MINUS_SIGN.sub("−", text) if any(minus in text for minus in _MINUS) else text


def ordered_marks(text: str) -> str:
    """`text` with long runs of combining marks in canonical order (UAX 15, D109): equal under every Unicode normalisation. Python's own
    sorts a run in quadratic time: a megabyte of accents would take hours."""
    if len(text) < _LONG or text.isascii():
        return text
    marks = [character for character in set(text) if unicodedata.combining(unicodedata.normalize("NFKD", character)[0])]
    if not marks:
        return text
    run = re.compile(f"[{re.escape(''.join(sorted(marks)))}]{{{_LONG_RUN},}}")
    return run.sub(lambda found: _ordered(found[0]), text)


def _ordered(marks: str) -> str:
    return "".join(sorted("".join([unicodedata.normalize("NFKD", mark) for mark in marks]), key=unicodedata.combining))


def words_of(text: str) -> list[str]:
    """The words of `text`: case folded, NFKC, punctuation gone, symbols (+ < = % ...) words of their own, Chinese by character."""
    return _spaced(text).split()


def normal_form(text: str) -> str:
    """`text` as its words with one blank between: equal for texts that differ in case, white space or punctuation alone."""
    return " ".join(words_of(text))


def spaced_words(texts: Sequence[str]) -> bytes:
    """The words of each text in UTF-8 with blanks around them, and a NUL after each text: what words_of gives of each, five to twenty
    times as fast. No other byte below 33 is in it."""
    others = iter(_spaced_others([text for text in texts if not text.isascii()]))
    parts = [text.encode() if text.isascii() else next(others) for text in texts]
    data = b"\0".join([*parts, b""])
    if data.count(0) > len(texts):
        data = b"\0".join([part.replace(b"\0", b" ") for part in parts] + [b""])
    data = _MINUS_BYTE.sub(" − ".encode(), data.replace(IMAGE_MARK.encode(), b" ")).translate(_BYTES)
    for symbol in _SYMBOLS:
        if symbol in data:
            data = data.replace(symbol, b" %b " % symbol)
    return data


_ONE, _WORD, _AMONG = 1, 2, 3  # a character becomes one other; a word of its own; what it becomes depends on its neighbours
_FREE = (  # outside these are scripts of which letters combine; inside, only marks do
    (0, 0x02FF), (0x0370, 0x052F), (0x2000, 0x2BFF), (0x3000, 0x30FF), (0x3400, 0x9FFF), (0xFF00, 0xFFEF), (0x1F000, 0x1FAFF),
)  # fmt: skip
_kinds = np.zeros(0x110000, np.uint8)  # 0: not met yet
_becomes = np.zeros(0x110000, np.uint32)
_POINTS = 1 << 16  # characters at once: they stay in the cache


def _spaced_others(texts: Sequence[str]) -> list[bytes]:
    """_spaced of texts, in UTF-8, by columns of code points."""
    ready = [_minus_signed(text).replace("\0", " ") for text in texts]
    points = np.frombuffer("\0".join(ready).encode("utf-32-le", "surrogatepass"), "<u4")
    pieces = [_columns(points[start : start + _POINTS]) for start in range(0, len(points), _POINTS)]
    parts = b"".join([spaced for spaced, _ in pieces]).split(b"\0")
    among = np.concatenate([places + number * _POINTS for number, (_, places) in enumerate(pieces)] or [np.empty(0, np.int64)])
    ends = np.cumsum([len(text) + 1 for text in ready])
    for row in np.unique(np.searchsorted(ends, among, side="right")).tolist():
        parts[row] = _spaced(texts[row]).encode()
    return parts


def _columns(points: npt.NDArray[np.uint32]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """What the characters become, in UTF-8, and where those stand of which it depends on their neighbours."""
    kinds = _kinds[points]
    if not kinds.all():
        for point in set(points[kinds == 0].tolist()):
            _becomes[point], _kinds[point] = _alone(point)  # the kind last: another thread may look
        kinds = _kinds[points]
    words = kinds == _WORD
    before = np.cumsum(words)
    spaced = np.full(len(points) + 2 * int(before[-1]), 32, "<u4")
    spaced[np.arange(len(points)) + 2 * before - words] = _becomes[points]
    return spaced.tobytes().decode("utf-32-le").encode(), np.flatnonzero(kinds == _AMONG)


def _alone(point: int) -> tuple[int, int]:
    """What a character becomes, and its kind."""
    if point == 0:
        return 0, _ONE  # ends a text
    character = chr(point)
    stages = [character, unicodedata.normalize("NFKC", character), unicodedata.normalize("NFKC", character).casefold()]
    if not any(low <= point <= high for low, high in _FREE) or any(unicodedata.category(stage[0])[0] == "M" for stage in stages):
        return 32, _AMONG
    spaced = _spaced(character)
    word = spaced.strip()
    if len(word) > 1 or spaced not in (word, f" {word} ", " "):
        return 32, _AMONG
    return ord(word or " "), _ONE if spaced in (word, " ") else _WORD
