"""a model's scores over classes <-> attributes, and what they say an image is"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from curate.models.prompts import ImageClass
from curate.tag.words import Meaning
from schemas.attribute import Attribute

PIXELS = "pixels:"  # an attribute of pixels, whichever files hold them

Scores = Mapping[str, float]  # class -> score of one image


def attributes_of(digests: Sequence[str], classes: Sequence[str], scores: np.ndarray, name: str) -> list[Attribute]:
    """Every score above 0 of images with these pixel digests: (n, classes), rounded to 4 places, beside the images."""
    return [
        Attribute(id=PIXELS + digest, name=name, value=classes[place], score=float(row[place]))
        for digest, row in zip(digests, scores)
        for place in np.flatnonzero(row).tolist()
    ]


def scores_by_digest(attributes: Iterable[Attribute], name: str) -> dict[str, dict[str, float]]:
    """Attributes of that name as pixel digest -> class -> score."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for attribute in attributes:
        if attribute.name == name and attribute.id.startswith(PIXELS):
            found[attribute.id.removeprefix(PIXELS)][attribute.value] = attribute.score
    return dict(found)


def read_scores(scores: Scores, classes: Sequence[ImageClass], *, min_score: float, min_margin: float) -> tuple[Meaning, float] | None:
    """The modality whose classes hold the most, with its score; None below the limits. Classes of 'other' count together;
    the strongest of them names the figure type."""
    totals: dict[str, float] = {}
    for each in classes:
        totals[each.modality] = totals.get(each.modality, 0.0) + scores.get(each.name, 0.0)
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    (modality, score), runner_up = ranked[0], ranked[1][1]
    if score < min_score or score - runner_up < min_margin:
        return None
    strongest = max((each for each in classes if each.modality == modality), key=lambda each: scores.get(each.name, 0.0))
    return Meaning(modality=modality, figure_type=strongest.figure_type), round(min(score, 1.0), 4)
