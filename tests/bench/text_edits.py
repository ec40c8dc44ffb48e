"""a text -> the same text with one edit of a known kind

MEANING holds whether what is said stays the same: a pair of another meaning should rather not be called a copy."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable

Edit = Callable[[str, random.Random], str]
_SIDES = {"left": "right", "right": "left", "左": "右", "右": "左", "upper": "lower", "lower": "upper", "上": "下", "下": "上"}
_SIDE = re.compile(r"\b(?:left|right|upper|lower)\b|[左右上下]", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+|(?<=[。？！；])")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_OTHER = ("chronic", "distal", "patient", "biopsy", "marked", "renal", "signal", "tissue", "nodule", "tumour")
_OTHER_HAN = "病肺肝脑部位大小高低检查手术"


def is_chinese(text: str) -> bool:
    return len(_HAN.findall(text)) * 3 > len(text)


def _parts(text: str) -> list[str]:
    """What an edit of words takes one of: characters of a Chinese text, else words."""
    return list(text) if is_chinese(text) else text.split()


def _whole(text: str, parts: list[str]) -> str:
    return ("" if is_chinese(text) else " ").join(parts)


def _other(text: str, chance: random.Random) -> str:
    return chance.choice(_OTHER_HAN if is_chinese(text) else _OTHER)


def _places(parts: list[str], count: int, chance: random.Random) -> list[int]:
    return chance.sample(range(len(parts)), min(count, len(parts)))


def case(text: str, chance: random.Random) -> str:
    return text.upper()


def punctuation(text: str, chance: random.Random) -> str:
    return re.sub(r"[^\w\s%+<>=/-]", "", text) + chance.choice([".", "?", "!", "。", " ."])


def space(text: str, chance: random.Random) -> str:
    return "  " + re.sub(r" ", lambda blank: chance.choice(["  ", "\n", "\t", "\u00a0"]), text) + "\n"


def entities(text: str, chance: random.Random) -> str:
    """Escaped, as pages are scraped: the cleaning steps of a manifest undo it, words alone do not."""
    return html.escape(text).replace("'", "&#39;").replace(" ", "&nbsp;", 1)


def _replaced(count: int) -> Edit:
    def edit(text: str, chance: random.Random) -> str:
        parts = _parts(text)
        for place in _places(parts, count, chance):
            parts[place] = _other(text, chance)
        return _whole(text, parts)

    return edit


def replaced_tenth(text: str, chance: random.Random) -> str:
    return _replaced(max(1, len(_parts(text)) // 10))(text, chance)


def deleted(text: str, chance: random.Random) -> str:
    parts = _parts(text)
    for place in _places(parts, 1, chance):
        del parts[place]
    return _whole(text, parts)


def inserted(text: str, chance: random.Random) -> str:
    parts = _parts(text)
    parts.insert(chance.randrange(len(parts) + 1), _other(text, chance))
    return _whole(text, parts)


def swapped(text: str, chance: random.Random) -> str:
    parts = _parts(text)
    if len(parts) > 1:
        place = chance.randrange(len(parts) - 1)
        parts[place : place + 2] = reversed(parts[place : place + 2])
    return _whole(text, parts)


def sentence_moved(text: str, chance: random.Random) -> str:
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence]
    return ("" if is_chinese(text) else " ").join([*sentences[1:], *sentences[:1]])


def label_added(text: str, chance: random.Random) -> str:
    return ("图1：" if is_chinese(text) else chance.choice(["Figure 1. ", "Fig. 3: ", "A. "])) + text


def question_marked(text: str, chance: random.Random) -> str:
    return ("问：" if is_chinese(text) else "Q: ") + text


def note_added(text: str, chance: random.Random) -> str:
    return text + ("（见箭头）" if is_chinese(text) else " (Color figure available online.)")


def truncated(text: str, chance: random.Random) -> str:
    parts = _parts(text)
    return _whole(text, parts[: max(1, round(len(parts) * 0.85))])


def number(text: str, chance: random.Random) -> str:
    """A digit becomes another; where there is none, a size is given and given otherwise by the partner `numbered`."""
    return re.sub(r"\d", lambda found: str((int(found[0]) + chance.randint(1, 9)) % 10), text, count=1)


def side(text: str, chance: random.Random) -> str:
    return _SIDE.sub(lambda found: _SIDES[found[0].lower()], text, count=1)


def negation(text: str, chance: random.Random) -> str:
    if is_chinese(text):
        return re.sub(r"是|有|为", lambda found: {"是": "不是", "有": "没有", "为": "不为"}[found[0]], text, count=1)
    plain = re.sub(r"\b(no|not|without)\s", "", text, count=1, flags=re.IGNORECASE)
    return plain if plain != text else re.sub(r"\b(is|are|was|has|shows?|showing|with)\b", r"\1 no", text, count=1, flags=re.IGNORECASE)


EDITS: dict[str, Edit] = {
    "case": case,
    "punctuation": punctuation,
    "white space": space,
    "HTML entities": entities,
    "a word replaced": _replaced(1),
    "two words replaced": _replaced(2),
    "a tenth replaced": replaced_tenth,
    "a word deleted": deleted,
    "a word inserted": inserted,
    "neighbours swapped": swapped,
    "a sentence moved": sentence_moved,
    "figure label added": label_added,
    "'Q:' added": question_marked,
    "note added": note_added,
    "a seventh cut off": truncated,
    "a number changed": number,
    "left to right": side,
    "negated": negation,
}
OTHER_MEANING = ("a number changed", "left to right", "negated")
