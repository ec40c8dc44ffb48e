"""a screened sample and the scores of its pixels -> the one modality it counts as, and what decided it"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curate.models.prompts import ImageClass
from curate.tag.header import read_header
from curate.tag.score import Scores, read_scores
from curate.tag.text import read_text
from curate.tag.words import Meaning
from schemas.attribute import Tagged
from schemas.modality import MODALITIES, OTHER, TEXT
from schemas.sample import Picture, Sample, Screened

VERSION = 1  # raise when any output can change: a stage of another version is not reused

MIXED = "mixed"  # submodality of a sample whose images are of several modalities


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLimits:
    min_score: float = 0.5  # of a model: the modality outweighs all others together
    min_margin: float = 0.2  # over the runner-up; zero-shot scores are uncalibrated, and close calls abstain
    caption_score: float = 0.95  # what words are worth: on ROCO captions whose keywords name one modality they are right in 0.99
    header_score: float = 0.99  # a header is written by the machine; a screenshot of another picture may still wear it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    meaning: Meaning
    by: str
    score: float


def tag_sample(
    screened: Screened, scores: Mapping[str, Scores], classes: Sequence[ImageClass], limits: TagLimits = TagLimits()
) -> Tagged:
    """The modality of a sample. `scores` are a model's by pixel digest, over `classes`; images without any are decided by the rest.
    Order: declared by the source, DICOM header, words of the text, scores above their limits. Nobody: 'other', decided by ''.
    Several images count as what they have in common, else as 'other' (mixed)."""
    sample = screened.sample
    if not screened.pictures:
        return Tagged(id=screened.id, modality=TEXT, submodality="", figure_type="", by="declared", score=1.0, against="")
    declared, words = _declared(sample), read_text(sample)
    if declared is None:
        decisions = [_decide(picture, words, scores, classes, limits) for picture in screened.pictures]
        chosen = _common(decisions)
    else:
        chosen = declared
    return _tagged(screened, chosen, words)


def _declared(sample: Sample) -> _Evidence | None:
    if sample.modality is None or sample.modality == TEXT or sample.modality not in MODALITIES:
        return None
    return _Evidence(meaning=Meaning(modality=sample.modality), by="declared", score=1.0)


def _decide(
    picture: Picture, words: Meaning | None, scores: Mapping[str, Scores], classes: Sequence[ImageClass], limits: TagLimits
) -> _Evidence:
    """One image that nobody declared."""
    header = read_header(picture.header_modality)
    if header:
        return _Evidence(meaning=header, by="header", score=limits.header_score)
    if words:
        return _Evidence(meaning=words, by="caption", score=limits.caption_score)
    found = scores.get(picture.pixel_digest)
    seen = read_scores(found, classes, min_score=limits.min_score, min_margin=limits.min_margin) if found else None
    if seen:
        return _Evidence(meaning=seen[0], by="biomedclip", score=seen[1])
    return _Evidence(meaning=Meaning(modality=OTHER), by="", score=0.0)


def _common(decisions: Sequence[_Evidence]) -> _Evidence:
    """What all images are, as sure as the least sure of them; 'other' and mixed if they differ."""
    least = min(decisions, key=lambda evidence: (evidence.score, evidence.by))
    if len({evidence.meaning.modality for evidence in decisions}) > 1:
        return _Evidence(meaning=Meaning(modality=OTHER, submodality=MIXED), by=least.by, score=least.score)
    meanings = {evidence.meaning for evidence in decisions}
    meaning = meanings.pop() if len(meanings) == 1 else Meaning(modality=least.meaning.modality)
    return _Evidence(meaning=meaning, by=least.by, score=least.score)


def _tagged(screened: Screened, chosen: _Evidence, words: Meaning | None) -> Tagged:
    """`chosen`, made finer by evidence that agrees with it; who contradicts it is named."""
    headers = [header for picture in screened.pictures if (header := read_header(picture.header_modality))]
    others = [("header", header) for header in headers] + ([("caption", words)] if words else [])
    agreeing = [meaning for _, meaning in others if meaning.modality == chosen.meaning.modality]
    against = {f"{by} {meaning.modality}" for by, meaning in others if meaning.modality != chosen.meaning.modality}
    return Tagged(
        id=screened.id,
        modality=chosen.meaning.modality,
        submodality=chosen.meaning.submodality or _finest(meaning.submodality for meaning in agreeing),
        figure_type=chosen.meaning.figure_type or _finest(meaning.figure_type for meaning in agreeing),
        by=chosen.by,
        score=chosen.score,
        against="" if chosen.meaning.submodality == MIXED else "; ".join(sorted(against)),
    )


def _finest(names: Iterable[str]) -> str:
    said = {name for name in names if name}
    return said.pop() if len(said) == 1 else ""
