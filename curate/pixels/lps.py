"""the steps along a volume's stored axes -> which of them run right-left, front-back, feet-head, which way, and how long they are"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.pixels.fault import PixelFault

Three = tuple[int, int, int]
Steps = npt.NDArray[np.float64]
TO_LPS: Steps = np.array([[-1.0], [-1.0], [1.0]])  # from RAS+, the world of NIfTI and nibabel, and back


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    order: Three = (0, 1, 2)  # the stored axis that runs right-left, front-back, feet-head
    turned: tuple[bool, bool, bool] = (False, False, False)  # whether it runs the other way: LPS+ is to the left, the back, the head
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)  # from one voxel to the next right-left, front-back, feet-head; mm, or any unit


def lps_axes(steps: Steps) -> Axes:
    """(3, 3): column k is the way from one voxel to the next along stored axis k, to the left, to the back, to the head. Oblique axes go
    by the nearest. Raises PixelFault: corrupt."""
    from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform  # 0.4 s: only where a volume comes

    if not np.isfinite(steps).all():
        raise PixelFault("corrupt", "an affine without numbers")
    with np.errstate(over="ignore", under="ignore"):
        lengths = np.sqrt((steps**2).sum(axis=0))
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise PixelFault("corrupt", "an affine that is flat")
    affine = np.eye(4)
    affine[:3, :3] = steps * TO_LPS
    try:
        found = io_orientation(affine)
    except np.linalg.LinAlgError:
        raise PixelFault("corrupt", "an affine that is flat") from None
    if not np.isfinite(found).all():
        raise PixelFault("corrupt", "an affine that is flat")
    turns = ornt_transform(found, axcodes2ornt(("L", "P", "S")))
    first, second, third = (int(np.flatnonzero(turns[:, 0] == axis)[0]) for axis in range(3))
    return Axes(
        order=(first, second, third),
        turned=(bool(turns[first, 1] < 0), bool(turns[second, 1] < 0), bool(turns[third, 1] < 0)),
        spacing=(float(lengths[first]), float(lengths[second]), float(lengths[third])),
    )
