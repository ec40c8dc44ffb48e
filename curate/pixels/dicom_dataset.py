"""bytes of a DICOM file -> its data set, as far as pixels need it, and what it says of them"""

from __future__ import annotations

import logging
import math
import re
import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pydicom
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_dataset

from curate.pixels.dicom_orientation import turn_by
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header

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

NATIVE = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian)
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
MAX_INFLATED = 1 << 30  # bytes a deflated data set may become
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2, VR CS: nothing longer, and no free text, passes as a fact
# Only these are read: names, dates and free text are skipped over in the file.
_HEADER = [
    "Modality", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "BurnedInAnnotation", "ImageOrientationPatient",
]  # fmt: skip
_PICTURE = [
    *_HEADER, *PIXELS, "ExtendedOffsetTable", "ExtendedOffsetTableLengths", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "WindowCenter", "WindowWidth", "VOILUTFunction", "RescaleSlope", "RescaleIntercept", "RescaleType", "Units", "ModalityLUTSequence",
    "VOILUTSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "SequenceOfUltrasoundRegions",
    *(f"{colour}PaletteColorLookupTable{part}" for colour in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomFacts:
    modality: str | None  # (0008,0060)
    photometric: str | None  # (0028,0004)
    burned_in: str | None  # (0028,0301): YES, NO or not said


def dicom_header(file: BinaryIO) -> Header:
    """What the data set says of its pixels, up to them. Raises PixelFault."""
    dataset = _read(file, _HEADER, stop_before_pixels=True)
    if "Rows" not in dataset or "Columns" not in dataset:
        raise PixelFault("dicom_no_pixels", "no Rows and Columns")
    return header_of(dataset)


def read_data_set(file: BinaryIO) -> FileDataset:
    """What pixels need, with them. Raises PixelFault: corrupt, too_large, truncated, dicom_no_pixels."""
    dataset = _read(file, _PICTURE)
    if any(dataset.get(name) for name in PIXELS) and "Rows" in dataset and "Columns" in dataset:
        return dataset
    file.seek(0)
    header = _read(file, _HEADER, stop_before_pixels=True)  # pydicom gives nothing at all of a file that ends within its fragments
    if "Rows" in header and "Rows" not in dataset and file.read(1):
        raise PixelFault("truncated", "dicom pixels without an end")
    raise PixelFault("dicom_no_pixels", "no PixelData")


def header_of(dataset: Dataset) -> Header:
    try:
        frames = int(dataset.get("NumberOfFrames") or 1)
        width, height, bits = int(dataset.Columns), int(dataset.Rows), int(dataset.get("BitsStored") or dataset.get("BitsAllocated") or 0)
    except DICOM_ERRORS as error:
        raise PixelFault("corrupt", f"dicom image size: {type(error).__name__}") from None
    mode = _fact(dataset, "PhotometricInterpretation") or ""
    turn = turn_by(_fact(dataset, "Modality"), numbers(dataset, "ImageOrientationPatient"))
    return Header(format="dicom", width=width, height=height, mode=mode, bits=bits, frames=max(frames, 1), turn=turn)


def facts_of(dataset: Dataset) -> DicomFacts:
    burned_in = _fact(dataset, "BurnedInAnnotation")
    return DicomFacts(
        modality=_fact(dataset, "Modality"),
        photometric=_fact(dataset, "PhotometricInterpretation"),
        burned_in=burned_in if burned_in in ("YES", "NO") else None,
    )


def number(dataset: Dataset, name: str) -> float | None:
    """The finite number of an element, None where it is absent or holds anything else."""
    found = numbers(dataset, name)
    return found[0] if len(found) == 1 else None


def numbers(dataset: Dataset, name: str) -> tuple[float, ...]:
    """The finite numbers of an element, () where it is absent or holds anything else."""
    value = dataset.get(name)
    values = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
    try:
        found = tuple(float(each) for each in values)
    except DICOM_ERRORS:
        return ()
    return found if all(math.isfinite(each) for each in found) else ()


def _read(file: BinaryIO, tags: list[str], *, stop_before_pixels: bool = False) -> FileDataset:
    try:
        _check_inflated(file)
        dataset = pydicom.dcmread(file, force=True, specific_tags=[*tags], stop_before_pixels=stop_before_pixels)
        for name in tags:
            dataset.get(name)  # values are parsed when first asked for: let them fail here
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit, little = dataset.original_encoding  # as pydicom guessed it from the first elements
            dataset.file_meta.TransferSyntaxUID = NATIVE[0] if implicit else NATIVE[1] if little else NATIVE[2]
    except DICOM_ERRORS as error:
        raise PixelFault("corrupt", f"dicom data set: {type(error).__name__}") from None
    if not isinstance(dataset.file_meta.TransferSyntaxUID, uid.UID):  # several values, or a number
        raise PixelFault("corrupt", "dicom transfer syntax")
    if any(not isinstance(dataset.get(name) or b"", bytes) for name in PIXELS):
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
            if size > MAX_INFLATED:
                raise PixelFault("too_large", f"inflates to more than {MAX_INFLATED} bytes")
    file.seek(0)


def _fact(dataset: Dataset, name: str) -> str | None:
    value = dataset.get(name)
    return value if isinstance(value, str) and _CODE_STRING.fullmatch(value) else None
