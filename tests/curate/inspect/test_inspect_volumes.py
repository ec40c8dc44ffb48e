"""slices of volumes and arrays of npz archives are images like any other"""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from curate.inspect import reading
from curate.inspect.inspect import InspectLimits, inspect_content, inspect_image
from curate.inspect.reading import read_images
from curate.pixels.npz import npz_array
from curate.pixels.volume import read_volume
from schemas.image import Image, ImageRef
from tests.curate.pixels.made_volumes import nifti

VOLUME = np.random.default_rng(1).integers(0, 1000, (70, 80, 90)).astype(np.int16)


def ref(path: str, frame: int = -1, column: str = "") -> ImageRef:
    return ImageRef(id=f"s/{path}!{column}#{frame}", source="s", path=path, frame=frame, column=column)


def inspected(data: bytes, wanted: ImageRef) -> tuple[Image, Any]:
    image, png = inspect_image(wanted, lambda _: io.BytesIO(data), InspectLimits())
    return image, None if png is None else np.asarray(Pillow.open(io.BytesIO(png)))


def test_a_slice_ships_as_it_is_rendered_and_knows_its_file() -> None:
    data = nifti(VOLUME, "RAS", zipped=True)
    image, shown = inspected(data, ref("a.nii.gz", 12, "coronal"))
    assert (image.reason, image.format, image.mode, image.bits, image.width, image.height) == (None, "nifti", "I;16", 16, 70, 90)
    assert (shown == np.asarray(read_volume(io.BytesIO(data)).rendered("coronal", 12).image)).all()
    assert (image.blank, image.burned_in, image.ship) == (False, None, None)


def test_a_slice_is_the_same_image_however_its_file_stores_it() -> None:
    images = [
        inspected(nifti(VOLUME, codes, zipped=zipped), ref("a.nii", 7, "axial"))[0] for codes, zipped in (("LPS", False), ("SRA", True))
    ]
    assert images[0] == images[1]
    assert images[0].byte_digest != inspected(nifti(VOLUME), ref("a.nii", 8, "axial"))[0].byte_digest


@pytest.mark.parametrize(
    ("data", "wanted", "fault"),
    [
        (nifti(VOLUME), ref("a.nii", 90, "axial"), ("no_such_frame", "slice 90 of 90")),
        (nifti(VOLUME), ref("a.nii"), ("no_such_frame", "no slice is named of 90")),
        (nifti(VOLUME), ref("a.nii", 1, "secret"), ("unsupported", "an axis that is none of sagittal, coronal, axial")),
        (nifti(VOLUME)[:5000], ref("a.nii", 1, "axial"), ("truncated", f"nifti: {5000 - 352} < {VOLUME.nbytes} bytes of voxels")),
        (b"\x1f\x8b no gz", ref("a.nii.gz", 1, "axial"), ("corrupt", "nifti: EOFError")),
        (b"", ref("a.nii", 1, "axial"), ("empty_file", "0 bytes")),
    ],
)
def test_what_is_no_slice_is_told_and_never_raised(data: bytes, wanted: ImageRef, fault: tuple[str, str]) -> None:
    image, png = inspected(data, wanted)
    assert (image.reason, image.evidence, png) == (*fault, None)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_an_array_of_an_npz_is_an_image_whole_or_by_rows() -> None:
    fundus = np.random.default_rng(2).integers(0, 256, (70, 80), dtype=np.uint8)
    scans = np.random.default_rng(3).integers(0, 256, (4, 66, 65), dtype=np.uint8)
    data = npz(slo_fundus=fundus, oct_bscans=scans, age=np.int64(60))
    image, shown = inspected(data, ref("a.npz", column="slo_fundus"))
    assert (image.reason, image.format, image.width, image.height) == (None, "npy", 80, 70)
    assert (shown == fundus).all()
    assert (inspected(data, ref("a.npz", 2, "oct_bscans"))[1] == scans[2]).all()
    wrong = [ref("a.npz", column="fundus"), ref("a.npz", 4, "oct_bscans"), ref("a.npz", column="age")]
    assert [inspected(data, wanted)[0].reason for wanted in wrong] == ["no_such_array", "no_such_frame", "unsupported"]
    assert inspected(data[:-30], ref("a.npz", column="slo_fundus"))[0].reason == "corrupt"


def test_objects_in_an_npz_are_never_unpickled() -> None:
    image, png = inspected(npz(a=np.array([[{"x": 1}]], dtype=object)), ref("a.npz", column="a"))
    assert (image.reason, png) == ("unsupported", None)


def test_what_is_packed_is_unpacked_once_for_all_that_is_wanted_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = []

    def counted(name: str, real: Any) -> None:
        monkeypatch.setattr(reading, name, lambda *given: unpacked.append(name) or real(*given))

    counted("read_volume", read_volume)
    counted("npz_array", npz_array)
    volume, archive = nifti(VOLUME, zipped=True), npz(a=np.zeros((20, 66, 65), np.uint8))
    for data, path, column in ((volume, "a.nii.gz", "axial"), (archive, "a.npz", "a")):
        refs = [ref(path, frame, column) for frame in range(20)]
        found = list(read_images(refs, lambda _, data=data: io.BytesIO(data), max_bytes=1 << 30))  # type: ignore[misc]
        assert [inspect_content(wanted, content, InspectLimits())[0].reason for wanted, content in found] == [None] * 20
    assert unpacked == ["read_volume", "npz_array"]
