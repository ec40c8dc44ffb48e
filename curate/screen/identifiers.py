"""a sample -> with placeholders in the place of identifiers, and how many of each kind there were; or the fault that refuses it"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from curate.identifiers.find import scrub
from curate.identifiers.kinds import KINDS
from curate.recipe import Limits
from schemas.sample import Sample, Scrubbed
from schemas.verdict import Fault


def scrub_sample(sample: Sample, limits: Limits) -> tuple[Sample, tuple[Scrubbed, ...]]:
    """`sample` (the same object where nothing was found, as in most) and what was found, in the order of KINDS. Text that was made from
    labels holds none, and with `limits.identifiers` keep none is looked for."""
    if limits.identifiers == "keep" or sample.task not in limits.identifier_tasks or sample.from_labels:
        return sample, ()
    found: Counter[str] = Counter()
    turns = []
    for turn in sample.turns:
        text, kinds = scrub(turn.text, sample.language)
        found.update(kinds)
        turns.append(turn if text == turn.text else dataclasses.replace(turn, text=text))
    if not found:
        return sample, ()
    counted = tuple(Scrubbed(kind=kind, count=found[kind]) for kind in KINDS if found[kind])
    opened = tuple(dataclasses.replace(turn, text=scrub(turn.text, sample.language)[0]) for turn in sample.opened)
    return dataclasses.replace(sample, turns=tuple(turns), opened=opened), counted


def identifier_fault(scrubbed: Sequence[Scrubbed], limits: Limits) -> Fault | None:
    """Under `refuse` what was found refuses; the evidence counts it by kind."""
    if limits.identifiers != "refuse" or not scrubbed:
        return None
    return Fault(reason="identifiers_found", evidence=", ".join(f"{each.kind} {each.count}" for each in scrubbed))
