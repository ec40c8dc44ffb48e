"""a cross-section is seen as a slice of a volume is, however its file stores it"""

import io
from itertools import permutations, product

import numpy as np
import pytest
from pydicom.dataset import Dataset

from curate.pixels.dicom import read_dicom
from curate.pixels.dicom_orientation import turn_by
from curate.pixels.header import read_header
from curate.pixels.volume import read_volume
from schemas.image import Rendering
from tests.curate.pixels.made_sections import dicom
from tests.curate.pixels.made_volumes import nifti

LPS = np.random.default_rng(3).integers(0, 1000, (7, 8, 9)).astype(np.int16)
TOWARDS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}  # PS3.3 C.7.6.2.1.1
CODES = ["".join(codes) for axes in permutations(("LR", "PA", "SI")) for codes in product(*axes)]
ALL = Rendering(low=0, high=1000)


def stored_along(codes: str) -> np.ndarray:
    """The volume as an array whose first index runs towards the first of `codes`, and so on."""
    axes = [next(axis for axis, pair in enumerate(("LR", "PA", "SI")) if code in pair) for code in codes]
    turned = LPS.transpose(axes)
    return turned[tuple(slice(None, None, 1 if code in "LPS" else -1) for code in codes)]


def cosines(codes: str) -> list[float]:
    return [float(number) for code in codes[:2] for number in TOWARDS[code]]


@pytest.mark.parametrize("codes", CODES)
def test_a_section_of_any_orientation_is_seen_as_the_slice_of_the_volume(codes: str) -> None:
    stored = stored_along(codes)
    volume = read_volume(io.BytesIO(nifti(LPS)))
    axis = {"L": "sagittal", "R": "sagittal", "P": "coronal", "A": "coronal"}.get(codes[2], "axial")
    number = 3 if codes[2] in "LPS" else stored.shape[2] - 1 - 3  # of the stored slices the one that is the volume's fourth
    section = dicom(np.ascontiguousarray(stored[:, :, number].T), 0, ImageOrientationPatient=cosines(codes))
    seen = np.asarray(read_dicom(section).rendered("", -1, ALL).image)
    assert seen.tolist() == np.asarray(volume.rendered(axis, 3, ALL).image).tolist()


@pytest.mark.parametrize(
    ("modality", "cosines", "turn"),
    [
        ("CT", [1, 0, 0, 0, 1, 0], 1),
        ("CT", [1, 0, 0, 0, -1, 0], 4),
        ("MR", [-1, 0, 0, 0, -1, 0], 3),
        ("PT", [-1, 0, 0, 0, 1, 0], 2),
        ("MR", [0, 1, 0, 0, 0, -1], 1),
        ("MR", [0.57, 0.82, 0, 0, 0, -1], 1),  # between coronal and sagittal
        ("CT", [0.99, 0.14, 0, 0.14, -0.99, 0], 4),
        ("CT", [], 1),
        ("CT", [1, 0, 0], 1),
        ("CT", [1, 0, 0, 1, 0, 0], 1),
        ("CT", [0, 0, 0, 0, 0, 0], 1),
        ("CT", [1e300, 0, 0, 0, 1e300, 0], 1),
        ("NM", [-1, 0, 0, 0, -1, 0], 1),
        ("DX", [-1, 0, 0, 0, -1, 0], 1),
        (None, [-1, 0, 0, 0, -1, 0], 1),
    ],
)
def test_what_is_told_of_it_turns_it_or_leaves_it(modality: str | None, cosines: list[float], turn: int) -> None:
    assert turn_by(modality, cosines) == turn


def test_frames_of_an_enhanced_object_have_each_their_own() -> None:
    groups = []
    for row in (-1, 1):
        plane, group = Dataset(), Dataset()
        plane.ImageOrientationPatient = [row, 0, 0, 0, 1, 0]
        group.PlaneOrientationSequence = [plane]
        groups.append(group)
    frames = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2 * 3, 4)
    file = read_dicom(dicom(frames, 0, NumberOfFrames=2, Rows=3, PerFrameFunctionalGroupsSequence=groups))
    seen = [np.asarray(file.rendered("", frame, Rendering(low=0, high=255)).image).tolist() for frame in (0, 1)]
    assert seen == [frames[:3, ::-1].tolist(), frames[3:].tolist()]


def test_a_header_tells_the_turn_and_the_sides_as_stored() -> None:
    file = io.BytesIO(dicom(np.zeros((5, 9), np.int16), 0, ImageOrientationPatient=[0, 1, 0, 1, 0, 0]))
    header = read_header(file)
    assert (header.width, header.height, header.turn) == (9, 5, 5)
    assert read_dicom(file.getvalue()).rendered("", -1).image.size == (5, 9)
