"""a text -> the modalities it names, by a vocabulary with negation"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).with_name("words.yaml")
NEGATION_REACH = 3  # words between a negation and the name
DOMINANCE = 2  # read on ROCO captions that name several: right in 6 of 7 that pass

# a Chinese character, a word, or a mark that ends a clause
_TOKEN = re.compile(r"[\u3400-\u9fff]|(?:[^\W_\u3400-\u9fff]|&)+|[.;,:!?\n。；，：！？、]")
_CLAUSE_END = frozenset(".;,:!?\n。；，：！？、")
_END = ""  # no token is empty: the key under which a path of the tree holds its meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a phrase says an image is."""

    modality: str
    submodality: str = ""
    figure_type: str = ""


NOTHING = Meaning(modality="")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    tree: Mapping[str, Any]  # token -> tree; _END -> Meaning
    yields: Mapping[str, frozenset[str]]
    before: frozenset[tuple[str, ...]]
    joins: frozenset[str]
    prepositions: frozenset[str]
    after: frozenset[tuple[str, ...]]
    tools: frozenset[tuple[str, ...]]
    opens: frozenset[str]
    holds: tuple[str, ...]
    denied: frozenset[str]
    reversed: frozenset[str]
    digest: str  # of the file


@functools.cache
def load_vocabulary() -> Vocabulary:
    content = WORDS.read_bytes()
    raw = yaml.safe_load(content)
    tree: dict[str, Any] = {}
    for entry in raw["phrases"]:
        said = Meaning(modality=entry["modality"], submodality=entry.get("submodality", ""), figure_type=entry.get("figure_type", ""))
        for phrase in (*entry.get("en", ()), *entry.get("zh", ())):
            _plant(tree, phrase, said)
    for phrase in raw["ignored"]:
        _plant(tree, phrase, NOTHING)
    negations, polar = raw["negations"], raw["polar"]
    return Vocabulary(
        tree=tree,
        yields={general: frozenset(specific) for general, specific in raw["yields"].items()},
        before=_phrases(negations["before"]),
        joins=frozenset(negations["joins"]),
        prepositions=frozenset(negations["prepositions"]),
        after=_phrases(negations["after"]),
        tools=_phrases(raw["tools"]),
        opens=frozenset(polar["opens"]),
        holds=tuple(polar["holds"]),
        denied=frozenset(polar["denied"]),
        reversed=frozenset(polar["reversed"]),
        digest=hashlib.sha256(content).hexdigest()[:16],
    )


def named(text: str) -> list[Meaning]:
    """Every modality `text` names and does not deny, in its order, with repeats."""
    vocabulary = load_vocabulary()
    tokens = _TOKEN.findall(_without_asking(vocabulary, text))
    plain = [_plain(token) for token in tokens]
    found: list[Meaning] = []
    at = denied_to = 0  # where the last denied name ended
    while at < len(tokens):
        starts = plain[at] in vocabulary.tree or tokens[at] in vocabulary.tree  # most words start no phrase
        meaning, end = _longest(vocabulary.tree, tokens, plain, at) if starts else (None, at)
        if meaning is None:
            at += 1
            continue
        if _is_denied(vocabulary, plain, at, end) or (denied_to and vocabulary.joins.issuperset(plain[denied_to:at])):
            denied_to = end
        elif meaning is not NOTHING and not _starts(plain, end, vocabulary.tools):
            found.append(meaning)
        at = end
    return found


def agreed(found: Sequence[Meaning]) -> Meaning | None:
    """The one modality that is named, or None: nothing named, or several and none of them dominates. A general word yields to the special
    one named beside it. Of several, the one named first dominates if it is named twice as often as all others together.
    Submodality and figure type stay where all that name one name the same."""
    yields = load_vocabulary().yields
    present = {meaning.modality for meaning in found}
    counts = Counter(meaning.modality for meaning in found if not yields.get(meaning.modality, frozenset()) & present)
    if not counts:
        return None
    modality = next(iter(counts))  # in the order they were first named
    if counts[modality] < DOMINANCE * (counts.total() - counts[modality]):
        return None
    of_it = [meaning for meaning in found if meaning.modality == modality]
    return Meaning(
        modality=modality,
        submodality=_only({meaning.submodality for meaning in of_it}),
        figure_type=_only({meaning.figure_type for meaning in of_it}),
    )


def is_denied_question(question: str, answer: str) -> bool:
    """Whether a yes/no question is answered by no: 'Is this an MRI?' - 'No' names what the image is not."""
    vocabulary = load_vocabulary()
    words, reply = _TOKEN.findall(question.lower()), _TOKEN.findall(answer.lower())
    asks = bool(words) and (words[0] in vocabulary.opens or any(mark in question for mark in vocabulary.holds))
    return asks and bool(reply) and reply[0] in vocabulary.denied


def is_reversed_question(question: str) -> bool:
    """'What type of imaging does this not represent?'"""
    vocabulary = load_vocabulary()
    return not vocabulary.reversed.isdisjoint(_TOKEN.findall(_without_asking(vocabulary, question.lower())))


def _without_asking(vocabulary: Vocabulary, text: str) -> str:
    """是不是 holds a 'not' and denies nothing."""
    for mark in vocabulary.holds:
        text = text.replace(mark, " ")
    return text


def _plant(tree: dict[str, Any], phrase: str, meaning: Meaning) -> None:
    for token in _TOKEN.findall(phrase):
        tree = tree.setdefault(token if _is_capital(token) else _plain(token), {})
    tree[_END] = meaning


def _longest(tree: Mapping[str, Any], tokens: Sequence[str], plain: Sequence[str], start: int) -> tuple[Meaning | None, int]:
    meaning: Meaning | None = None
    end = at = start
    branches = [tree]  # as written, and in small letters: a path may mix both ('FDG uptake')
    while branches and at < len(tokens):
        keys = {tokens[at], plain[at]}
        branches = [branch[key] for branch in branches for key in keys if key in branch]
        at += 1
        for branch in branches:
            if _END in branch:
                meaning, end = branch[_END], at
    return meaning, end


def _is_denied(vocabulary: Vocabulary, plain: Sequence[str], start: int, end: int) -> bool:
    for at in range(start - 1, max(-1, start - 2 - NEGATION_REACH), -1):
        if plain[at] in _CLAUSE_END or plain[at] in vocabulary.prepositions:
            break
        if _starts(plain, at, vocabulary.before):
            return True
    for at in range(end, min(len(plain), end + NEGATION_REACH)):
        if plain[at] in _CLAUSE_END:
            break
        if _starts(plain, at, vocabulary.after):
            return True
    return False


def _starts(plain: Sequence[str], at: int, phrases: frozenset[tuple[str, ...]]) -> bool:
    return tuple(plain[at : at + 1]) in phrases or tuple(plain[at : at + 2]) in phrases


def _phrases(phrases: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(_plain(token) for token in _TOKEN.findall(phrase)) for phrase in phrases)


def _is_capital(token: str) -> bool:
    return token != token.lower() and token.isascii()


def _plain(token: str) -> str:
    """In small letters, without a plural s: both the vocabulary's words and the text's, so that it need be no true singular."""
    lower = token.lower()
    return lower[:-1] if len(lower) > 2 and lower.endswith("s") and not lower.endswith("ss") else lower


def _only(values: set[str]) -> str:
    said = values - {""}
    return said.pop() if len(said) == 1 else ""
