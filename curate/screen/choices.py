"""a multiple-choice question put openly -> whether it can be: its answer is a word or phrase, and nothing in it speaks of its choices

After Lingshu (arXiv 2506.07044, section 3.1.4): of its questions for reinforcement learning those "whose answer is a word or phrase" become
open. What is no phrase, and which questions and answers still speak of choices, is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from curate.words import words_of
from schemas.sample import Turn

Openness = Literal["", "open", "asks_of_choices", "names_choices", "no_phrase"]  # '': it has no choices that its manifest tells apart

MOST_WORDS = 10  # of a phrase
MOST_CHARACTERS = 20  # of a Chinese one, each of which is a word
_ENDED = re.compile(r"[.!?;]\s+\S|[。！？；].")  # more than one sentence
_PICTURE = r"(?! (?:\w+ ){0,3}(?:image|picture|figure|photo|scan|slide|panel|radiograph|film|x-ray|micrograph|view)s?\b)"
_ASKS = re.compile(
    rf"\bthe following\b{_PICTURE}|\bof (?:these|those|the above|the below|the given)\b{_PICTURE}"
    r"|\bexcept(?: for)?\s*[:?.]?\s*\Z|\bwhich (?:\w+ ){0,6}?(?:not|never|least)\b"
    r"|\bwhich (?:\w+ )?(?:options?|choices?|statements?|sentences?|answers?)\b"
    r"|\b(?:options?|choices?|answers?) (?:given|listed|provided|above|below)\b|\b(?:given|listed|provided|answer) (?:options?|choices?)\b"
    r"|\bwhich (?:one )?(?:is|are) (?:\w+ )?(?:true|false|correct|incorrect|wrong)\b"
    r"|\b(?:true|false) (?:is|are|about|regarding|for|of|statements?)\b"
    r"|以下|下列|下述|下面|上述|选项|選項|哪一?[项項]|除.{0,20}外|不正确|(?:错误|錯誤|正确|正確)的?是|错误的|錯誤的|不属于|不屬於|不包括|不符合",
    re.IGNORECASE,
)
_LETTERS = frozenset(("i", "ii", "iii", "iv", "v", *"abcdefghij", *"甲乙丙丁戊"))
_POINTS = _LETTERS.union(
    ("all", "both", "neither", "either", "above", "these", "those", "following", "option", "options", "choice", "choices"),
    "上述均都皆全两兩",
)  # words that mean one choice or more
_JOINS = frozenset(
    (
        "and", "or", "nor", "of", "the", "are", "is", "only", "but", "except", "not", "none", "any", "correct", "true", "false",
        "incorrect", "right", "wrong", "answer", "answers", "listed", "given", *"&+以是不對对錯错正確确選选項项和与與或及部者無无非的",
    )
)  # fmt: skip


def openness(turns: Iterable[Turn]) -> Openness:
    """Of the turns of a conversation as they would be asked and answered openly, already cleaned: 'open', or the first thing why not.
    '' of none."""
    said = list(turns)
    if not said:
        return ""
    if any(turn.role == "user" and _ASKS.search(turn.text) for turn in said):
        return "asks_of_choices"
    answers = [turn.text for turn in said if turn.role == "assistant"]
    if any(map(_names_choices, answers)):
        return "names_choices"
    return "open" if all(map(_is_phrase, answers)) else "no_phrase"


def _names_choices(answer: str) -> bool:
    """'All of the above', 'A and C', 'Both', 'C', '1 and 3', '以上都是': of no meaning without the choices. 'None' alone has one."""
    words = words_of(answer)
    numbers = [word for word in words if word.isdecimal()]
    if any(word not in _POINTS and word not in _JOINS and word not in numbers for word in words):
        return False
    return any(word in _POINTS for word in words) or bool(numbers and {"and", "&", "only", "和"} & set(words))


def _is_phrase(answer: str) -> bool:
    words = words_of(answer)
    most = MOST_CHARACTERS if any("\u3400" <= word <= "\u9fff" for word in words) else MOST_WORDS
    return 0 < len(words) <= most and not _ENDED.search(answer.strip())
