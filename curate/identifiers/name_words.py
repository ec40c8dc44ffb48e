"""word -> what the lists know of it: a given name, a surname, an ordinary word too, a name that stands for a thing

LICENCES.md says where the lists are from. They are read once, when the first name is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

_remembered = lru_cache(maxsize=1 << 15)  # words come again and again

_LETTERS_WITHOUT_MARK = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "’": None, "'": None}
)
_TERM = re.compile(
    r"(?:ology|olog(?:ist|ical|ic)s?|iat(?:ry|rics?|rist)|itis|osis|oses|ectomy|otomy|ostomy|plasty|graphy|grams?|graph|scopy|scopic"
    r"|pathy|pathic|emia|aemia|uria|oma|omas|ics|tions?|ments?"
    r"|ings?|ity|ness|idine|amine|azine|apine|etine|mycin|cillin|azole|mab|nib|pril|sartan|olol|statin|vir|pam|lam|ical|ular|ally|ious"
    r"|itive|able|ible|ism|ship|ward|care|health|surgery|surgical)$"
)
_OWNED = re.compile(r"['’][sS]?$")

PARTICLES = (
    "van der|van den|van de|von der|von dem|de las|de los|de la|van|von|vom|den|der|de|del|della|di|da|dos|das|du|la|le|ter|ten|bin"
    "|ibn|bint|al|el|zu"
)
PARTICLE_WORDS = frozenset(PARTICLES.replace("|", " ").split()) - {"al", "el"}
# What follows an eponym, or the name of a house or firm, and no person.
THINGS = frozenset(
    """
    abscess adenoma agar aneurysm angle anomaly antibody approach artery award bodies body calculus canal capsule catheter cell cells
    center centre chair charts chorea circle city clamp collection classification clinic clip coil collar collection college company
    contracture corporation crisis criteria curve cyst dam deformity degeneration device disease disorder drain drive duct dystrophy
    effect encephalopathy equation fascia fibers fistula flap foramen formula foundation fracture fractures frame ganglion gland grade
    grading graft group healthcare hernia hospital hospitals inc index infirmary institute institutes jelly joint laboratories laboratory
    law lesion library ligament line lines loop ltd lymphoma maneuver manoeuvre medical medicine memorial membrane method metastasis model
    muscle museum needle neoplasm nerve neuroma nodes node nodule nodules operation palsy paralysis phenomenon plexus plot point position
    pouch press procedure projection prosthesis psychosis quotient ratio reaction reflex repair research retractor road rule sarcoma scale
    school score sequence shunt sign signs site solution space spot spots staging stage stain staining station stent street strip stripe
    sulcus syndrome syndromes system technique technologies test tests theorem therapy thyroiditis transform triad triangle tube tumor
    tumors tumour type ulcer university unit valve vein view ward zone
""".split()  # noqa: SIM905
)


@cache
def words_of(name: str) -> frozenset[str]:
    """The words of one of the lists beside this file: given, surnames, ordinary, eponyms, words."""
    return frozenset(Path(__file__).with_name(f"{name}.txt").read_text(encoding="ascii").split())


def folded(word: str) -> str:
    """As the lists have it: lower case, without accents, apostrophes and a last 's."""
    word = _OWNED.sub("", word) if "'" in word or "’" in word else word
    word = word.lower()
    if word.isascii():
        return word.replace("'", "")
    apart = unicodedata.normalize("NFKD", word.translate(_LETTERS_WITHOUT_MARK))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@_remembered
def is_given(word: str) -> bool:
    return any(part in words_of("given") for part in _parts(word))


@_remembered
def is_surname(word: str) -> bool:
    return any(part in words_of("surnames") for part in _parts(word))


def is_known(word: str) -> bool:
    return is_given(word) or is_surname(word)


@_remembered
def is_clear(word: str) -> bool:
    """A name, and nothing else that a text of medicine would write with a capital."""
    return len(word) > 2 and is_known(word) and not is_eponym(word) and not any(part in words_of("ordinary") for part in _parts(word))


@_remembered
def is_ordinary(word: str) -> bool:
    """Also a word, as Rose and Young, or one alone."""
    return any(part in words_of("ordinary") or part in words_of("words") for part in _parts(word))


@_remembered
def is_word(word: str) -> bool:
    """A word and no name."""
    return folded(word) in words_of("words") or all(part in words_of("words") for part in _parts(word))


@_remembered
def is_unlike_words(word: str) -> bool:
    """In no list, and by its ending no term of medicine: what may be a name of anywhere."""
    return len(word) > 2 and not is_ordinary(word) and not is_eponym(word) and word.lower() not in THINGS and not _TERM.search(word.lower())


@_remembered
def is_eponym(word: str) -> bool:
    return all(part in words_of("eponyms") for part in _parts(word))


def _parts(word: str) -> list[str]:
    key = folded(word)
    return [part for part in key.split("-") if part] if "-" in key else [key]
