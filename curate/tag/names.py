"""a text -> the modalities it names, how strongly, by a vocabulary with negation"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.tag.vocabulary import CLAUSE_END, END, NOTHING, TOKEN, Phrases, Said, Vocabulary, load_vocabulary, plain_of

NEGATION_REACH = 3  # words between a negation, or what makes an aside, and the name
WISH_REACH = 6  # words behind the name: 'CT of the chest with contrast may be helpful'
LIST_REACH = 4  # tokens between two names of a list: ', or'
UNLESS_REACH = 8  # words between a name and what makes it another word: 'MR of the mitral valve'
POINT_REACH = 3  # words from 'this' to the name: 'this axial non-contrast CT'
HEAD = 6  # tokens: a chart or diagram named so early, and followed by 'of' or 'showing', is the picture
GOVERNED = 12  # tokens behind it that it may speak of: further on is another panel
LATE = 40  # tokens; what a text first names behind so many is mostly another examination, as reports of chest films show
SENTENCE_END = frozenset(".\n。；;")


@dataclass(frozen=True, slots=True)
class Name:
    said: Said
    start: int  # of its tokens
    end: int


def named(text: str, *, pointed: bool = False) -> list[Said]:
    """Every modality `text` names and does not deny, in its order, with repeats; of several, those that it points at ('this MRI') if they
    are of one modality. `pointed`: those alone that it takes for granted ('Is the CT normal?'), whatever is answered. Linear in time."""
    vocabulary = load_vocabulary()
    tokens = TOKEN.findall(prepared(vocabulary, text))
    plain = [plain_of(token) for token in tokens]
    names = list(_names(vocabulary, tokens, plain))
    if pointed:
        return [name.said for name in names if _is_pointed(vocabulary.granted, vocabulary, plain, name)]
    if len({name.said.meaning.modality for name in names if name.said.strength == "strong"}) > 1:
        shown = [name.said for name in names if name.said.strength == "strong" and _is_pointed(vocabulary.shown, vocabulary, plain, name)]
        if len({said.meaning.modality for said in shown}) == 1:
            return shown
    return [name.said for name in names]


def prepared(vocabulary: Vocabulary, text: str) -> str:
    """是不是 holds a 'not' and denies nothing; wide letters are letters, and '×40' is x40."""
    if text.isascii():
        return text
    for mark in vocabulary.holds:
        text = text.replace(mark, " ")
    return text.translate(_LETTERS)


_LETTERS = {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F) if chr(point - 0xFEE0).isalnum()} | {ord("×"): "x", ord("＆"): "&"}


def _names(vocabulary: Vocabulary, tokens: Sequence[str], plain: Sequence[str]) -> Iterator[Name]:
    tree = vocabulary.tree
    starts = [at for at, word in enumerate(plain) if word in tree or tokens[at] in tree]  # most words start no phrase
    outright = False  # whether a strong name was found
    end = denied_to = 0  # where the last denied name ended
    for at in starts:
        if at < end:
            continue  # inside the phrase before, or in the sentence that a chart heads
        said, end = _longest(tree, tokens, plain, at)
        if said is None:
            continue
        if _is_denied(vocabulary, plain, at, end) or _is_joined(vocabulary, plain, denied_to, at):
            denied_to = end
        elif said is not NOTHING and not _is_other(vocabulary, tokens, plain, at, end):
            if (at > LATE and not outright) or _is_aside(vocabulary, plain, at, end):
                said = Said(meaning=said.meaning, strength="weak")
            yield Name(said, at, end)
            if not outright and said.strength == "strong" and said.meaning.figure_type and _heads(vocabulary, plain, at, end):
                end = _sentence_end(plain, end, end + GOVERNED)
            outright = outright or said.strength == "strong"


def _longest(tree: Mapping[str, Any], tokens: Sequence[str], plain: Sequence[str], start: int) -> tuple[Said | None, int]:
    """The longest phrase that begins there, and where it ends; without any the start."""
    said: Said | None = None
    end = at = start
    branches = [tree]  # as written, and in small letters: a path may mix both ('FDG uptake')
    while branches and at < len(tokens):
        keys = (plain[at],) if tokens[at] == plain[at] else (tokens[at], plain[at])
        branches = [branch[key] for branch in branches for key in keys if key in branch]
        at += 1
        for branch in branches:
            if END in branch:
                said, end = branch[END], at
    return said, end


def _heads(vocabulary: Vocabulary, plain: Sequence[str], start: int, end: int) -> bool:
    """'Bar chart of CT scans per year': what follows is what it shows."""
    return start < HEAD and any(word in vocabulary.heads for word in plain[end : end + 2])


def _sentence_end(plain: Sequence[str], start: int, most: int) -> int:
    return next((at for at in range(start, min(most, len(plain))) if plain[at] in SENTENCE_END), most)


def _is_pointed(words: frozenset[str], vocabulary: Vocabulary, plain: Sequence[str], name: Name) -> bool:
    """Whether one of `words` ('this', 'the') points at it; 'this' is no pointer where it is asked whether it is one: 'Is this CT?'."""
    for at in range(name.start - 1, max(-1, name.start - 2 - POINT_REACH), -1):
        if plain[at] in words:
            rest = next((word for word in plain[name.end : name.end + POINT_REACH] if word not in vocabulary.pictures), ".")
            ends = rest in CLAUSE_END or rest in vocabulary.joins
            return not (ends and (at == 0 or plain[at - 1] in vocabulary.opens))
        if plain[at] in CLAUSE_END or plain[at] in vocabulary.prepositions or plain[at] in vocabulary.stops:
            return False
    return False


def _is_denied(vocabulary: Vocabulary, plain: Sequence[str], start: int, end: int) -> bool:
    return _stands_before(vocabulary.before, vocabulary, plain, start) or _stands_after(vocabulary.after, plain, end)


def _is_other(vocabulary: Vocabulary, tokens: Sequence[str], plain: Sequence[str], start: int, end: int) -> bool:
    """Whether it is no picture: a tool, what another stands in place of, what is only wished for, or another word spelt alike."""
    unless = vocabulary.unless.get(tokens[start], frozenset()) if end == start + 1 else frozenset()
    return (
        not unless.isdisjoint(plain[max(0, start - UNLESS_REACH) : end + UNLESS_REACH])
        or vocabulary.tools.start(plain, end)
        or _stands_before(vocabulary.contrasts, vocabulary, plain, start)
        or _stands_before(vocabulary.wish_before, vocabulary, plain, start)
        or _stands_after(vocabulary.wish_after, plain, end, WISH_REACH)
    )


def _is_aside(vocabulary: Vocabulary, plain: Sequence[str], start: int, end: int) -> bool:
    """Whether another examination is spoken of, or a tool. 'Previous CT showing ...' that opens the text is the picture."""
    spoken_of = _stands_before(vocabulary.aside_before, vocabulary, plain, start) and start > 1
    return spoken_of or vocabulary.guides.start(plain, end) or _stands_after(vocabulary.aside_after, plain, end)


def _stands_before(phrases: Phrases, vocabulary: Vocabulary, plain: Sequence[str], start: int) -> bool:
    for at in range(start - 1, max(-1, start - 2 - NEGATION_REACH), -1):
        if plain[at] in CLAUSE_END:
            return False
        if phrases.start(plain, at):
            return True
        if plain[at] in vocabulary.prepositions:
            return at > 0 and phrases.start(plain, at - 1) and phrases.length(plain, at - 1) > 1  # 'confirmed by CT'
    return False


def _stands_after(phrases: Phrases, plain: Sequence[str], end: int, reach: int = NEGATION_REACH) -> bool:
    for at in range(end, min(len(plain), end + reach)):
        if plain[at] in CLAUSE_END:
            return False
        if phrases.start(plain, at):
            return True
    return False


def _is_joined(vocabulary: Vocabulary, plain: Sequence[str], denied_to: int, start: int) -> bool:
    """Whether it goes on in the list in which a name was denied."""
    return denied_to > 0 and start - denied_to <= LIST_REACH and vocabulary.joins.issuperset(plain[denied_to:start])
