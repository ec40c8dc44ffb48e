"""values of a picture of any depth, with colours and alpha or without -> 8 bits by a window that is told"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from curate.pixels.window import Grey, Values, is_asked, shown, stretch
from schemas.image import Rendering, Window

FULL_RANGE = "full range"
_DEPTHS = (255, 4095, 65_535, 4_294_967_295)  # colours of 8, 12, 16 and 32 bits, whatever they are stored in


def deep_picture(
    values: Values, *, rendering: Rendering | None = None, alpha: bool = False, inverted: bool = False
) -> tuple[Image.Image, Window]:
    """A picture, mode L or RGB, of (height, width) or (height, width, samples) in any numbers: the first sample, or the first three, and
    with `alpha` the last one, which is laid on white. `inverted`: the lowest value is white.

    Grey is windowed: as `rendering` wants, else by its percentiles 0.5-99.5; one that is 8 bits written wider, every value of it a
    multiple of 257 or of 256 (ISO/IEC 15948 13.12), is what it was. Colours are shown from 0 to the most that 8, 12, 16 or 32 bits
    hold, the least of them that holds theirs: stretching each picture by its own extremes would stain it anew. Real numbers of at
    most 1 are shares of one.
    """
    planes = values[:, :, None] if values.ndim == 2 else values
    if planes.shape[2] - alpha >= 3:
        picture, window = _colours(planes[:, :, :3], rendering)
    else:
        picture, window = _grey(np.ascontiguousarray(planes[:, :, 0]), rendering)
    return _laid(picture, planes, alpha=alpha, inverted=inverted), window


def byte_picture(values: Values, *, alpha: bool = False, inverted: bool = False) -> Image.Image:
    """The same of bytes, which are shown as they are."""
    planes = values[:, :, None] if values.ndim == 2 else values
    picture = planes[:, :, :3] if planes.shape[2] - alpha >= 3 else planes[:, :, 0]
    return _laid(picture.astype(np.uint8, copy=False), planes, alpha=alpha, inverted=inverted)


def _laid(picture: Grey, planes: Values, *, alpha: bool, inverted: bool) -> Image.Image:
    if inverted:
        picture = 255 - picture
    if alpha:
        picture = _on_white(picture, planes[:, :, -1])
    return Image.fromarray(np.ascontiguousarray(picture))


def _grey(values: Values, rendering: Rendering | None) -> tuple[Grey, Window]:
    factor = 0 if _is_told(rendering) else _widened(values)
    if factor:
        return (values // factor).astype(np.uint8), Window(low=0, high=255 * factor, by=FULL_RANGE)
    return shown(values, rendering)


def _is_told(rendering: Rendering | None) -> bool:
    """Whether a manifest or a recipe says what values mean, or which are black or white."""
    return rendering is not None and (is_asked(rendering) or (rendering.slope, rendering.intercept) != (1.0, 0.0))


def _widened(values: Values) -> int:
    """257 or 256 where 8 bits were written as 16; 0 where they are not, or nothing can be said of so few values."""
    if values.dtype != np.uint16 or not values.size or values.max() < 0x8000:
        return 0
    words = values.astype(np.uint16, copy=False)
    low, high = words & 255, words >> 8
    return 257 if np.array_equal(low, high) else 256 if not low.any() else 0


def _colours(values: Values, rendering: Rendering | None) -> tuple[Grey, Window]:
    if _is_told(rendering):
        flat, window = shown(np.ascontiguousarray(values).reshape(values.shape[0], -1), rendering)
        return flat.reshape(values.shape), window
    finite = values if values.dtype.kind != "f" else values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    depths = (1, *_DEPTHS) if values.dtype.kind == "f" else _DEPTHS
    window = Window(low=min(low, 0.0), high=next((float(depth) for depth in depths if high <= depth), high), by=FULL_RANGE)
    if values.dtype.kind in "ui" and window.low == 0 and window.high in (255.0, 65_535.0, 4_294_967_295.0):
        return np.right_shift(values, {255.0: 0, 65_535.0: 8}.get(window.high, 24)).astype(np.uint8), window
    return stretch(values, window.low, window.high), window


def _on_white(picture: Grey, alpha: Values) -> Grey:
    most = 1 if alpha.dtype.kind == "f" else 2 ** (8 * alpha.dtype.itemsize - (alpha.dtype.kind == "i")) - 1
    shares = stretch(alpha, 0, most)
    opaque = shares[..., None].astype(np.uint16) if picture.ndim == 3 else shares.astype(np.uint16)
    mixed: npt.NDArray[np.uint16] = picture * opaque + 255 * (255 - opaque) + 127
    return (mixed // 255).astype(np.uint8)
