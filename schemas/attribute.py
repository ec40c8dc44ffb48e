"""An attribute: a versioned score beside a sample or image, apart from any decision on it"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    id: str  # of a sample or of an image's pixels ('pixels:<digest>')
    name: str  # with its version: modality_biomedclip_v1
    value: str
    score: float  # 0-1, rounded to 4 places


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The modality decided for a sample, and what decided it."""

    id: str
    modality: str  # one of schemas.modality.MODALITIES
    submodality: str  # CTA, mammography ...; '' if not known
    figure_type: str  # photograph, chart, diagram, page, natural image; '' if not known
    by: str  # declared, header, caption, biomedclip, pixels; '' where nobody could tell
    score: float  # 0-1
    against: str = ""  # evidence that names another modality: 'header ct; caption mri'; '' if none does
