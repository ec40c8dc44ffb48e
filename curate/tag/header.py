"""DICOM Modality (0008,0060) -> what the image is"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from curate.modalities import load_modalities
from curate.tag.vocabulary import Meaning


@functools.cache
def header_terms() -> Mapping[str, Meaning | None]:
    """The terms of PS3.3 C.7.3.1.1.1, retired ones too; None: a term that says nothing of the image. Enhanced and legacy-converted
    objects carry the same terms as plain ones, so that no SOP class is looked at."""
    return {
        term: name and Meaning(modality=name[0], submodality=name[1], figure_type=name[2]) for term, name in load_modalities().dicom.items()
    }


def read_header(modality: str | None) -> Meaning | None:
    """What a DICOM Modality says, or None: absent, OT ('other' of the standard says nothing), or no term of the standard."""
    return header_terms().get((modality or "").strip().upper())
