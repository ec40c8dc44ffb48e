"""what is asked and answered in a sample -> digests that are equal where two texts differ in form alone"""

from __future__ import annotations

import functools
import hashlib
import html
import re
from collections.abc import Iterator

from curate.shield.wording import length, own
from curate.words import words_of
from schemas.sample import Sample

ENOUGH = 6.0  # words, a Chinese character being half a one, from which a question is one's own: 'What is shown?' is anybody's
OF_AN_IMAGE = 2.0  # times as many where it is asked of an image: 'What is the most likely diagnosis?' is asked of every one
OWN = 3.0  # of them those that not any question has: 'Which of the following is true about it?' has none
WITHOUT_IMAGES = frozenset({"qa", "reasoning", "dialogue", "instruction"})  # tasks whose rows may well show none
PROMPT = 300  # characters below which a turn may be one that is kept in memory

_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")  # joiners, marks of direction
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"</?(?:b|i|u|p|br|em|sub|sup|span|strong|div)\b[^<>]{0,100}>", re.IGNORECASE)
_IMAGE = re.compile(r"<image[ _]?\d*>")  # '<image 1>' too
_OPTIONS = re.compile(r"\n[ \t]*(?:[(（]A[)）]|A[ \t]?[.):：、．）])")  # the first line of the options
_HEADING = re.compile(r"\n[ \t]*(?:options?|(?:answer )?choices|选项)[ \t]*[:：]?\s*$", re.IGNORECASE)  # that announces them
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_QUESTION = re.compile(r"\s*(?:question|q|问题|题目)[ \t]*[:：]", re.IGNORECASE)
_ANSWER = re.compile(r"\s*(?:the )?(?:(?:correct |final )?answer(?: is)?|答案)[ \t]*[:：]", re.IGNORECASE)
_LETTER = re.compile(r"\s*[(（]?[A-J](?:[.):：、．）]|[ \t]+(?=[\u4e00-\u9fff]))")  # 'B.' of 'B. Aspirin'
_LETTERS = re.compile(r"\s*[(（]?[A-J]{1,10}[)）]?[.。]?\s*")  # of options alone: where they are shuffled they say nothing


def plain(text: str) -> str:
    """`text` without what only stands in the way: HTML, marks of images, characters that are not seen."""
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if "<" in text:
        text = _TAG.sub(" ", _IMAGE.sub(" ", text))
    return text if text.isascii() else _UNSEEN.sub("", text)


def asked(sample: Sample) -> frozenset[bytes]:
    """16-byte digests of all that may be asked in it, by whoever speaks. Of each turn the whole; its stem, before the first option; of
    that, what stands below the last blank line, where a context stands above."""
    turns = (turn.text for turn in sample.turns)
    return frozenset(digest for text in turns for digest in (_prompted(text) if len(text) < PROMPT else _asked_in(text)))


def _asked_in(text: str) -> frozenset[bytes]:
    text = plain(text)
    stem = stem_of(text)
    return frozenset(_digest(form) for form in _forms(text, stem, _BLANK_LINE.split(stem.rstrip())[-1]))


_prompted = functools.lru_cache(1 << 14)(_asked_in)  # the same prompt comes by the million


def asked_first(row: Sample) -> dict[bytes, bool]:
    """Of an evaluation set's row the digests of its first user turn and of the stem of that, each with whether it is this row's own: so
    long, and with so many words of its own, that nobody else asks it by chance."""
    text = plain(next((turn.text for turn in row.turns if turn.role == "user"), ""))
    return {_digest(form): is_own(form.split(), row) for form in _forms(text, stem_of(text))}


def first_question(row: Sample) -> str:
    """The stem of its first user turn, as it is compared."""
    text = stem_of(plain(next((turn.text for turn in row.turns if turn.role == "user"), "")))
    return _without(_QUESTION, text).strip()


def is_own(words: list[str], row: Sample) -> bool:
    """Whether a question of `words` counts without its answer."""
    return sum(map(length, words)) >= words_enough(row) and sum(map(own, words)) >= OWN


def words_enough(row: Sample) -> float:
    """How long a question must be to count without its answer."""
    return ENOUGH * (OF_AN_IMAGE if shows_images(row) else 1)


def shows_images(row: Sample) -> bool:
    """Whether its images are part of it, though they may not be on disk."""
    return bool(row.images) or row.task not in WITHOUT_IMAGES


def stem_of(text: str) -> str:
    """A turn before the line in which its options begin, and before the line that announces them."""
    options = _OPTIONS.search(text)
    return _HEADING.sub("", text[: options.start()]) if options else text


def answered(sample: Sample) -> frozenset[bytes]:
    """Digests of what the assistant says last: the whole, its first and its last line, each without the letter of its option. A letter
    alone gives none."""
    text = plain(next((turn.text for turn in reversed(sample.turns) if turn.role == "assistant"), ""))
    return frozenset(_digest(form) for form in _answers(text))


def _answers(text: str) -> Iterator[str]:
    lines = text.strip().split("\n")
    for said in dict.fromkeys((text, lines[0], lines[-1])):
        said = _without(_ANSWER, said)
        form = "" if _LETTERS.fullmatch(said) else " ".join(words_of(_without(_LETTER, said)))
        if form:
            yield form


def _forms(*texts: str) -> set[str]:
    """Their words in normal form, without the word 'Question:' before them; texts without words left out."""
    return {form for text in texts if (form := " ".join(words_of(_without(_QUESTION, text))))}


def _without(pattern: re.Pattern[str], text: str) -> str:
    """`text` less what it begins with."""
    found = pattern.match(text)
    return text[found.end() :] if found else text


def _digest(form: str) -> bytes:
    return hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=16).digest()
