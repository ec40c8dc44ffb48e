"""a head's scores over its classes -> what the model sees of each picture, and whether it is sure"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.models.prompts import ImageClass
from curate.recipe import Tagging
from curate.tag.evidence import Evidence
from curate.tag.reliability import HYPOTHESES, Reliabilities
from curate.tag.vocabulary import Meaning
from schemas.attribute import Attribute
from schemas.modality import OTHER

PIXELS = "pixels:"  # an attribute of pixels, whichever files hold them
LEAST = 0.01  # scores under it are not kept as attributes: they are most of what a head says, and decide nothing

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a model says of one picture, before anybody else is heard."""

    evidence: Evidence
    certainty: float  # posterior of what it sees, by this model alone
    margin: float
    runner_up: str
    sure: bool  # above the limits of the recipe: then it is `seen`


def looks(scores: Array, classes: Sequence[ImageClass], name: str, reliabilities: Reliabilities, policy: Tagging) -> list[Look]:
    """One look for each row of `scores`: float64 (n, classes), calibrated, each row sums to about 1. Classes of one modality count
    together; of those that are `other` the strongest names the figure type."""
    shares = scores @ _indicator(classes)
    posterior = _tempered(shares, np.array(reliabilities.row(name)))
    order = np.argsort(-posterior, axis=1, kind="stable")[:, :2]
    rows = np.arange(len(scores))
    best = posterior[rows, order[:, 0]]
    certainty, margin = best.round(4), (best - posterior[rows, order[:, 1]]).round(4)
    sure = (certainty >= policy.min_score) & (margin >= policy.min_margin)
    figures = _figures(scores, classes)
    found = zip(shares.tolist(), order.tolist(), certainty.tolist(), margin.tolist(), sure.tolist(), figures)
    return [
        Look(
            evidence=Evidence(name=name, meaning=_meaning(first, figure), score=round(min(of[first], 1.0), 4), shares=tuple(of)),
            certainty=certain,
            margin=over,
            runner_up=HYPOTHESES[next_best],
            sure=is_sure,
        )
        for of, (first, next_best), certain, over, is_sure, figure in found
    ]


def attributes_of(digests: Sequence[str], classes: Sequence[ImageClass], scores: Array, name: str) -> Iterator[Attribute]:
    """Every score of at least `LEAST` of pictures with these pixel digests: (n, classes), rounded to 4 places."""
    for row, column in zip(*(places.tolist() for places in np.nonzero(scores >= LEAST))):
        yield Attribute(id=PIXELS + digests[row], name=name, value=classes[column].name, score=round(float(scores[row, column]), 4))


def _indicator(classes: Sequence[ImageClass]) -> Array:
    return np.array([[float(each.modality == modality) for modality in HYPOTHESES] for each in classes])


def _tempered(shares: Array, right: Array) -> Array:
    """The rule of curate/tag/fuse.py for one model alone, for all rows at once."""
    wrong = shares * (1 - right) / (len(HYPOTHESES) - 1)
    likelihood = shares * right + wrong.sum(axis=1, keepdims=True) - wrong
    whole = likelihood.sum(axis=1, keepdims=True)
    return np.divide(likelihood, whole, out=np.full_like(likelihood, 1 / len(HYPOTHESES)), where=whole > 0)


def _figures(scores: Array, classes: Sequence[ImageClass]) -> list[str]:
    """The figure type of the strongest class that is none of the twelve; '' where a head has no such class."""
    places = [place for place, each in enumerate(classes) if each.modality == OTHER]
    if not places:
        return [""] * len(scores)
    return [classes[places[strongest]].figure_type for strongest in scores[:, places].argmax(axis=1).tolist()]


def _meaning(place: int, figure: str) -> Meaning:
    modality = HYPOTHESES[place]
    return Meaning(modality=modality, figure_type=figure if modality == OTHER else "")
