"""a seed and frames -> sentences with made-up identifiers planted, each with the spans that identify"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from curate.identifiers.kinds import KINDS, Kind
from tests.curate.identifiers.people import Person, chinese, person, reseed
from tests.curate.identifiers.values import STATE_NAMES, value

FRAMES = Path(__file__).with_name("frames")
SLOT = re.compile(r"\{(?P<kind>\w+)(?:\.(?P<variety>\w+))?(?::(?P<person>\w))?\}")
Case = Literal["as_is", "capitals", "small"]
OPTIONAL = {  # what may stay of an identifier, for it identifies no one: years, hours, days of the week, states, particles of names
    "date": re.compile(
        r"""(?<![\d/.-])(?:19|20)\d\d(?!\d) | (?<=[/.-])(?:19|20)\d\d(?!\d) | [〇一二三四五六七八九]{4}(?=年) | [年月日号]
        | (?i:\b\w{3,6}day\b | \bthe\b | \bof\b) | (?<=\d)(?i:st|nd|rd|th)\b | [T ]\d\d?:\d\d.*""",
        re.VERBOSE,
    ),
    "age": re.compile(r"\band\b"),
    "phone": re.compile(r"[a-z转]"),
    "address": re.compile(rf",? (?:[A-Z]{{2}}|{'|'.join(STATE_NAMES)})(?= \d{{5}}|$)"),
    "url": re.compile(r"^(?i:https?|ftp)://"),
    "name": re.compile(r"(?i)\b(?:[A-Z]|van der|de la|von|de|dos|bin|el|da|st)\b"),
}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One identifier planted: text[start:end]; `needed` are the places of its letters and digits that must go."""

    start: int
    end: int
    kind: Kind
    needed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    text: str
    language: str
    spans: tuple[Span, ...]
    frame: str
    case: Case


@dataclass(frozen=True, slots=True)
class Frame:
    sign: str
    text: str
    language: str
    elsewhere: bool  # names of other countries


def frames(name: str) -> list[Frame]:
    language = "zh" if name.startswith("chinese") else "en"
    lines = (FRAMES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [
        Frame(line[0], line[2:].replace("\\n", "\n"), language, name.endswith(("_more", "_held")))
        for line in lines
        if line and not line.startswith("#")
    ]


def sentences(seed: int, chosen: Sequence[Frame], each: int) -> Iterator[Planted]:
    """`each` sentences of every frame; the same for the same seed, and independent of other frames."""
    for frame in chosen:
        random = Random(f"{seed} {frame.text}")
        reseed(random.randrange(2**31))
        for number in range(each):
            yield plant(frame, random, _case(frame.sign, number))


def _case(sign: str, number: int) -> Case:
    if sign == "h":
        return ("as_is", "as_is", "capitals", "as_is", "small")[number % 5]  # type: ignore[return-value]
    return "small" if sign == "l" and number % 2 else "as_is"


def plant(frame: Frame, random: Random, case: Case = "as_is", before: str = "", behind: str = "") -> Planted:
    """The frame with its slots filled, between two texts that are left as they are."""
    people: dict[str, Person] = {}
    text, spans, at = before, [], 0
    for slot in SLOT.finditer(frame.text):
        text += cased(frame.text[at : slot.start()], case)
        at = slot.end()
        kind, planted = slot["kind"], _fill(slot, random, people, frame.elsewhere)
        assert kind in KINDS, kind
        kept = {place for match in OPTIONAL[kind].finditer(planted) for place in range(*match.span())} if kind in OPTIONAL else set()
        written = cased(planted, case)
        if len(written) != len(planted):  # a sharp s in capitals
            planted, kept = written, set()
        said = [place for place, sign in enumerate(planted) if sign.isalnum()]
        needed = tuple(len(text) + place for place in said if place not in kept) or tuple(len(text) + place for place in said)
        spans.append(Span(len(text), len(text) + len(written), kind, needed))
        text += written
    return Planted(text + cased(frame.text[at:], case) + behind, frame.language, tuple(spans), frame.text, case)


def cased(text: str, case: Case) -> str:
    return text.upper() if case == "capitals" else text.lower() if case == "small" else text


def _fill(slot: re.Match[str], random: Random, people: dict[str, Person], elsewhere: bool) -> str:
    kind, variety = slot["kind"], slot["variety"] or "any"
    if kind != "name":
        return value(random, kind, variety)
    new = chinese(random) if variety.startswith("zh") else person(random, elsewhere)
    who = people.setdefault(slot["person"], new) if slot["person"] else new
    return written(who, variety, random)


def written(who: Person, variety: str, random: Random) -> str:
    given, family, middle = who.given, who.family, who.middle
    forms = {
        "full": (f"{given} {family}", f"{given} {family}", f"{given} {middle}. {family}", f"{given} {middle} {family}"),
        "last": (family,),
        "first": (given,),
        "comma": (f"{family}, {given}", f"{family}, {given} {middle}", f"{family}, {given} {middle}."),
        "caret": (f"{family}^{given}".upper(), f"{family}^{given}^{middle}".upper()),
        "initial": (f"{given[0]}. {family}", f"{given[0]}.{middle}. {family}"),
        "initials": (f"{given[0]}.{family[0]}.", f"{given[0]}{middle}{family[0]}"),
        "zh": (f"{family}{given}",),
        "zh_family": (family,),
        "zh_nick": (f"小{family}", f"老{family}", f"阿{given[-1]}"),
    }
    return random.choice(forms[variety])
