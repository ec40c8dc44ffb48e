"""where a cross-section lies in the patient -> how it is turned to be seen as radiologists see it"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curate.pixels.fault import PixelFault
from curate.pixels.lps import lps_axes

SECTIONS = ("CT", "MR", "PT")  # others tell of a detector, or of a beam that goes through the patient
MOST = 2.0  # no cosine is larger than 1
ACROSS = {2: 0, 1: 0, 0: 1}  # by the axis (right-left, front-back, feet-head) that is looked along: the axis that runs to the right,
DOWN = {2: 1, 1: 2, 0: 2}  # and the one that runs down (to the feet: against it)
TURNS = {  # (columns run along the picture's height, mirrored across, mirrored down) -> EXIF orientation
    (False, False, False): 1, (False, True, False): 2, (False, True, True): 3, (False, False, True): 4,
    (True, False, False): 5, (True, False, True): 8, (True, True, True): 7, (True, True, False): 6,
}  # fmt: skip


def turn_by(modality: str | None, cosines: Sequence[float]) -> int:
    """The EXIF orientation by which a picture is seen as slices of volumes are (curate.pixels.volume): axial with the front up, coronal
    and sagittal with the head up, the patient's right (in a sagittal one the front) on the left. `cosines`: ImageOrientationPatient
    (PS3.3 C.7.6.2.1.1), the way of its rows and of its columns to the left, the back and the head; an oblique one goes by the nearest
    axes. 1 where that is not told, and for what is no cross-section."""
    if modality not in SECTIONS or len(cosines) != 6 or max(map(abs, cosines)) > MOST:
        return 1
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    try:
        axes = lps_axes(np.stack([row, column, np.cross(row, column)], axis=1))
    except PixelFault:
        return 1
    along = axes.order.index(2)  # the patient's axis that is looked along
    across, down = ACROSS[along], DOWN[along]
    return TURNS[axes.order[across] == 1, axes.turned[across], axes.turned[down] != (along != 2)]
