"""text -> names of persons: after titles, labels and phrases, before degrees and kin, and full names of the lists

A strong cue ('Dr.', 'Patient name:') takes any capitalised word that is no word of the language; a weak one ('patient', 'reviewed with')
wants a name of the lists that is neither a word nor an eponym.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found
from curate.identifiers.name_cues import EDGES, ENDS_A_LABEL, KNOWN, OPEN_LABELS, OWNERS, SIGNING, Cue, cues, is_strong_label
from curate.identifiers.name_ends import ACTS, AGE_AFTER, CODED, CREDENTIAL, CREDENTIALS, DOES, GREETED_END, KIN_OF, SIGNED_END, TOLD_END
from curate.identifiers.name_reading import Name, name_at, name_before
from curate.identifiers.name_words import (
    PARTICLE_WORDS,
    THINGS,
    folded,
    is_clear,
    is_eponym,
    is_given,
    is_known,
    is_ordinary,
    is_surname,
    is_word,
    words_of,
)
from curate.identifiers.small_names import small_names

_CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-ŽȀ-ɏ][\w’'-]*")
_NEXT_NAME = re.compile(r"(?:,| and| &|, and|/| or) {1,2}(?:(?:Dr|Drs|Mr|Mrs|Ms|Prof|Pr)\b\.? {0,2})?")
_AL = re.compile(r",? (?:et|and) al\b|,? & al\b")
_WORD = re.compile(r"(?:['’]s)?[ \n]{0,2}[-(]?([^\W\d_]{2,20})((?: (?:and )?[A-Z]\w{2,20}){0,3})")
# Publishers, and who is in history books.
_FIRM = re.compile(r" (?:and|&) Sons\b|,? Inc\b| \(1[4-9]\d\d ?[-–—] ?1[4-9]\d\d\)|, 1[5-8]\d\d\b|; (?:19|20)\d\d\b")
_GLUED = re.compile(r"(?:[Aa]l-|[Ee]l-|[OoDd]['’])$")
_WINDOW = 48  # characters before a capital in which its cue stands


def found(text: str) -> Iterator[Found]:
    names = [name for name in _names(text) if not _AL.match(text, name.end)]
    names += [name for name in small_names(text) if not _AL.match(text, name.end)]
    if names:
        yield from (Found(name.start, name.end, "name") for name in names)
        yield from _again(text, names)


def _names(text: str) -> Iterator[Name]:
    end = 0
    for capital in _CAPITALISED.finditer(text):
        start = capital.start()
        if start < end or (start and text[start - 1].isalnum()):
            continue
        for name in _here(text, start, capital[0]):
            yield name
            end = max(end, name.end)
    yield from _before(text)
    if ", " in text and "d" in text and AGE_AFTER.search(text):
        yield from _before_age(text)
    if "^" in text:
        yield from (Name(coded.start(), coded.end(), (), 0) for coded in CODED.finditer(text))


def _here(text: str, start: int, word: str) -> Iterator[Name]:
    """The name that begins at a capital: by the cue before it, or by itself."""
    if _is_cued(text, start):
        begin, words = _words_before(text, start)
        gap = text[max(0, begin - 4) : begin]
        for cue in cues(words, gap) if words else ():
            if name := _accepted(text, begin, cue, words):
                yield name
                yield from _and_others(text, name, cue == "courtesy")
                return
    if name := _listed(text, start, word):
        yield name


def _is_cued(text: str, start: int) -> bool:
    """The word before may be a cue: asked of every capital, so by one look-up."""
    last = text[max(0, start - 24) : start].rsplit(None, 1)
    if not last:
        return False
    word = last[-1]
    return word.lower().strip(EDGES) in KNOWN or word in ENDS_A_LABEL or word[-1] in "-'’" or word.lower() in PARTICLE_WORDS


def _words_before(text: str, start: int) -> tuple[int, list[str]]:
    """Where the name begins, with its particles, and the words before it on the way back to the line's beginning or so."""
    if start and text[start - 1] in "-'’" and (glued := _GLUED.search(text, max(0, start - 3), start)):
        start = glued.start()
    words = text[max(0, start - _WINDOW) : start].split()
    while words and words[-1].lower() in PARTICLE_WORDS and text[start - 1] == " ":
        start = text.rindex(words.pop(), 0, start)
    return start, words


def _accepted(text: str, start: int, cue: Cue, words: list[str]) -> Name | None:
    """The name that begins here, if it is as much of a name as its cue asks."""
    strong = cue == "label" and is_strong_label(words)
    name = name_at(text, start, comma=cue in ("label", "by", "role"), free=cue in ("title", "greeted") or strong)
    if cue == "role" and [word.lower() for word in words] == ["name"]:  # 'NAME Seven, Kocabas L | DOB': a header without colons
        name = name_at(text, start, comma=True, free=True)
        strong = name is not None and "," in text[name.start : name.end]
    if not name or _is_thing(text, name):
        return None
    return name if strong or cue == "title" or _is_enough(text, cue, name, words) else None


def _is_enough(text: str, cue: Cue, name: Name, words: list[str]) -> bool:
    """A name that the lists know, or one of no list in a place where little else stands."""
    person, many = name.is_person(), len(name.words) + name.initials > 1
    foreign = name.may_be()
    last = words[-1].lower().strip(",.:;=-")
    match cue:
        case "label":
            if person or (last not in OPEN_LABELS and (name.initials or foreign)):
                return True
            return many and (foreign or _is_lines_first(text, name.start, words))
        case "by":
            if person or name.initials or CREDENTIAL.match(text, name.end):
                return True
            return foreign and last == "by" and (many or words[-2].lower() in SIGNING)
        case "kin":
            owned = len(words) > 1 and (words[-2].lower() in OWNERS or words[-2][-2:] in ("'s", "’s"))
            return is_given(name.words[0]) or person or (foreign and owned)
        case "signed":
            return bool(SIGNED_END.match(text, name.end)) or name.is_full()
        case "greeted":
            return (person or foreign or is_given(name.words[0])) and bool(GREETED_END.match(text, name.end))
        case "self":
            named = last == "name's" or (last == "is" and words[-2].lower() == "name")
            if named or (person and (many or is_given(name.words[0]))):
                return person or foreign
            return (foreign or is_given(name.words[0])) and bool(
                AGE_AFTER.match(text, name.end) or (many and TOLD_END.match(text, name.end))
            )
        case "courtesy":
            return many and (person or foreign)
        case "word_title":
            return person or foreign or is_surname(name.words[-1])
        case _:
            return person or (foreign and last != "called" and (many or bool(DOES.match(text, name.end))))


def _is_lines_first(text: str, start: int, words: list[str]) -> bool:
    """'Name:' at the beginning of the text, a line or after a stop; not 'Drug name:'."""
    if words[-1].lower().strip(":=-–| ") != "name":
        return False
    before = text[max(0, start - _WINDOW) : start].rstrip(" \t:=-–|")[:-4].rstrip(" \t")
    return not before or before[-1] in "\n\r.;,|/)*#"


def _and_others(text: str, name: Name, credited: bool) -> Iterator[Name]:
    """'Drs. Smith and Jones'; of those who are thanked, names of no list too."""
    for _ in range(8):
        link = _NEXT_NAME.match(text, name.end)
        following = name_at(text, link.end()) if link else None
        if (
            not following
            or not (following.is_person() or (credited and following.may_be() and len(following.words) > 1))
            or _is_thing(text, following)
        ):
            return
        yield following
        name = following


def _before(text: str) -> Iterator[Name]:
    """'J. Smith, MD'; "Michael's mother"."""
    for degree in CREDENTIAL.finditer(text) if CREDENTIALS.search(text) else ():
        name = name_before(text, degree.start())
        if name and _takes_a_degree(name):
            yield name
    for kin in KIN_OF.finditer(text) if "'s " in text or "’s " in text else ():
        name = name_before(text, kin.start())
        if name and name.is_person() and (len(name.words) > 1 or is_given(name.words[0])):
            yield name


def _before_age(text: str) -> Iterator[Name]:
    """'Abebe Kleinschmidt, a 54-year-old man': two capitalised words that are none of the language's."""
    for age in AGE_AFTER.finditer(text):
        name = name_before(text, age.start())
        if name and len(name.words) > 1 and not any(map(is_word, name.words)):
            yield name


def _takes_a_degree(name: Name) -> bool:
    """'Smith, MD' and 'J. Xyz, MD'; not 'Rockville, MD'."""
    if len(name.words) + name.initials == 1:
        return is_clear(name.words[0]) and is_surname(name.words[0])
    return name.is_person() or name.may_be() or (bool(name.initials) and not is_word(name.words[-1]))


def _listed(text: str, start: int, word: str) -> Name | None:
    """Without a cue: a given name and a surname; 'SMITH, JOHN'; a given name that does what persons do."""
    key = folded(word.split("-", 1)[0])
    if key in words_of("given"):
        name = name_at(text, start)
        if name and len(name.words) > 1 and not name.is_full() and not all(map(is_known, name.words)):
            name = name_at(text, start, known=True)
    elif key in words_of("surnames") and text.startswith(",", start + len(word)):
        name = name_at(text, start, comma=True, known=True)
        if name and (text[max(0, start - 2) : start] in (", ", "; ") or text[name.end : name.end + 2] in (", ", " &", " a")):
            return None  # authors in a row
    else:
        return None
    if not name or _is_thing(text, name):
        return None
    if len(name.words) > 1:
        return name if name.is_full() and not all(map(is_eponym, name.words)) else None
    given = name.words[0]
    does = (
        not name.initials and len(given) > 3 and given[1:].islower() and is_given(given) and is_clear(given) and DOES.match(text, name.end)
    )
    return name if does else None


def _is_thing(text: str, name: Name) -> bool:
    """'Paget Schroetter syndrome', 'Henry Ford Hospital': the word that follows says so, or the one before."""
    if _thing_follows(text, name.end) or _FIRM.match(text, name.end):
        return True
    before = text[max(0, name.start - 14) : name.start]
    return before.endswith(
        ("CHU ", "Hôpital ", "University of ", "University ", "Université ", "Saint ", "St. ", "St ", "Mount ", "Fort ", "-", "–", "/")
    )


def _thing_follows(text: str, end: int) -> bool:
    after = _WORD.match(text, end)
    if not after:
        return False
    return after[1].lower() in THINGS or (after[1][0].isupper() and any(word.lower() in THINGS for word in after[2].split()))


def _again(text: str, names: list[Name]) -> Iterator[Found]:
    """The same names where they stand without a cue: 'Mr. Jones ... Jones was discharged'."""
    words = {word for name in names for word in name.words if len(word) > 2 and word[0].isupper()}
    for capital in _CAPITALISED.finditer(text) if words else ():
        word = re.sub("['’][sS]?$", "", capital[0])
        if word in words:
            end = capital.start() + len(word)
            if (is_ordinary(word) or is_eponym(word)) and not (is_known(word) and ACTS.match(text, end)):
                continue  # 'Rose' and 'Jones' again only where they do something
            if not _thing_follows(text, end) and not _AL.match(text, end):
                yield Found(capital.start(), end, "name")
