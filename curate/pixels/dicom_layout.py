"""DICOM data set -> how its pixels lie: sizes, bits, colours; refused where no picture can be made of that"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydicom.dataset import FileDataset

from curate.pixels.dicom_dataset import DICOM_ERRORS, PIXELS, header_of
from curate.pixels.fault import PixelFault
from curate.pixels.header import check_size
from curate.pixels.window import Values

MAX_FRAME = 1 << 30  # bytes of one frame, decoded
GREY = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
_OTHER = ("HSV", "ARGB", "CMYK", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "XYB")  # retired, or of syntaxes that are not read
COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """PS3.3 C.7.6.3.1, PS3.5 8.1.1."""

    rows: int
    columns: int
    frames: int
    samples: Literal[1, 3]
    photometric: str  # one of GREY or COLOURS
    planar: int
    allocated: int  # bits a sample takes
    stored: int  # bits of it that are its value
    high: int  # the highest of these, counted from 0
    is_signed: bool
    keyword: str  # PixelData FloatPixelData DoubleFloatPixelData

    @property
    def frame_bits(self) -> int:
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples  # Y0 Y1 Cb Cr for every two pixels
        return self.rows * self.columns * samples * self.allocated

    @property
    def is_float(self) -> bool:
        return self.keyword != "PixelData"

    def cut(self, values: Values, bits: int, high: int) -> Values:
        """Of integers as they were decoded the `bits` of which `high` is the highest, with their sign: overlays may lie in the others."""
        width = 8 * values.dtype.itemsize
        bits, high = min(bits, width), min(high, width - 1)
        native = values.astype(values.dtype.newbyteorder("="), copy=False).view(f"u{width // 8}")
        kind = f"{'i' if self.is_signed else 'u'}{width // 8}"
        if bits == width:
            return native.view(kind)
        return np.right_shift(np.left_shift(native, width - 1 - high).view(kind), width - bits)

    def clipped(self, values: Values) -> Values:
        """What a lossy codestream gives beyond the values that can be stored, brought back to the nearest: cut, white would be black."""
        if self.stored >= 8 * values.dtype.itemsize:
            return values
        low, high = (-(1 << self.stored - 1), (1 << self.stored - 1) - 1) if self.is_signed else (0, (1 << self.stored) - 1)
        return np.clip(values, low, high)


def layout_of(dataset: FileDataset) -> Layout:
    """Raises PixelFault: corrupt, too_large, unsupported."""
    header = header_of(dataset)
    check_size(header.width, header.height)
    keyword = next(name for name in PIXELS if dataset.get(name))
    try:
        allocated, samples = int(dataset.BitsAllocated), int(dataset.SamplesPerPixel)
    except DICOM_ERRORS:  # absent, empty or no numbers
        raise PixelFault("corrupt", "no BitsAllocated or SamplesPerPixel") from None
    try:
        stored = int(dataset.get("BitsStored") or allocated)
        high = int(dataset.get("HighBit") or stored - 1)
        planar, is_signed = int(dataset.get("PlanarConfiguration") or 0), bool(int(dataset.get("PixelRepresentation") or 0))
    except DICOM_ERRORS as error:
        raise PixelFault("corrupt", f"dicom bits: {type(error).__name__}") from None
    if keyword != "PixelData":
        allocated = stored = 32 if keyword == "FloatPixelData" else 64
        high = stored - 1
    if allocated not in (1, 8, 16, 32, 64) or not 1 <= stored <= allocated or planar not in (0, 1):
        raise PixelFault("unsupported", f"dicom: {stored} bits stored of {allocated}, planar configuration {planar}")
    photometric = str(dataset.get("PhotometricInterpretation") or "")
    if (samples == 1) != (photometric in GREY) or (samples == 3) != (photometric in COLOURS) or (samples == 3 and allocated == 1):
        known = photometric if photometric in (*GREY, *COLOURS, *_OTHER) else "another name"
        raise PixelFault("unsupported", f"dicom: {samples} samples of {known}, {allocated} bits")
    if header.width * header.height * samples * max(allocated, 8) // 8 > MAX_FRAME:
        raise PixelFault("too_large", f"{header.width} x {header.height} x {samples} samples of {allocated} bits")
    return Layout(
        rows=header.height, columns=header.width, frames=header.frames, samples=1 if samples == 1 else 3, photometric=photometric,
        planar=planar, allocated=allocated, stored=stored, high=high if stored - 1 <= high < allocated else stored - 1,
        is_signed=is_signed, keyword=keyword,
    )  # fmt: skip
