"""tables of tag -> who says what a sample or an image is, in words; nothing of what was read"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from curate.tag.look import PIXELS
from curate.tag.reliability import load_reliabilities
from curate.tag.story import decision_words, doubt_words, evidence_lines
from schemas.attribute import Attribute, Tagged
from schemas.sample import Screened

if TYPE_CHECKING:
    from pipelines.history import History


def sample_witnesses(history: History, id: str, screened: Screened | None) -> Iterator[str]:
    """The decision, then every witness, then who says otherwise; nothing where the sample was not tagged."""
    tagged = history.row("tag", "modalities", Tagged, id)
    if tagged is None:
        return
    yield decision_words(tagged)
    told = list(evidence_lines(history.rows("tag", "evidence", Attribute, id), load_reliabilities()))
    yield from told
    for number, picture in enumerate(screened.pictures if screened else (), 1):
        for line in image_witnesses(history, picture.id, picture.pixel_digest):
            if line not in told:  # a header is kept with the sample and with its image
                yield f"Image {number}: {line}"
    if doubt := doubt_words(tagged):
        yield doubt


def image_witnesses(history: History, id: str, pixel_digest: str) -> Iterator[str]:
    """What the header and the model say of an image; a picture of two parts has its scores in both."""
    said = [attribute for key in (id, f"{PIXELS}{pixel_digest}") for attribute in history.rows("tag", "evidence", Attribute, key)]
    yield from evidence_lines(list(dict.fromkeys(said)), load_reliabilities())
