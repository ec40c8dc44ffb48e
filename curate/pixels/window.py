"""grey values of any depth -> 8 bits, by a window that is stated"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.generic]
Grey = npt.NDArray[np.uint8]


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
    # Scaled by the larger of the two first: the range of two doubles may itself overflow.
    scale = max(abs(low), abs(high))
    shades = (values / scale - low / scale) / (high / scale - low / scale) * 255 + 0.5
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
