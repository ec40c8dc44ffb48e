"""DICOM file -> 8-bit picture and the few header facts that may leave it"""

from __future__ import annotations

import io
import logging
import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pydicom
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, apply_windowing, pixel_array

from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, check_size
from curate.pixels.window import Grey, Values, min_max, stretch

# pydicom's warnings and log lines quote the values they stumble over, and those may name a patient.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

# What pydicom 3 raises on hostile bytes: it parses values when they are asked for, and any element may hold any type and number of them.
# In 17,000 mutants: ValueError, OSError (EOFError among them in its reader), RuntimeError, NotImplementedError, TypeError, AttributeError
# (missing elements), BytesLengthException, RecursionError (nested sequences). By its sources also the others.
DICOM_ERRORS = (
    ValueError, EOFError, OSError, AttributeError, LookupError, TypeError, struct.error, zlib.error, OverflowError, NotImplementedError,
    RecursionError, MemoryError, ArithmeticError, RuntimeError, pydicom.errors.InvalidDicomError, pydicom.errors.BytesLengthException,
)  # fmt: skip

_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2, VR CS: nothing longer, and no free text, passes as a fact
_NATIVE = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian)
_MAX_INFLATED = 1 << 30  # bytes a deflated data set may become
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
# Only these are read: names, dates and free text are skipped over in the file.
_HEADER_TAGS = [
    "Modality", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "BurnedInAnnotation",
    "WindowCenter", "WindowWidth", "VOILUTFunction", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "VOILUTSequence",
    *(f"{colour}PaletteColorLookupTable{part}" for colour in ("Red", "Green", "Blue", "Alpha") for part in ("Descriptor", "Data")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomFacts:
    modality: str | None  # (0008,0060)
    photometric: str | None  # (0028,0004)
    burned_in: str | None  # (0028,0301): YES, NO or not said


def dicom_header(file: BinaryIO) -> Header:
    """What the data set says of its pixels, up to them. Raises PixelFault."""
    dataset = _read(file, [*_HEADER_TAGS], stop_before_pixels=True)
    if "Rows" not in dataset or "Columns" not in dataset:
        raise PixelFault("dicom_no_pixels", "no Rows and Columns")
    return _header(dataset)


def dicom_image(data: bytes, frame: int) -> tuple[Image.Image, Header, DicomFacts]:
    """One frame (-1: the first), rescaled, windowed by its own window or VOI LUT, else by its min and max without padding;
    MONOCHROME1 inverted; palette and YBR as RGB. Uncompressed, deflated and RLE syntaxes. Raises PixelFault."""
    dataset = _read(io.BytesIO(data), [*_HEADER_TAGS, *_PIXELS])
    _check_pixels(dataset)
    header = _header(dataset)
    check_size(header.width, header.height)
    frame = max(frame, 0)
    if frame >= header.frames:
        raise PixelFault("no_such_frame", f"frame {frame} of {header.frames}")
    _check_length(dataset, header)
    try:
        plugin = "pydicom" if dataset.file_meta.TransferSyntaxUID == uid.RLELossless else ""
        pixels = pixel_array(dataset, index=frame, decoding_plugin=plugin)
        shown = _eight_bits(pixels, dataset)
    except DICOM_ERRORS as error:
        raise PixelFault("corrupt", f"dicom pixels, {len(data)} bytes: {type(error).__name__}") from None
    if shown.shape[:2] != (header.height, header.width):
        raise PixelFault("corrupt", f"dicom pixels of {shown.ndim} dimensions")
    return Image.fromarray(shown), header, _facts(dataset)


def _read(file: BinaryIO, tags: list[str], *, stop_before_pixels: bool = False) -> FileDataset:
    try:
        _check_inflated(file)
        dataset = pydicom.dcmread(file, force=True, specific_tags=tags, stop_before_pixels=stop_before_pixels)
        for name in tags:
            dataset.get(name)  # values are parsed when first asked for: let them fail here
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit, little = dataset.original_encoding  # as pydicom guessed it from the first elements
            dataset.file_meta.TransferSyntaxUID = _NATIVE[0] if implicit else _NATIVE[1] if little else _NATIVE[2]
    except DICOM_ERRORS as error:
        raise PixelFault("corrupt", f"dicom data set: {type(error).__name__}") from None
    if not isinstance(dataset.file_meta.TransferSyntaxUID, uid.UID):  # several values, or a number
        raise PixelFault("corrupt", "dicom transfer syntax")
    if any(not isinstance(dataset.get(name) or b"", bytes) for name in _PIXELS):
        raise PixelFault("corrupt", "dicom pixels of another type")
    return dataset


def _check_inflated(file: BinaryIO) -> None:
    """Refuses a deflated data set that would fill the memory; pydicom inflates it in one piece."""
    start = 132 if file.read(132)[128:] == b"DICM" else 0
    file.seek(start)
    meta = read_dataset(file, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, *_: tag.group != 2)
    if meta.get("TransferSyntaxUID") == uid.DeflatedExplicitVRLittleEndian:
        inflate, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while piece := (inflate.unconsumed_tail or file.read(1 << 16)):
            size += len(inflate.decompress(piece, 1 << 20))
            if size > _MAX_INFLATED:
                raise PixelFault("too_large", f"inflates to more than {_MAX_INFLATED} bytes")
    file.seek(0)


def _check_pixels(dataset: FileDataset) -> None:
    if not any(dataset.get(name) for name in _PIXELS) or "Rows" not in dataset or "Columns" not in dataset:
        raise PixelFault("dicom_no_pixels", "no PixelData")
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in _NATIVE and syntax != uid.RLELossless:
        raise PixelFault("dicom_compressed", syntax.name if syntax in uid.UID_dictionary else "an unknown transfer syntax")


def _check_length(dataset: FileDataset, header: Header) -> None:
    """pydicom fills or cuts what does not fit; here a short file is a fault."""
    found = max(len(dataset.get(name) or b"") for name in _PIXELS)
    try:
        depth, samples = int(dataset.BitsAllocated), int(dataset.SamplesPerPixel)
    except DICOM_ERRORS:  # absent, empty or no numbers
        raise PixelFault("corrupt", "no BitsAllocated or SamplesPerPixel") from None
    samples = 2 if dataset.get("PhotometricInterpretation") == "YBR_FULL_422" else samples  # Y0 Y1 Cb Cr for every two pixels
    frame_bits = header.width * header.height * samples * depth
    wanted = (frame_bits * header.frames + 7) // 8
    if dataset.file_meta.TransferSyntaxUID == uid.RLELossless:
        if found > 2 * wanted + 4096 * header.frames:  # PackBits never doubles; runs of them could fill the memory
            raise PixelFault("corrupt", f"{found} bytes of RLE for {wanted}")
    elif found < wanted:
        raise PixelFault("truncated", f"{found} < {wanted} bytes of pixels")


def _header(dataset: Dataset) -> Header:
    try:
        frames = int(dataset.get("NumberOfFrames") or 1)
        width, height, bits = int(dataset.Columns), int(dataset.Rows), int(dataset.get("BitsStored") or dataset.get("BitsAllocated") or 0)
    except DICOM_ERRORS as error:
        raise PixelFault("corrupt", f"dicom image size: {type(error).__name__}") from None
    mode = _fact(dataset, "PhotometricInterpretation") or ""
    return Header(format="dicom", width=width, height=height, mode=mode, bits=bits, frames=max(frames, 1))


def _facts(dataset: Dataset) -> DicomFacts:
    burned_in = _fact(dataset, "BurnedInAnnotation")
    return DicomFacts(
        modality=_fact(dataset, "Modality"),
        photometric=_fact(dataset, "PhotometricInterpretation"),
        burned_in=burned_in if burned_in in ("YES", "NO") else None,
    )


def _fact(dataset: Dataset, name: str) -> str | None:
    value = dataset.get(name)
    return value if isinstance(value, str) and _CODE_STRING.fullmatch(value) else None


def _eight_bits(pixels: Values, dataset: Dataset) -> npt.NDArray[np.uint8]:
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return _high_bits(apply_color_lut(pixels, dataset)[..., :3], int(dataset.RedPaletteColorLookupTableDescriptor[2]))
    if pixels.ndim == 3:
        return _high_bits(pixels, int(dataset.BitsStored))
    grey = _windowed(pixels, dataset)
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey  # PS3.3 C.7.6.3.1.2


def _high_bits(pixels: Values, bits: int) -> npt.NDArray[np.uint8]:
    """Colours are not windowed: their high 8 bits are shown."""
    if pixels.dtype.kind != "u":
        raise ValueError("signed colours")
    return np.ascontiguousarray(np.right_shift(pixels, max(bits - 8, 0)).astype(np.uint8))


def _windowed(stored: Values, dataset: Dataset) -> Grey:
    padding = dataset.get("PixelPaddingValue")
    padding = padding if isinstance(padding, int) else None
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2:
        kept = np.isfinite(stored) if padding is None else stored != padding
        return _shade(stored, kept, dataset)
    # At most 65,536 values: window each once, then look the pixels up. The same result, several times faster.
    low, high = min_max(stored, padding)
    values = np.arange(int(stored.min()), int(stored.max()) + 1, dtype=np.int32)
    shades = _shade(values, (values >= low) & (values <= high), dataset)
    return shades[stored.astype(np.int32) - values[0]]


def _shade(values: Values, kept: npt.NDArray[np.bool_], dataset: Dataset) -> Grey:
    """Stored values -> shades. `kept` are the values that set the range where the data set has no window of its own."""
    with np.errstate(all="ignore"):  # a sigmoid window at its far ends overflows, as it should
        real = apply_modality_lut(values, dataset)
        try:
            return _own_window(real, dataset)
        except DICOM_ERRORS:  # no window, or one of no width, of an unknown function, of a broken LUT: the range of the values then
            return stretch(real, *min_max(real[kept]))


def _own_window(real: Values, dataset: Dataset) -> Grey:
    if dataset.get("VOILUTSequence"):
        depth = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return stretch(apply_voi_lut(np.rint(real).astype(np.int32), dataset), 0, 2**depth - 1)
    if dataset.get("WindowCenter") is None or dataset.get("WindowWidth") is None:
        raise ValueError("no window")
    ends = apply_windowing(np.array([-1e12, 1e12]), dataset)  # pydicom's own idea of the darkest and brightest output
    low, high = sorted((float(ends[0]), float(ends[1])))
    shown = stretch(apply_windowing(real, dataset), low, high)
    return shown if ends[0] <= ends[1] else 255 - shown  # a negative slope turns pydicom's output range, not the picture
