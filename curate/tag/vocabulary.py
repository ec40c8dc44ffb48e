"""words.yaml -> the tree of phrases, and the words that deny, join and ask"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from curate.modalities import fault_of, load_modalities

WORDS = Path(__file__).with_name("words.yaml")

# a Chinese character, a word, or a mark that ends a clause
TOKEN = re.compile(r"[\u3400-\u9fff]|(?:[^\W_\u3400-\u9fff]|&)+|[.;,:!?\n。；，：！？、]")
LANGUAGES = ("en", "zh", "fr")  # French: what journals of Africa write in captions
CLAUSE_END = frozenset(".;,:!?\n。；，：！？、")
END = ""  # no token is empty: the key under which a path of the tree holds what it says
_REMEMBERED = 100_000  # tokens; a text of a megabyte may hold as many that nobody else has


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a phrase says an image is: names of manifests/modalities.yaml."""

    modality: str
    submodality: str = ""
    figure_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What words say, and how strongly: weak is what only goes with a modality ('optic disc', 'hyperintense', 'x40')."""

    meaning: Meaning
    strength: Literal["strong", "weak"] = "strong"


NOTHING = Said(meaning=Meaning(modality=""))


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of up to three words, in small letters."""

    all: frozenset[tuple[str, ...]]
    firsts: frozenset[str]

    def start(self, plain: Sequence[str], at: int) -> bool:
        return self.length(plain, at) > 0

    def length(self, plain: Sequence[str], at: int) -> int:
        """Words of the longest phrase that begins there; 0 without any."""
        if at >= len(plain) or plain[at] not in self.firsts:
            return 0
        return next((length for length in (4, 3, 2, 1) if tuple(plain[at : at + length]) in self.all and at + length <= len(plain)), 0)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    tree: Mapping[str, Any]  # token -> tree; END -> Said
    yields: Mapping[str, frozenset[str]]
    before: Phrases
    contrasts: Phrases
    after: Phrases
    wish_before: Phrases
    wish_after: Phrases
    aside_before: Phrases
    aside_after: Phrases
    joins: frozenset[str]
    prepositions: frozenset[str]
    guides: Phrases
    tools: Phrases
    panels: int
    opens: frozenset[str]
    holds: tuple[str, ...]
    denied: frozenset[str]
    advice: Phrases
    shown: frozenset[str]
    granted: frozenset[str]
    stops: frozenset[str]
    pictures: frozenset[str]
    heads: frozenset[str]
    unless: Mapping[str, frozenset[str]]
    reversed: frozenset[str]
    digest: str  # of the file, and of modalities.yaml: what headers mean is written there


@functools.cache
def load_vocabulary() -> Vocabulary:
    """The shipped file. Raises ValueError where an entry's names are none of manifests/modalities.yaml."""
    content = WORDS.read_bytes()
    raw = yaml.safe_load(content)
    if faults := [*_faults(raw)]:
        raise ValueError(f"{WORDS.name}: " + "; ".join(faults))
    negations, wishes, asides = raw["negations"], raw["wishes"], raw["asides"]
    polar, pointing = raw["polar"], raw["pointing"]
    return Vocabulary(
        tree=_tree(raw),
        yields={general: frozenset(specific) for general, specific in raw["yields"].items()},
        before=_phrases(negations["before"]),
        contrasts=_phrases(negations["contrasts"]),
        after=_phrases(negations["after"]),
        wish_before=_phrases(wishes["before"]),
        wish_after=_phrases(wishes["after"]),
        aside_before=_phrases(asides["before"]),
        aside_after=_phrases(asides["after"]),
        joins=frozenset(negations["joins"]),
        prepositions=frozenset(negations["prepositions"]),
        guides=_phrases(raw["tools"]["weak"]),
        tools=_phrases(raw["tools"]["nothing"]),
        panels=raw["panels"],
        opens=frozenset(polar["opens"]),
        holds=tuple(polar["holds"]),
        denied=frozenset(polar["denied"]),
        advice=_phrases(raw["advice"]),
        shown=_words(pointing["shown"]),
        granted=_words(pointing["shown"] + pointing["granted"]),
        stops=_words(pointing["stops"]),
        pictures=_words(pointing["pictures"]),
        heads=_words(raw["heads"]),
        unless={name: _words(words) for name, words in raw["unless"].items()},
        reversed=frozenset(polar["reversed"]),
        digest=hashlib.sha256(content + load_modalities().digest.encode()).hexdigest()[:16],
    )


def phrases_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """Those of one entry of the file, in every language."""
    for language in LANGUAGES:
        yield from entry.get(language, ())


def _tree(raw: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for entry in raw["phrases"]:
        meaning = Meaning(modality=entry["modality"], submodality=entry.get("submodality", ""), figure_type=entry.get("figure_type", ""))
        for phrase in phrases_of(entry):
            _plant(tree, phrase, Said(meaning=meaning, strength=entry.get("strength", "strong")))
    for phrase in raw["ignored"]:
        _plant(tree, phrase, NOTHING)
    return tree


def _plant(tree: dict[str, Any], phrase: str, said: Said) -> None:
    for token in TOKEN.findall(phrase):
        tree = tree.setdefault(token if _is_capital(token) else plain_of(token), {})
    if said is not NOTHING and tree.get(END, said) != said:
        raise ValueError(f"{WORDS.name}: '{phrase}' means two things")
    tree[END] = said


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    for at, entry in enumerate(raw["phrases"]):
        fault = fault_of(entry["modality"], entry.get("submodality", ""), entry.get("figure_type", ""))
        if fault or entry.get("strength", "weak") != "weak":
            yield f"phrases[{at}]: {fault or 'strength is weak, or left out'}"


def _phrases(phrases: Sequence[str]) -> Phrases:
    tuples = frozenset(tuple(plain_of(token) for token in TOKEN.findall(phrase)) for phrase in phrases)
    return Phrases(all=tuples, firsts=frozenset(phrase[0] for phrase in tuples))


def _words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(plain_of(word) for word in words)


def _is_capital(token: str) -> bool:
    return token != token.lower() and token.isascii()


class _Plain(dict[str, str]):
    """token -> its plain form; filled as tokens are met, and emptied before hostile texts fill the memory."""

    def __missing__(self, token: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        lower = token.lower()
        self[token] = plain = lower[:-1] if len(lower) > 2 and lower.endswith("s") and not lower.endswith("ss") else lower
        return plain


_PLAIN = _Plain()


def plain_of(token: str) -> str:
    """In small letters, without a plural s: both the vocabulary's words and the text's, so that it need be no true singular."""
    return _PLAIN[token]
