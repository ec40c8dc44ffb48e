"""text and a place in it -> the name that begins or ends there, as its words

A name is read word by word, never by one pattern over all of it: so no text makes it go back and try again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from curate.identifiers.name_words import PARTICLES, is_clear, is_given, is_known, is_ordinary, is_surname, is_unlike_words, is_word

MOST_WORDS = 6
_CAPITAL = "A-ZÀ-ÖØ-ÞĀ-ŽȀ-ɏ"
_LETTER = r"[^\W\d_]"
_WORD = rf"(?:[ODd]['’])?(?:[Aa]l-|[Ee]l-)?[{_CAPITAL}]{_LETTER}{{1,30}}(?:['’-]{_LETTER}{{1,30}}){{0,3}}"
_INITIAL = rf"[{_CAPITAL}]\.(?:-?[{_CAPITAL}]\.){{0,3}}|[{_CAPITAL}](?![\w'’-])"
_STEP = re.compile(
    rf"(?P<gap>[ \t\xa0]{{0,2}})(?P<particle>(?:(?:{PARTICLES}|{PARTICLES.upper()}|{PARTICLES.title()}|[Ss]t\.?|ST\.)["
    rf" ]){{0,2}})(?:(?P<word>{_WORD})|(?P<initial>{_INITIAL}))"
)
_COMMA = re.compile(r" ?,[ \t]{0,3}")
_SUFFIX = re.compile(r",? (?:Jr|Sr|JR|SR|II|III|IV)\b\.?")
_MAY_STAND = re.compile(rf"[{_CAPITAL}]|(?:[ODd]['’]|[Aa]l-|[Ee]l-|{PARTICLES})")
_OWNED = re.compile(r"['’][sS]?$")
_STOP = frozenset(
    """
    i a please what when where why how which who there here would could should do does did am since after before dr drs mr mrs ms prof pr
    med md do rn phd mbbs frcr np mrn dob id ssn ct mri mr us pet xr cxr ed er icu or pa ap lat am pm st the he she it we you they my his
    her our your this that and of in on at to for by with from is was are has had will can may if but so no not yes ok okay hi hello dear
    thanks thank please sir madam doctor doc january february march april june july august september october november december jan feb mar
    apr jun jul aug sep sept oct nov dec signed dictated verified reviewed reported interpreted transcribed approved electronically
    sincerely regards monday tuesday wednesday thursday friday saturday sunday none unknown na nil
""".split()  # noqa: SIM905
)
_MONTHS = frozenset({"april", "may", "june", "august", "jan", "jun"})  # given names too, before a family name


@dataclass(frozen=True, slots=True)
class Name:
    """A name as read: text[start:end], and its words without initials and particles."""

    start: int
    end: int
    words: tuple[str, ...]
    initials: int

    def is_person(self) -> bool:
        """One of the words is a name that can be nothing else, or a given name stands before a surname, or initials."""
        if any(is_clear(word) and not (word.isupper() and len(word) < 5) for word in self.words):
            return True
        return self._is_pair() or (self.initials > 0 and is_surname(self.words[-1]))

    def is_full(self) -> bool:
        """A given name and a surname, one of them clear; of the surname its shape is enough where the given name is."""
        if len(self.words) < 2 or not is_given(self.words[0]):
            return False
        if self.initials and self.words[-1][1:].islower():
            return is_known(self.words[-1]) or is_unlike_words(self.words[-1])
        if is_surname(self.words[-1]):
            return any(map(is_clear, self.words))
        sure = any(is_clear(word) and is_known(word) and len(word) > 3 for word in (self.words[0], *self.words[1:-1]))
        return sure and all(word[1:].islower() for word in self.words)

    def may_be(self) -> bool:
        """Of any country: no word of it a word of the language, and one of them in no list of words at all."""
        if self.words[0].isupper() and (len(self.words) == 1 or min(map(len, self.words)) < 4):
            return False  # 'CPR', 'FIB'
        return any(map(is_unlike_words, self.words)) and all(is_unlike_words(word) or is_known(word) for word in self.words)

    def _is_pair(self) -> bool:
        return len(self.words) > 1 and is_given(self.words[0]) and is_surname(self.words[-1])


def name_at(text: str, at: int, *, comma: bool = False, known: bool = False, free: bool = False) -> Name | None:
    """The name that begins at a place; None where no capitalised word stands that can be one.

    comma: 'LAST, FIRST M.' is one name. known: all its words must be in the lists of names. free: the first may be a word too ('Dr. Down').
    """
    start, end, initials = -1, at, 0
    words: list[str] = []
    for _ in range(MOST_WORDS):
        step = _STEP.match(text, end)
        if not step or ((words or initials) and not step["gap"] and text[end - 1] != "."):
            break
        word = _OWNED.sub("", step["word"] or "")
        if not _is_next(text, step, word, words, initials, free) or (known and word and not is_known(word)):
            break
        start = step.start() + len(step["gap"]) if start < 0 else start
        end = step.start("word") + len(word) if word else step.end()
        if not word:
            initials += 1
            continue
        words.append(word)
        if comma and (after := _COMMA.match(text, end)) and (first := _given_after(text, after.end(), words)):
            return Name(start, first.end, (*first.words, *words), first.initials + initials)
        if step.end() != end:
            break  # "John's" ends a name
    if not words or (len(words) == 1 and not free and words[0].lower() in _MONTHS):
        return None
    suffix = _SUFFIX.match(text, end)
    return Name(start, suffix.end() if suffix else end, tuple(words), initials)


def _is_next(text: str, step: re.Match[str], word: str, words: list[str], initials: int, free: bool) -> bool:
    if word:
        return _goes_on(word, words, initials, free) and not _is_label(text, step.end())
    return bool(words or initials) or step["initial"] != "I"  # 'I', the person who speaks


def name_before(text: str, end: int) -> Name | None:
    """The longest name that ends at a place."""
    begin = at = max(0, end - 60)
    last = text[begin:end].rsplit(None, 1)[-1:]
    if not last or not last[0][0].isupper() or last[0].strip(",.").lower() in _STOP:
        return None
    if begin and text[begin - 1] != " ":
        at = text.find(" ", begin, end) + 1 or end  # not from the middle of a word
    starts = [at, *(place + 1 for place in range(at, end) if text[place] in " \t\n\xa0(")]
    earliest = end
    for start in reversed(starts[-MOST_WORDS - 2 :]):
        if not _MAY_STAND.match(text, start):
            break
        earliest = start
    for start in starts:
        if start >= earliest and (name := name_at(text, start, comma=True, free=True)) and name.end >= end:
            return name
    return None


def _goes_on(word: str, words: list[str], initials: int, free: bool) -> bool:
    """A word that is an ordinary one too goes on with a name only after a given name: 'Mary Rose', not 'Smith Case'."""
    if word.lower() in _STOP:
        return not words and word.lower() in _MONTHS
    if is_word(word) or (words and word.isupper() and len(word) < 6 and not words[-1].isupper() and not is_known(word)):
        return free and (not words or (len(words) == 1 and (initials > 0 or (word[1:].islower() and is_given(words[0])))))
    return not words or bool(initials) or not is_ordinary(word) or is_given(words[-1]) or (is_surname(word) and not is_surname(words[-1]))


def _is_label(text: str, end: int) -> bool:
    return text[end : end + 2].lstrip(" ")[:1] in (":", "#", "=")


def _given_after(text: str, at: int, words: list[str]) -> Name | None:
    first = name_at(text, at, free=True)
    if first and not is_given(first.words[0]) and first.words[0].lower() in _MONTHS | _STOP:
        return None
    if not first or len(first.words) > 2:
        return None
    alike = words[0].isupper() == first.words[0].isupper()
    return first if is_given(first.words[0]) or (alike and not is_ordinary(first.words[0])) else None
