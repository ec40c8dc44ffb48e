"""NIfTI volumes: slices in LPS+ orientation whatever the file's own, one window for all, hostile headers"""

import gzip
import io
from pathlib import Path

import nibabel
import numpy as np
import pytest

from curate.pixels import volume as volume_module
from curate.pixels.fault import PixelFault
from curate.pixels.lately import Lately
from curate.pixels.regions import MaskRule, regions
from curate.pixels.volume import Volume, is_volume, picture_header, read_volume, read_volume_header
from curate.pixels.volume_header import AXES
from schemas.image import Rendering, Window
from tests.curate.pixels.made_volumes import nifti
from tests.real import REAL

ORIENTATIONS = ["LPS", "RAS", "LAS", "RPI", "PIR", "ASL", "SRA", "IAL"]
WIDE, DEEP, HIGH = 40, 30, 20
RIGHT, FRONT, FEET = 5, 8, 3  # where the block begins
LENGTHS = (4, 6, 7)


def block(value: int = 1000, dtype: str = "int16") -> np.ndarray:
    """A bright block near the patient's right, front and feet, in noise; no side, distance or length like another."""
    lps = np.random.default_rng(3).integers(0, 50, (WIDE, DEEP, HIGH)).astype(dtype)
    lps[RIGHT : RIGHT + LENGTHS[0], FRONT : FRONT + LENGTHS[1], FEET : FEET + LENGTHS[2]] = value
    return lps


def read(data: bytes) -> Volume:
    return read_volume(io.BytesIO(data))


def fault(data: bytes) -> tuple[str, str]:
    with pytest.raises(PixelFault) as caught:
        read(data)
    return caught.value.reason, caught.value.evidence


def shown(volume: Volume, column: str, frame: int) -> np.ndarray:
    return np.asarray(volume.rendered(column, frame).image)


def bright(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is bright."""
    rows, columns = np.nonzero(picture > 200)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_a_slice_is_shown_as_radiologists_do_whatever_the_axes_of_the_file(codes: str) -> None:
    found = read(nifti(block(), codes))
    assert found.header.shape == (WIDE, DEEP, HIGH)
    assert (found.voxels == block()).all()
    top = HIGH - FEET - LENGTHS[2]  # the head is up: distance of the block from the top
    axial, coronal, sagittal = (RIGHT, FRONT), (RIGHT, top), (FRONT, top)
    for axis, (left, above), width, height, inside in (
        ("axial", axial, LENGTHS[0], LENGTHS[1], FEET), ("coronal", coronal, LENGTHS[0], LENGTHS[2], FRONT),
        ("sagittal", sagittal, LENGTHS[1], LENGTHS[2], RIGHT),
    ):  # fmt: skip
        picture = shown(found, axis, inside)
        assert picture.shape[::-1] == found.header.size(axis) == found.header.plane(axis)
        assert bright(picture) == (left, above, left + width, above + height)
        assert shown(found, axis, inside - 1).max() < 200  # the slice before has none of it


@pytest.mark.parametrize("image_codes", ["LPS", "RAS", "PIR"])
@pytest.mark.parametrize("mask_codes", ["LPS", "RAS", "SRA"])
@pytest.mark.parametrize("axis", ["axial", "coronal", "sagittal"])
def test_a_box_of_the_mask_lies_on_the_pixels_of_the_picture(image_codes: str, mask_codes: str, axis: str) -> None:
    image = read(nifti(block(), image_codes, spacing=(0.7, 0.7, 5.0)))
    mask = read(nifti((block() == 1000).astype("uint8"), mask_codes, spacing=(0.7, 0.7, 5.0), zipped=True))
    for frame in range(image.header.slices(axis)):
        found = regions(mask.plane(axis, frame), MaskRule())
        picture = shown(image, f"{axis}/voxels", frame)
        if not found:
            assert picture.max() < 200
        else:
            (region,) = found
            assert (region.left, region.top, region.right, region.bottom) == bright(picture)


def test_the_first_of_a_series_in_time_or_of_channels_is_read_and_vectors_are_refused() -> None:
    lps = np.stack([block(), block(2000)], axis=3)
    assert (read(nifti(lps)).voxels == block()).all()
    five = nifti(lps, dim=[5, WIDE, DEEP, HIGH, 1, 2, 1, 1])
    assert (read(five).voxels == block()).all()
    vectors = nifti(lps, dim=[5, WIDE, DEEP, HIGH, 1, 2, 1, 1], intent_code=1007)
    assert fault(vectors) == ("unsupported", "nifti of 2 components a voxel")
    assert (read(nifti(block(), dim=[5, WIDE, DEEP, HIGH, 1, 1, 1, 1])).voxels == block()).all()
    assert read(nifti(block()[:, :, :1], dim=[2, WIDE, DEEP, 0, 0, 0, 0, 0])).header.shape == (WIDE, DEEP, 1)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32", "float32", "float64", ">i2", ">f4"])
def test_every_depth_and_byte_order_is_read(dtype: str) -> None:
    lps = block(100, "int16").astype(dtype)
    image = nibabel.Nifti1Image(lps, np.diag([-1.0, -1.0, 1.0, 1.0]), dtype=np.dtype(dtype))
    swapped = image.header.as_byteswapped(">") if dtype.startswith(">") else image.header
    data = nibabel.Nifti1Image(lps, image.affine, swapped, dtype=np.dtype(dtype)).to_bytes()
    assert (read(data).plane("axial", FEET) == lps[:, :, FEET].T).all()


@pytest.mark.parametrize("codes", ["LPS", "SRA"])
def test_a_slice_is_a_view_of_the_volume_and_no_copy_of_it(codes: str) -> None:
    """A copy of the volume for each of its slices took nine minutes where one takes seconds."""
    found = read(nifti(block(), codes))
    assert all(np.shares_memory(found.plane(axis, 3), found.grid) for axis in AXES)


def test_values_are_scaled_by_the_header_and_a_slope_of_nothing_scales_nothing() -> None:
    assert (read(nifti(block(), scl_slope=2.0, scl_inter=-1024.0)).plane("axial", 3) == block()[:, :, 3].T * 2.0 - 1024).all()
    for slope, intercept in ((0.0, 5.0), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.nan)):
        assert (read(nifti(block(), scl_slope=slope, scl_inter=intercept)).plane("axial", 3) == block()[:, :, 3].T).all()


def test_one_window_serves_the_volume_and_one_hot_voxel_does_not_darken_it() -> None:
    lps = np.full((100, 100, 20), -1024, np.int16)
    lps[20:80, 20:80, :] = np.linspace(0, 200, 60, dtype=np.int16)[:, None, None]
    lps[50, 50, 10] = 30_000
    found = read(nifti(lps))
    window = Window(low=0.0, high=200.0, by="percentiles 0.5-99.5")
    assert found.window() == window == found.rendered("axial", 3).window
    empty = shown(found, "axial", 0)
    assert (empty[0, 0], empty[50, 20], empty[50, 79]) == (0, 0, 255)
    assert shown(found, "axial", 10)[50, 50] == 255


def test_what_a_manifest_says_of_the_window_goes_before_and_is_told() -> None:
    ramp = np.arange(2000, dtype=np.int16).reshape(20, 10, 10)
    found = read(nifti(ramp, scl_slope=1.0, scl_inter=-1000.0))
    lung = found.rendered("axial", 3, Rendering(low=-500, high=500, by="lung"))
    assert lung.window == Window(low=-500.0, high=500.0, by="manifest lung")
    wanted = np.floor(np.clip((ramp[:, :, 3].T - 1000.0 + 500) / 1000, 0, 1) * 255 + 0.5)
    assert (np.asarray(lung.image) == wanted).all()
    shares = found.window(Rendering(low_share=0, high_share=50, by="shares"))
    assert (shares.low, shares.high) == (-999.0, 0.0)  # of what is above the lowest of the volume, not of the slice
    doubled = found.window(Rendering(low_share=0, high_share=50, slope=2.0, by="shares"))
    assert (doubled.low, doubled.high) == (-1998.0, 0.0)
    scaled = found.rendered("axial", 3, Rendering(low=0, high=2000, slope=2.0, intercept=1000.0, by="x"))
    assert (np.asarray(scaled.image) == np.floor(np.clip(((ramp[:, :, 3].T - 1000.0) * 2 + 1000) / 2000, 0, 1) * 255 + 0.5)).all()
    assert found.rendered("axial", 3).window == Window(low=-989.01, high=989.01, by="percentiles 0.5-99.5")


def test_a_large_slice_is_windowed_by_bands_to_the_same_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(nifti(block(dtype="float32")))
    whole = shown(found, "coronal", 9)
    monkeypatch.setattr(volume_module, "_BAND", 3 * WIDE)
    assert (shown(found, "coronal", 9) == whole).all()


def test_volumes_without_contrast_or_numbers_are_black_and_no_crash() -> None:
    flat = read(nifti(np.full((8, 9, 10), 7, np.int16)))
    assert shown(flat, "axial", 0).max() == 0
    nothing = read(nifti(np.full((8, 9, 10), np.nan, np.float32)))
    assert shown(nothing, "coronal", 0).max() == 0
    mask = read(nifti((block() == 1000).astype("uint8")))
    assert bright(shown(mask, "axial", FEET)) == (RIGHT, FRONT, RIGHT + LENGTHS[0], FRONT + LENGTHS[1])


def test_the_header_alone_says_the_size_of_every_slice() -> None:
    header = read_volume_header(io.BytesIO(nifti(block(), "PIR", zipped=True)[:2000]))
    assert [header.size(axis) for axis in AXES] == [(DEEP, HIGH), (WIDE, HIGH), (WIDE, DEEP)]
    assert [header.slices(axis) for axis in AXES] == [WIDE, DEEP, HIGH]
    assert (header.is_as_shown(), read_volume_header(io.BytesIO(nifti(block()))).is_as_shown()) == (False, True)
    facts = picture_header(header, "coronal")
    assert (facts.format, facts.width, facts.height, facts.mode, facts.bits, facts.frames) == ("nifti", WIDE, HIGH, "I;16", 16, DEEP)


def test_a_slice_that_is_not_there_and_an_axis_that_is_none_are_faults() -> None:
    found = read(nifti(block()))
    for axis, frame, wanted in (
        ("axial", HIGH, ("no_such_frame", f"slice {HIGH} of {HIGH}")), ("axial", -1, ("no_such_frame", f"no slice is named of {HIGH}")),
        ("oblique", 0, ("unsupported", "an axis that is none of sagittal, coronal, axial")),
    ):  # fmt: skip
        with pytest.raises(PixelFault) as caught:
            found.plane(axis, frame)
        assert (caught.value.reason, caught.value.evidence) == wanted


def test_headers_that_lie_are_faults_before_anything_is_allocated() -> None:
    huge = [3, 32_000, 32_000, 32_000, 1, 1, 1, 1]
    assert fault(nifti(block(), dim=huge)) == ("too_large", f"{32_000**3 * 2} > {1 << 30} bytes of voxels")
    assert fault(nifti(block(), dim=[3, WIDE, -DEEP, HIGH, 1, 1, 1, 1])) == ("corrupt", "nifti: a side without length")
    assert fault(nifti(block(), dim=[0, 0, 0, 0, 0, 0, 0, 0]))[0] == "unsupported"
    assert fault(nifti(block(), dim=[3, WIDE, DEEP, HIGH + 1, 1, 1, 1, 1]))[0] == "truncated"
    assert fault(nifti(block(), datatype=2304, bitpix=32)) == ("unsupported", "nifti of kind V32")
    assert fault(nifti(block(), datatype=32, bitpix=64)) == ("unsupported", "nifti of kind c64")
    assert fault(nifti(block(), datatype=999)) == ("unsupported", "nifti of data type 999")
    assert fault(nifti(block(), vox_offset=1e30)) == ("corrupt", "nifti: voxels begin nowhere in the file")
    assert fault(nifti(block(), vox_offset=np.nan)) == ("corrupt", "nifti: voxels begin nowhere in the file")
    assert fault(nifti(block(), srow_x=[np.nan] * 4, qform_code=0)) == ("corrupt", "an affine without numbers")
    assert fault(nifti(block(), srow_x=[0] * 4, qform_code=0)) == ("corrupt", "an affine that is flat")
    assert fault(nifti(block(), magic=b"ni1")) == ("unsupported", "a header whose voxels are in another file")
    assert fault(nifti(block(), magic=b"xyz")) == ("not_an_image", "no header of a volume: NIfTI, NRRD or MetaImage")
    assert fault(b"") == ("empty_file", "0 bytes")


def test_a_gz_gives_no_more_than_its_header_asks_for() -> None:
    data = nifti(block(), zipped=True)
    bomb = gzip.compress(gzip.decompress(data) + bytes(200 << 20), 9)
    assert len(bomb) < 1 << 20
    file = io.BytesIO(bomb)
    assert (read_volume(file).voxels == block()).all()
    assert file.tell() < len(bomb) // 2  # the rest was not unpacked
    assert fault(data[: len(data) // 2])[0] == "truncated"
    assert fault(data[:40] + b"\xff" * 100 + data[140:])[0] in ("corrupt", "truncated")


def test_changed_bytes_of_a_header_are_a_fault_or_a_volume() -> None:
    data = nifti(block()[:8, :6, :4])
    rng = np.random.default_rng(5)
    for _ in range(3000):
        mutant = bytearray(data)
        for place in rng.integers(0, 352, 3):
            mutant[place] = rng.integers(256)
        try:
            found = read(bytes(mutant))
        except PixelFault:
            continue
        found.rendered("axial/voxels", 0)


def test_a_volume_is_unpacked_once_for_all_its_slices_and_memory_is_bounded() -> None:
    loaded = []

    def load(name: str) -> Volume:
        loaded.append(name)
        if name == "broken":
            raise PixelFault("corrupt", "nifti")
        return read(nifti(block()))

    size = block().nbytes
    lately: Lately[Volume] = Lately(2 * size)
    for name in ("a", "a", "b", "a", "c", "a", "b"):
        assert lately.get(name, lambda name=name: load(name)).nbytes == size  # type: ignore[misc]
    assert loaded == ["a", "b", "c", "b"]  # the one that was not asked for the longest went
    assert sum(thing.nbytes for thing in lately.held.values() if isinstance(thing, Volume)) == 2 * size
    for _ in range(3):
        with pytest.raises(PixelFault):
            lately.get("broken", lambda: load("broken"))
    assert loaded.count("broken") == 1


@pytest.mark.parametrize(
    ("name", "shape"),
    [("example4d.nii.gz", (128, 96, 24)), ("anatomical.nii", (33, 41, 25)), ("example_nifti2.nii.gz", (32, 20, 12))],
)
def test_real_volumes_agree_with_nibabel(name: str, shape: tuple[int, int, int]) -> None:
    path = Path(nibabel.__file__).parent / "tests" / "data" / name
    if not path.is_file():
        pytest.skip("this nibabel ships no test data")
    image = nibabel.load(path)
    turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(image.affine), nibabel.orientations.axcodes2ornt("LPS"))
    values = np.asanyarray(image.dataobj)
    lps = nibabel.orientations.apply_orientation(values[..., 0] if values.ndim == 4 else values, turn)
    with path.open("rb") as file:
        found = read_volume(file)
    assert found.header.shape == shape == lps.shape
    assert (found.plane("axial", 5) == lps[:, :, 5].T).all()


@pytest.mark.skipif(REAL is None, reason="no ../shared/real beside the project")
@pytest.mark.parametrize("name", ["spm12__PET.nii", "spm12__SPECT.nii"])
def test_the_head_of_a_real_brain_is_up_and_its_front_is_left(name: str) -> None:
    """Templates in MNI space: above the vertex is air; at the height of the cerebellum, behind, there is no brain in front."""
    assert REAL is not None
    with (REAL / "modality" / "pet" / name).open("rb") as file:
        found = read_volume(file)
    assert (is_volume(name), found.header.size("axial"), found.header.slices("axial")) == (True, (91, 109), 91)
    sagittal = shown(found, "sagittal", 35).astype(float)
    assert 3 * sagittal[:10].mean() < sagittal[-10:].mean()
    assert 2 * sagittal[70:80, 10:30].mean() < sagittal[70:80, 65:85].mean()
