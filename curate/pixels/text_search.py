"""rendered image -> where text is, or must be taken to be, where there is a reason to look for it"""

from __future__ import annotations

from PIL import Image

from curate.pixels.burned_in import is_suspect, is_yes
from curate.pixels.rectangles import outside
from curate.pixels.rendered import Rendered
from schemas.image import Region

OUTSIDE_BY = "ultrasound_regions"  # told behind what looked for text


def look_for_text(rendered: Rendered, luma: Image.Image, *, may_identify: bool) -> tuple[str, tuple[Region, ...]]:
    """(Image.text_by, Image.text) of a rendered image and its grey values: ('', ()) where there is no reason to look: the source cannot
    carry identifiers in its pixels, and the header neither states text nor leaves it to be suspected. Where the header does, all that is
    outside the scans of an ultrasound picture counts as text, seen or not."""
    in_doubt = is_yes(rendered.burned_in) or is_suspect(rendered.header.format, rendered.modality, rendered.burned_in)
    if not (may_identify or in_doubt):
        return "", ()
    from curate.pixels.text_regions import TEXT_BY, text_regions  # 0.3 s of scipy: only where there is a reason to look

    found = text_regions(luma)
    if not (in_doubt and rendered.scans):
        return TEXT_BY, found
    around = outside(rendered.scans, luma.size)
    return f"{TEXT_BY} {OUTSIDE_BY}", (*around, *(region for region in found if not any(_holds(other, region) for other in around)))


def _holds(outer: Region, inner: Region) -> bool:
    return outer.left <= inner.left and outer.top <= inner.top and inner.right <= outer.right and inner.bottom <= outer.bottom
