"""text -> names of persons written in small letters, behind clear cues: 'my name is moses kim', 'dr. smith', 'pt: arnaiz, severo s.'

What follows a cue is read as if its words had capitals; but they must be names of the lists, for no capital says that they are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from curate.identifiers.name_ends import AGE_AFTER
from curate.identifiers.name_reading import Name, name_at
from curate.identifiers.name_words import is_clear, is_given, is_known, is_ordinary

_SAID = re.compile(
    r"(?<![^\W_])(?P<said>name is|name['’]s|i am|i['’]m|this is|drs?\.?|mrs?\.?|ms\.?|prof\.?|(?:thanks|thank you|regards|sincerely"
    r"|cheers|best|wishes)(?:,|\n)"
    r"|(?:hi|hello|dear|hey)(?: dr\.?)?)[ \n]{1,2}(?=[^\W\d_])",
)
_LABELLED = re.compile(
    r"(?<![^\W_])(?P<label>^name |(?:consulting|attending|referring) physician |(?:name|dr|patient|pt|attending(?: physician)?"
    r"|referring(?: physician)?|physician|radiologist|surgeon|provider"
    r"|doctor|contact|kin|spouse|guardian|cc|attn"
    r"|by|technologist|mother|father|pcp|consultant|nurse|resident|guarantor|clinician|insured|subscriber|ordering|referring"
    r"|requesting|assistant|witness|annotation)[ ]?(?:\([a-z]{1,9}\))?[ ]?[:=][ ]{0,4}(?:dr\.? |mrs?\.? |ms\.? "
    r"|prof\.? )?|(?:dictated|signed|reported|read|interpreted|transcribed|reviewed|verified|approved|performed"
    r"|seen|ordered|referred) by (?:dr\.? )?|(?:son|daughter|wife|husband|brother|sister),? (?:named )?)(?=[^\W\d_])"
)
_KIN = re.compile(r"son|daugh|wife|husb|broth|sist")
_SIGNED = re.compile(r"thank|regar|since|cheer|best|wish")
_DOES = re.compile(r" (?:Is|Was|Has|Had|Who|Will|Does|Did|Went|Got)\b|[,.]|$")
_HINTS = frozenset(["name", "name's", "name:", "i", "i'm", "dr", "dr.", "mr.", "mrs.", "ms.", "thanks,", "regards,", "my"])
_TITLED = re.compile(r"(?<![a-z])(?:drs?|mrs?|ms|prof)\.?\s*$")
_SPOKEN = re.compile(r"this is|i |i['’]m|hi|hello|hey|dear")
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
    piece = text[cue.end() : cue.end() + _REACH]
    raised = piece.title()
    if not piece[0].islower() or len(raised) != len(piece):  # 'ß' grows
        return
    label = cue.lastgroup == "label"
    name = name_at(raised, 0, comma=label)
    told = name is not None and AGE_AFTER.match(raised.lower(), name.end)
    if not label and not told and not (name and len(name.words) == 2 and is_given(name.words[0]) and _ENDS.match(raised, name.end)):
        name = name_at(raised, 0, known=True)
    if name and _is_name(raised, name, cue[0], label):
        yield replace(name, start=cue.end() + name.start, end=cue.end() + name.end)


def _is_name(raised: str, name: Name, cue: str, label: bool) -> bool:
    first = name.words[0]
    if label and name.may_be():
        return True
    if _TITLED.search(cue):
        return any(map(is_clear, name.words)) or name.is_full() or (is_known(first) and not is_ordinary(first))
    if is_given(first) and (
        (_SIGNED.match(cue) and name.end == len(raised.rstrip())) or (_KIN.match(cue) and _DOES.match(raised, name.end))
    ):
        return True
    if _SPOKEN.match(cue) and AGE_AFTER.match(raised.lower(), name.end):
        return True
    if not (any(map(is_clear, name.words)) or name.is_full()):
        return False
    if _KIN.match(cue) or _SPOKEN.match(cue):  # 'i am well', 'my son is': a given name, with another or at the end of what is said
        return is_given(first) and (len(name.words) > 1 or bool(_ENDS.match(raised, name.end)))
    return True
