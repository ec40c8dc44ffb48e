"""An attribute: a versioned score beside a sample or image, apart from any decision on it"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    id: str  # of a sample or of an image's pixels ('pixels:<digest>')
    name: str  # of the witness, with its version: caption_v2, modality_biomedclip_v2
    value: str
    score: float  # 0-1, rounded to 4 places


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The modality decided for a sample, how sure that is, and what decided it. Measures are rounded to 4 places."""

    id: str
    modality: str  # one of schemas.modality.MODALITIES
    submodality: str  # CTA, mammography ...; mixed: its images differ; '' if not known
    figure_type: str  # photograph, chart, diagram, page, natural image; '' if not known
    by: str  # declared, domain (general), header, caption, question, pooled, or a model: biomedclip, pixels ...; '' if nobody could tell
    score: float  # posterior of `modality` by all the evidence, 0-1; 0 where nobody could tell
    # posterior of `modality` less that of the most likely other one; under 0 where a source's word stands against the evidence
    margin: float = 0.0
    # the most likely other modality; where nobody could tell, the one that was likeliest; '' if nothing speaks for any
    runner_up: str = ""
    seen: str = ""  # what the model sees above its limits: a modality, or the figure type where it is none of the twelve; '' else
    seen_score: float = 0.0  # the model's own probability of `seen`, 0-1; of several images the least
    against: str = ""  # who, heard alone, would have said otherwise: 'header ct; caption mri; pixels ct 0.97'; '' if nobody
