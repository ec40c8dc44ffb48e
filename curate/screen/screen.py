"""samples -> screened samples, or the verdict that refuses them"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from curate.recipe import Recipe
from curate.screen.caption import caption_fault, is_limited, text_fault
from curate.screen.choices import openness
from curate.screen.clean import clean_sample
from curate.screen.identifiers import identifier_fault, scrub_sample
from curate.screen.pictures import boxes_fault, picture_of, pictures_fault
from curate.screen.policy import policy_fault
from curate.screen.said import answers_yes_no, said_of
from schemas.image import Image
from schemas.sample import Sample, Screened, Scrubbed
from schemas.verdict import Fault, Verdict

VERSION = 8  # raise when any output can change: a stage of another version is not reused

# most binding first: what one key holds must never straddle train and validation
GROUP_KEYS = ("patient", "study", "article", "figure", "case", "video", "lesion", "synpic", "document")


def group_of(sample: Sample) -> str:
    """The key samples of one source share when they must stay on one side of a split: 'source:name=value', '' if there is none."""
    values = {key.name: key.value for key in reversed(sample.keys) if key.value}
    name = next((name for name in (*GROUP_KEYS, *reversed(values)) if name in values), None)  # else the first its manifest gives
    return f"{sample.source}:{name}={values[name]}" if name else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A sample whose text is as it would ship, and how it came to be so."""

    sample: Sample
    cleaned: tuple[str, ...]  # steps that changed it
    scrubbed: tuple[Scrubbed, ...]  # identifiers that were found in it, by kind


def prepare(sample: Sample, recipe: Recipe) -> Prepared:
    """`sample` in its normal form, placeholders in the place of identifiers; under `refuse` what was found is noted, to be refused by."""
    clean, steps = clean_sample(sample)
    scrubbed, found = scrub_sample(clean, recipe.limits)
    return Prepared(sample=scrubbed, cleaned=steps, scrubbed=found)


def screen_sample(
    prepared: Prepared, images: Mapping[str, Image], tokens: int, caption_tokens: int, recipe: Recipe, *, allow_credentialed: bool,
    open_tokens: int = 0,
) -> Screened | Verdict:  # fmt: skip
    """The sample with its pictures, or why not. `images` holds every image of it (KeyError if not: ingest keeps no sample whose image is
    missing); `tokens` counts all turns, `caption_tokens` the assistant's, `open_tokens` the turns without choices. The first fault is the
    verdict: policy, then images, then boxes, then text, then identifiers."""
    sample = prepared.sample
    shown = [images[id] for id in sample.images]
    fault = (
        policy_fault(sample, recipe, allow_credentialed=allow_credentialed)
        or pictures_fault(shown, recipe.limits, allow_synthetic=recipe.allow_synthetic)
        or boxes_fault(sample.boxes, shown)
        or text_fault(sample)
        or (caption_fault(caption_tokens, recipe.limits) if is_limited(sample) else None)
        or identifier_fault(prepared.scrubbed, recipe.limits)
    )
    if fault:
        return _refuse(sample, fault)
    choices = openness(sample.opened)
    return Screened(
        id=sample.id,
        sample=sample if choices in ("", "open") else dataclasses.replace(sample, opened=()),
        pictures=tuple(picture_of(image, recipe.limits) for image in shown),
        tokens=tokens,
        group=group_of(sample),
        cleaned=prepared.cleaned,
        scrubbed=prepared.scrubbed,
        said=said_of(sample),
        yes_no=answers_yes_no(sample),
        choices=choices,
        open_tokens=open_tokens if choices == "open" else 0,
    )


def screen_samples(
    samples: Sequence[Sample],
    images: Mapping[str, Image],
    count: Callable[[Sequence[str]], np.ndarray],
    recipe: Recipe,
    *,
    allow_credentialed: bool,
) -> tuple[list[Screened], list[Verdict]]:
    """All of `samples`, prepared, counted in one call of `count` (texts -> tokens of each), screened: (kept, refused), in their order."""
    ready = [prepare(sample, recipe) for sample in samples]
    counts = iter(count([turn.text for each in ready for turn in (*each.sample.turns, *each.sample.opened)]).tolist())
    kept: list[Screened] = []
    refused: list[Verdict] = []
    for each in ready:
        turn_tokens = [(turn.role, next(counts)) for turn in each.sample.turns]
        result = screen_sample(
            each,
            images,
            sum(tokens for _, tokens in turn_tokens),
            sum(tokens for role, tokens in turn_tokens if role == "assistant"),
            recipe,
            allow_credentialed=allow_credentialed,
            open_tokens=sum(next(counts) for _ in each.sample.opened),
        )
        if isinstance(result, Screened):
            kept.append(result)
        else:
            refused.append(result)
    return kept, refused


def _refuse(sample: Sample, fault: Fault) -> Verdict:
    return Verdict(
        id=sample.id, source=sample.source, stage="screen", decision="rejected", reason=fault.reason, evidence=fault.evidence, winner=""
    )
