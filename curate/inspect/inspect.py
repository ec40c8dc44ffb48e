"""image reference -> image: decoded once, digested, hashed; a PNG of it where the original is no web format"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from curate.pixels.array import cut_row
from curate.pixels.digest import BlankLimits, as_grey, byte_digest, grey, is_blank, phash, pixel_digest, spread
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header
from curate.pixels.kind import HEAD, WEB, image_kind
from curate.pixels.render import Rendered, render
from curate.pixels.web import to_png
from schemas.image import Image, ImageRef, Ship


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectLimits:
    max_bytes: int = 1 << 30  # of one image file, which is read whole; whole-slide pyramids and films are larger, pictures are not
    blank: BlankLimits = field(default_factory=BlankLimits)


def inspect_image(ref: ImageRef, open: Callable[[str], BinaryIO], limits: InspectLimits) -> tuple[Image, bytes | None]:
    """The image that `ref` names, and its PNG where the file itself cannot ship: no web format, 16 bits a channel, one frame of many.
    Otherwise `ship` points to the file. With the PNG `ship` is None: where it lies is for the caller to say.

    Bad data never raises: `reason` and `evidence` say what is wrong. An I/O error other than a missing or forbidden file does, so
    that it is tried again and not counted as bad data.
    """
    data = b""
    try:
        data = _read(ref, open, limits)
        rendered = render(data, frame=ref.frame if image_kind(data[:HEAD], len(data)) != "npy" else -1)
    except PixelFault as fault:
        return _unusable(ref, fault, byte_digest(data) if data else ""), None
    digest = byte_digest(data)
    if _ships_as_it_is(rendered.header, ref.frame):
        place = Ship(root="source", path=ref.path, member="", offset=0, length=len(data), format=rendered.header.format, digest=digest)
        return _image(ref, rendered, digest, place, limits), None
    return _image(ref, rendered, digest, None, limits), to_png(rendered.image)


def _read(ref: ImageRef, open: Callable[[str], BinaryIO], limits: InspectLimits) -> bytes:
    """The whole file; of an .npy file its one row, as an .npy file of its own."""
    if ref.member or ref.column:
        raise PixelFault("unsupported", "inside an archive" if ref.member else "inside a table")
    try:
        file = open(ref.path)
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:  # as ingest saw it, it was there
        raise PixelFault("unreadable", type(error).__name__) from None
    with file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        head = file.read(HEAD)
        file.seek(0)
        if image_kind(head, size) == "npy":
            return cut_row(file, ref.frame)
        if size > limits.max_bytes:
            raise PixelFault("too_large", f"{size} > {limits.max_bytes} bytes")
        return file.read()


def _ships_as_it_is(header: Header, frame: int) -> bool:
    """Trainers decode 16-bit PNG as numbers, not as a picture, and see the first frame alone."""
    return header.format in WEB and header.bits <= 8 and (frame < 0 or header.frames == 1)


def _image(ref: ImageRef, rendered: Rendered, digest: str, ship: Ship | None, limits: InspectLimits) -> Image:
    luma = as_grey(rendered.image)
    deviation = spread(luma)
    return Image(
        id=ref.id,
        source=ref.source,
        reason=None,
        evidence=None,
        byte_digest=digest,
        pixel_digest=pixel_digest(rendered.image),
        phash=phash(luma),
        grey=grey(luma),
        width=rendered.image.width,
        height=rendered.image.height,
        mode=rendered.header.mode,
        bits=rendered.header.bits,
        format=rendered.header.format,
        blank=is_blank(deviation, limits.blank),
        spread=deviation,
        header_modality=rendered.modality,
        photometric=rendered.photometric,
        burned_in=rendered.burned_in,
        is_synthetic=ref.is_synthetic,
        ship=ship,
    )


def _unusable(ref: ImageRef, fault: PixelFault, digest: str) -> Image:
    return Image(
        id=ref.id,
        source=ref.source,
        reason=fault.reason,
        evidence=fault.evidence,
        byte_digest=digest,
        pixel_digest="",
        phash=0,
        grey=b"",
        width=0,
        height=0,
        mode="",
        bits=0,
        format="",
        blank=False,
        spread=0.0,
        header_modality=None,
        photometric=None,
        burned_in=None,
        is_synthetic=ref.is_synthetic,
        ship=None,
    )
