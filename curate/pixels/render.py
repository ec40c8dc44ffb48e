"""bytes of an image -> the one rendered image that every hash, digest and model sees"""

from __future__ import annotations

import io
from collections.abc import Callable

from curate.pixels.film import Film
from curate.pixels.header import Header, read_header
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.rendered import Rendered
from schemas.image import Rendering

__all__ = ["Rendered", "render"]
_ADMITTED_APART = ("dicom", "npy")  # by a header that is read before


def render(
    data: bytes, *, frame: int = -1, rendering: Rendering | None = None, admit: Callable[[Header], None] | None = None
) -> Rendered:
    """One picture of the file in `data`, decoded in full: EXIF orientation applied; alpha laid on white; CMYK, palette and YCbCr as
    RGB; more than 8 bits by `rendering`, else by what the file says of it, else by percentiles (curate.pixels.window), which is told;
    ICC profiles not applied, as trainers do not.

    `frame` counts from 0; -1 is the first. `admit` is shown the header before any pixel is decoded, and may refuse it by raising.
    Metadata is taken off first, so that what is seen is what ships. Raises PixelFault: empty_file, not_an_image, unsupported, too_large
    (before decoding), truncated, corrupt, no_such_frame, dicom_no_pixels, dicom_compressed. libjpeg and libwebp mend some damage
    silently: a flipped bit inside their coded pixels is not always seen.
    """
    kind = image_kind(data[:HEAD], len(data))
    if admit and kind in _ADMITTED_APART:
        admit(read_header(io.BytesIO(data)))
    match kind:
        case "dicom":
            from curate.pixels.dicom import read_dicom  # pydicom is heavy: only where a DICOM file comes

            return read_dicom(data).rendered("", frame, rendering)
        case "npy":
            from curate.pixels.array import array_image

            image, header, window = array_image(data, frame, rendering)
            return Rendered(image=image, header=header, window=window)
        case "tiff":
            from curate.pixels.tiff import tiff_image  # so is tifffile

            return tiff_image(data, frame, rendering, admit)
        case "jpeg2000":
            from curate.pixels.jp2 import jp2_image

            return jp2_image(data, frame, rendering, admit)
    return Film(data, kind).rendered(frame, rendering, admit)
