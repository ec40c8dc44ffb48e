"""bytes of an image -> the one rendered image that every hash, digest and model sees"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from curate.pixels.fault import PixelFault
from curate.pixels.header import PILLOW_ERRORS, Header, check_size, open_picture, picture_header, read_header
from curate.pixels.kind import HEAD, WEB, image_kind
from curate.pixels.strip import strip_metadata
from curate.pixels.window import window_min_max
from schemas.image import Region, Rendering, Window

_OPENED_HERE = (*WEB, "bmp", "tiff")
BACKGROUND = 255  # white, as the page behind a figure; what lies under a transparent pixel is not part of the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    image: Image.Image  # mode L or RGB, 8 bits a channel
    header: Header
    modality: str | None = None  # DICOM facts, PS3.6 (0008,0060), (0028,0004), (0028,0301)
    photometric: str | None = None
    burned_in: str | None = None
    window: Window | None = None  # how values of more than 8 bits were shown
    scans: tuple[Region, ...] = ()  # DICOM ultrasound regions, PS3.3 C.8.5.5: what lies outside them is no scan


def render(
    data: bytes, *, frame: int = -1, rendering: Rendering | None = None, admit: Callable[[Header], None] | None = None
) -> Rendered:
    """One picture of the file in `data`, decoded in full: EXIF orientation applied; alpha laid on white; CMYK, palette and YCbCr as
    RGB; more than 8 bits of grey by the picture's own min and max (DICOM: by its window); ICC profiles not applied, as trainers do not.

    `frame` counts from 0; -1 is the first. `admit` is shown the header before any pixel is decoded, and may refuse it by raising.
    Metadata is taken off first, so that what is seen is what ships. Raises PixelFault: empty_file, not_an_image, unsupported, too_large
    (before decoding), truncated, corrupt, no_such_frame, dicom_no_pixels, dicom_compressed. libjpeg and libwebp mend some damage
    silently: a flipped bit inside their coded pixels is not always seen.
    """
    kind = image_kind(data[:HEAD], len(data))
    if admit and kind not in _OPENED_HERE:
        admit(read_header(io.BytesIO(data)))
    match kind:
        case "dicom":
            from curate.pixels.dicom import read_dicom  # pydicom is heavy: only where a DICOM file comes

            return read_dicom(data).rendered("", frame, rendering)
        case "npy":
            from curate.pixels.array import array_image

            image, header, window = array_image(data, frame, rendering)
            return Rendered(image=image, header=header, window=window)
    picture = strip_metadata(data, kind) if kind in WEB else data
    file = io.BytesIO(picture)
    opened = open_picture(file, kind, len(data))
    header = picture_header(opened, kind, file)
    if admit:
        admit(header)
    return Rendered(image=_eight_bits(_decode(opened, header, frame, len(data))), header=header)


def _decode(opened: Image.Image, header: Header, frame: int, size: int) -> Image.Image:
    if frame >= header.frames:
        raise PixelFault("no_such_frame", f"frame {frame} of {header.frames}")
    try:
        if frame > 0:
            opened.seek(frame)
            check_size(*opened.size)  # TIFF: every frame has a size of its own
        opened.load()
        ImageOps.exif_transpose(opened, in_place=True)
        return opened
    except PILLOW_ERRORS as error:
        reason = "truncated" if _is_short(error) else "corrupt"
        raise PixelFault(reason, f"{header.format}, {size} bytes: {type(error).__name__}") from None


def _is_short(error: Exception) -> bool:
    """Pillow says only in words that the data ended early."""
    return isinstance(error, EOFError) or "truncated" in str(error).lower() or "not enough" in str(error).lower()


def _eight_bits(image: Image.Image) -> Image.Image:
    """Mode L or RGB."""
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(window_min_max(np.asarray(image)))
    if image.has_transparency_data:
        has_grey = image.mode in ("L", "LA", "La", "1")
        image = image.convert("LA" if has_grey else "RGBA")
        if image.getextrema()[-1] == (255, 255):
            return image.convert("L" if has_grey else "RGB")
        behind = Image.new(image.mode, image.size, (BACKGROUND, 255) if has_grey else (BACKGROUND,) * 3 + (255,))
        return Image.alpha_composite(behind, image).convert("L" if has_grey else "RGB")
    return image.convert("L" if image.mode == "1" else "RGB")
