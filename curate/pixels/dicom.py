"""DICOM file -> its frames as 8-bit pictures, and the few header facts that may leave it"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from curate.pixels.dicom_dataset import DICOM_ERRORS, DicomFacts, dicom_header, facts_of, header_of, numbers, read_data_set
from curate.pixels.dicom_grading import functional_group, grading_of
from curate.pixels.dicom_orientation import turn_by
from curate.pixels.dicom_palette import coloured
from curate.pixels.dicom_pixels import Pixels, open_pixels
from curate.pixels.dicom_regions import scan_regions
from curate.pixels.dicom_window import shaded
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header
from curate.pixels.orientation import upright
from curate.pixels.render import Rendered
from curate.pixels.window import Values
from schemas.image import Region, Rendering, Window

__all__ = ["Dicom", "DicomFacts", "dicom_header", "read_dicom"]


@dataclass(frozen=True)
class Dicom:
    """An opened file: a frame is decoded when it is asked for."""

    data: bytes
    header: Header
    facts: DicomFacts
    scans: tuple[Region, ...]  # ultrasound regions
    pixels: Pixels

    def rendered(self, column: str, frame: int, rendering: Rendering | None = None) -> Rendered:
        """Frame `frame` from 0 (-1: the first), rescaled and windowed (dicom_window.shaded); palette and YBR as RGB; colours of more
        than 8 bits by their high 8; cross-sections turned as slices of volumes are (dicom_orientation.turn_by). `column` names nothing
        here. Raises PixelFault: no_such_frame, truncated, corrupt, unsupported."""
        frame = self._frame(frame)
        stored, colour = self.pixels.stored(frame)
        try:
            shown, window = self._eight_bits(stored, colour, frame, rendering)
            plane = functional_group(self.pixels.dataset, "PlaneOrientationSequence", frame)
            turn = turn_by(self.facts.modality, numbers(plane, "ImageOrientationPatient"))
        except DICOM_ERRORS as error:
            raise PixelFault("corrupt", f"dicom pixels, {len(self.data)} bytes: {type(error).__name__}") from None
        image = upright(Image.fromarray(np.ascontiguousarray(shown)), turn)
        return Rendered(
            image=image, header=self.header, modality=self.facts.modality,
            photometric=self.facts.photometric, burned_in=self.facts.burned_in, window=window, scans=self.scans,
        )  # fmt: skip

    def digested(self, column: str, frame: int) -> bytes:
        """What the byte digest of a frame is of: its bytes as they lie in the file, after what it takes to read them; of the file itself
        (-1) all of it. Raises PixelFault."""
        if frame < 0:
            return self.data
        layout, syntax = self.pixels.layout, self.pixels.syntax
        said = (
            layout.columns, layout.rows, layout.samples, layout.photometric, layout.planar, layout.allocated, layout.stored, layout.high,
            int(layout.is_signed), layout.keyword,
        )  # fmt: skip
        return f"dicom {syntax} {' '.join(map(str, said))}\n".encode() + self.pixels.coded(self._frame(frame))

    def _frame(self, frame: int) -> int:
        if frame >= self.header.frames:
            raise PixelFault("no_such_frame", f"frame {frame} of {self.header.frames}")
        return max(frame, 0)

    def _eight_bits(
        self, stored: Values, colour: str, frame: int, rendering: Rendering | None
    ) -> tuple[npt.NDArray[np.uint8], Window | None]:
        layout, dataset = self.pixels.layout, self.pixels.dataset
        if layout.photometric == "PALETTE COLOR":
            return coloured(stored, dataset), None
        if colour:
            return _colours(stored, colour, layout.stored)
        return shaded(stored, grading_of(dataset, frame, bits=layout.stored, is_signed=layout.is_signed), rendering)


def read_dicom(data: bytes) -> Dicom:
    """A file opened; of its pixels only what is around them is read. Raises PixelFault: corrupt, too_large (before anything is decoded),
    truncated, unsupported, dicom_no_pixels, dicom_compressed (a transfer syntax that is not read)."""
    dataset = read_data_set(io.BytesIO(data))
    pixels = open_pixels(dataset)
    header = header_of(dataset)
    return Dicom(data, header, facts_of(dataset), scan_regions(dataset, header.width, header.height), pixels)


def _colours(stored: Values, colour: str, bits: int) -> tuple[npt.NDArray[np.uint8], Window | None]:
    """Colours are not windowed: their high 8 bits are shown."""
    if stored.dtype.kind != "u":
        raise ValueError("signed colours")
    most = (1 << bits) - 1
    eight = np.right_shift(stored, bits - 8).astype(np.uint8) if bits >= 8 else (stored.astype(np.uint16) * 255 // most).astype(np.uint8)
    shown: npt.NDArray[np.uint8] = eight if colour == "RGB" else _rgb(eight)
    return shown, Window(low=0, high=most, by="full range") if bits > 8 else None


_SWING = np.arange(256) - 128
_RED, _BLUE = np.round(1.402 * _SWING).astype(np.int16), np.round(1.772 * _SWING).astype(np.int16)
_GREEN = (
    np.round(65536 * -0.114 * 1.772 / 0.587 * _SWING).astype(np.int32),
    np.round(65536 * -0.299 * 1.402 / 0.587 * _SWING).astype(np.int32),
)


def _rgb(ybr: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """YBR_FULL in RGB, PS3.3 C.7.6.3.1.2, by tables as libjpeg does: pydicom's own, in fractions, takes five times as long."""
    luma, blue, red = (np.ascontiguousarray(ybr[..., plane]) for plane in range(3))
    green = ((_GREEN[0][blue] + _GREEN[1][red] + 32768) >> 16).astype(np.int16)
    shown = [np.clip(luma + shift, 0, 255).astype(np.uint8) for shift in (_RED[red], green, _BLUE[blue])]
    return np.stack(shown, axis=-1)
