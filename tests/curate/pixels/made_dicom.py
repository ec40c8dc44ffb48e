"""DICOM files made of arrays and codestreams, for tests."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian

JPEG = "1.2.840.10008.1.2.4."


def described(stored: np.ndarray, syntax: str, **elements: object) -> Dataset:
    """The data set of (rows, columns), (rows, columns, 3) or, with `NumberOfFrames`, several of them, without pixels."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2"
    shape = stored.shape[1:] if "NumberOfFrames" in elements else stored.shape
    if len(shape) > 1:
        dataset.Rows, dataset.Columns = shape[:2]
    dataset.SamplesPerPixel = 3 if len(shape) == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if len(shape) == 3 else "MONOCHROME2"
    if len(shape) == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = stored.dtype.itemsize * 8
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    for name, value in elements.items():
        setattr(dataset, name, value)
    if "HighBit" not in elements:
        dataset.HighBit = dataset.BitsStored - 1
    return dataset


def saved(dataset: Dataset) -> bytes:
    out = io.BytesIO()
    pydicom.dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def plain(stored: np.ndarray, syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
    """Uncompressed; the array's own byte order must be the syntax's."""
    dataset = described(stored, syntax, **elements)
    dataset.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated <= 8 else "OW"
    return saved(dataset)


def coded(
    stored: np.ndarray, codestreams: list[bytes], syntax: str, *, has_table: bool = True, fragments: int = 1, **elements: object
) -> bytes:
    """Encapsulated: one codestream a frame. `stored` gives the sizes and the type."""
    dataset = described(stored, syntax, **elements)
    dataset.PixelData = encapsulate(codestreams, fragments_per_frame=fragments, has_bot=has_table)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return saved(dataset)


def lossless(values: np.ndarray, predictor: int = 1, bits: int = 0, **elements: object) -> bytes:
    """By libjpeg-turbo."""
    depth = bits or values.dtype.itemsize * 8
    as_coded = (values.astype("i8") & ((1 << depth) - 1)).astype(f"u{values.dtype.itemsize}")
    colour = {"colorspace": "rgb", "outcolorspace": "rgb"} if values.ndim == 3 else {}
    stream = imagecodecs.jpeg8_encode(as_coded, lossless=True, predictor=predictor, bitspersample=depth, **colour)
    return coded(values, [stream], JPEG + ("57" if predictor > 1 else "70"), **({"BitsStored": bits} if bits else {}), **elements)


def baseline(values: np.ndarray, photometric: str, **options: object) -> bytes:
    return coded(values, [imagecodecs.jpeg8_encode(values, 90, **options)], JPEG + "50", PhotometricInterpretation=photometric)


def wavelet(values: np.ndarray, number: str, bits: int = 0, **options: object) -> bytes:
    """By OpenJPEG, whose decoder is the one under test: the array is what must come back."""
    stream = imagecodecs.jpeg2k_encode(values, codecformat="j2k", **({"bitspersample": bits} if bits else {}), **options)
    colour = {"PhotometricInterpretation": "YBR_RCT" if number == "90" else "YBR_ICT"} if values.ndim == 3 else {}
    return coded(values, [stream], JPEG + number, **({"BitsStored": bits} if bits else {}), **colour)


def high_throughput(values: np.ndarray, number: str, **options: object) -> bytes:
    """By OpenJPH."""
    colour = {"PhotometricInterpretation": "YBR_RCT" if number != "203" else "YBR_ICT"} if values.ndim == 3 else {}
    return coded(values, [imagecodecs.htj2k_encode(values, **options)], JPEG + number, **colour)


def near(values: np.ndarray, level: int) -> bytes:
    return coded(values, [imagecodecs.jpegls_encode(values, level=level)], JPEG + ("81" if level else "80"))


def extended(values: np.ndarray) -> bytes:
    return coded(values, [imagecodecs.jpeg8_encode(values, 90, bitspersample=12)], JPEG + "51", BitsStored=12)


def progressive(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(values).save(out, "JPEG", progressive=True, quality=90)
    return coded(values, [out.getvalue()], JPEG + "55")
