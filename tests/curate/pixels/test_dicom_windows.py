"""Which window shows what a DICOM file holds: its own, frame by frame; by kind; around padding"""

from __future__ import annotations

import numpy as np
import pytest
from made_dicom import described, plain, saved
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from curate.pixels.dicom import read_dicom
from schemas.image import Rendering, Window

GREY = (np.arange(40 * 56, dtype=np.uint16).reshape(40, 56) * 29) % 4096
FRAMES = np.stack([GREY, GREY[::-1], GREY[:, ::-1]]).astype(np.uint8)


def shown(data: bytes, frame: int = -1, rendering: Rendering | None = None) -> tuple[np.ndarray, Window | None]:
    rendered = read_dicom(data).rendered("", frame, rendering)
    return np.asarray(rendered.image).astype(int), rendered.window


def between(values: np.ndarray, low: float, high: float) -> list[list[int]]:
    return np.floor(np.clip((values.astype(float) - low) / (high - low), 0, 1) * 255 + 0.5).astype(int).tolist()


def item(**elements: object) -> Dataset:
    dataset = Dataset()
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


def groups(**elements: object) -> Dataset:
    return item(**{f"{name}Sequence": Sequence([value]) for name, value in elements.items()})


def test_each_frame_has_its_own_rescaling_and_window() -> None:
    shared = groups(FrameVOILUT=item(WindowCenter="50.5", WindowWidth="101"))
    first = groups(PixelValueTransformation=item(RescaleSlope="1", RescaleIntercept="-100", RescaleType="US"))
    second = groups(
        PixelValueTransformation=item(RescaleSlope="0.5", RescaleIntercept="0", RescaleType="US"),
        FrameVOILUT=item(WindowCenter=["10.5", "60.5"], WindowWidth=["11", "41"]),
    )
    data = plain(
        FRAMES[:2],
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence([first, second]),
    )
    grey, window = shown(data, 0)
    assert (grey.tolist(), window) == (between(FRAMES[0] - 100.0, 0, 100), Window(low=0, high=100, by="dicom window 1 of 1"))
    grey, window = shown(data, 1)
    assert (grey.tolist(), window) == (between(FRAMES[1] * 0.5, 5, 15), Window(low=5, high=15, by="dicom window 1 of 2"))
    assert shown(data, 1, Rendering(choice=2))[1] == Window(low=40, high=80, by="dicom window 2 of 2")
    assert shown(data, 1, Rendering(choice=3))[1] == Window(low=5, high=15, by="dicom window 1 of 2")


@pytest.mark.parametrize(("dtype", "keyword"), [("<f4", "FloatPixelData"), ("<f8", "DoubleFloatPixelData")])
def test_numbers_with_a_fraction_are_windowed_and_no_number_is_black(dtype: str, keyword: str) -> None:
    values = (GREY / 7).astype(dtype)
    values[0, 0] = np.nan
    dataset = described(values, "1.2.840.10008.1.2.1", WindowCenter="100", WindowWidth="50", VOILUTFunction="LINEAR_EXACT")
    setattr(dataset, keyword, values.tobytes())
    expected = np.nan_to_num(values.astype(float))
    assert shown(saved(dataset))[0].tolist() == between(expected, 75, 125)


def test_padding_is_black_however_the_picture_is_shown() -> None:
    values = GREY.astype(np.int16)
    values[:3] = -2000
    values[3] = -1999
    options = {"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -1998, "WindowCenter": "2000.5", "WindowWidth": "4001"}
    grey, _ = shown(plain(values, PhotometricInterpretation="MONOCHROME1", **options))
    assert grey[:4].max() == 0
    assert grey[4:].tolist() == (255 - np.array(between(values[4:], 0, 4000))).tolist()
    unsigned = plain(values.view(np.uint16), PixelPaddingValue=63536, PixelPaddingRangeLimit=63538)  # would else be white
    above = values[4:][values[4:] > values[4:].min()].astype(float)
    assert shown(unsigned)[0].tolist() == [*[[0] * 56] * 4, *between(values[4:], *np.percentile(above, (0.5, 99.5)))]


def test_padding_is_told_in_more_bits_than_are_stored() -> None:
    values = (GREY % 1000).astype(np.int16)
    values[7] = -3000  # in 12 bits 1096
    told = plain(values, BitsStored=12, PixelPaddingValue=-3000, WindowCenter="500.5", WindowWidth="1001")
    assert shown(told)[0].tolist() == between(np.where(values < 0, 0, values), 0, 1000)


def test_padding_within_what_the_picture_holds_is_none() -> None:
    values = GREY.astype(np.int16) - 2000
    values[20, 20:30] = 0
    told = plain(values, PixelPaddingValue=0, WindowCenter="0.5", WindowWidth="1001")
    assert shown(told)[0].tolist() == between(values, -500, 500)


def by(data: bytes) -> str:
    window = shown(data)[1]
    return window.by if window else ""


def test_a_window_that_shows_nothing_gives_way_and_tells_it() -> None:
    assert by(plain(GREY, Modality="MR", WindowCenter="-900", WindowWidth="100")) == "percentiles 0.5-99.5: dicom window empty"
    assert by(plain(GREY, Modality="MR", WindowCenter="2000", WindowWidth="3")) == "percentiles 0.5-99.5: dicom window empty"
    hounsfield = {"Modality": "CT", "RescaleSlope": "1", "RescaleIntercept": "-1024"}
    assert by(plain(GREY, WindowCenter="9000", WindowWidth="100", **hounsfield)) == "ct default: dicom window empty"
    assert by(plain(FRAMES[0], WindowCenter="-900", WindowWidth="100")) == "full range: dicom window empty"
    air = plain(GREY % 90, WindowCenter="40", WindowWidth="400", **hounsfield)
    assert (shown(air)[0].max(), by(air)) == (0, "dicom window 1 of 1")  # it is air


@pytest.mark.parametrize(
    ("elements", "by"),
    [
        ({"Modality": "CT", "RescaleSlope": "1", "RescaleIntercept": "-1024"}, "ct default"),
        ({"Modality": "CT", "RescaleSlope": "1", "RescaleIntercept": "-1024", "RescaleType": "HU"}, "ct default"),
        ({"Modality": "CT", "RescaleSlope": "1", "RescaleIntercept": "-1024", "RescaleType": "MGML"}, "percentiles 0.5-99.5"),
        ({"Modality": "CT"}, "percentiles 0.5-99.5"),
        ({"Modality": "PT"}, "nuclear default"),
        ({"Modality": "MR", "RescaleSlope": "1", "RescaleIntercept": "-1024"}, "percentiles 0.5-99.5"),
        ({"Modality": "CT", "WindowCenter": "40"}, "percentiles 0.5-99.5"),
    ],
)
def test_without_a_window_the_kind_of_picture_decides(elements: dict[str, str], by: str) -> None:
    window = shown(plain(GREY, **elements))[1]
    assert window is not None
    assert window.by == by
    assert by != "ct default" or (window.low, window.high) == (-160, 240)


def test_a_manifest_that_tells_a_scale_makes_hounsfield_units() -> None:
    window = shown(plain(GREY, Modality="CT"), rendering=Rendering(intercept=-1024.0))[1]
    assert window == Window(low=-160, high=240, by="ct default")


def test_pet_begins_at_nothing_and_is_not_stretched_below_5_suv() -> None:
    slope = {"RescaleSlope": "0.001", "RescaleIntercept": "0", "Modality": "PT"}
    assert shown(plain(GREY, Units="GML", **slope))[1] == Window(low=0, high=5, by="nuclear default")
    high = float(np.percentile(GREY[GREY > 0] * 0.001, 99.5))
    window = shown(plain(GREY, Units="BQML", **slope))[1]
    assert window is not None
    assert (window.low, window.high) == (0, pytest.approx(high))


def test_few_bits_are_shown_whole() -> None:
    assert (shown(plain(FRAMES[0]))[0].tolist(), shown(plain(FRAMES[0]))[1]) == (FRAMES[0].tolist(), None)
    four = FRAMES[0] >> 4
    assert shown(plain(four, BitsStored=4))[0].tolist() == (four * 17).tolist()
