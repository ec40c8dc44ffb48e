"""The twelve modalities, and what stands outside them"""

TWELVE = (
    "xray", "ct", "mri", "ultrasound", "dermoscopy", "fundus", "histopathology", "microscopy", "oct", "pet", "endoscopy", "photography",
)  # fmt: skip
TEXT = "text"  # no image
OTHER = "other"  # nobody can tell, or none of the twelve
MODALITIES = (*TWELVE, TEXT, OTHER)

_SHORT = {
    "xray": "X-ray",
    "ct": "CT",
    "mri": "MRI",
    "oct": "OCT",
    "pet": "PET",
    TEXT: "Text, no image",
    OTHER: "Other",
    "general": "General domain",
}


def short_name(modality: str) -> str:
    """As people read it in tables and plots: 'xray' -> 'X-ray'."""
    return _SHORT.get(modality, modality.replace("_", " ").capitalize())
