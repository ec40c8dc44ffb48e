"""The one rendered image of a file, and what its header told on the way"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from curate.pixels.header import Header
from schemas.image import Region, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    image: Image.Image  # mode L or RGB, 8 bits a channel
    header: Header
    modality: str | None = None  # DICOM facts, PS3.6 (0008,0060), (0028,0004), (0028,0301)
    photometric: str | None = None
    burned_in: str | None = None
    window: Window | None = None  # how values of more than 8 bits were shown
    scans: tuple[Region, ...] = ()  # DICOM ultrasound regions, PS3.3 C.8.5.5: what lies outside them is no scan
