"""pixels -> the bytes of a picture file: PNG (8 and 16 bit), JPEG, WebP, GIF, BMP, TIFF, DICOM; and files that are broken on purpose"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from curate.sample.originals import Pixels

GPS: dict[int, str | tuple[int, ...]] = {1: "N", 2: (1, 2, 3), 3: "E", 4: (4, 5, 6)}  # a place in the Gulf of Guinea: invented
SECRET = "invented patient name in a comment"  # must never reach a shard


def png(pixels: npt.NDArray[np.generic]) -> bytes:
    return _saved(pixels, "PNG")


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    return _saved(pixels, "JPEG", quality=quality)


def bmp(pixels: Pixels) -> bytes:
    return _saved(pixels, "BMP")


def gif(pixels: Pixels) -> bytes:
    return _saved(pixels, "GIF")


def tiff(pixels: Pixels) -> bytes:
    return _saved(pixels, "TIFF")


def webp(pixels: Pixels) -> bytes:
    return _saved(pixels, "WEBP", lossless=True)


def _saved(pixels: npt.NDArray[np.generic], kind: str, **options: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, kind, **options)
    return stream.getvalue()


def png16(pixels: Pixels) -> bytes:
    """16 bits a pixel, values spread over 0-4095 as a 12-bit scanner's are: clipped to 8 bits it is white."""
    return png(pixels.astype(np.uint16) * 16)


def jpeg_with_secrets(pixels: Pixels) -> bytes:
    """A JPEG with an EXIF place, an EXIF artist and a comment segment."""
    exif = Image.Exif()
    exif[0x013B] = SECRET  # Artist
    place = exif.get_ifd(0x8825)
    for tag, value in GPS.items():
        place[tag] = value if isinstance(value, str) else tuple(IFDRational(part, 1) for part in value)
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "JPEG", quality=90, exif=exif, comment=SECRET.encode())
    return stream.getvalue()


def resized(pixels: Pixels, share: float) -> Pixels:
    size = (round(pixels.shape[1] * share), round(pixels.shape[0] * share))
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.LANCZOS))


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomFacts:
    modality: str  # PS3.3 C.7.3.1.1.1
    photometric: str
    number: int  # makes the UIDs of an invented study
    bits: int
    window: tuple[float, float] | None = None  # centre, width
    slope: float = 1
    intercept: float = 0
    burned_in: str = ""  # BurnedInAnnotation: YES, NO, or '' where the header does not say


def dicom(values: npt.NDArray[np.generic], facts: DicomFacts) -> bytes:
    """An uncompressed one-frame DICOM file without a patient. `values`: (height, width) or (height, width, 3), unsigned."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    file = Dataset()
    uid = UID(f"1.2.826.0.1.3680043.8.498.9000.{facts.number}")  # below pydicom's own root
    file.SOPClassUID, file.SOPInstanceUID = SecondaryCaptureImageStorage, uid
    file.StudyInstanceUID, file.SeriesInstanceUID = UID(f"{uid}.1"), UID(f"{uid}.2")
    file.Modality, file.PatientName, file.PatientID = facts.modality, "", ""
    file.PhotometricInterpretation, file.SamplesPerPixel = facts.photometric, values.shape[2] if values.ndim == 3 else 1
    if values.ndim == 3:
        file.PlanarConfiguration = 0
    file.Rows, file.Columns = values.shape[:2]
    file.BitsAllocated = 8 * values.dtype.itemsize
    file.BitsStored, file.HighBit, file.PixelRepresentation = facts.bits, facts.bits - 1, 0
    file.RescaleSlope, file.RescaleIntercept = facts.slope, facts.intercept
    if facts.burned_in:
        file.BurnedInAnnotation = facts.burned_in
    if facts.window:
        file.WindowCenter, file.WindowWidth = facts.window
    data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    file.PixelData = data + b"\0" * (len(data) % 2)
    file["PixelData"].VR = "OW" if values.dtype.itemsize > 1 else "OB"
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file.file_meta.MediaStorageSOPClassUID, file.file_meta.MediaStorageSOPInstanceUID = file.SOPClassUID, uid
    stream = io.BytesIO()
    file.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def truncated(data: bytes) -> bytes:
    """The first third of a file, as a broken download leaves it."""
    return data[: len(data) // 3]
