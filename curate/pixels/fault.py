"""Why the bytes of an image cannot be used"""

from __future__ import annotations


class PixelFault(Exception):
    """A data fault of one image: `reason` is a countable word, `evidence` a measurement (sizes, counts, names of formats), never content.

    Reasons: empty_file, not_an_image, unsupported, too_large, truncated, corrupt, no_such_frame, no_such_array, dicom_no_pixels,
    dicom_compressed, unreadable, image_too_small (by its header, before it is decoded), decoder_died.
    """

    def __init__(self, reason: str, evidence: str = "") -> None:
        super().__init__(reason, evidence)
        self.reason = reason
        self.evidence = evidence
