"""installed packages -> the terms of each that the program needs, and whether they may be passed on with it; offline"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
# Terms that let a program under Apache-2.0 need, and pass on, what is under them. MPL-2.0 asks for files that were changed alone
ALLOWED = frozenset({
    "MIT", "MIT-0", "MIT-CMU", "HPND", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD", "ISC", "0BSD", "Zlib", "PSF-2.0", "CNRI-Python",
    "CC0-1.0", "BSL-1.0", "Unlicense", "MPL-2.0", "Apache-2.0 WITH LLVM-exception", "libtiff", "IJG", "blessing", "libpng-2.0",
})  # fmt: skip
# Libraries that a user may replace (LGPL) are for extras alone: whoever wants slides installs them himself
ALLOWED_IN_EXTRAS = ALLOWED | {"LGPL-2.1-only", "LGPL-2.1-or-later", "BSD-1-Clause", "BSD-4.3TAHOE", "LicenseRef-Public-Domain"}
CUDA = re.compile(r"nvidia-|cuda-|nvidia$|triton$")  # what a torch built for GPUs brings; NVIDIA's terms let users install, not sell them
SAID = {  # whose metadata say nothing, as their own pages do
    "mlcroissant": "Apache-2.0",
    "wsidicom-data": "CC0-1.0",
}
WORDS = {  # how metadata of older packages say it -> SPDX
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "Apache 2.0 License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0", "BSD License": "BSD", "2-clause BSD License": "BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause", "New BSD License": "BSD-3-Clause", "ISC License (ISCL)": "ISC", "Apache": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zero-Clause BSD (0BSD)": "0BSD", "MIT No Attribution License (MIT-0)": "MIT-0",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND", "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
}  # fmt: skip
NO_TERMS = {"DFSG approved", "OSI Approved"}  # classifiers that name none


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    terms: str  # an SPDX expression, as far as the package's words can be read as one
    extra: str  # '' where the program itself needs it


def needed() -> list[Package]:
    """What is installed of what the program needs, first, then of what each extra adds, with all that those need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {"": project["dependencies"], **project["optional-dependencies"]}
    found: dict[str, Package] = {}
    for extra, wanted in asked.items():
        for name in _closure(wanted, frozenset(found)):
            there = distribution(name)
            found[name] = Package(name, there.version, terms_of(there), extra)
    return sorted(found.values(), key=lambda package: (package.extra, package.name))


def _closure(wanted: list[str], known: frozenset[str]) -> Iterator[str]:
    pending, seen = [Requirement(each) for each in wanted], set(known)
    asked: set[tuple[str, frozenset[str]]] = set()
    while pending:
        requirement = pending.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in asked or not _applies(requirement, ""):
            continue
        asked.add((name, extras))
        try:
            there = distribution(name)
        except PackageNotFoundError:  # of another platform, or an extra that is not installed
            continue
        if name not in seen:
            seen.add(name)
            yield name
        inner = [Requirement(each) for each in there.requires or ()]
        pending += [each for each in inner if any(_applies(each, extra) for extra in ("", *extras))]
        for each in pending:
            each.marker = None  # it was looked at, with the extra it was asked by


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def terms_of(package: Distribution) -> str:
    """SPDX where the package says it so, else of its classifiers, else of its free words."""
    said = package.metadata
    name = canonicalize_name(said["Name"])
    if name in SAID:
        return SAID[name]
    if expression := said.get("License-Expression"):
        return expression
    named = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License :: ")]
    named = [WORDS.get(each, each) for each in named if each not in NO_TERMS]
    free = (said.get("License") or "").strip().partition("\n")[0]
    return " OR ".join(f"({each})" for each in named) if named else WORDS.get(free, free)


def is_allowed(terms: str, allowed: frozenset[str]) -> bool:
    """An SPDX expression: of what OR joins one is enough, of what AND joins all are wanted (SPDX 2.3, annex D)."""
    tokens = re.findall(r"\(|\)|[^\s()]+", terms.replace(" WITH ", "\0WITH\0"))
    value, rest = _either([token.replace("\0", " ") for token in tokens], allowed)
    return value and not rest


def _either(tokens: list[str], allowed: frozenset[str]) -> tuple[bool, list[str]]:
    value, tokens = _both(tokens, allowed)
    while tokens[:1] == ["OR"]:
        more, tokens = _both(tokens[1:], allowed)
        value = value or more
    return value, tokens


def _both(tokens: list[str], allowed: frozenset[str]) -> tuple[bool, list[str]]:
    value, tokens = _one(tokens, allowed)
    while tokens[:1] == ["AND"]:
        more, tokens = _one(tokens[1:], allowed)
        value = value and more
    return value, tokens


def _one(tokens: list[str], allowed: frozenset[str]) -> tuple[bool, list[str]]:
    if tokens[:1] == ["("]:
        value, rest = _either(tokens[1:], allowed)
        return value and rest[:1] == [")"], rest[1:]
    return bool(tokens) and tokens[0] in allowed, tokens[1:]


def faults(packages: list[Package]) -> list[str]:
    """Of those whose terms are none that may be: their name, what they say, who wants them."""
    return [
        f"{package.name} {package.version}: '{package.terms}' found, needed by {package.extra or 'the program'}; wanted: terms of the list"
        for package in packages
        if not CUDA.match(package.name) and not is_allowed(package.terms, ALLOWED_IN_EXTRAS if package.extra else ALLOWED)
    ]
