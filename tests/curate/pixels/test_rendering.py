"""what a manifest says of a window holds alike in every format: the same CT numbers give the same 8-bit picture"""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from curate.inspect.inspect import InspectLimits, inspect_image
from curate.pixels.window import percentiles, stretch
from schemas.image import Image, ImageRef, Rendering, Window
from tests.curate.pixels.made_sections import dicom
from tests.curate.pixels.made_volumes import nifti

WIDE, HIGH = 80, 70
HU = (np.arange(WIDE * HIGH, dtype=np.int64).reshape(HIGH, WIDE) * 3094 // (WIDE * HIGH) - 1024).astype(np.int16)  # a ramp, -1024 to 2069
LUNG = Rendering(low=-1350, high=150, by="lung")


def nrrd(values: np.ndarray, kind: str) -> bytes:
    lines = (
        f"NRRD0004\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\nsizes: {WIDE} {HIGH} 1",
        "space directions: (1,0,0) (0,1,0) (0,0,1)\nkinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: (0,0,0)\n\n",
    )
    return "\n".join(lines).encode() + values.tobytes()


def mha(values: np.ndarray, kind: str) -> bytes:
    lines = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1",
        f"DimSize = {WIDE} {HIGH} 1\nElementSpacing = 1 1 1\nElementType = {kind}\nElementDataFile = LOCAL\n",
    )
    return "\n".join(lines).encode() + values.tobytes()


def png(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(values).save(file, "PNG")
    return file.getvalue()


def tiff(values: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric="minisblack", **options)
    return file.getvalue()


def npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def npz(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, slice=values)
    return file.getvalue()


LPS = HU.T[:, :, None]  # as a volume of one slice, indexed from right to left, front to back, feet to head
# file name -> its bytes, axis or array, slice, slope and intercept that the file does not tell
FILES: dict[str, tuple[Callable[[], bytes], str, int, float, float]] = {
    "unsigned.dcm": (lambda: dicom((HU.astype(int) + 1024).astype(np.uint16), -1024), "", -1, 1, 0),
    "signed.dcm": (lambda: dicom(HU, 0), "", -1, 1, 0),
    "has a window.dcm": (lambda: dicom(HU, 0, WindowCenter=[40, 50], WindowWidth=[80, 350]), "", -1, 1, 0),
    "int16.nii": (lambda: nifti(LPS), "axial", 0, 1, 0),
    "turned.nii.gz": (lambda: nifti(LPS, "RAS", zipped=True), "axial", 0, 1, 0),
    "scaled.nii": (lambda: nifti((LPS.astype(int) + 1024).astype(np.uint16), scl_slope=1, scl_inter=-1024), "axial", 0, 1, 0),
    "offset.nii": (lambda: nifti((LPS.astype(int) + 1024).astype(np.uint16)), "axial", 0, 1, -1024),
    "float.nii": (lambda: nifti(LPS.astype(np.float32)), "axial", 0, 1, 0),
    "short.nrrd": (lambda: nrrd(HU, "short"), "axial", 0, 1, 0),
    "float.nrrd": (lambda: nrrd(HU.astype(np.float32), "float"), "axial", 0, 1, 0),
    "short.mha": (lambda: mha(HU, "MET_SHORT"), "axial", 0, 1, 0),
    "offset.png": (lambda: png((HU.astype(int) + 32768).astype(np.uint16)), "", -1, 1, -32768),
    "halves.png": (lambda: png(((HU.astype(int) + 1024) * 2).astype(np.uint16)), "", -1, 0.5, -1024),
    "offset.tif": (lambda: tiff((HU.astype(int) + 1024).astype(np.uint16), compression="zlib"), "", -1, 1, -1024),
    "int16.tif": (lambda: tiff(HU), "", -1, 1, 0),
    "float.tif": (lambda: tiff(HU.astype(np.float32), tile=(16, 16)), "", -1, 1, 0),
    "int16.npy": (lambda: npy(HU), "", -1, 1, 0),
    "float.npy": (lambda: npy(HU.astype(np.float32)), "", -1, 1, 0),
    "rows.npy": (lambda: npy(np.stack([HU, HU])), "", 1, 1, 0),
    "array.npz": (lambda: npz(HU), "slice", -1, 1, 0),
}  # fmt: skip


def inspected(name: str, rendering: Rendering | None) -> tuple[Image, np.ndarray]:
    make, column, frame, slope, intercept = FILES[name]
    told = replace(rendering or Rendering(), slope=slope, intercept=intercept)
    ref = ImageRef(id=f"s/{name}", source="s", path=name, column=column, frame=frame, rendering=told)
    image, data = inspect_image(ref, lambda _: io.BytesIO(make()), InspectLimits())
    assert (image.reason, image.evidence) == (None, None)
    assert data is not None
    return image, np.asarray(Pillow.open(io.BytesIO(data)))


@pytest.mark.parametrize("name", FILES)
def test_a_window_gives_the_same_picture_in_every_format(name: str) -> None:
    image, shown = inspected(name, LUNG)
    assert image.window == Window(low=-1350, high=150, by="manifest lung")
    assert shown.tolist() == stretch(HU, -1350, 150).tolist()


@pytest.mark.parametrize("name", FILES)
def test_percentiles_give_the_same_picture_in_every_format(name: str) -> None:
    image, shown = inspected(name, Rendering(low_share=5, high_share=95, by="percentiles 5-95"))
    low, high = percentiles(HU, (5, 95))
    assert image.window == Window(low=low, high=high, by="manifest percentiles 5-95")
    assert shown.tolist() == stretch(HU, low, high).tolist()


@pytest.mark.parametrize("name", FILES)
def test_what_is_left_to_the_file_is_shown_by_its_own_window_or_by_its_kind(name: str) -> None:
    image, shown = inspected(name, None)
    low, high = percentiles(HU)
    wanted = Window(low=low, high=high, by="percentiles 0.5-99.5")
    if name.startswith("has"):
        wanted = Window(low=0, high=79, by="dicom window 1 of 2")  # PS3.3 C.11.2.1.2.1: 40 - 0.5 -+ (80 - 1) / 2
    elif name.endswith(".dcm"):
        wanted = Window(low=-160, high=240, by="ct default")
    assert image.window == wanted
    assert shown.tolist() == stretch(HU, wanted.low, wanted.high).tolist()


def test_a_recipe_is_named_as_who_says_so() -> None:
    assert inspected("int16.npy", Rendering(low=-160, high=240, by="recipe soft tissue"))[0].window == Window(
        low=-160, high=240, by="recipe soft tissue"
    )


def test_which_of_a_files_own_windows_may_be_said() -> None:
    image, shown = inspected("has a window.dcm", Rendering(choice=2))
    assert image.window == Window(low=-125, high=224, by="dicom window 2 of 2")
    assert shown.tolist() == stretch(HU, -125, 224).tolist()


@pytest.mark.parametrize(("mode", "format"), [("L", "PNG"), ("RGB", "PNG"), ("L", "JPEG"), ("L", "TIFF"), ("P", "PNG"), ("L", "BMP")])
def test_pictures_of_eight_bits_are_shown_as_they_are_whatever_is_said(mode: str, format: str) -> None:
    file = io.BytesIO()
    Pillow.fromarray(stretch(HU, -1024, 2069)).convert(mode).save(file, format)
    seen = [
        inspect_image(
            ImageRef(id="s/a", source="s", path="a", rendering=rendering), lambda _: io.BytesIO(file.getvalue()), InspectLimits()
        )[0]
        for rendering in (None, replace(LUNG, intercept=-32768))
    ]
    assert seen[0] == seen[1]
    assert (seen[0].reason, seen[0].window) == (None, None)


@pytest.mark.parametrize("width", [1, 2, 3, 6, 80, 255, 350, 400, 1500, 1530, 1800, 2048, 4095, 5100, 65535])
@pytest.mark.parametrize("low", [-32768, -1350, -160, 0, 7])
def test_a_grey_that_lies_half_between_two_is_rounded_up(low: int, width: int) -> None:
    values = np.arange(low, low + width + 1)
    wanted = ((values - low) * 510 + width) // (2 * width)  # in whole numbers
    assert stretch(values, low, low + width).tolist() == wanted.tolist()
    assert stretch(values.astype(np.float32), low, low + width).tolist() == wanted.tolist()


def test_a_window_wider_than_a_number_is_still_one() -> None:
    most = np.finfo(np.float64).max
    assert stretch(np.array([-most, -most / 2, 0, most, np.inf, -np.inf, np.nan]), -most, most).tolist() == [0, 64, 128, 255, 255, 0, 0]
