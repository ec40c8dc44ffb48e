"""an image's header facts -> whether text is, or may be, burned into its pixels"""

from __future__ import annotations

from schemas.image import Image

# PS3.3 C.7.3.1.1.1: types that are known to carry burned-in text; without a plain 'NO' they are suspected
BURNS_IN = ("US", "OT", "SC", "XC", "ES", "DOC")


def states_text(image: Image) -> bool:
    """The header says so (PS3.3 C.7.6.1.1.2): the pixels may tell who the patient is."""
    return (image.burned_in or "").strip().upper() == "YES"


def suspicion(image: Image) -> str:
    """What raises it, '' if nothing does: a DICOM file of a type that often has text in its pixels, or of none, whose header does not
    deny it. Names a type of `BURNS_IN` alone, never what a header holds beside them."""
    if image.format != "dicom" or image.burned_in == "NO" or states_text(image):
        return ""
    if image.header_modality and image.header_modality not in BURNS_IN:
        return ""
    return f"suspected: {image.header_modality or 'no Modality'}, BurnedInAnnotation absent"
