"""JPEG, PNG, GIF, WebP, BMP, AVIF -> their pictures as they are seen"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import AvifImagePlugin, Image

from curate.pixels.deep import deep_picture
from curate.pixels.fault import PixelFault
from curate.pixels.flat import flattened
from curate.pixels.header import PILLOW_ERRORS, Header, check_size, open_picture, picture_fault, picture_header
from curate.pixels.inflated import inflated
from curate.pixels.kind import WEB
from curate.pixels.orientation import upright
from curate.pixels.rendered import Rendered
from curate.pixels.strip import stripped
from schemas.image import Rendering, Window

Admit = Callable[[Header], None]


class Film:
    """A file in memory, opened once for all its frames: asked for in their order, each costs one step. Metadata is taken off first, so
    that what is seen is what ships. Raises PixelFault, here and in `rendered`."""

    def __init__(self, data: bytes, kind: str) -> None:
        self.kind, self.size, self.orientation = kind, len(data), 1
        if kind in WEB:
            data, self.orientation, kind = stripped(data, kind)
        data = inflated(data) if kind == "png" else data
        self.file = io.BytesIO(data)
        self.opened = open_picture(self.file, self.kind, self.size)
        self.header = picture_header(self.opened, self.kind, self.file, told=kind)
        if isinstance(self.opened, AvifImagePlugin.AvifImageFile):  # it turns no pixels; what it says is of its own boxes
            self.orientation = self.opened.getexif().get(0x0112, 1)

    def rendered(self, frame: int, rendering: Rendering | None = None, admit: Admit | None = None) -> Rendered:
        """One frame (-1: the first), composed with those before it. PNG of 16 bits as `deep_picture` tells."""
        if admit:
            admit(self.header)
        opened = self._decoded(frame)
        image, window = self._deep(opened, rendering) if self.header.bits > 8 and frame <= 0 else (self._flat(opened), None)
        if image is opened and self.header.frames > 1:
            image = image.copy()  # the next frame is drawn into the same object
        return Rendered(image=upright(image, self.orientation), header=self.header, window=window)

    def _decoded(self, frame: int) -> Image.Image:
        if frame >= self.header.frames:
            raise PixelFault("no_such_frame", f"frame {frame} of {self.header.frames}")
        try:
            if self.header.frames > 1 and self.opened.tell() != max(frame, 0):
                self.opened.seek(max(frame, 0))
                check_size(*self.opened.size)
            self.opened.load()
            return self.opened
        except PILLOW_ERRORS as error:
            raise picture_fault(error, self.header.format, self.size) from None

    def _flat(self, opened: Image.Image) -> Image.Image:
        try:
            return flattened(opened)
        except PILLOW_ERRORS as error:
            raise picture_fault(error, self.header.format, self.size) from None

    def _deep(self, opened: Image.Image, rendering: Rendering | None) -> tuple[Image.Image, Window]:
        """Pillow keeps 16 bits of grey alone; of colours and alpha the high 8."""
        if not opened.mode.startswith("I"):
            return deep_picture(_png_values(self.file.getvalue()), rendering=rendering, alpha=opened.mode in ("LA", "RGBA"))
        values = np.asarray(opened).astype(np.uint16, copy=False)
        clear = opened.info.get("transparency")
        if not isinstance(clear, int) or not (values == clear).any():
            return deep_picture(values, rendering=rendering)
        opaque = np.where(values == clear, 0, 65_535).astype(np.uint16)
        return deep_picture(np.stack([values, opaque], axis=-1), rendering=rendering, alpha=True)


def _png_values(data: bytes) -> np.ndarray:
    """(height, width, samples) of 16 bits."""
    import imagecodecs  # heavy, and needed for hardly any file

    try:
        return np.asarray(imagecodecs.png_decode(data))
    except (imagecodecs.PngError, *PILLOW_ERRORS) as error:
        raise PixelFault("corrupt", f"png, {len(data)} bytes: {type(error).__name__}") from None


def read_film(data: bytes, kind: str) -> Film:
    """Of a `kind` that `image_kind` found: jpeg, png, gif, webp, bmp or avif. Raises PixelFault."""
    return Film(data, kind)
