"""every real image by modality is inspected: all decode; which are too small, how those of many bits are shown, pinned"""

import csv
import io
from collections import Counter
from functools import cache

import numpy as np
import pytest
from PIL import Image as Pillow

from curate.inspect.inspect import InspectLimits, inspect_image
from schemas.image import Image, ImageRef
from tests.real import REAL

pytestmark = pytest.mark.skipif(REAL is None, reason="needs the real images that lie beside the repository")
SLICES = {"pet/spm12__PET.nii": 45, "pet/spm12__SPECT.nii": 45}  # as a manifest names the slice of a volume
TUMOURS = (1, 3, 7, 8, 9, 11, 13, 15, 17, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 38, 43, 44, 46, 48, 50, 51)  # PET, cropped


def ref(name: str, frame: int = -1) -> ImageRef:
    return ImageRef(id=name, source="s", path=name, frame=frame, column="axial" if frame >= 0 else "")


def inspected(ref: ImageRef, limits: InspectLimits) -> tuple[Image, bytes | None]:
    assert REAL is not None
    folder = REAL / "modality"
    return inspect_image(ref, lambda ref: (folder / ref.path).open("rb"), limits)


@cache
def images() -> dict[str, Image]:
    assert REAL is not None
    with (REAL / "modality" / "labels.csv").open(encoding="utf-8", newline="") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    return {name: inspected(ref(name, SLICES.get(name, -1)), InspectLimits())[0] for name in names}


def test_all_of_them_decode() -> None:
    assert len(images()) == 605
    assert {name: (image.reason, image.evidence) for name, image in images().items() if image.reason} == {}
    assert Counter((image.format, image.mode, image.bits) for image in images().values()) == {
        ("jpeg", "RGB", 8): 249, ("jpeg", "L", 8): 43, ("png", "RGB", 8): 169, ("png", "L", 8): 35, ("png", "RGBA", 8): 16,
        ("tiff", "RGB", 8): 5, ("webp", "RGB", 8): 2, ("dicom", "MONOCHROME2", 16): 72, ("dicom", "MONOCHROME2", 12): 12,
        ("nifti", "L", 8): 1, ("nifti", "I;16", 16): 1,
    }  # fmt: skip


def test_those_under_64_pixels_are_refused_by_their_header_and_are_crops_round_a_tumour() -> None:
    small = [name for name, image in images().items() if min(image.width, image.height) < 64]
    assert sorted(small) == [
        "ct/data-c19-cropped__5_0.jpg",
        *sorted(name for name in images() if name.startswith("pet/data-sets__STS_")),
    ]
    assert [int(name.split("_")[3]) for name in sorted(small)[1:]] == list(TUMOURS)
    seen = [inspected(ref(name), InspectLimits(min_side=64))[0] for name in small]
    assert {image.reason for image in seen} == {"image_too_small"}


def test_a_volume_is_no_picture_until_a_slice_is_named() -> None:
    seen = [inspected(ref(name), InspectLimits())[0] for name in SLICES]
    assert [(image.reason, image.evidence) for image in seen] == [("no_such_frame", "no slice is named of 91")] * 2


def test_how_each_picture_of_many_bits_is_shown() -> None:
    shown = Counter((name.split("/")[0], image.window.by) for name, image in images().items() if image.window)
    assert shown == {
        ("ct", "ct default"): 39, ("mri", "percentiles 0.5-99.5"): 13, ("mri", "dicom window 1 of 1"): 3, ("pet", "nuclear default"): 29,
        ("pet", "percentiles 0.5-99.5"): 2,
    }  # fmt: skip
    assert {(image.window.low, image.window.high) for image in images().values() if image.window and image.window.by == "ct default"} == {
        (-160, 240)
    }
    assert not [name for name, image in images().items() if image.window and image.format in ("jpeg", "png", "tiff", "webp")]


def test_the_one_that_is_compressed_as_jpeg_2000_shows_a_belly_not_noise() -> None:
    image, data = inspected(ref("ct/pydicom-data__explicit_VR-UN.dcm"), InspectLimits())
    pixels = np.asarray(Pillow.open(io.BytesIO(data or b"")))
    assert (image.width, image.height, image.header_modality) == (512, 512, "CT")
    assert {tuple(map(int, pixels[y, x])) if pixels.ndim == 3 else int(pixels[y, x]) for y, x in ((5, 5), (500, 5), (500, 500))} == {0}
    assert 0.1 < (pixels > 100).mean() < 0.4
