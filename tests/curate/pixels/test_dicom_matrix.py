"""Every transfer syntax and layout against decoders that are none of ours, with the largest difference allowed.

`by` names who says what is right: `source` (the array that another library encoded), `pair` (the same picture, published uncompressed),
gdcm and imagecodecs (which run always, where they are not the decoder under test), dcmtk (where it is on PATH; its pixels are pinned, so
that the comparison runs everywhere)."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gdcm
import imagecodecs
import numpy as np
import pydicom
import pytest
from dicom_pins import DECODED
from made_dicom import JPEG, baseline, coded, extended, high_throughput, lossless, near, plain, progressive, wavelet
from pydicom.data import get_testdata_file
from pydicom.encaps import get_frame
from pydicom.pixels import pixel_array
from pydicom.uid import RLELossless

from curate.pixels.dicom import read_dicom
from curate.pixels.dicom_dataset import NATIVE
from curate.pixels.dicom_pixels import KINDS, UNCOMPRESSED

BIG_ENDIAN = "1.2.840.10008.1.2.2"
FRAMED = "1.2.840.10008.1.2.1.98"
DCMTK = {"convert": ["dcmconv", "+te"], "rle": ["dcmdrle"], "jpeg": ["dcmdjpeg", "+cn"], "jpeg-ls": ["dcmdjpls"]}

HEIGHT, WIDTH = 40, 56
_Y, _X = np.mgrid[:HEIGHT, :WIDTH]


def smooth(top: int, dtype: str) -> np.ndarray:
    """Waves and a little noise from 0 to `top`, no two rows alike."""
    noise = np.random.default_rng(1).random((HEIGHT, WIDTH))
    return np.round((np.sin(_X / 9) + np.cos(_Y / 7) + 2 + noise * 0.2) / 4.2 * top).astype(dtype)


GREY8, GREY12, GREY16 = smooth(255, "u1"), smooth(4095, "u2"), smooth(65535, "u2")
SIGNED12, SIGNED16 = (GREY12.astype("i4") - 2048).astype("i2"), (GREY16.astype("i4") - 32768).astype("i2")
RGB = np.stack([GREY8, GREY8[::-1], GREY8[:, ::-1]], axis=-1).copy()
BITS = np.random.default_rng(2).integers(0, 2, (3, 5, 3), dtype=np.uint8)  # 15 bits a frame: the second begins within a byte


@dataclass(frozen=True)
class Row:
    name: str
    data: bytes | str  # a file made here, or the name of one that a package carries
    by: str
    truth: np.ndarray | Callable[[bytes], np.ndarray] | str | None = None  # of source, gdcm, imagecodecs; the file of a pair
    difference: int = 0
    tool: str = ""  # of dcmtk
    frame: int = 0


def published(name: str) -> bytes:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str), name
    return Path(path).read_bytes()


def content(row: Row) -> bytes:
    return row.data if isinstance(row.data, bytes) else published(row.data)


def stored(row: Row) -> np.ndarray:
    return read_dicom(content(row)).pixels.stored(row.frame)[0]


def by_gdcm(data: bytes, frame: int = 0) -> np.ndarray:
    return pixel_array(pydicom.dcmread(io.BytesIO(data)), index=frame, raw=True, decoding_plugin="gdcm")


def by_codec(decode: Callable[[bytes], np.ndarray], data: bytes) -> np.ndarray:
    return decode(get_frame(pydicom.dcmread(io.BytesIO(data)).PixelData, 0, number_of_frames=1))


def by_runs(dtype: str, samples: int, data: bytes) -> np.ndarray:
    dataset = pydicom.dcmread(io.BytesIO(data))
    runs = imagecodecs.dicomrle_decode(get_frame(dataset.PixelData, 0, number_of_frames=dataset.get("NumberOfFrames", 1)), dtype)
    planes = np.frombuffer(runs, dtype).reshape(samples, dataset.Rows, dataset.Columns)
    return planes[0] if samples == 1 else planes.transpose(1, 2, 0)


def uncompressed(data: bytes, frame: int = 0) -> np.ndarray:
    """The values of a file of explicit little endian, by numpy alone."""
    dataset = pydicom.dcmread(io.BytesIO(data))
    dtype = f"<{'ui'[dataset.PixelRepresentation]}{dataset.BitsAllocated // 8}"
    frames, samples = int(dataset.get("NumberOfFrames") or 1), dataset.SamplesPerPixel
    values = np.frombuffer(dataset.PixelData, dtype, frames * samples * dataset.Rows * dataset.Columns)
    if samples == 1:
        return values.reshape(frames, dataset.Rows, dataset.Columns)[frame]
    if dataset.PlanarConfiguration == 1:
        return values.reshape(frames, samples, dataset.Rows, dataset.Columns)[frame].transpose(1, 2, 0)
    return values.reshape(frames, dataset.Rows, dataset.Columns, samples)[frame]


def by_dcmtk(data: bytes, tool: str, folder: Path, frame: int = 0) -> np.ndarray:
    (folder / "in.dcm").write_bytes(data)
    subprocess.run([*DCMTK[tool], folder / "in.dcm", folder / "out.dcm"], check=True, capture_output=True)
    return uncompressed((folder / "out.dcm").read_bytes(), frame)


def digest(values: np.ndarray) -> str:
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return hashlib.sha256(f"{little.dtype.str[1:]} {little.shape}\n".encode() + little.tobytes()).hexdigest()


def difference(found: np.ndarray, wanted: np.ndarray) -> int:
    assert found.shape == wanted.shape
    return int(np.abs(found.astype("i8") - wanted.astype("i8")).max())


def by_gdcm_extended(data: bytes) -> np.ndarray:
    """pydicom keeps gdcm from 12 bits: as gdcm reads a file itself."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.dcm").write_bytes(data)
        reader = gdcm.ImageReader()
        reader.SetFileName(str(Path(folder) / "a.dcm"))
        assert reader.Read()
        image = reader.GetImage()
        columns, rows = image.GetDimension(0), image.GetDimension(1)
        return np.frombuffer(image.GetBuffer().encode("utf-8", "surrogateescape"), "<u2").reshape(rows, columns)


def ranged(dtype: str, factor: int) -> np.ndarray:
    return (GREY8.astype("i8") * factor).astype(dtype)


def bits() -> bytes:
    packed = np.packbits(BITS.ravel(), bitorder="little")
    return plain(packed, Rows=5, Columns=3, NumberOfFrames=3, BitsAllocated=1, BitsStored=1)


def by_pydicom(frame: int, data: bytes) -> np.ndarray:
    return pydicom.dcmread(io.BytesIO(data)).pixel_array[frame]


def overlaid() -> bytes:
    """12 bits from the lowest on, an overlay in the highest."""
    return plain(GREY12 | np.uint16(0x8000) * (_X % 3 == 0).astype("u2"), BitsStored=12)


ljpeg = partial(by_codec, imagecodecs.ljpeg_decode)
turbo = partial(by_codec, imagecodecs.jpeg8_decode)
openjph = partial(by_codec, imagecodecs.htj2k_decode)
ROWS = [
    # uncompressed
    Row("implicit little endian", "MR_small_implicit.dcm", "dcmtk", tool="convert"),
    Row("explicit little endian", "CT_small.dcm", "dcmtk", tool="convert"),
    Row("explicit big endian", "MR_small_bigendian.dcm", "dcmtk", tool="convert"),
    Row("explicit big endian, odd rows of bytes", "SC_rgb_small_odd_big_endian.dcm", "pair", "SC_rgb_small_odd.dcm"),
    Row("explicit big endian, frame 2", "emri_small_big_endian.dcm", "dcmtk", tool="convert", frame=1),
    Row("deflated", "image_dfl.dcm", "dcmtk", tool="convert"),
    Row("fragments of explicit little endian", coded(GREY16, [GREY16.tobytes()], FRAMED), "source", GREY16),
    Row("planar 1", "color-pl.dcm", "pair", "color-px.dcm"),
    Row("planar 0", "color-px.dcm", "dcmtk", tool="convert"),
    Row("12 bits under an overlay", overlaid(), "source", GREY12),
    Row("12 bits at the high end", plain(GREY12 << 4, BitsStored=12, HighBit=15), "source", GREY12),
    Row("12 bits, signed", plain(SIGNED12, BitsStored=12), "source", SIGNED12),
    Row("12 bits, signed, sign not carried on", plain(SIGNED12 & 0xFFF, BitsStored=12), "source", SIGNED12),
    *[
        Row(f"{dtype} {order}", plain(ranged(order + dtype, factor), syntax), "source", ranged(dtype, factor))
        for dtype, factor in (("u2", 200), ("i2", -100), ("u4", 9_000_000), ("i4", -9_000_000))
        for order, syntax in (("<", "1.2.840.10008.1.2.1"), (">", BIG_ENDIAN))
    ],
    Row("i1", plain(GREY8.view("i1")), "source", GREY8.view("i1")),
    *[Row(f"single bits, frame {frame + 1}", bits(), "source", BITS[frame], frame=frame) for frame in range(3)],
    *[Row(f"single bits, published {index + 1}", "liver.dcm", "pydicom", partial(by_pydicom, index), frame=index) for index in range(3)],
    # RLE
    Row("RLE", "MR_small_RLE.dcm", "dcmtk imagecodecs", partial(by_runs, "i2", 1), tool="rle"),
    Row("RLE of 16-bit colours", "SC_rgb_rle_16bit.dcm", "dcmtk imagecodecs", partial(by_runs, "u2", 3), tool="rle"),
    Row("RLE, frame 2", "SC_rgb_rle_2frame.dcm", "dcmtk", tool="rle", frame=1),
    Row("RLE of 32 bits", "rtdose_rle_1frame.dcm", "pair", "rtdose_1frame.dcm"),
    # JPEG
    Row("JPEG baseline, 4:2:2", "SC_rgb_dcmtk_+eb+cy+np.dcm", "dcmtk gdcm", by_gdcm, 1, "jpeg"),
    Row("JPEG baseline, 4:4:4", "SC_rgb_dcmtk_+eb+cy+n1.dcm", "dcmtk gdcm", by_gdcm, 1, "jpeg"),
    Row("JPEG baseline in RGB, Adobe's marker", "SC_rgb_dcmtk_+eb+cr.dcm", "dcmtk gdcm", by_gdcm, 1, "jpeg"),
    Row("JPEG baseline in RGB, no marker", "SC_jpeg_no_color_transform.dcm", "dcmtk gdcm", by_gdcm, 1, "jpeg"),
    Row("JPEG baseline, of 30 frames the 30th", "examples_ybr_color.dcm", "dcmtk gdcm", partial(by_gdcm, frame=29), 1, "jpeg", frame=29),
    Row("JPEG baseline, grey", baseline(GREY8, "MONOCHROME2"), "dcmtk gdcm", by_gdcm, 1, "jpeg"),
    Row("JPEG extended, 12 bits", "JPGExtended.dcm", "dcmtk gdcm", by_gdcm_extended, 1, "jpeg"),
    Row("JPEG extended, 12 bits, made", extended(GREY12), "dcmtk", None, 1, "jpeg"),
    Row("JPEG progressive, retired", progressive(GREY8), "dcmtk", None, 1, "jpeg"),
    Row("JPEG lossless, 16 bits", "JPEG-LL.dcm", "dcmtk imagecodecs", ljpeg, tool="jpeg"),
    Row("JPEG lossless, 8 bits", "JPGLosslessP14SV1_1s_1f_8b.dcm", "dcmtk imagecodecs", turbo, tool="jpeg"),
    Row("JPEG lossless, colours", "SC_rgb_jpeg_gdcm.dcm", "dcmtk imagecodecs", turbo, tool="jpeg"),
    *[Row(f"JPEG lossless, predictor {p}", lossless(GREY16, p), "source dcmtk", GREY16, tool="jpeg") for p in range(1, 8)],
    Row("JPEG lossless, signed", lossless(SIGNED16), "source dcmtk", SIGNED16, tool="jpeg"),
    Row("JPEG lossless, 12 bits signed", lossless(SIGNED12, bits=12), "source", SIGNED12),
    Row("JPEG lossless, made colours", lossless(RGB), "source dcmtk", RGB, tool="jpeg"),
    # JPEG-LS
    Row("JPEG-LS", "MR_small_jpeg_ls_lossless.dcm", "pair dcmtk", "MR_small.dcm", tool="jpeg-ls"),
    Row("JPEG-LS, frame 10", "emri_small_jpeg_ls_lossless.dcm", "pair dcmtk", "emri_small.dcm", tool="jpeg-ls", frame=9),
    Row("JPEG-LS, colours", near(RGB, 0), "source dcmtk", RGB, tool="jpeg-ls"),
    Row("JPEG-LS, signed", coded(SIGNED16, [imagecodecs.jpegls_encode(SIGNED16.view("u2"))], JPEG + "80"), "source", SIGNED16),
    Row("JPEG-LS near-lossless, by 3", near(GREY16, 3), "source", GREY16, 3),
    Row("JPEG-LS near-lossless, as dcmtk", near(GREY16, 3), "dcmtk", None, 0, "jpeg-ls"),
    Row("JPEG-LS near-lossless, lines interleaved", "SC_rgb_jls_lossy_line.dcm", "dcmtk gdcm", by_gdcm, 0, "jpeg-ls"),
    Row("JPEG-LS near-lossless, samples interleaved", "SC_rgb_jls_lossy_sample.dcm", "dcmtk gdcm", by_gdcm, 0, "jpeg-ls"),
    # JPEG 2000
    Row("JPEG 2000 lossless", "MR_small_jp2klossless.dcm", "pair", "MR_small.dcm"),
    Row("JPEG 2000 lossless, frame 10", "emri_small_jpeg_2k_lossless.dcm", "pair", "emri_small.dcm", frame=9),
    Row("JPEG 2000 lossless, colours", "US1_J2KR.dcm", "pair", "US1_UNCR.dcm"),
    Row("JPEG 2000 lossless, 14 bits", "693_J2KR.dcm", "pair", "693_UNCR.dcm"),
    Row("JPEG 2000 lossless, 10 bits", "RG3_J2KR.dcm", "pair", "RG3_UNCR.dcm"),
    Row("JPEG 2000 lossless, made", wavelet(GREY16, "90", level=0, reversible=True), "source", GREY16),
    Row("JPEG 2000 lossless, signed", wavelet(SIGNED16, "90", level=0, reversible=True), "source", SIGNED16),
    Row("JPEG 2000 lossless, made colours", wavelet(RGB, "90", level=0, reversible=True), "source", RGB),
    Row("JPEG 2000 lossless, of another sign", "J2K_pixelrep_mismatch.dcm", "gdcm", by_gdcm),
    Row("JPEG 2000, colours", "US1_J2KI.dcm", "pair", "US1_UNCI.dcm", 1),
    Row("JPEG 2000, CT", "693_J2KI.dcm", "pair", "693_UNCI.dcm", 1),
    Row("JPEG 2000, MR", "MR2_J2KI.dcm", "pair", "MR2_UNCI.dcm", 1),
    # HTJ2K
    *[
        Row(f"HTJ2K {number}, {name}", high_throughput(values, number, reversible=True), "source imagecodecs", values)
        for number in ("201", "202")
        for name, values in (("8 bits", GREY8), ("16 bits", GREY16), ("colours", RGB))
    ],
    Row("HTJ2K 203, 8 bits", high_throughput(GREY8, "203", reversible=False, level=0.001), "imagecodecs", openjph, 1),
    Row("HTJ2K 203, 16 bits", high_throughput(GREY16, "203", reversible=False, level=0.0001), "imagecodecs", openjph, 2),
    Row("HTJ2K 203, colours", high_throughput(RGB, "203", reversible=False, level=0.001), "imagecodecs", openjph, 1),
]  # fmt: skip


def told(row: Row) -> np.ndarray:
    match row.truth:
        case np.ndarray():
            return row.truth
        case str():
            return uncompressed(published(row.truth), row.frame)
    assert callable(row.truth)
    return row.truth(content(row))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_stored_values_are_what_another_decodes(row: Row) -> None:
    found = stored(row)
    if row.truth is not None:
        assert difference(found, told(row)) <= row.difference
    if row.tool and row.difference == 0:
        assert digest(found) == DECODED[row.name]


@pytest.mark.parametrize("row", [row for row in ROWS if row.tool], ids=lambda row: row.name)
def test_dcmtk_decodes_the_same(row: Row, tmp_path: Path) -> None:
    if shutil.which(DCMTK[row.tool][0]) is None:
        pytest.skip("dcmtk is not installed: its pinned pixels were compared")
    theirs = by_dcmtk(content(row), row.tool, tmp_path, row.frame)
    assert difference(stored(row), theirs) <= row.difference
    if row.difference == 0:
        assert digest(theirs) == DECODED[row.name]


def test_every_syntax_that_is_read_has_a_row() -> None:
    named = {pydicom.dcmread(io.BytesIO(content(row)), stop_before_pixels=True).file_meta.TransferSyntaxUID for row in ROWS}
    assert {*NATIVE, UNCOMPRESSED, RLELossless, *KINDS} - named == {f"{JPEG}53"}  # the other retired progressive one
