"""ultrasound regions of a DICOM data set -> rectangles that hold a scan; what lies outside them is letters and bars"""

from __future__ import annotations

from pydicom.dataset import Dataset

from curate.pixels.dicom_dataset import DICOM_ERRORS
from schemas.image import Region

_SPATIAL = (1, 2, 3)  # PS3.3 C.8.5.5.1.1: 2D, M-mode, spectral; not waves and graphics
_DATA = (1, 2, 3, 4, 0x0F)  # C.8.5.5.1.2: tissue, colour flow, PW and CW spectral Doppler, integrated backscatter; not traces and bars
MAX_REGIONS = 64


def scan_regions(dataset: Dataset, width: int, height: int) -> tuple[Region, ...]:
    """Those of SequenceOfUltrasoundRegions (0018,6011) that hold pixels of a scan, clipped to the picture, in the file's order; ()
    where it tells none, or none that can be read."""
    found = []
    try:
        for item in list(dataset.get("SequenceOfUltrasoundRegions") or ())[:MAX_REGIONS]:
            if item.get("RegionSpatialFormat") in _SPATIAL and item.get("RegionDataType") in _DATA:
                ends = [int(item[f"RegionLocation{end}"].value) for end in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
                left, top, right, bottom = max(ends[0], 0), max(ends[1], 0), min(ends[2] + 1, width), min(ends[3] + 1, height)
                if left < right and top < bottom:
                    found.append(Region(left=left, top=top, right=right, bottom=bottom))
    except DICOM_ERRORS:  # half of them would let letters pass as scans, or scans as letters
        return ()
    return tuple(found)
