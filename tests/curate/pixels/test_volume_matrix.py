"""the matrix of volumes: every format, type, byte order, packing and orientation against the array it was written from and against
another reader (SimpleITK; nibabel where that has none); the largest difference allowed is 0 throughout"""

import gzip
import io
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from curate.pixels.fault import PixelFault
from curate.pixels.volume import read_volume, read_volume_header
from schemas.image import Rendering
from tests.curate.pixels.made_volumes import LPS, SPACING, TYPES, meta, nifti, nii, nrrd

SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
AXIAL = LPS[:, :, 5].T  # what is seen from the feet: rows from front to back, columns from right to left
CODES = ("LPS", "RAS", "LAS", "SRA", "PIR", "IAL")


def itk(data: bytes, suffix: str, folder: Path) -> tuple[np.ndarray, tuple[float, ...]]:
    """The voxels in LPS+ and their spacing, as SimpleITK reads them."""
    path = folder / f"a{suffix}"
    path.write_bytes(data)
    image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(path), "LPS")
    return SimpleITK.GetArrayFromImage(image).T, image.GetSpacing()


ROWS = [
    *((f"nrrd {codes}", ".nrrd", nrrd(codes)) for codes in CODES),
    *((f"nrrd {dtype}{order}", ".nrrd", nrrd(dtype=dtype, order=order)) for dtype in TYPES for order in "<>"),
    *((f"nrrd gzip {codes}", ".nrrd", nrrd(codes, encoding="gzip")) for codes in ("LPS", "PIR")),
    *((f"nrrd in {space}", ".nrrd", nrrd("PIR", space=space)) for space in ("RAS", "left-anterior-superior")),
    *((f"mha {codes}", ".mha", meta(codes)) for codes in CODES),
    *((f"mha {dtype}{order}", ".mha", meta(dtype=dtype, order=order)) for dtype in TYPES for order in "<>"),
    *((f"mha packed {codes}", ".mha", meta(codes, packed=True)) for codes in ("LPS", "PIR")),
    ("mha gzip", ".mha", meta(packed=True, pack=gzip.compress)),
    *((f"nifti {codes}", ".nii", nii(codes)) for codes in CODES),
    *((f"nifti {dtype}{order}", ".nii", nii(dtype=dtype, order=order)) for dtype in TYPES for order in "<>"),
    *((f"nifti.gz {codes}", ".nii.gz", nii(codes, zipped=True)) for codes in ("LPS", "PIR")),
]


@pytest.mark.parametrize(("suffix", "data"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_every_kind_of_volume_is_read_as_it_was_written_and_as_another_reader_reads_it(suffix: str, data: bytes, tmp_path: Path) -> None:
    found = read_volume(io.BytesIO(data))
    voxels, spacing = itk(data, suffix, tmp_path)
    assert (found.header.shape, found.voxels.dtype.itemsize) == (LPS.shape, voxels.dtype.itemsize)
    assert (found.voxels == LPS).all()
    assert (voxels == LPS).all()
    assert found.header.axes.spacing == pytest.approx(spacing) == SPACING
    assert (found.plane("axial", 5) == AXIAL).all()
    assert read_volume_header(io.BytesIO(data)) == found.header


@pytest.mark.parametrize("codes", ["LPS", "PIR"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_what_simpleitk_does_not_read_is_read_as_it_was_written(codes: str, order: str, tmp_path: Path) -> None:
    """Its NRRD has no bzip2, its NIfTI no second version: the one against its own raw form, the other against nibabel."""
    bzipped, plain = (read_volume(io.BytesIO(nrrd(codes, order=order, encoding=encoding))) for encoding in ("bz2", "raw"))
    assert (bzipped.voxels == plain.voxels).all()
    assert (bzipped.voxels == LPS).all()
    data = nii(codes, order=order, second=True)
    (tmp_path / "a.nii").write_bytes(data)
    other = nibabel.as_closest_canonical(nibabel.load(tmp_path / "a.nii"))  # RAS+
    assert (np.asanyarray(other.dataobj)[::-1, ::-1] == LPS).all()
    assert (read_volume(io.BytesIO(data)).voxels == LPS).all()


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii", ".nii.gz"])
@pytest.mark.parametrize("compressed", [False, True])
def test_what_another_writer_writes_is_read(suffix: str, compressed: bool, tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(LPS.T.astype(np.float32))
    image.SetSpacing(SPACING)
    SimpleITK.WriteImage(image, tmp_path / f"a{suffix}", useCompression=compressed)
    found = read_volume(io.BytesIO((tmp_path / f"a{suffix}").read_bytes()))
    assert (found.voxels == LPS).all()
    assert found.header.axes.spacing == pytest.approx(SPACING)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
@pytest.mark.parametrize("compressed", [False, True])
def test_voxels_of_three_bytes_are_colours(suffix: str, compressed: bool, tmp_path: Path) -> None:
    colours = np.random.default_rng(2).integers(0, 256, (*LPS.shape, 3), dtype=np.uint8)
    image = SimpleITK.GetImageFromArray(colours.transpose(2, 1, 0, 3), isVector=True)
    SimpleITK.WriteImage(image, tmp_path / f"a{suffix}", useCompression=compressed)
    check_colours((tmp_path / f"a{suffix}").read_bytes(), colours)


def test_rgb24_of_nifti_is_colour() -> None:
    colours = np.random.default_rng(2).integers(0, 256, (*LPS.shape, 3), dtype=np.uint8)
    kind = np.dtype([(name, "u1") for name in "RGB"])
    check_colours(nibabel.Nifti1Image(colours.view(kind)[..., 0], np.diag([-1.0, -1.0, 1.0, 1.0])).to_bytes(), colours)


def check_colours(data: bytes, colours: np.ndarray) -> None:
    found = read_volume(io.BytesIO(data))
    rendered = found.rendered("coronal", 3)
    assert (np.asarray(rendered.image) == colours[:, 3].swapaxes(0, 1)[::-1]).all()
    assert (rendered.window, rendered.header.mode, rendered.header.bits) == (None, "RGB", 8)
    assert found.filled("axial", 0) == (colours[:, :, 0].max(axis=2) > 25).mean()


@pytest.mark.parametrize("kind", [".nrrd", ".mha"])
def test_of_a_series_in_time_the_first_volume_is_read(kind: str) -> None:
    series = np.stack([LPS, LPS + 1], axis=3).astype("<i2").tobytes(order="F")
    head = {
        ".nrrd": "NRRD0004\ntype: short\ndimension: 4\nsizes: 9 8 7 2\nspace: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1) none\n"
        "kinds: domain domain domain list\nendian: little\nencoding: raw\n\n",
        ".mha": "NDims = 4\nBinaryData = True\nDimSize = 9 8 7 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n",
    }[kind]
    assert (read_volume(io.BytesIO(head.encode() + series)).voxels == LPS).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [*TYPES, ">i2", ">f4"])
def test_arrays_are_read_as_they_are_stored(order: str, dtype: str) -> None:
    out = io.BytesIO()
    np.save(out, np.asarray(LPS.astype(dtype), order=order))  # type: ignore[call-overload]
    found = read_volume(out, "@1")
    assert all((found.plane(f"@{axis}", 5) == LPS.take(5, axis)).all() for axis in range(3))
    assert [found.header.size(f"@{axis}") for axis in range(3)] == [(7, 8), (7, 9), (8, 9)]


def test_voxels_that_are_no_squares_are_shown_as_squares() -> None:
    lps = np.zeros((40, 30, 12), np.int16)
    lps[10:20, 5:15, 3:5] = 100  # 10 x 10 x 10 mm
    found = read_volume(io.BytesIO(nifti(lps, "RAS", spacing=(1, 1, 5))))
    axial, coronal, voxels = (found.rendered(column, 7) for column in ("axial", "coronal", "coronal/voxels"))
    assert (axial.image.size, coronal.image.size, voxels.image.size) == ((40, 30), (40, 60), (40, 12))
    assert coronal.image.size == (coronal.header.width, coronal.header.height)
    rows, columns = np.nonzero(np.asarray(coronal.image) > 127)
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (10, 20, 60 - 25, 60 - 15)
    assert axial.image == found.rendered("axial/voxels", 7).image


def test_what_lies_between_two_layers_is_their_mean_by_distance() -> None:
    lps = np.zeros((40, 30, 2), np.int16)
    lps[:, :, 1] = 200
    found = read_volume(io.BytesIO(nifti(lps, spacing=(1, 1, 5))))
    column = np.asarray(found.rendered("coronal", 3, Rendering(low=0, high=255)).image)[:, 0]
    assert column.tolist() == [200, 200, 200, 160, 120, 80, 40, 0, 0, 0]  # the head is up; a layer's middle is its own value


@pytest.mark.parametrize(
    ("spacing", "size"),
    [
        ((1, 1.009, 1), (60, 12)), ((1, 1.02, 1), (61, 12)), ((1, 1, 1.05), (60, 13)), ((1, 2, 1), (120, 12)), ((1, 0.7, 10), (60, 171)),
        ((1, 1, 100), (60, 1200)), ((1, 100, 1), (6000, 12)),
    ],
)  # fmt: skip
def test_the_longer_side_of_voxels_is_cut_to_the_shorter(spacing: tuple[float, float, float], size: tuple[int, int]) -> None:
    header = read_volume_header(io.BytesIO(nifti(np.zeros((40, 60, 12), np.int16), spacing=spacing)))
    assert header.size("sagittal") == size
    assert header.plane("sagittal") == (60, 12)


def test_voxels_beyond_measure_are_refused_where_they_show() -> None:
    found = read_volume(io.BytesIO(nifti(np.zeros((40, 30, 12), np.int16), spacing=(1, 1, 101))))
    assert (found.rendered("axial", 0).image.size, found.rendered("coronal/voxels", 0).image.size) == ((40, 30), (40, 12))
    with pytest.raises(PixelFault) as caught:
        found.rendered("coronal", 0)
    assert (caught.value.reason, caught.value.evidence) == ("unsupported", "voxels more than 100 times as long as wide")
    wide = read_volume_header(io.BytesIO(nifti(np.zeros((1, 2, 900), np.int16), spacing=(1, 1, 100))))
    with pytest.raises(PixelFault) as caught:
        wide.size("sagittal")
    assert caught.value.reason == "too_large"
