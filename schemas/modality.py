"""The twelve modalities, and what stands outside them"""

TWELVE = (
    "xray", "ct", "mri", "ultrasound", "dermoscopy", "fundus", "histopathology", "microscopy", "oct", "pet", "endoscopy", "photography",
)  # fmt: skip
TEXT = "text"  # no image
OTHER = "other"  # nobody can tell, or none of the twelve
MODALITIES = (*TWELVE, TEXT, OTHER)
