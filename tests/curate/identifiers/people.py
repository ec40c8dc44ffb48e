"""a seed -> names of persons of many origins, plain and awkward"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from faker import Faker


def sections(path: Path) -> dict[str, list[str]]:
    """Words under headings like '# [given]'."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# ["):
            words = found.setdefault(line[3:-1], [])
        elif not line.startswith("#"):
            words += line.split()
    return found


LOCALES = ("en_US", "en_GB", "en_IN", "de_DE", "fr_FR", "es_ES")
ELSEWHERE = ("it_IT", "nl_NL", "pl_PL", "sv_SE", "pt_BR", "tr_TR", "cs_CZ", "ro_RO", "hu_HU", "yo_NG", "zu_ZA", "en_KE")
LISTS = sections(Path(__file__).with_name("frames") / "people.txt")
PARTICLES = ("van der", "de la", "von", "de", "dos", "bin", "El", "Da", "St.")
CHINESE_LONG_FAMILY = ("欧阳", "司马", "上官", "诸葛", "慕容", "皇甫", "尉迟", "令狐")


@dataclass(frozen=True, slots=True)
class Person:
    given: str
    family: str
    middle: str  # an initial


@cache
def fake(locale: str) -> Faker:
    return Faker(locale)


def reseed(seed: int) -> None:
    """All that these and the values draw from the library follows from it."""
    for locale in (*LOCALES, *ELSEWHERE, "zh_CN"):
        fake(locale).seed_instance(seed)


def person(random: Random, elsewhere: bool = False) -> Person:
    """Half of the names are of the list, half of the library's; elsewhere: all the library's, of other countries."""
    middle = random.choice("ABCDEFGHJKLMNPRSTW")
    if elsewhere or random.random() < 0.5:
        locale = fake(random.choice(ELSEWHERE if elsewhere else LOCALES))
        return Person(locale.first_name(), locale.last_name(), middle)
    family = random.choice(LISTS["family"])
    if random.random() < 0.06:
        family = f"{random.choice(PARTICLES)} {family}"
    return Person(random.choice(LISTS["given"]), family, middle)


def chinese(random: Random) -> Person:
    if random.random() < 0.3:
        return Person(fake("zh_CN").first_name(), fake("zh_CN").last_name(), "")
    family = random.choice(CHINESE_LONG_FAMILY) if random.random() < 0.06 else random.choice(LISTS["chinese family"])
    return Person("".join(random.sample(LISTS["chinese given"], random.choice((1, 2, 2, 2)))), family, "")
