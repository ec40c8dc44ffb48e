"""DICOM data set -> the stored values of one of its frames, decoded by a named decoder of each syntax"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pydicom import uid
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder

from curate.pixels.dicom_codestream import Codestream, read_codestream
from curate.pixels.dicom_dataset import DICOM_ERRORS, NATIVE
from curate.pixels.dicom_frames import Span, frame_spans
from curate.pixels.dicom_layout import Layout, layout_of
from curate.pixels.fault import PixelFault
from curate.pixels.window import Values

UNCOMPRESSED = uid.UID("1.2.840.10008.1.2.1.98")  # PS3.5 A.4.11: frames of explicit little endian as fragments
_JPEG = tuple(uid.UID(f"1.2.840.10008.1.2.4.{number}") for number in (50, 51, 53, 55, 57, 70))  # 53 and 55: progressive, retired
_WAVELET = (uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K)
KINDS = {  # what a codestream of each syntax must be; of JPEG any process, as archives relabel them
    **dict.fromkeys(_JPEG, ("jpeg", "jpeg-lossless")),
    **dict.fromkeys((uid.JPEGLSLossless, uid.JPEGLSNearLossless), ("jpeg-ls",)),
    **dict.fromkeys(_WAVELET, ("jpeg2000",)),
}
_LOSSY = (uid.JPEGLSNearLossless, uid.JPEG2000, uid.HTJ2K)


@dataclass(frozen=True)
class Pixels:
    """The pixels of a data set; nothing is decoded before a frame is asked for."""

    dataset: FileDataset
    layout: Layout
    syntax: uid.UID
    value: bytes  # of the pixel element

    @cached_property
    def spans(self) -> list[list[Span]]:
        """Of each frame its fragments, where there are any. Raises PixelFault."""
        table = (self.dataset.get("ExtendedOffsetTable"), self.dataset.get("ExtendedOffsetTableLengths"))
        both = (table[0], table[1]) if isinstance(table[0], bytes) and isinstance(table[1], bytes) else None
        return frame_spans(self.value, self.layout.frames, both)

    def coded(self, frame: int) -> bytes:
        """The bytes of a frame as they lie in the file; where frames do not begin at bytes, all that it touches. Raises PixelFault."""
        if self.syntax in NATIVE:
            begin = frame * self.layout.frame_bits
            return self.value[begin // 8 : math.ceil((begin + self.layout.frame_bits) / 8)]
        return b"".join(self.value[begin:end] for begin, end in self.spans[frame])

    def stored(self, frame: int) -> tuple[Values, str]:
        """(rows, columns), or (rows, columns, 3), of frame `frame` from 0: values as stored; of colours whether they are RGB or YBR_FULL,
        of others ''. Raises PixelFault: corrupt, truncated, unsupported."""
        try:
            values, colour = self._decoded(frame)
        except DICOM_ERRORS as error:
            raise PixelFault("corrupt", f"dicom pixels, {len(self.value)} bytes: {type(error).__name__}") from None
        if values.shape != (self.layout.rows, self.layout.columns, 3)[: 3 if self.layout.samples == 3 else 2]:
            raise PixelFault("corrupt", f"dicom pixels of {values.ndim} dimensions")
        return values, colour if self.layout.samples == 3 else ""

    def _decoded(self, frame: int) -> tuple[Values, str]:
        if self.layout.allocated == 1:
            return self._bits(frame), ""
        if self.syntax in NATIVE:
            return self._plain(self.syntax, self.value, frame, self.layout.frames)
        coded = self.coded(frame)
        if self.syntax == UNCOMPRESSED:
            return self._plain(uid.ExplicitVRLittleEndian, coded, 0, 1)
        if self.syntax == uid.RLELossless:
            if len(coded) > self.layout.frame_bits // 4 + 4096:  # PackBits never doubles; runs of them could fill the memory
                raise PixelFault("corrupt", f"{len(coded)} bytes of RLE for {self.layout.frame_bits // 8}")
            return self._plain(self.syntax, encapsulate([coded]), 0, 1, plugin="pydicom")
        stream = read_codestream(coded)
        self._check(stream)
        return self._by_codec(coded[stream.begin :], stream)

    def _bits(self, frame: int) -> npt.NDArray[np.uint8]:
        """Packed from the lowest bit on, frames not beginning at bytes, PS3.5 8.1.1."""
        skipped, size = frame * self.layout.frame_bits % 8, self.layout.frame_bits
        coded = self.coded(frame)
        if self.syntax not in (*NATIVE, UNCOMPRESSED):
            raise PixelFault("unsupported", "dicom: single bits, compressed")
        if self.syntax == uid.ExplicitVRBigEndian and self.dataset[self.layout.keyword].VR == "OW":
            raise PixelFault("unsupported", "dicom: single bits in words of big endian")
        bits = np.unpackbits(np.frombuffer(coded, np.uint8), bitorder="little")
        begin = 0 if self.syntax == UNCOMPRESSED else skipped
        return bits[begin : begin + size].reshape(self.layout.rows, self.layout.columns)

    def _plain(self, syntax: uid.UID, value: bytes, frame: int, frames: int, plugin: str = "") -> tuple[Values, str]:
        layout = self.layout
        values, colour = self._by_pydicom(syntax, value, frame, frames, plugin)
        return values if layout.is_float else layout.cut(values, layout.stored, layout.high), colour

    def _check(self, stream: Codestream) -> None:
        """The data set and the codestream must mean the same picture: sizes are what memory is claimed by."""
        layout = self.layout
        if stream.kind not in KINDS[self.syntax]:
            raise PixelFault("corrupt", f"a codestream of {stream.kind} as {self.syntax.name}")
        found, wanted = (stream.width, stream.height, stream.samples), (layout.columns, layout.rows, layout.samples)
        if found != wanted or stream.precision > layout.allocated:
            said = f"{' x '.join(map(str, found))}, {stream.precision} bits"
            raise PixelFault("corrupt", f"a codestream of {said} for {' x '.join(map(str, wanted))}, {layout.allocated} bits")

    def _by_codec(self, coded: bytes, stream: Codestream) -> tuple[Values, str]:
        colour = stream.colour or ("RGB" if self.layout.photometric == "RGB" else "YBR_FULL")
        match stream.kind:
            case "jpeg" if stream.precision > 8:
                values = _extended(coded, stream)
            case "jpeg":
                # Pillow lets libjpeg convert where an Adobe marker tells from what, and cannot take colours named R, G, B without one.
                plugin = "gdcm" if colour == "RGB" and not stream.has_adobe and stream.colour else "pillow"
                values, _ = self._by_pydicom(uid.JPEGBaseline8Bit, encapsulate([coded]), 0, 1, plugin, stream.precision)
                colour = "RGB" if stream.has_adobe else colour
            case "jpeg-lossless":
                values, _ = self._by_pydicom(uid.JPEGLossless, encapsulate([coded]), 0, 1, "gdcm", stream.precision)
            case "jpeg-ls":
                values, _ = self._by_pydicom(self.syntax, encapsulate([coded]), 0, 1, "pyjpegls", stream.precision)
            case _:
                values, colour = self._by_pydicom(self.syntax, encapsulate([coded]), 0, 1, "pylibjpeg")
        layout, is_lossy = self.layout, stream.kind == "jpeg" or self.syntax in _LOSSY
        if not is_lossy:
            bits = min(layout.stored, stream.precision)
            return layout.cut(values, bits, bits - 1), colour
        if stream.kind != "jpeg2000":  # the others know no sign: it is where the data set has it
            values = layout.cut(values, stream.precision, stream.precision - 1)
        return layout.clipped(values), colour

    def _by_pydicom(
        self, syntax: uid.UID, value: bytes, frame: int, frames: int, plugin: str = "", precision: int = 0
    ) -> tuple[Values, str]:
        layout = self.layout
        allocated = layout.allocated if precision == 0 else 8 if precision <= 8 else 16
        options = {
            "rows": layout.rows, "columns": layout.columns, "number_of_frames": frames, "samples_per_pixel": layout.samples,
            "photometric_interpretation": layout.photometric, "planar_configuration": layout.planar, "bits_allocated": allocated,
            "bits_stored": precision or layout.stored, "pixel_representation": 0 if precision else int(layout.is_signed),
            "pixel_keyword": layout.keyword, "pixel_vr": self.dataset[layout.keyword].VR, "correct_unused_bits": False,
        }  # fmt: skip
        values, told = get_decoder(syntax).as_array(value, index=frame, raw=True, decoding_plugin=plugin, **options)  # type: ignore[arg-type]
        return values, "RGB" if told["photometric_interpretation"] == "RGB" else "YBR_FULL"


def open_pixels(dataset: FileDataset) -> Pixels:
    """Raises PixelFault: dicom_compressed (a syntax that is not read), unsupported, too_large, truncated, corrupt."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in (*NATIVE, UNCOMPRESSED, uid.RLELossless, *KINDS):
        raise PixelFault("dicom_compressed", syntax.name if syntax in uid.UID_dictionary else "an unknown transfer syntax")
    layout = layout_of(dataset)
    element = dataset[layout.keyword]
    if element.is_undefined_length != (syntax not in NATIVE):
        raise PixelFault("corrupt", "dicom pixels in fragments" if syntax in NATIVE else "dicom pixels in no fragments")
    pixels = Pixels(dataset, layout, syntax, element.value)
    wanted = (layout.frame_bits * layout.frames + 7) // 8
    if syntax in NATIVE and len(pixels.value) < wanted:  # pydicom fills or cuts what does not fit
        raise PixelFault("truncated", f"{len(pixels.value)} < {wanted} bytes of pixels")
    if syntax not in NATIVE and layout.is_float:
        raise PixelFault("unsupported", "dicom: numbers with a fraction, compressed")
    return pixels


def _extended(coded: bytes, stream: Codestream) -> Values:
    """12 bits: Pillow has none, and pydicom lets no decoder of ours at them."""
    if stream.samples != 1 or stream.precision != 12:
        raise PixelFault("unsupported", f"a JPEG of {stream.samples} samples of {stream.precision} bits")
    from imagecodecs import jpeg8_decode

    values: Values = jpeg8_decode(coded)
    return values
