"""what a record says of its licence -> an SPDX id or a named term, where that is clear, and whether commercial use is allowed by it"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from curate.terms import UNNAMED, term

UNKNOWN = "unknown"
RESERVED = frozenset({"all-rights-reserved", "proprietary"})  # terms that grant nothing, not even research
MAX_TEXT = 5_000  # characters; a longer text is no licence

# words as found, case and blanks aside -> the term. A version is never added: CC0 and ODbL have but one
TERMS: Mapping[str, str] = {
    **dict.fromkeys(("", "unknown", "none", "null", "n/a", "no license", "no licence", "not stated", "unspecified"), UNKNOWN),
    **dict.fromkeys(("no-cc code", "no-cc-code", "cc"), UNKNOWN),  # PubMed Central's word for terms of another kind; some CC licence
    **dict.fromkeys(("pd", "pdm", "public domain", "public-domain", "publicdomain"), "public-domain"),
    **dict.fromkeys(("mit", "mit license"), "MIT"),
    **dict.fromkeys(("apache 2.0", "apache-2.0", "apache license 2.0", "apache license, version 2.0", "apache2"), "Apache-2.0"),
    **dict.fromkeys(("gpl-v3", "gpl v3", "gplv3"), "GPL-3.0"),
    **dict.fromkeys(("odbl", "odbl-1.0", "odbl 1.0"), "ODbL-1.0"),
    **dict.fromkeys(("all rights reserved", "all-rights-reserved"), "all-rights-reserved"),
    # what Unpaywall has beside Creative Commons
    "publisher-specific, author manuscript": "publisher-specific",
    "publisher-specific license": "publisher-specific",
    "elsevier-specific: oa user license": "Elsevier-user-license",
    "acs-specific: authorchoice/editors choice usage agreement": "ACS-AuthorChoice",
}

_PARTS = r"(?P<parts>(?:[ _-]*(?:NC|SA|ND))*)"
_VERSION = r"(?:[ _-]*v?(?P<version>[1-4](?:\.[05])?))?(?![\w.]*\w|-\w)"
_ZERO = r"CC[ _-]*(?P<zero>0|Zero)"
_NAME = re.compile(rf"(?<!\w)(?:{_ZERO}|CC[ _-]*BY{_PARTS}){_VERSION}")  # within a text: as licences are written, in capitals
_WHOLE = re.compile(rf"(?:{_ZERO}|(?:CC[ _-]*BY|BY(?=[ _-]*N)){_PARTS}){_VERSION}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/by(?P<parts>[a-z-]*)/(?P<version>[1-4]\.[05])|publicdomain/(?P<zero>zero)/1\.0)", re.IGNORECASE
)
_CAVEAT = re.compile(r"commercial|deriv|research|academ|educat|personal|permission|except|rights reserved", re.IGNORECASE)
_COMBINATIONS = frozenset({"", "NC", "SA", "ND", "NC-SA", "NC-ND"})
_OPEN = re.compile(r"CC0|CC-BY(-SA)?(-\d|$)|public-domain|PDDL|ODC-By|ODbL|MIT$|Apache-|BSD-|US-Government", re.IGNORECASE)


@functools.lru_cache(maxsize=1 << 12)  # a source has few licences
def license_term(text: str) -> str:
    """`CC BY-NC 4.0`, `cc-by-nc`, `Doe et al. (2020), CC BY`, an address at creativecommons.org -> `CC-BY-NC-4.0`, `CC-BY-NC`, `CC-BY`: an
    SPDX id, or the same without a version where none is said. A text that names two, or none, stays as it is: nothing is guessed."""
    word = " ".join(text.split())
    if word.casefold() in TERMS:
        return TERMS[word.casefold()]
    if len(word) > MAX_TEXT:
        return UNKNOWN
    if whole := _WHOLE.fullmatch(word):
        return _common(whole) or word
    named = {found for found in _named(word) if found}
    if "all rights reserved" in word.casefold() and not named:
        return "all-rights-reserved"
    if _CAVEAT.search(word):
        return word  # words beside the name may take back what it grants
    families = {re.sub(r"-\d\.\d$", "", found) for found in named}
    versions = named - families
    if len(families) == 1 and len(versions) <= 1:
        return next(iter(versions or families))
    return word


def _named(text: str) -> Iterator[str]:
    for pattern in (_NAME, _ADDRESS):
        yield from (_common(match) for match in pattern.finditer(text))


def _common(match: re.Match[str]) -> str:
    """The id of a licence of Creative Commons; '' where there is no such one."""
    if match["zero"]:
        return "CC0-1.0"
    parts = "-".join(part for part in ("NC", "SA", "ND") if part in match["parts"].upper())
    if parts not in _COMBINATIONS:
        return ""
    version = match["version"] or ""
    return "-".join(filter(None, ("CC-BY", parts, f"{version}.0" if len(version) == 1 else version)))


def is_unclear(license: str) -> bool:
    """Whether the terms are not known, or are no name one could look up."""
    return license.casefold() == UNKNOWN or term(license) in ("", UNNAMED)


def is_noncommercial(license: str) -> bool:
    """Whether the name itself says so, whatever a manifest says of the whole."""
    return "nc" in re.split(r"[\W_]", license.casefold())


def commercial_use(license: str) -> Literal["yes", "no", "ask"]:
    """What the terms of a record say by their name: a plain yes only where they ask for no more than to be named and passed on alike."""
    if is_noncommercial(license) or license.casefold() in RESERVED:
        return "no"
    return "yes" if _OPEN.match(license) else "ask"
