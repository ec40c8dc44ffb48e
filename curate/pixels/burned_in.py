"""an image's header facts, and what was seen in its pixels -> whether text is, or may be, burned in"""

from __future__ import annotations

from curate.pixels.rectangles import covered
from schemas.image import Image

# PS3.3 C.7.3.1.1.1: types that are known to carry burned-in text; without a plain 'NO' they are suspected
BURNS_IN = ("US", "OT", "SC", "XC", "ES", "DOC")


def states_text(image: Image) -> bool:
    """The header says so (PS3.3 C.7.6.1.1.2): the pixels may tell who the patient is."""
    return is_yes(image.burned_in)


def suspicion(image: Image) -> str:
    """What raises it, '' if nothing does: a DICOM file of a type that often has text in its pixels, or of none, whose header does not
    deny it. Names a type of `BURNS_IN` alone, never what a header holds beside them."""
    if not is_suspect(image.format, image.header_modality, image.burned_in):
        return ""
    return f"suspected: {image.header_modality or 'no Modality'}, BurnedInAnnotation absent"


def seen_text(image: Image) -> str:
    """What was found in its pixels, as evidence: 'text_v1: 3 regions, 2.1 % of the picture'; '' if nothing was, or nothing looked."""
    if not image.text:
        return ""
    places = "1 region" if len(image.text) == 1 else f"{len(image.text)} regions"
    return f"{image.text_by}: {places}, {100 * text_share(image):.1f} % of the picture"


def text_share(image: Image) -> float:
    """The share of the picture that is text."""
    return covered(image.text) / (image.width * image.height)


def is_yes(burned_in: str | None) -> bool:
    return (burned_in or "").strip().upper() == "YES"


def is_suspect(format: str, modality: str | None, burned_in: str | None) -> bool:
    return format == "dicom" and burned_in != "NO" and not is_yes(burned_in) and (not modality or modality in BURNS_IN)
