"""text -> names of persons written in small letters, behind clear cues: 'my name is moses kim', 'dr. smith', 'pt: arnaiz, severo s.'

What follows a cue is read as if its words had capitals; but they must be names of the lists, for no capital says that they are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from curate.identifiers.name_reading import Name, name_at
from curate.identifiers.name_words import is_clear, is_given, is_known, is_ordinary

_SAID = re.compile(
    r"(?<![^\W_])(?P<said>name is|name['’]s|i am|i['’]m|this is|drs?\.?|mrs?\.?|ms\.?|prof\.?|(?:thanks|thank you|regards|sincerely|cheers|best|wishes)(?:,|\n)"
    r"|(?:hi|hello|dear|hey)(?: dr\.?)?)[ \n]{1,2}(?=[^\W\d_])",
)
_LABELLED = re.compile(
    r"(?<![^\W_])(?P<label>(?:name|patient|pt|attending(?: physician)?|referring(?: physician)?|physician|radiologist|surgeon|provider|doctor|contact|kin|spouse|guardian|cc|attn"
    r"|by|technologist|mother|father|pcp|consultant|nurse|resident)[ ]?(?:\([a-z]{1,9}\))?[ ]?[:=][ ]{0,4}(?:dr\.? |mrs?\.? |ms\.? |prof\.? )?|(?:dictated|signed|reported|read|interpreted|transcribed|reviewed|verified|approved|performed"
    r"|seen|ordered|referred) by (?:dr\.? )?|(?:son|daughter|wife|husband|brother|sister),? (?:named )?)(?=[^\W\d_])"
)
_KIN = re.compile(r"son|daugh|wife|husb|broth|sist")
_SIGNED = re.compile(r"thank|regar|since|cheer|best|wish")
_DOES = re.compile(r" (?:Is|Was|Has|Had|Who|Will|Does|Did|Went|Got)\b|[,.]|$")
_HINTS = frozenset("name name's name: i i'm dr dr. mr. mrs. ms. thanks, regards, my".split())
_TITLED = re.compile(r"(?<![a-z])(?:drs?|mrs?|ms|prof)\.?\s*$")
_ENDS = re.compile(r" ?(?:[,.!?;:\n(]|and\b|$)")
_REACH = 64


def small_names(text: str) -> Iterator[Name]:
    whole = text.islower()
    if not whole and _HINTS.isdisjoint(text.split()):
        return
    for cue in _SAID.finditer(text):
        yield from _read(text, cue)
    if whole or "name: " in text or "my " in text:
        for cue in _LABELLED.finditer(text):
            yield from _read(text, cue)


def _read(text: str, cue: re.Match[str]) -> Iterator[Name]:
    raised = text[cue.end() : cue.end() + _REACH].title()
    if not text[cue.end()].islower() or len(raised) != len(text[cue.end() : cue.end() + _REACH]):
        return
    label = cue.lastgroup == "label"
    name = name_at(raised, 0, comma=label, known=not label)
    titled = bool(_TITLED.search(cue[0]))
    sure = name and is_given(name.words[0]) and (_SIGNED.match(cue[0]) and name.end == len(raised.rstrip()) or _KIN.match(cue[0]) and _DOES.match(raised, name.end))
    sure = sure or bool(name and label and name.may_be())
    if not name or not (sure or any(map(is_clear, name.words)) or name.is_full() or (titled and is_known(name.words[0]) and not is_ordinary(name.words[0]))):
        return
    if not titled and cue[0].startswith(("this", "i ", "i'", "i’", "h", "d", "son", "daughter", "wife", "sister", "brother")):
        if not sure and not is_given(name.words[0]) or not (sure or len(name.words) > 1 or _ENDS.match(raised, name.end)):
            return
    yield replace(name, start=cue.end() + name.start, end=cue.end() + name.end)
