"""decoded picture of Pillow's -> 8 bits of grey or RGB, alpha laid on white"""

from __future__ import annotations

from PIL import Image

BACKGROUND = 255  # white, as the page behind a figure; what lies under a transparent pixel is not part of the picture
_GREYS = ("L", "LA", "La", "1")


def flattened(image: Image.Image) -> Image.Image:
    """Mode L or RGB; the same object where it is that. Of modes of at most 8 bits a channel."""
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if not image.has_transparency_data:
        return image.convert("L" if image.mode == "1" else "RGB")
    mode, flat = ("LA", "L") if image.mode in _GREYS else ("RGBA", "RGB")
    image = image if image.mode == mode else image.convert(mode)
    if image.getchannel("A").getextrema() == (255, 255):
        return image.convert(flat)
    behind = Image.new(mode, image.size, (BACKGROUND, 255) if flat == "L" else (BACKGROUND,) * 3 + (255,))
    return Image.alpha_composite(behind, image).convert(flat)
