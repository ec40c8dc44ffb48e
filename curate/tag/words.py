"""the names in a text -> the one modality that they agree on; what kind of question it is"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from curate.tag.names import named, prepared
from curate.tag.vocabulary import TOKEN, Meaning, Said, load_vocabulary, plain_of

DOMINANCE = 2  # read on ROCO captions that name several: right in 6 of 7 that pass

# '(a)', 'A)', 'A:', 'A.' before a word; 'left panel'. One letter from a to f: later ones are units and names
_PANEL = re.compile(
    r"(?<![\w.])\(?([a-fA-F])(?:\s?[-–,&]\s?[a-fA-F])?(?:\)|:|\.(?=\s))|\b(?i:(left|right|upper|lower|top|bottom|middle)) panel", re.ASCII
)


def read_words(text: str) -> Said | None:
    """The one modality a text names, or None: nothing, several, or the panels of a figure ('(a) CT (b) MRI')."""
    found = named(text)
    return agreed(found, panelled=len({said.meaning.modality for said in found}) > 1 and is_panelled(text))


def agreed(found: Sequence[Said], *, panelled: bool = False) -> Said | None:
    """The one modality that is named, or None: nothing named, or several and none of them dominates. Weak names count where no strong one
    stands. A general word yields to the special one named beside it. Of several, the one named first dominates if it is named twice as
    often as all others together; never among panels. Submodality and figure type stay where all that name one name the same."""
    strengths: tuple[Literal["strong", "weak"], ...] = ("strong", "weak")
    for strength in strengths:
        of_it = [said.meaning for said in found if said.strength == strength]
        if of_it:
            meaning = _agreed(of_it, panelled)
            return Said(meaning=meaning, strength=strength) if meaning else None
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
    return opens is not None and (opens[0].lower() in vocabulary.opens or any(mark in question for mark in vocabulary.holds))


def is_asking_what_to_do(question: str) -> bool:
    """'Which modality is best for the follow-up?' asks for no picture that is shown."""
    vocabulary = load_vocabulary()
    plain = [plain_of(token) for token in TOKEN.findall(question)]
    return any(vocabulary.advice.start(plain, at) for at in range(len(plain)))


def is_reversed_question(question: str) -> bool:
    """'What type of imaging does this not represent?'"""
    vocabulary = load_vocabulary()
    return not vocabulary.reversed.isdisjoint(TOKEN.findall(prepared(vocabulary, question.lower())))


def _only(values: set[str]) -> str:
    said = values - {""}
    return said.pop() if len(said) == 1 else ""
