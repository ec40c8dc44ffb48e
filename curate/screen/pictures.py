"""inspected images -> the fault that refuses their sample, or the pictures that ride with it"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curate.boxes import box_fault
from curate.pixels.burned_in import seen_text, states_text, suspicion, text_share
from curate.recipe import Limits
from schemas.image import Image
from schemas.sample import Box, Picture
from schemas.verdict import Fault

MOST_BLANK = 0.75  # of a picture; outside its scans an ultrasound screen has a half


def image_fault(image: Image, limits: Limits, *, allow_synthetic: bool) -> Fault | None:
    """Why one image cannot be used. Sides are those of the rendered image, in pixels; `limits.min_side` itself passes."""
    if image.reason is not None:
        return Fault(reason=image.reason, evidence=image.evidence or "")
    side = min(image.width, image.height) if limits.side == "min" else max(image.width, image.height)
    if side < limits.min_side:
        return Fault(reason="image_too_small", evidence=f"{side} < {limits.min_side}")
    if limits.drop_blank and image.blank:
        return Fault(reason="image_blank", evidence=f"spread {image.spread:.2f}")
    if text := burned_in_text(image, limits):
        return Fault(reason="burned_in_text", evidence=text)
    if image.is_synthetic and not allow_synthetic:
        return Fault(reason="image_synthetic")
    return None


def burned_in_text(image: Image, limits: Limits) -> str:
    """The text in its pixels, stated, suspected or seen, for which `limits.burned_in` refuses it, as evidence; '' where it does not."""
    stated = "BurnedInAnnotation YES" if states_text(image) else suspicion(image)
    match limits.burned_in:
        case "refuse":
            return stated or seen_text(image)
        case "refuse_stated":
            return stated if states_text(image) else ""
        case "blank":
            return _not_to_blank(image, stated)
    return ""


def _not_to_blank(image: Image, stated: str) -> str:
    """Why it is no use to blank what was seen: text there must be was not found, or too little of the picture would be left."""
    if not image.text:
        return f"{stated}, no text found to blank" if stated else ""
    return f"{seen_text(image)}: too much to blank" if text_share(image) > MOST_BLANK else ""


def pictures_fault(images: Iterable[Image], limits: Limits, *, allow_synthetic: bool) -> Fault | None:
    """One image that cannot be used refuses its sample; the evidence names the image and its own reason."""
    for image in images:
        fault = image_fault(image, limits, allow_synthetic=allow_synthetic)
        if fault:
            return Fault(reason="image_rejected", evidence=f"{image.id}: {fault.reason} {fault.evidence}".rstrip())
    return None


def boxes_fault(boxes: Iterable[Box], images: Sequence[Image]) -> Fault | None:
    """Boxes are told in pixels of the stored image, which an EXIF orientation may show on its side."""
    for box in boxes:
        image = images[box.image]
        width, height = (image.height, image.width) if image.turned else (image.width, image.height)
        if fault := box_fault([box], width, height):
            return fault
    return None


def picture_of(image: Image, limits: Limits) -> Picture:
    """What rides with the sample; of a picture that ships blanked its size as a PNG, roughly: half a byte a pixel."""
    black = image.text if limits.burned_in == "blank" else ()
    size = image.ship.length if image.ship else 0
    return Picture(
        id=image.id,
        byte_digest=image.byte_digest,
        pixel_digest=image.pixel_digest,
        phash=image.phash,
        width=image.width,
        height=image.height,
        bytes=max(size, image.width * image.height // 2) if black else size,
        header_modality=image.header_modality,
        is_synthetic=image.is_synthetic,
        ship=image.ship,
        blanked=black,
    )
