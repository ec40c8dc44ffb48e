"""stored grey values of a DICOM frame -> 8 bits, by what the manifest, the file or its kind says; and which window that was"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from curate.pixels.dicom_grading import Grading, Lut, OwnWindow
from curate.pixels.window import Ends, Grey, Values, is_asked, is_within, sampled, scaled, stretch, wanted
from schemas.image import Rendering, Window

CT_WIDTH, CT_LEVEL = 400, 40  # HU: soft tissue, as scanners show the abdomen
NUCLEAR_SHARE = 99.5  # percentile of what is above 0: the bladder and the place of injection do not darken all the rest
NUCLEAR = ("PT", "NM")
SUV = 5.0  # g/ml: where PET is in these units no less is white, lest a slice without uptake shows its noise as uptake
_HOUNSFIELD = ("", "HU", "US")  # RescaleType, PS3.3 C.11.1.1.2: US is 'unspecified'
Shade = Callable[[Values], Grey]  # of values in the file's units


def shaded(stored: Values, grading: Grading, rendering: Rendering | None = None) -> tuple[Grey, Window | None]:
    """What `rendering` asks; else the file's own window or VOI LUT (its `choice`, else the first); else by kind: CT in HU soft tissue,
    PET and NM from 0 to a high percentile, pictures of 8 bits and fewer their whole range (no window is told then); else percentiles.
    An own window that shows nothing gives way, and the window tells it. MONOCHROME1 is inverted, padding black."""
    sample = sampled(stored)
    padding = _padding(sample, grading)
    if padding is not None:
        sample = sample[~is_within(sample, padding)]
    shade, window = _chosen(grading.real(sample), grading, rendering)
    grey = _by_table(stored, lambda values: shade(grading.real(values)))
    grey = 255 - grey if grading.is_inverted else grey
    if padding is not None:
        grey[is_within(stored, padding)] = 0
    return grey, window


def _padding(sample: Values, grading: Grading) -> Ends | None:
    """Only where it lies beyond what the picture holds: 0 is often told where 0 is water."""
    if grading.padding is None or sample.dtype.kind not in "iu":
        return None
    others = sample[~is_within(sample, grading.padding)]
    if others.size == 0:
        return None
    low, high = np.percentile(others.astype(np.float64), (0.5, 99.5))
    return grading.padding if grading.padding[1] < low or grading.padding[0] > high else None


def _by_table(stored: Values, shade: Shade) -> Grey:
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2:
        return shade(stored)
    # At most 65,536 values: each is shaded once, then the pixels are looked up. The same result, several times faster.
    lowest = int(stored.min())
    return shade(np.arange(lowest, int(stored.max()) + 1, dtype=np.int32))[stored.astype(np.int32) - lowest]


def _chosen(real: Values, grading: Grading, rendering: Rendering | None) -> tuple[Shade, Window | None]:
    """`real` is a sample of the picture in the file's units, without padding."""
    failed = ""
    if not is_asked(rendering):
        own = _own(grading, rendering.choice if rendering else 0)
        if own is not None:
            if not _shows_nothing(real, *own):
                return own
            failed = ": voi lut empty" if own[1].by.startswith("voi") else ": dicom window empty"
        if grading.bits <= 8 and grading.lut is None and grading.modality not in NUCLEAR:
            return _whole(grading, failed)
    values = scaled(real, rendering)
    window = wanted(values, rendering, None if is_asked(rendering) else _by_kind(values, grading, rendering))
    if not is_asked(rendering):
        window = replace(window, by=f"{window.by}{failed}")
    return lambda given: stretch(scaled(given, rendering), window.low, window.high), window


def _own(grading: Grading, choice: int) -> tuple[Shade, Window] | None:
    """`choice` counts windows, from 1; where it names none: the first VOI LUT, else the first window."""
    if grading.windows and (1 <= choice <= len(grading.windows) or not grading.luts):
        number = choice if 1 <= choice <= len(grading.windows) else 1
        own = grading.windows[number - 1]
        low, high = own.ends
        said = "" if own.function != "SIGMOID" else " (sigmoid)"
        window = Window(low=low, high=high, by=f"dicom window {number} of {len(grading.windows)}{said}")
        return lambda values: _by_function(values, own), window
    if grading.luts:
        lut = grading.luts[0]
        window = Window(low=lut.first, high=lut.first + lut.entries.size - 1, by=f"voi lut 1 of {len(grading.luts)}")
        return lambda values: _by_lut(values, lut), window
    return None


def _by_function(values: Values, own: OwnWindow) -> Grey:
    low, high = own.ends
    if own.function == "SIGMOID":  # PS3.3 C.11.2.1.3.1
        with np.errstate(all="ignore"):  # its far ends overflow, as they should
            shares = 1 / (1 + np.exp(-4 * (values.astype(np.float64) - own.center) / own.width))
        return stretch(shares, 0, 1)
    if low == high:  # a LINEAR window of width 1 is a threshold
        return np.where(values.astype(np.float64) > low, np.uint8(255), np.uint8(0))
    return stretch(values, low, high)


def _by_lut(values: Values, lut: Lut) -> Grey:
    return stretch(lut.looked_up(values), 0, (1 << lut.bits) - 1)


def _whole(grading: Grading, failed: str) -> tuple[Shade, Window | None]:
    """All that so few bits can hold: 8 bits as they are."""
    lowest = -(1 << grading.bits - 1) if grading.is_signed else 0
    ends = grading.real(np.array([lowest, lowest + (1 << grading.bits) - 1]))
    low, high = sorted(float(end) for end in ends)
    return lambda values: stretch(values, low, high), Window(low=low, high=high, by=f"full range{failed}") if failed else None


def _by_kind(real: Values, grading: Grading, rendering: Rendering | None) -> Window | None:
    if grading.modality in NUCLEAR:
        above = real[np.isfinite(real) & (real > 0)]  # type: ignore[operator]
        high = float(np.percentile(above.astype(np.float64), NUCLEAR_SHARE)) if above.size else 0.0
        high = max(high, SUV) if grading.unit == "GML" else high  # PS3.3 C.8.9.1.1.3: standardised uptake value by body weight
        return Window(low=0.0, high=high, by="nuclear default") if high > 0 else None
    is_scaled = grading.slope is not None or (rendering is not None and (rendering.slope, rendering.intercept) != (1.0, 0.0))
    if grading.modality == "CT" and grading.lut is None and is_scaled and grading.unit in _HOUNSFIELD:
        window = Window(low=CT_LEVEL - CT_WIDTH / 2, high=CT_LEVEL + CT_WIDTH / 2, by="ct default")
        return None if _shows_nothing(real, lambda values: stretch(values, window.low, window.high), window) else window
    return None


def _shows_nothing(real: Values, shade: Shade, window: Window) -> bool:
    """Whether all of the picture is on one side of a window although it holds more than the window is wide (it was told in other units:
    a slice of air, in contrast, is rightly black), or a window of less than 1 % of its range leaves less than 1 % of it grey."""
    kept = real[np.isfinite(real)].astype(np.float64)
    if kept.size == 0:
        return False
    grey, width = shade(kept), window.high - window.low
    low, high = np.percentile(kept, (0.5, 99.5))
    if ((grey == 0).all() or (grey == 255).all()) and high - low > width:
        return True
    return bool(width < 0.01 * (kept.max() - kept.min()) and ((grey == 0) | (grey == 255)).mean() > 0.99)
