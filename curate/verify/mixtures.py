"""mixtures.json -> where it speaks of other corpora than those beside it"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curate.verify.strict import NoJson, strict_json

MIXTURES = "mixtures.json"


TOLD = ("share", "probability", "repeat")  # of a part, in the index of its corpus too


@dataclass(frozen=True, slots=True)
class Beside:
    """A corpus that lies beside it, by an index that could be read."""

    sha256: str  # of its index.json
    splits: Mapping[str, int]
    mixtures: Mapping[str, Mapping[str, Any]]  # what its index says of it in each


def mixture_faults(data: bytes, corpora: Mapping[str, Beside | None]) -> Iterator[str]:
    """Every part names a corpus that is here by the index that is here, with its rows and what that index says of its part; every mixture
    that an index names is here; what is drawn adds up to one. `corpora`: None where the index was refused, of which no more is told."""
    try:
        value = strict_json(data)
    except NoJson as error:
        yield str(error)
        return
    mixtures = value.get("mixtures") if isinstance(value, dict) else None
    if not isinstance(mixtures, dict) or not all(isinstance(mixture, dict) for mixture in mixtures.values()):
        yield "an object with mixtures wanted"
        return
    for place, (name, mixture) in enumerate(mixtures.items()):
        yield from (f"mixture {place}: {fault}" for fault in _faults(name, mixture, corpora))
    if lacking := {name for beside in corpora.values() if beside for name in beside.mixtures} - set(mixtures):
        yield f"{len(lacking)} mixtures that an index here names are missing"


def _faults(name: str, mixture: Mapping[str, Any], corpora: Mapping[str, Beside | None]) -> Iterator[str]:
    parts = mixture.get("parts")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        yield "a list of parts wanted"
        return
    for place, part in enumerate(parts):
        corpus = str(part.get("corpus"))
        refused = corpus in corpora and corpora[corpus] is None
        if not refused and (fault := _part_fault(name, mixture, part, corpora.get(corpus))):
            yield f"part {place}: {fault}"
    here = {str(part.get("corpus")) for part in parts}
    if any(name in beside.mixtures for corpus, beside in corpora.items() if beside and corpus not in here):
        yield "a corpus here that is part of it is left out"
    drawn = [part.get("probability") for part in parts]
    if not all(type(chance) in (int, float) and 0 <= chance <= 1 for chance in drawn):
        yield "probabilities from 0 to 1 wanted"
    elif drawn and not math.isclose(math.fsum(drawn), 1, abs_tol=1e-6):
        yield "its probabilities do not add up to 1"
    if sum(part["rows"] for part in parts if type(part.get("rows")) is int) != mixture.get("rows"):
        yield "its rows are not those of its parts"


def _part_fault(name: str, mixture: Mapping[str, Any], part: Mapping[str, Any], beside: Beside | None) -> str:
    if beside is None:
        return "a corpus that is not here"
    if part.get("index") != beside.sha256:
        return "made for another index.json of that corpus"
    if part.get("rows") != beside.splits.get(str(mixture.get("split"))):
        return "its rows are not those of the index"
    told = beside.mixtures.get(name, {})
    if any(part.get(key) != told.get(key) for key in TOLD) or told.get("rows") != mixture.get("rows"):
        return "the index of its corpus says something else of it"
    return ""
