"""How the pixels of DICOM files may lie: tables of offsets, codestreams, palettes, regions; and what is refused"""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
import pydicom
import pytest
from made_dicom import JPEG, coded, described, extended, near, plain, saved, wavelet
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate_extended, get_frame
from pydicom.pixels import apply_color_lut
from pydicom.sequence import Sequence

from curate.pixels.dicom import read_dicom
from curate.pixels.dicom_palette import coloured
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from schemas.image import Region

GREY = (np.arange(40 * 56, dtype=np.uint16).reshape(40, 56) * 29) % 4096
FRAMES = np.stack([GREY, GREY[::-1], GREY[:, ::-1]]).astype(np.uint8)


def fault(data: bytes, frame: int = -1) -> tuple[str, str]:
    with pytest.raises(PixelFault) as caught:
        render(data, frame=frame)
    return caught.value.reason, caught.value.evidence


def item(**elements: object) -> Dataset:
    dataset = Dataset()
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


def frames_of(data: bytes) -> list[list[list[int]]]:
    opened = read_dicom(data)
    return [opened.pixels.stored(frame)[0].tolist() for frame in range(opened.header.frames)]


def test_frames_are_found_with_and_without_tables_of_offsets() -> None:
    streams = [imagecodecs.jpegls_encode(frame) for frame in FRAMES]
    wanted = FRAMES.tolist()
    assert frames_of(coded(FRAMES, streams, JPEG + "80", NumberOfFrames=3)) == wanted
    assert frames_of(coded(FRAMES, streams, JPEG + "80", NumberOfFrames=3, has_table=False)) == wanted
    assert frames_of(coded(FRAMES, streams, JPEG + "80", NumberOfFrames=3, fragments=4)) == wanted
    assert frames_of(coded(FRAMES, streams, JPEG + "80", NumberOfFrames=3, fragments=4, has_table=False)) == wanted  # by their ends
    dataset = described(FRAMES, JPEG + "80", NumberOfFrames=3)
    dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(streams)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    assert frames_of(saved(dataset)) == wanted


def test_fewer_fragments_than_frames_are_a_fault() -> None:
    data = coded(FRAMES, [imagecodecs.jpegls_encode(FRAMES[0])], JPEG + "80", NumberOfFrames=3, has_table=False)
    assert fault(data) == ("truncated", "1 fragments < 3 frames")
    whole = coded(GREY, [imagecodecs.jpegls_encode(GREY)], JPEG + "80")
    assert fault(whole[:-40]) == ("truncated", "dicom pixels without an end")


def test_frames_are_told_apart_by_their_bytes() -> None:
    film = read_dicom(coded(FRAMES, [imagecodecs.jpegls_encode(frame) for frame in FRAMES], JPEG + "80", NumberOfFrames=3))
    digested = [film.digested("", frame) for frame in range(3)]
    assert len(set(digested)) == 3
    head = b"dicom 1.2.840.10008.1.2.4.80 56 40 1 MONOCHROME2 0 8 8 7 0 PixelData\n"
    assert digested[1].startswith(head + imagecodecs.jpegls_encode(FRAMES[1]))
    assert film.digested("", -1) == film.data
    with pytest.raises(PixelFault):
        film.digested("", 3)


@pytest.mark.parametrize(
    ("data", "marker", "said"),
    [
        (near(GREY, 0), b"\xff\xf7\x00\x0b\x10\x00\x28\x00\x38", "a codestream of 56 x 65535 x 1, 16 bits for 56 x 40 x 1, 16 bits"),
        (extended(GREY), b"\xff\xc1\x00\x0b\x0c\x00\x28\x00\x38", "a codestream of 56 x 65535 x 1, 12 bits for 56 x 40 x 1, 16 bits"),
    ],
)
def test_a_codestream_of_another_size_is_refused_before_it_is_decoded(data: bytes, marker: bytes, said: str) -> None:
    assert data.count(marker) == 1
    assert fault(data.replace(marker, marker[:5] + b"\xff\xff" + marker[7:])) == ("corrupt", said)


def test_a_giant_jpeg_2000_is_refused_before_it_is_decoded() -> None:
    data = wavelet(GREY, "90", level=0, reversible=True)
    begin = data.index(b"\xff\x4f\xff\x51") + 8
    giant = data[:begin] + struct.pack(">II", 1 << 31, 1 << 31) + data[begin + 8 :]
    said = "a codestream of 2147483648 x 2147483648 x 1, 16 bits for 56 x 40 x 1, 16 bits"
    assert fault(giant) == ("corrupt", said)


def test_a_codestream_of_another_kind_is_refused() -> None:
    swapped = coded(GREY, [imagecodecs.jpegls_encode(GREY)], JPEG + "90")
    assert fault(swapped) == ("corrupt", "a codestream of jpeg-ls as JPEG 2000 Image Compression (Lossless Only)")
    assert fault(coded(GREY, [b"\0" * 64], JPEG + "90")) == ("corrupt", "dicom codestream: no start of image")
    arithmetic = coded(GREY, [b"\xff\xd8\xff\xc9" + b"\0" * 60], JPEG + "51")
    assert fault(arithmetic) == ("unsupported", "dicom codestream: SOF9")


def test_boxes_around_a_jpeg_2000_codestream_are_left() -> None:
    boxed = imagecodecs.jpeg2k_encode(GREY, codecformat="jp2", level=0, reversible=True)
    broken = boxed[:12] + b"\0\0\0\0" + boxed[16:]  # a box of no length, in which pydicom walks on the spot
    assert read_dicom(coded(GREY, [broken], JPEG + "90")).pixels.stored(0)[0].tolist() == GREY.tolist()


def test_a_jpeg_whose_colours_are_named_rgb_is_rgb() -> None:
    dataset = pydicom.dcmread(pydicom.data.get_testdata_file("SC_rgb_dcmtk_+eb+cr.dcm"))
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    begin = stream.index(b"\xff\xee")
    bare = stream[:begin] + stream[begin + 2 + int.from_bytes(stream[begin + 2 : begin + 4], "big") :]
    data = coded(np.zeros((100, 100, 3), np.uint8), [bare], JPEG + "50", PhotometricInterpretation="YBR_FULL_422")
    assert render(data).image.getpixel((2, 2)) == (255, 0, 0)


def test_other_syntaxes_and_layouts_are_refused_by_name() -> None:
    assert fault(coded(GREY, [b"\0" * 64], JPEG + "100")) == ("dicom_compressed", "MPEG2 Main Profile / Main Level")
    private = coded(GREY, [b"\0" * 64], JPEG + "100").replace(b"1.2.840.10008.1.2.4.100", b"1.2.840.10008.1.2.4.999")
    assert fault(private) == ("dicom_compressed", "an unknown transfer syntax")
    assert fault(plain(GREY, PhotometricInterpretation="HSV")) == ("unsupported", "dicom: 1 samples of HSV, 16 bits")
    assert fault(plain(GREY, PhotometricInterpretation="Doe^Jane")) == ("unsupported", "dicom: 1 samples of another name, 16 bits")
    assert fault(plain(GREY, BitsAllocated=12)) == ("unsupported", "dicom: 16 bits stored of 12, planar configuration 0")
    twelve = imagecodecs.jpeg8_encode(np.stack([GREY] * 3, axis=-1).copy(), 90, bitspersample=12)
    assert fault(coded(np.stack([GREY] * 3, axis=-1), [twelve], JPEG + "51")) == ("unsupported", "a JPEG of 3 samples of 12 bits")


def test_pixels_and_syntax_must_agree_on_fragments() -> None:
    data = coded(GREY, [imagecodecs.jpegls_encode(GREY)], JPEG + "80")
    plainly = data.replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.1\0\0\0")
    assert fault(plainly) == ("corrupt", "dicom pixels in fragments")
    assert fault(plain(GREY).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")) == ("corrupt", "dicom pixels in no fragments")


def test_runs_that_would_fill_the_memory_are_refused() -> None:
    bomb = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\0" * 10_000
    assert fault(coded(FRAMES[0], [bomb], "1.2.840.10008.1.2.5")) == ("corrupt", "20064 bytes of RLE for 2240")


def test_a_lossy_codestream_that_swings_beyond_white_is_white() -> None:
    values = np.where(np.random.default_rng(6).random((40, 56)) < 0.5, 0, 1023).astype(np.uint16)
    stream = imagecodecs.jpeg8_encode(values, 50, bitspersample=12)
    assert imagecodecs.jpeg8_decode(stream).max() > 1023
    found, _ = read_dicom(coded(values, [stream], JPEG + "51", BitsStored=10)).pixels.stored(0)
    assert found.tolist() == np.minimum(imagecodecs.jpeg8_decode(stream), 1023).tolist()


def test_lossy_values_keep_the_sign_that_the_data_set_tells() -> None:
    values = GREY.astype(np.int16) - 30_000
    stream = imagecodecs.jpegls_encode(values.view(np.uint16), level=2)
    found, _ = read_dicom(coded(values, [stream], JPEG + "81")).pixels.stored(0)
    assert np.abs(found.astype(int) - values).max() == 2


SEGMENTS = {
    "Red": [0, 1, 0, 1, 255, 60000],
    "Green": [0, 2, 65535, 40000, 1, 254, 0],
    "Blue": [0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 120, 9000, 0, 128, *range(500, 628)],
}


def segmented(**tables: list[int]) -> Dataset:
    dataset = described(FRAMES[0], "1.2.840.10008.1.2.1", PhotometricInterpretation="PALETTE COLOR")
    for colour, words in tables.items():
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"Segmented{colour}PaletteColorLookupTableData", np.array(words, "<u2").tobytes())
    return dataset


def test_segments_of_a_palette_are_drawn_out_as_pydicom_does() -> None:
    dataset = segmented(**SEGMENTS)
    assert coloured(FRAMES[0], dataset).tolist() == (apply_color_lut(FRAMES[0], dataset) >> 8).tolist()


def test_segments_met_before_are_repeated() -> None:
    repeated = [0, 1, 100, 1, 127, 50000, 2, 2, 0, 0]  # PS3.3 C.7.9.2.3: two segments, from byte 0 on
    dataset = segmented(Red=repeated, Green=SEGMENTS["Green"], Blue=SEGMENTS["Blue"])
    red = coloured(np.arange(256).reshape(2, 128), dataset)[..., 0]
    assert red[0].tolist() == red[1].tolist()
    assert (red[0][0], red[0][127]) == (0, 50000 >> 8)
    for broken in ([2, 2, 0, 0], [0, 1, 100, 2, 3, 0, 0], [0, 1, 5], [9, 9, 9]):
        with pytest.raises((ValueError, IndexError)):
            coloured(FRAMES[0], segmented(Red=broken, Green=SEGMENTS["Green"], Blue=SEGMENTS["Blue"]))


def test_entries_of_8_bits_are_two_in_a_word() -> None:
    entries = np.random.default_rng(4).integers(0, 256, (3, 256), dtype=np.uint8)
    pictures = []
    for syntax, kind in (("1.2.840.10008.1.2.1", "<u2"), ("1.2.840.10008.1.2.2", ">u2")):
        dataset = described(FRAMES[0], syntax, PhotometricInterpretation="PALETTE COLOR")
        for colour, table in zip(("Red", "Green", "Blue"), entries):
            setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 8])
            setattr(dataset, f"{colour}PaletteColorLookupTableData", table.view("<u2").astype(kind).tobytes())
        pictures.append(coloured(FRAMES[0], dataset).tolist())
    assert pictures == [entries.T[FRAMES[0]].tolist()] * 2


def region(spatial: int, kind: int, left: int, top: int, right: int, bottom: int) -> Dataset:
    ends = {"MinX0": left, "MinY0": top, "MaxX1": right, "MaxY1": bottom}
    places = {f"RegionLocation{end}": value for end, value in ends.items()}
    return item(RegionSpatialFormat=spatial, RegionDataType=kind, **places)


def test_regions_of_ultrasound_that_hold_a_scan_are_told() -> None:
    regions = [
        region(1, 1, 3, 4, 20, 30),
        region(3, 3, 0, 31, 900, 900),
        region(1, 14, 0, 0, 5, 5),
        region(5, 1, 0, 0, 5, 5),
        region(1, 2, 80, 0, 90, 5),
    ]
    rendered = render(plain(FRAMES[0], SequenceOfUltrasoundRegions=Sequence(regions)))
    assert rendered.scans == (Region(left=3, top=4, right=21, bottom=31), Region(left=0, top=31, right=56, bottom=40))
    assert render(plain(FRAMES[0])).scans == ()


def test_a_film_is_opened_once_and_decoded_frame_by_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.fromarray(FRAMES[0]).save(out, "JPEG")
    film = read_dicom(coded(FRAMES[0][None], [out.getvalue()] * 1000, JPEG + "50", NumberOfFrames=1000))
    walked = []
    from curate.pixels import dicom_frames

    monkeypatch.setattr(dicom_frames, "_items", lambda value, real=dicom_frames._items: walked.append(len(value)) or real(value))
    assert len({film.rendered("", frame).image.tobytes() for frame in range(0, 1000, 50)}) == 1
    assert len(walked) == 1
