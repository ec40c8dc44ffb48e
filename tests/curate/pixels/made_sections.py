"""a CT slice in DICOM, made from what it stores"""

import io

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian


def dicom(stored: np.ndarray, intercept: float, **fields: object) -> bytes:
    """`stored`: (rows, columns) of 16 bits. `fields`: elements that are set as they are."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = CTImageStorage, "1.2.3", "CT"
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = *stored.shape, 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, int(stored.dtype.kind == "i")
    data.RescaleSlope, data.RescaleIntercept = 1, intercept
    for name, value in fields.items():
        setattr(data, name, value)
    data.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
    file = io.BytesIO()
    pydicom.dcmwrite(file, data, enforce_file_format=True)
    return file.getvalue()
