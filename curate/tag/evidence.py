"""what sources, headers, words and models say of one image -> evidence, each a witness by name; <-> its attribute"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from curate.tag.vocabulary import Meaning
from schemas.modality import OTHER

DECLARED, HEADER = "declared_v1", "header_v2"
DOMAIN = "domain_v1"  # a source of the general domain that names no modality: its pictures are none of the twelve
CAPTION, CAPTION_WEAK = "caption_v2", "caption_weak_v2"
QUESTION, QUESTION_WEAK = "question_v1", "question_weak_v1"
POOLED = "pooled_v1"  # other samples of its part that show the same picture
WITNESSES = (  # then models; of two as strong the earlier decides
    DECLARED, DOMAIN, HEADER, CAPTION, CAPTION_WEAK, QUESTION, QUESTION_WEAK, POOLED,
)  # fmt: skip
# Who copies whom: captions, questions and other rows of one picture were written by the same people from the same file
VOICES: Mapping[str, str] = {
    DECLARED: "source", DOMAIN: "source", HEADER: "header",
    **dict.fromkeys((CAPTION, CAPTION_WEAK, QUESTION, QUESTION_WEAK, POOLED), "text"),
}  # fmt: skip
MODEL = "pixels"  # the voice of every model: all look at the same pixels

_PREFIX, _VERSION = "modality_", re.compile(r"_v\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one witness says of one image."""

    name: str  # of its attribute, with the version
    meaning: Meaning  # what it names; of a model, what it holds most likely
    score: float = 1.0  # of a model: its probability of the modality, 0-1
    shares: tuple[float, ...] = ()  # of a model: its probability of each of HYPOTHESES; empty for those who name one outright


@functools.cache
def family(name: str) -> str:
    """The witness as a reader calls it: without its version. modality_biomedclip_v2 -> biomedclip; caption_weak_v2 -> caption"""
    return _VERSION.sub("", name).removeprefix(_PREFIX).removesuffix("_weak")


def rank(name: str) -> int:
    """Its place among the witnesses; models come last."""
    return WITNESSES.index(name) if name in WITNESSES else len(WITNESSES)


def voice(name: str, *, from_labels: bool) -> str:
    """Witnesses of one voice repeat each other. Text that was made from labels repeats what the source declares."""
    spoken = VOICES.get(name, MODEL)
    return VOICES[DECLARED] if from_labels and spoken == VOICES[CAPTION] else spoken


def shown_as(meaning: Meaning) -> str:
    """The modality, or the kind of figure where it is none of the twelve."""
    return meaning.figure_type if meaning.modality == OTHER and meaning.figure_type else meaning.modality


def spell(meaning: Meaning) -> str:
    """A meaning as an attribute's value: 'ct', 'pet:PET/CT', 'other::chart'."""
    return f"{meaning.modality}:{meaning.submodality}:{meaning.figure_type}".rstrip(":")


def unspell(value: str) -> Meaning:
    modality, submodality, figure_type = [*value.split(":"), "", ""][:3]
    return Meaning(modality=modality, submodality=submodality, figure_type=figure_type)
