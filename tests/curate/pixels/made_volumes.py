"""NIfTI files of any orientation, made from what they show in LPS+"""

import gzip
from typing import Any

import nibabel as nib
import numpy as np


def nifti(
    lps: np.ndarray, codes: str = "LPS", *, spacing: tuple[float, float, float] = (1, 1, 1), zipped: bool = False, **raw: Any
) -> bytes:
    """A file whose voxels are stored along `codes` and that shows `lps`, indexed from right to left, front to back, feet to head. `raw`:
    fields of the header that are set as they are."""
    turn = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("LPS"), nib.orientations.axcodes2ornt(codes))
    stored = nib.orientations.apply_orientation(lps, turn)
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0]) @ nib.orientations.inv_ornt_aff(turn, lps.shape[:3])
    image = nib.Nifti1Image(np.ascontiguousarray(stored), affine)
    assert "".join(nib.aff2axcodes(image.affine)) == codes
    data = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(data[:348]), check=False)
    for name, value in raw.items():
        header[name] = value
    data[:348] = header.binaryblock
    return gzip.compress(bytes(data), mtime=0) if zipped else bytes(data)
