"""what is asked and answered in a sample -> digests that are equal where two texts differ in form alone"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator

from curate.words import words_of
from schemas.sample import Sample

ENOUGH = 6.0  # words, a Chinese character being half a one, from which a question is one's own: 'What is shown?' is anybody's
OF_AN_IMAGE = 2.0  # times as many where it is asked of an image: 'What is the most likely diagnosis?' is asked of every one
PROMPT = 300  # characters below which a turn may be one that is kept in memory

_IMAGE = re.compile(r"<image[ _]?\d*>")  # '<image 1>' too
_OPTIONS = re.compile(r"\n[ \t]*(?:[(（]A[)）]|A[ \t]?[.):：、．）])")  # the first line of the options
_HEADING = re.compile(r"\n[ \t]*(?:options?|(?:answer )?choices|选项)[ \t]*[:：]?\s*$", re.IGNORECASE)  # that announces them
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_QUESTION = re.compile(r"\s*(?:question|q|问题|题目)[ \t]*[:：]", re.IGNORECASE)
_ANSWER = re.compile(r"\s*(?:the )?(?:(?:correct |final )?answer(?: is)?|答案)[ \t]*[:：]", re.IGNORECASE)
_LETTER = re.compile(r"\s*[(（]?[A-J](?:[.):：、．）]|[ \t]+(?=[\u4e00-\u9fff]))")  # 'B.' of 'B. Aspirin'
_LETTERS = re.compile(r"\s*[(（]?[A-J]{1,10}[)）]?[.。]?\s*")  # of options alone: where they are shuffled they say nothing


def asked(sample: Sample) -> frozenset[bytes]:
    """16-byte digests of all that its user may be asking. Of each turn the whole; its stem, before the first option; of that, what
    stands below the last blank line, where a context stands above."""
    turns = (turn.text for turn in sample.turns if turn.role == "user")
    return frozenset(digest for text in turns for digest in (_prompted(text) if len(text) < PROMPT else _asked_in(text)))


def _asked_in(text: str) -> frozenset[bytes]:
    stem = stem_of(text)
    return frozenset(_digest(form) for form in _forms(text, stem, _BLANK_LINE.split(stem.rstrip())[-1]))


_prompted = functools.lru_cache(1 << 14)(_asked_in)  # the same prompt comes by the million


def asked_first(row: Sample) -> dict[bytes, float]:
    """Of an evaluation set's row the digests of its first user turn and of the stem of that, each with its length in words."""
    text = next((turn.text for turn in row.turns if turn.role == "user"), "")
    return {_digest(form): _length(form) for form in _forms(text, stem_of(text))}


def stem_of(text: str) -> str:
    """A turn before the line in which its options begin, and before the line that announces them."""
    options = _OPTIONS.search(text)
    return _HEADING.sub("", text[: options.start()]) if options else text


def answered(sample: Sample) -> frozenset[bytes]:
    """Digests of what the assistant says last: the whole, its first and its last line, each without the letter of its option. A letter
    alone gives none."""
    text = next((turn.text for turn in reversed(sample.turns) if turn.role == "assistant"), "")
    return frozenset(_digest(form) for form in _answers(text))


def _answers(text: str) -> Iterator[str]:
    lines = text.strip().split("\n")
    for said in dict.fromkeys((text, lines[0], lines[-1])):
        said = _without(_ANSWER, said)
        form = "" if _LETTERS.fullmatch(said) else " ".join(words_of(_without(_LETTER, said)))
        if form:
            yield form


def _forms(*texts: str) -> set[str]:
    """Their words in normal form, without marks of images and the word 'Question:' before them; texts without words left out."""
    plain = {_without(_QUESTION, _IMAGE.sub(" ", text)) for text in texts}
    return {form for text in plain if (form := " ".join(words_of(text)))}


def _without(pattern: re.Pattern[str], text: str) -> str:
    """`text` less what it begins with."""
    found = pattern.match(text)
    return text[found.end() :] if found else text


def _length(form: str) -> float:
    return sum(1.0 if len(word) > 1 or word.isascii() else 0.5 for word in form.split())


def _digest(form: str) -> bytes:
    return hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=16).digest()
