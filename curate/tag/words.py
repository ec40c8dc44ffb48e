"""a text -> the modalities it names, how strongly, by a vocabulary with negation"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from curate.tag.vocabulary import CLAUSE_END, END, NOTHING, TOKEN, Meaning, Phrases, Said, Vocabulary, load_vocabulary, plain_of

NEGATION_REACH = 3  # words between a negation, or what makes an aside, and the name
WISH_REACH = 6  # words behind the name: 'CT of the chest with contrast may be helpful'
LIST_REACH = 4  # tokens between two names of a list: ', or'
LATE = 40  # tokens; what a text first names behind so many is mostly another examination, as reports of chest films show
DOMINANCE = 2  # read on ROCO captions that name several: right in 6 of 7 that pass

# '(a)', 'A)', 'A:', 'A.' before a word; 'left panel'. One letter from a to f: later ones are units and names
_PANEL = re.compile(
    r"(?<![\w.])\(?([a-fA-F])(?:\s?[-–,&]\s?[a-fA-F])?(?:\)|:|\.(?=\s))|\b(?i:(left|right|upper|lower|top|bottom|middle)) panel", re.ASCII
)


def read_words(text: str) -> Said | None:
    """The one modality a text names, or None: nothing, several, or the panels of a figure ('(a) CT (b) MRI')."""
    found = named(text)
    return agreed(found, panelled=len({said.meaning.modality for said in found}) > 1 and is_panelled(text))


def named(text: str) -> list[Said]:
    """Every modality `text` names and does not deny, in its order, with repeats. Time is linear in the text's length."""
    vocabulary = load_vocabulary()
    tokens = TOKEN.findall(_prepared(vocabulary, text))
    plain = [plain_of(token) for token in tokens]
    tree = vocabulary.tree
    starts = [at for at, word in enumerate(plain) if word in tree or tokens[at] in tree]  # most words start no phrase
    found: list[Said] = []
    outright = False  # whether a strong name was found
    end = denied_to = 0  # where the last denied name ended
    for at in starts:
        if at < end:
            continue  # inside the phrase before
        said, end = _longest(tree, tokens, plain, at)
        if said is None:
            continue
        if _is_denied(vocabulary, plain, at, end) or _is_joined(vocabulary, plain, denied_to, at):
            denied_to = end
        elif said is not NOTHING and not _is_other(vocabulary, plain, at, end):
            if (at > LATE and not outright) or _is_aside(vocabulary, plain, at, end):
                said = Said(meaning=said.meaning, strength="weak")
            found.append(said)
            outright = outright or said.strength == "strong"
    return found


def agreed(found: Sequence[Said], *, panelled: bool = False) -> Said | None:
    """The one modality that is named, or None: nothing named, or several and none of them dominates. Weak names count where no strong one
    stands. A general word yields to the special one named beside it. Of several, the one named first dominates if it is named twice as
    often as all others together; never among panels. Submodality and figure type stay where all that name one name the same."""
    strengths: tuple[Literal["strong", "weak"], ...] = ("strong", "weak")
    for strength in strengths:
        of_it = [said.meaning for said in found if said.strength == strength]
        if of_it:
            meaning = _agreed(of_it, panelled)
            return meaning and Said(meaning=meaning, strength=strength)
    return None


def _agreed(found: Sequence[Meaning], panelled: bool) -> Meaning | None:
    left = _left(found)
    counts = Counter(meaning.modality for meaning in left)
    modality = left[0].modality
    if len(counts) > 1 and (panelled or counts[modality] < DOMINANCE * (counts.total() - counts[modality])):
        return None
    of_it = [meaning for meaning in left if meaning.modality == modality]
    return Meaning(
        modality=modality,
        submodality=_only({meaning.submodality for meaning in of_it}),
        figure_type=_only({meaning.figure_type for meaning in of_it}),
    )


def _left(found: Sequence[Meaning]) -> Sequence[Meaning]:
    """Those that yield to none of the others."""
    if len({(meaning.modality, meaning.submodality) for meaning in found}) == 1:
        return found
    yields = load_vocabulary().yields
    present = {key for meaning in found for key in _keys(meaning)}
    return [meaning for meaning in found if not any(present & yields.get(key, frozenset()) for key in _keys(meaning))] or found


def _keys(meaning: Meaning) -> tuple[str, str]:
    """By which `yields` names it: 'ct', and 'ct/' or 'ct/CTA'."""
    return meaning.modality, f"{meaning.modality}/{meaning.submodality}"


def is_panelled(text: str) -> bool:
    """Whether a caption describes several panels of a figure."""
    return len({(letter or side).lower() for letter, side in _PANEL.findall(text)}) >= load_vocabulary().panels


def is_denied_question(question: str, answer: str) -> bool:
    """Whether a yes/no question is answered by no: 'Is this an MRI?' - 'No' names what the image is not."""
    vocabulary = load_vocabulary()
    reply = TOKEN.findall(answer[:100].lower())
    return bool(reply) and reply[0] in vocabulary.denied and is_polar_question(question)


def is_polar_question(question: str) -> bool:
    """Whether it can be answered by yes or no."""
    vocabulary = load_vocabulary()
    opens = TOKEN.search(question)
    return bool(opens) and (opens[0].lower() in vocabulary.opens or any(mark in question for mark in vocabulary.holds))


def is_reversed_question(question: str) -> bool:
    """'What type of imaging does this not represent?'"""
    vocabulary = load_vocabulary()
    return not vocabulary.reversed.isdisjoint(TOKEN.findall(_prepared(vocabulary, question.lower())))


def _prepared(vocabulary: Vocabulary, text: str) -> str:
    """是不是 holds a 'not' and denies nothing; wide letters are letters, and '×40' is x40."""
    if text.isascii():
        return text
    for mark in vocabulary.holds:
        text = text.replace(mark, " ")
    return text.translate(_LETTERS)


_LETTERS = {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F) if chr(point - 0xFEE0).isalnum()} | {ord("×"): "x", ord("&"): "&"}


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


def _is_denied(vocabulary: Vocabulary, plain: Sequence[str], start: int, end: int) -> bool:
    return _stands_before(vocabulary.before, vocabulary, plain, start) or _stands_after(vocabulary.after, plain, end)


def _is_other(vocabulary: Vocabulary, plain: Sequence[str], start: int, end: int) -> bool:
    """Whether it is no picture: a tool, what another stands in place of, or what is only wished for."""
    return (
        vocabulary.tools.start(plain, end)
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


def _only(values: set[str]) -> str:
    said = values - {""}
    return said.pop() if len(said) == 1 else ""
