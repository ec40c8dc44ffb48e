"""image reference -> image: decoded once, digested, hashed; the bytes to ship where no file has them as they ship"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from curate.inspect.reading import Content, Open, read_images
from curate.pixels.digest import BlankLimits, as_grey, is_blank, phash_and_grey, pixel_digest, spread
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header
from curate.pixels.kind import WEB
from curate.pixels.render import Rendered
from curate.pixels.strip import strip_metadata
from curate.pixels.text_search import look_for_text
from curate.pixels.web import to_png
from schemas.image import Image, ImageRef, Ship


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectLimits:
    max_bytes: int = 1 << 30  # of one image file, which is read whole; whole-slide pyramids and films are larger, pictures are not
    blank: BlankLimits = field(default_factory=BlankLimits)
    # A picture whose header says that it is smaller is not decoded: the recipe's rule, or a milder one. 0: all are.
    min_side: int = 0
    side: Literal["min", "max", "both"] = "min"


Seen = tuple[Image, bytes | None]  # an image, and its bytes where no file has them as they ship


def inspect_image(ref: ImageRef, open: Open, limits: InspectLimits) -> Seen:
    """The image that `ref` names, and the bytes to ship where no file has them as they are: a PNG of what is no web format, has 16 bits a
    channel or is one frame of many; the bytes themselves where they are embedded in a table. With them `ship` is None: where they
    lie is for the caller to say. Otherwise `ship` points to the file.

    Bad data never raises: `reason` and `evidence` say what is wrong. An I/O error other than a missing or forbidden file does, so
    that it is tried again and not counted as bad data.
    """
    ((_, content),) = read_images([ref], open, max_bytes=limits.max_bytes)
    return inspect_content(ref, content, limits)


def inspect_content(ref: ImageRef, content: Content | PixelFault, limits: InspectLimits) -> Seen:
    """The same of what `read_images` gave."""
    if isinstance(content, PixelFault):
        return unusable(ref, content, ""), None
    gate = _Gate(limits)
    try:
        rendered = content.draw(ref, gate.admit)
    except PixelFault as fault:
        return unusable(ref, fault, content.digest() if content.data else "", gate.header), None
    image = _image(ref, rendered, content.frame, content.digest(frames=rendered.header.frames), limits)
    unseen = bool(image.text_by) and rendered.header.frames > 1  # frames that nobody looked through
    if unseen or not _ships_as_it_is(rendered.header, content.frame):
        return image, to_png(rendered.image)
    if content.begin < 0:
        return image, strip_metadata(content.data, rendered.header.format)  # what it says of people is not kept in OUT either
    return replace(image, ship=_place(ref, content, rendered.header.format, image.byte_digest)), None


class _Gate:
    """Lets pass what is large enough, and remembers the header."""

    def __init__(self, limits: InspectLimits) -> None:
        self.limits = limits
        self.header: Header | None = None

    def admit(self, header: Header) -> None:
        """Raises PixelFault: image_too_small."""
        side = (min if self.limits.side == "min" else max)(header.width, header.height)
        if side < self.limits.min_side:
            self.header = header
            raise PixelFault("image_too_small", f"{side} < {self.limits.min_side}")


def _ships_as_it_is(header: Header, frame: int) -> bool:
    """Trainers decode 16-bit PNG as numbers, not as a picture, and see the first frame alone."""
    return header.format in WEB and header.bits <= 8 and (frame < 0 or header.frames == 1)


def _place(ref: ImageRef, content: Content, format: str, digest: str) -> Ship:
    place = Ship(root="source", path=ref.path, member="", offset=content.begin, length=len(content.data), format=format, digest=digest)
    if ref.member is None:
        return place
    deflated = ref.member.stored if ref.member.method == "deflated" else 0
    return replace(place, root=ref.member.root, path=ref.member.archive, member=ref.member.name, deflated=deflated)


def _image(ref: ImageRef, rendered: Rendered, frame: int, digest: str, limits: InspectLimits) -> Image:
    luma = as_grey(rendered.image)
    deviation = spread(luma)
    hash, signature = phash_and_grey(luma)
    text_by, text = look_for_text(rendered, luma, may_identify=ref.may_identify)
    return Image(
        id=ref.id,
        source=ref.source,
        reason=None,
        evidence=None,
        byte_digest=digest,
        pixel_digest=pixel_digest(rendered.image),
        phash=hash,
        grey=signature,
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
        ship=None,
        turned=_is_turned(rendered, frame),
        window=rendered.window,
        text_by=text_by,
        text=text,
    )


def _is_turned(rendered: Rendered, frame: int) -> bool:
    """Of a square image it makes no difference. Further frames of a TIFF have sizes of their own, which its header does not tell."""
    stored = rendered.header.width, rendered.header.height
    return frame <= 0 and rendered.image.size != stored and rendered.image.size == stored[::-1]


def unusable(ref: ImageRef, fault: PixelFault, digest: str, header: Header | None = None) -> Image:
    """The row of an image that was not decoded; of one that its header alone refused, with what the header says."""
    return Image(
        id=ref.id,
        source=ref.source,
        reason=fault.reason,
        evidence=fault.evidence,
        byte_digest=digest,
        pixel_digest="",
        phash=0,
        grey=b"",
        width=header.width if header else 0,
        height=header.height if header else 0,
        mode=header.mode if header else "",
        bits=header.bits if header else 0,
        format=header.format if header else "",
        blank=False,
        spread=0.0,
        header_modality=None,
        photometric=None,
        burned_in=None,
        is_synthetic=ref.is_synthetic,
        ship=None,
    )
