"""An image: where it was found, what was seen in it, where its shippable bytes lie"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """Where an image lies. `id` is the reference itself: source/path, with `!member` in an archive and `#n` for a frame or row."""

    id: str
    source: str
    path: str  # relative to the source's folder, '/' between parts, never leaves it
    member: str = ""  # inside an archive
    frame: int = -1  # frame of a file, or row of an array; -1: the file itself
    column: str = ""  # column of a Parquet table that embeds images
    size: int = 0  # of the file at `path`, bytes
    mtime_ns: int = 0
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ship:
    """Where the bytes to ship lie: in the source's own file, or in a pack under OUT."""

    root: str  # 'source' (path is relative to the source's folder) or 'out' (relative to OUT)
    path: str
    member: str
    offset: int
    length: int
    format: str  # jpeg png gif webp
    digest: str  # SHA-256 of these bytes as they lie, checked when they ship


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One inspected image. Digest, pHash and grey are of the one rendered image: 8-bit, orientation applied, windowed."""

    id: str
    source: str
    reason: str | None  # why it cannot be used; None: decoded
    evidence: str | None
    byte_digest: str  # SHA-256 of the file as found; '' if it could not be read
    pixel_digest: str  # SHA-256 of width, height, mode and pixels of the rendered image; '' if not decoded
    phash: int = field(metadata={"arrow": pa.uint64()})  # imagehash.phash of the rendered image, 64 bits, first bit highest
    grey: bytes  # 32 x 32 grey of the rendered image, area-averaged: the second look at a pHash match
    width: int  # of the rendered image, pixels
    height: int
    mode: str  # of the file, as Pillow names it; 'DICOM' names by photometric interpretation
    bits: int  # stored bits per channel
    format: str  # jpeg png gif webp bmp tiff dicom npy
    blank: bool
    spread: float  # standard deviation of grey values of the rendered image
    header_modality: str | None  # DICOM Modality (0008,0060)
    photometric: str | None
    burned_in: str | None  # DICOM BurnedInAnnotation (0028,0301)
    is_synthetic: bool
    ship: Ship | None
