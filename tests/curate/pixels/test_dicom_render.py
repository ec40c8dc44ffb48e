import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_windowing
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, read_header
from curate.pixels.render import Rendered, render
from schemas.image import Window

STORED = np.arange(-1000, 1400, 100, dtype=np.int16).reshape(4, 6)


def written(stored: np.ndarray = STORED, *, drop: tuple[str, ...] = (), syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2"
    dataset.PatientName, dataset.Modality, dataset.PhotometricInterpretation = "Doe^Jane", "CT", "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.BitsAllocated = dataset.BitsStored = stored.dtype.itemsize * 8
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, int(stored.dtype.kind == "i")
    if stored.ndim == 3:
        dataset.NumberOfFrames = stored.shape[0]
    dataset.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    for name, value in elements.items():
        setattr(dataset, name, value)
    for name in drop:
        delattr(dataset, name)
    out = io.BytesIO()
    pydicom.dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def shown(data: bytes, frame: int = -1) -> np.ndarray:
    return np.asarray(render(data, frame=frame).image).astype(int)


def fault(data: bytes, frame: int = -1) -> tuple[str, str]:
    with pytest.raises(PixelFault) as caught:
        render(data, frame=frame)
    return caught.value.reason, caught.value.evidence


def published(name: str) -> bytes:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path).read_bytes()


def between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.floor(np.clip((values.astype(float) - low) / (high - low), 0, 1) * 255 + 0.5).astype(int)


def spread(values: np.ndarray) -> tuple[float, float]:
    above = values[values > values.min()]
    low, high = np.percentile(above.astype(float), (0.5, 99.5))
    return float(low), float(high)


LINEAR = between(STORED, *spread(STORED))


def test_without_a_window_percentiles_of_what_is_not_background_decide() -> None:
    assert shown(written()).tolist() == LINEAR.tolist()
    assert shown(written(RescaleSlope="2", RescaleIntercept="-7", Modality="MR")).tolist() == LINEAR.tolist()
    low, high = spread(STORED)
    assert render(written()).window == Window(low=low, high=high, by="percentiles 0.5-99.5")


def test_padding_is_no_pixel() -> None:
    padded = STORED.copy()
    padded[0, 0] = -2000
    expected = between(STORED, *spread(STORED.ravel()[1:]))
    assert shown(written(padded, PixelPaddingValue=-2000)).tolist() == expected.tolist()


def test_monochrome1_is_inverted() -> None:
    assert shown(written(PhotometricInterpretation="MONOCHROME1")).tolist() == (255 - LINEAR).tolist()


def test_a_window_is_applied_to_rescaled_values() -> None:
    data = written(WindowCenter="40", WindowWidth="401", RescaleSlope="1", RescaleIntercept="-24")
    expected = np.clip((STORED.astype(float) - 24 - 39.5) / 400 + 0.5, 0, 1)  # PS3.3 C.11.2.1.2.1
    assert shown(data).tolist() == np.floor(expected * 255 + 0.5).astype(int).tolist()


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_window_functions_are_pydicoms(function: str) -> None:
    data = written(WindowCenter=["100", "0"], WindowWidth=["901", "1"], VOILUTFunction=function)
    dataset = pydicom.dcmread(io.BytesIO(data))
    output = apply_windowing(STORED, dataset)
    expected = np.floor((output + 32768) / 65535 * 255 + 0.5).astype(int)
    assert np.abs(shown(data) - expected).max() == 0


def test_a_negative_slope_turns_the_picture_once() -> None:
    data = written(WindowCenter="0", WindowWidth="2001", RescaleSlope="-1", RescaleIntercept="0")
    assert (np.diff(shown(data).ravel()) <= 0).all()
    assert shown(data)[0, 0] == 255


def test_a_window_that_means_nothing_gives_way() -> None:
    assert shown(written(WindowCenter="40", WindowWidth="0")).tolist() == LINEAR.tolist()
    assert shown(written(WindowCenter="40", WindowWidth="400", VOILUTFunction="CUBIC")).tolist() == LINEAR.tolist()


def test_a_voi_lut_is_looked_up() -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [4, 0, 8], [0, 50, 200, 255]
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    stored = np.array([[0, 1, 2], [3, 3, 0]], dtype=np.uint16)
    data = written(stored, VOILUTSequence=Sequence([table]))
    assert shown(data).tolist() == [[0, 50, 200], [255, 255, 0]]


def test_a_voi_lut_of_bytes_lies_in_words() -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [4, 0, 8], bytes([0, 50, 200, 255])
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    stored = np.array([[0, 1, 2], [3, 3, 0]], dtype=np.uint16)
    assert shown(written(stored, VOILUTSequence=Sequence([table]))).tolist() == [[0, 50, 200], [255, 255, 0]]


def test_frames_are_chosen() -> None:
    stored = np.stack([STORED, STORED[::-1]])
    data = written(stored)
    assert read_header(io.BytesIO(data)) == Header(format="dicom", width=6, height=4, mode="MONOCHROME2", bits=16, frames=2)
    assert [shown(data, frame).tolist() for frame in (-1, 1)] == [LINEAR.tolist(), LINEAR[::-1].tolist()]
    assert fault(data, 2) == ("no_such_frame", "frame 2 of 2")


def test_facts_are_code_strings_only() -> None:
    def facts(rendered: Rendered) -> tuple[str | None, str | None, str | None]:
        return rendered.modality, rendered.photometric, rendered.burned_in

    assert facts(render(written(BurnedInAnnotation="YES"))) == ("CT", "MONOCHROME2", "YES")
    assert facts(render(written(Modality="Doe, Jane", BurnedInAnnotation="PERHAPS"))) == (None, "MONOCHROME2", None)


def test_missing_and_broken_pixels_are_named() -> None:
    assert fault(written(drop=("PixelData",))) == ("dicom_no_pixels", "no PixelData")
    assert fault(written(drop=("Rows",))) == ("dicom_no_pixels", "no PixelData")
    assert fault(written(Columns=7)) == ("truncated", "48 < 56 bytes of pixels")
    assert fault(written(Rows=60_000, Columns=60_000)) == ("too_large", "60000 x 60000 > 178956970 pixels")
    assert fault(written(Rows=0)) == ("corrupt", "6 x 0 pixels")
    assert fault(written(drop=("SamplesPerPixel",))) == ("corrupt", "no BitsAllocated or SamplesPerPixel")


def test_elements_of_a_wrong_type_are_faults() -> None:
    two = written().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.1008\\1.2.1\0")
    assert fault(two) == ("corrupt", "dicom transfer syntax")
    assert fault(written().replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00UL"))[0] in ("corrupt", "dicom_no_pixels")
    assert fault(written(SamplesPerPixel=[1, 1])) == ("corrupt", "no BitsAllocated or SamplesPerPixel")
    assert fault(written(Rows=[4, 4])) == ("corrupt", "dicom image size: TypeError")
    assert fault(written(NumberOfFrames=["1", "2"])) == ("corrupt", "dicom image size: TypeError")
    assert shown(written(WindowCenter=["1", "2"], WindowWidth="5", PixelPaddingValue=[1, 2])).shape == (4, 6)


def test_deflated_data_sets_are_read_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(syntax=DeflatedExplicitVRLittleEndian)
    assert shown(data).tolist() == LINEAR.tolist()
    monkeypatch.setattr("curate.pixels.dicom_dataset.MAX_INFLATED", 100)
    assert fault(data) == ("too_large", "inflates to more than 100 bytes")


@pytest.mark.parametrize(
    ("name", "size", "mode", "pixel"),
    [
        ("CT_small.dcm", (128, 128), "L", 0),  # its preamble is a TIFF header
        ("MR_small.dcm", (64, 64), "L", 144),
        ("MR_small_bigendian.dcm", (64, 64), "L", 144),
        ("MR_small_implicit.dcm", (64, 64), "L", 144),
        ("MR_small_RLE.dcm", (64, 64), "L", 144),
        ("liver_1frame.dcm", (512, 512), "L", 0),
        ("examples_rgb_color.dcm", (320, 240), "RGB", (0, 0, 0)),
        ("SC_ybr_full_422_uncompressed.dcm", (100, 100), "RGB", (254, 0, 0)),
        ("SC_rgb_rle_16bit.dcm", (100, 100), "RGB", (255, 0, 0)),
        ("examples_palette.dcm", (800, 350), "RGB", (37, 62, 94)),
        ("ExplVR_BigEnd.dcm", (80, 60), "RGB", (190, 190, 190)),
    ],
)
def test_published_files_are_rendered(name: str, size: tuple[int, int], mode: str, pixel: object) -> None:
    image = render(published(name)).image
    assert (image.size, image.mode, image.getpixel((2, 2))) == (size, mode, pixel)


def test_one_picture_in_every_native_encoding_is_one_picture() -> None:
    names = ("small", "small_bigendian", "small_implicit", "small_expb", "small_RLE", "small_padded")
    assert len({render(published(f"MR_{name}.dcm")).image.tobytes() for name in names}) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "JPEG2000-embedded-sequence-delimiter.dcm",
            ("corrupt", "a codestream of 3722445056 x 1024 x 1, 16 bits for 256 x 1024 x 1, 16 bits"),
        ),
        ("test-SR.dcm", ("dicom_no_pixels", "no PixelData")),
        ("ExplVR_LitEndNoMeta.dcm", ("dicom_no_pixels", "no PixelData")),  # without preamble
        ("MR_truncated.dcm", ("truncated", "8130 < 8192 bytes of pixels")),
        ("badVR.dcm", ("corrupt", "dicom image size: ValueError")),
    ],
)
def test_published_files_that_cannot_be_rendered_say_why(name: str, expected: tuple[str, str]) -> None:
    assert fault(published(name)) == expected
