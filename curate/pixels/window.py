"""grey values of any depth -> 8 bits, by a window that is stated"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from schemas.image import Rendering, Window

SHARES = (0.5, 99.5)  # percentiles of what is not background: one bright vessel or a clip of metal does not darken all the rest
BY_PERCENTILES = f"percentiles {SHARES[0]:g}-{SHARES[1]:g}"
SAMPLE = 1 << 20  # values by which percentiles are found
HUGE = 2.0**1000
Values = npt.NDArray[np.generic]
Grey = npt.NDArray[np.uint8]


Ends = tuple[float, float]  # the lowest and the highest, both included


def shown(
    values: Values, rendering: Rendering | None = None, fallback: Window | None = None, *, padding: Ends | None = None
) -> tuple[Grey, Window]:
    """`values` in 8 bits, and by which window: `wanted` says which. `padding` are values that stand for no pixel: they are 0."""
    real = scaled(values, rendering)
    window = wanted(real, rendering, fallback, padding=padding)
    grey = stretch(real, window.low, window.high)
    if padding is not None:
        grey[is_within(values, padding)] = 0
    return grey, window


def scaled(values: Values, rendering: Rendering | None) -> Values:
    """In the units that its manifest tells; as they are where it tells none."""
    if rendering is None or (rendering.slope, rendering.intercept) == (1.0, 0.0):
        return values
    with np.errstate(all="ignore"):  # of what a hostile file holds
        return values.astype(np.float64) * rendering.slope + rendering.intercept


def is_asked(rendering: Rendering | None) -> bool:
    """Whether a manifest (a recipe) says which values are black or white."""
    return rendering is not None and (rendering.low, rendering.high, rendering.low_share, rendering.high_share) != (None,) * 4


def sampled(values: Values) -> Values:
    """At most SAMPLE of `values`, in one axis: every nth."""
    step = max(1, math.ceil(values.size / SAMPLE)) | 1  # odd: sides of pictures are even, and one column would be met again
    return values.reshape(-1)[::step]


def wanted(values: Values, rendering: Rendering | None = None, fallback: Window | None = None, *, padding: Ends | None = None) -> Window:
    """The window of `values`, which are `scaled`: what `rendering` says; else `fallback`, which the file or its kind says; else the
    percentiles 0.5-99.5; else, of a picture of one value, 'full range'. `padding` is scaled as well."""
    if rendering is not None and is_asked(rendering):
        window = _said(values, rendering, padding)
        if window.high > window.low:
            return window
    elif fallback is not None:
        return fallback
    low, high = percentiles(values, padding=padding)
    if high > low:
        return Window(low=low, high=high, by=BY_PERCENTILES)
    low, high = min_max(values)
    return Window(low=low, high=high, by="full range")


def percentiles(values: Values, shares: Ends = SHARES, padding: Ends | None = None) -> Ends:
    """The percentiles `shares` of the finite values above the lowest, which is the background; `padding` does not count. Of more than
    SAMPLE values every nth is looked at. Where they are one: the lowest value and this; (0, 0) where no value is left."""
    looked = sampled(values)
    if padding is not None:
        looked = looked[~is_within(looked, padding)]
    kept = looked[np.isfinite(looked)].astype(np.float64)
    if kept.size == 0:
        return 0.0, 0.0
    lowest = float(kept.min())
    above = kept[kept > lowest]
    low, high = (float(end) for end in np.percentile(above, shares)) if above.size else (lowest, lowest)
    return (low, high) if high > low else (lowest, high)


def _said(values: Values, rendering: Rendering, padding: Ends | None) -> Window:
    shares = (
        SHARES[0] if rendering.low_share is None else rendering.low_share,
        SHARES[1] if rendering.high_share is None else rendering.high_share,
    )
    needed = rendering.low is None or rendering.high is None
    low, high = percentiles(values, shares, padding) if needed else (0.0, 0.0)
    by = rendering.by if rendering.by.startswith("recipe") else f"manifest {rendering.by}".rstrip()
    return Window(low=low if rendering.low is None else rendering.low, high=high if rendering.high is None else rendering.high, by=by)


def is_within(values: Values, ends: Ends) -> npt.NDArray[np.bool_]:
    """Of each value whether it is one of `ends` or lies between."""
    inside: npt.NDArray[np.bool_] = (values >= ends[0]) & (values <= ends[1])  # type: ignore[operator]
    return inside


def stretch(values: Values, low: float, high: float) -> Grey:
    """`values` mapped linearly so that `low` is 0 and `high` 255, rounded half up, clipped outside; all 0 where low >= high. NaN
    is 0."""
    if not high > low:
        return np.zeros(values.shape, dtype=np.uint8)
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2 and values.size > 65_536:
        floor = int(values.min())
        table = _stretch(np.arange(floor, int(values.max()) + 1, dtype=np.float64), low, high)
        return table[values.astype(np.int32) - floor]  # 65,536 divisions instead of one a pixel; the same values
    with np.errstate(invalid="ignore", over="ignore"):  # signalling NaNs of hostile files
        return _stretch(values.astype(np.float64), low, high)


def _stretch(values: npt.NDArray[np.float64], low: float, high: float) -> Grey:
    if not high - low < HUGE:  # the range of two doubles may itself overflow
        values, low, high = values / HUGE, low / HUGE, high / HUGE
    shades = (values - low) * 255 / (high - low) + 0.5  # in this order a half is a half: of whole numbers the product is exact
    return np.floor(np.clip(np.nan_to_num(shades, nan=0.0, posinf=255.0, neginf=0.0), 0, 255)).astype(np.uint8)


def min_max(values: Values, padding: int | None = None) -> tuple[float, float]:
    """The lowest and highest finite value: a window that clips nothing. `padding`, a value that stands for no pixel, does not count.
    (0, 0) where no finite value is left."""
    kept = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if padding is not None:
        kept = kept[kept != padding]
    if kept.size == 0:
        return 0.0, 0.0
    return float(kept.min()), float(kept.max())


def window_min_max(values: Values) -> Grey:
    """8 bits by the picture's own lowest and highest value: nothing is clipped, and flat pictures become 0. No number becomes 0."""
    return stretch(values, *min_max(values))
