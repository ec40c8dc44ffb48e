"""screened samples whose answers were written anew -> as screen would have passed them, or the fault for which it would not"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from curate.identifiers.kinds import KINDS
from curate.recipe import Recipe
from curate.screen.caption import caption_fault, is_limited, text_fault
from curate.screen.identifiers import identifier_fault
from curate.screen.said import answers_yes_no, said_of
from curate.screen.screen import Prepared, prepare
from schemas.sample import Screened, Scrubbed
from schemas.verdict import Fault


def screen_again(samples: Sequence[Screened], count: Callable[[Sequence[str]], np.ndarray], recipe: Recipe) -> list[Screened | Fault]:
    """Their text as if it had just been found: cleaned, identifiers looked for, its tokens counted in one call of `count`, its limits put
    to it. What screen noted of the text before stays noted; policy, images and boxes are as they were."""
    ready = [prepare(screened.sample, recipe) for screened in samples]
    counts = iter(count([turn.text for each in ready for turn in each.sample.turns]).tolist())
    results: list[Screened | Fault] = []
    for screened, each in zip(samples, ready, strict=True):
        tokens = [(turn.role, next(counts)) for turn in each.sample.turns]
        fault = (
            text_fault(each.sample)
            or (caption_fault(sum(n for role, n in tokens if role == "assistant"), recipe.limits) if is_limited(each.sample) else None)
            or identifier_fault(each.scrubbed, recipe.limits)
        )
        results.append(fault or _noted(screened, each, sum(n for _, n in tokens)))
    return results


def _noted(screened: Screened, again: Prepared, tokens: int) -> Screened:
    steps = (*screened.cleaned, *(step for step in again.cleaned if step not in screened.cleaned))
    found: Counter[str] = Counter()
    for each in (*screened.scrubbed, *again.scrubbed):
        found[each.kind] += each.count
    scrubbed = tuple(Scrubbed(kind=kind, count=found[kind]) for kind in KINDS if found[kind])
    return dataclasses.replace(
        screened,
        sample=again.sample,
        tokens=tokens,
        cleaned=steps,
        scrubbed=scrubbed,
        said=said_of(again.sample),
        yes_no=answers_yes_no(again.sample),
        choices="",  # its open form went with the answer it was made from
        open_tokens=0,
    )
