"""rendered image -> PNG, for what is no web format"""

from __future__ import annotations

import io

from PIL import Image


def to_png(image: Image.Image) -> bytes:
    """The same pixels (mode L or RGB) as a lossless PNG without metadata. The bytes depend on the pixels and on the zlib in Pillow."""
    bare = image.copy()
    bare.info.clear()  # Pillow would write the profile, the resolution and the text it read
    out = io.BytesIO()
    bare.save(out, format="PNG", compress_level=6)
    return out.getvalue()
