"""mixtures.json -> where it speaks of other corpora than those beside it"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curate.verify.strict import NoJson, strict_json

MIXTURES = "mixtures.json"


@dataclass(frozen=True, slots=True)
class Beside:
    """A corpus that lies beside it."""

    sha256: str  # of its index.json
    splits: Mapping[str, int]


def mixture_faults(data: bytes, corpora: Mapping[str, Beside]) -> Iterator[str]:
    """Every part names a corpus that is here by the index that is here, with its rows; what is drawn adds up to one."""
    try:
        value = strict_json(data)
    except NoJson as error:
        yield str(error)
        return
    mixtures = value.get("mixtures") if isinstance(value, dict) else None
    if not isinstance(mixtures, dict) or not all(isinstance(mixture, dict) for mixture in mixtures.values()):
        yield "an object with mixtures wanted"
        return
    for place, mixture in enumerate(mixtures.values()):
        yield from (f"mixture {place}: {fault}" for fault in _faults(mixture, corpora))


def _faults(mixture: Mapping[str, Any], corpora: Mapping[str, Beside]) -> Iterator[str]:
    parts = mixture.get("corpora")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        yield "a list of corpora wanted"
        return
    for place, part in enumerate(parts):
        beside = corpora.get(str(part.get("corpus")))
        if beside is None:
            yield f"part {place}: a corpus that is not here, or is damaged"
        elif part.get("index") != beside.sha256:
            yield f"part {place}: made for another index.json of that corpus"
        elif part.get("rows") != beside.splits.get(str(mixture.get("split"))):
            yield f"part {place}: its rows are not those of the index"
    drawn = [part.get("probability") for part in parts]
    if not all(type(chance) in (int, float) and 0 <= chance <= 1 for chance in drawn):
        yield "probabilities from 0 to 1 wanted"
    elif drawn and not math.isclose(math.fsum(drawn), 1, abs_tol=1e-6):
        yield "its probabilities do not add up to 1"
    if sum(part["rows"] for part in parts if type(part.get("rows")) is int) != mixture.get("rows"):
        yield "its rows are not those of its parts"
