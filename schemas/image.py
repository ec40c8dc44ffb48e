"""An image: where it was found, what was seen in it, where its shippable bytes lie"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Where a member of an archive lies, so that it is read without the archive's directory."""

    root: str  # 'source' (`archive` is relative to the source's folder) or 'out' (to OUT: the plain tar that a tgz was copied into)
    archive: str
    name: str  # inside the archive, as it is written there
    method: str  # how its bytes lie: plain, stored, deflated, gzipped, dataset (curate.read.archive)
    offset: int  # where it begins in the archive; in a zip its local header does, in a tgz counted in what it inflates to
    stored: int  # bytes it takes there
    size: int  # bytes it has when read
    crc: int  # CRC-32 of these, or -1 where the archive tells none


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How a manifest (a recipe) wants values of more than 8 bits shown. None and 0 leave it to the file, then to its kind."""

    low: float | None = None  # value that is shown black, after slope and intercept (CT: HU)
    high: float | None = None  # value that is shown white
    low_share: float | None = None  # the same as percentiles of the picture's (the volume's) own values above the lowest
    high_share: float | None = None
    slope: float = 1.0  # value = what the file gives * slope + intercept, for files that do not tell their own
    intercept: float = 0.0
    choice: int = 0  # which of a DICOM file's own windows, from 1; 0: the first
    by: str = ""  # who says so, for the record: 'lung', 'column', 'recipe lung'


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How values of more than 8 bits were shown, as it was done."""

    low: float  # value shown as 0, in the file's units (rescaled)
    high: float  # value shown as 255
    by: str  # 'dicom window 1 of 3', 'voi lut 1 of 1', 'lung', 'ct default', 'percentiles 0.5-99.5', 'full range', ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A rectangle of the rendered image, in pixels: left and top inside, right and bottom the first outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """Where an image lies. `id` is the reference itself: source/path, with `!column` inside a file and `#n` for a frame or row."""

    id: str
    source: str
    path: str  # relative to the source's folder, '/' between parts, never leaves it; a member's is the one it would have if unpacked
    member: Member | None = None  # where `path` lies in an archive; None: it is a file
    frame: int = -1  # frame of a file, row of an array or table, slice of a volume; -1: the file itself
    column: str = ""  # cell of a Parquet table that embeds its images (image.bytes, images.0.bytes), array of an npz, axis of a volume
    size: int = 0  # of the file or member at `path`, bytes
    mtime_ns: int = 0  # of the file, or of the archive
    is_synthetic: bool = False
    rendering: Rendering | None = None  # what its manifest says of how it is shown
    may_identify: bool = False  # its source can carry identifiers in its pixels: text is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Ship:
    """Where the bytes to ship lie: in the source's own file, in an archive of it, or in a pack under OUT."""

    root: str  # 'source' (path is relative to the source's folder) or 'out' (relative to OUT)
    path: str  # of the file or archive
    member: str  # in an archive: its name there
    offset: int  # where its bytes begin in that file
    length: int  # bytes that ship
    format: str  # jpeg png gif webp
    digest: str  # SHA-256 of these bytes, checked when they ship
    deflated: int = 0  # bytes that lie there, as raw deflate of those that ship; 0: they lie as they are


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
    grey: bytes  # 64 x 64 grey of the rendered image, row by row: the second look at a pHash match
    width: int  # of the rendered image, pixels
    height: int
    mode: str  # of the file, as Pillow names it; 'DICOM' names by photometric interpretation
    bits: int  # stored bits per channel
    format: str  # jpeg png gif webp bmp tiff avif jpeg2000 dicom npy nifti nrrd metaimage slide; jpeg-arithmetic: one that is no web format
    blank: bool
    spread: float  # standard deviation of grey values of the rendered image
    header_modality: str | None  # DICOM Modality (0008,0060)
    photometric: str | None
    burned_in: str | None  # DICOM BurnedInAnnotation (0028,0301)
    is_synthetic: bool
    ship: Ship | None
    turned: bool = False  # EXIF orientation 5-8: its width is the height of the stored image, where boxes are told
    window: Window | None = None  # how values of more than 8 bits were shown; None: there were none
    text_by: str = ""  # what looked for text in its pixels, with its version; '': nothing did
    text: tuple[Region, ...] = ()  # where it was found
