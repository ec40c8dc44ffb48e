"""The 8 bits that are shown against dcmtk's dcm2pnm: windows, tables, inversion, palettes, colours, within one grey level. Where it is not
on PATH, a few of its pixels, which are pinned."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from dicom_pins import SHOWN
from made_dicom import plain
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from curate.pixels.render import render
from schemas.image import Rendering

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SAMPLES = 12  # pixels that are pinned, anywhere in the picture


@dataclass(frozen=True)
class Row:
    name: str
    data: bytes | str  # a file made here, or the name of one that a package carries
    options: str  # of dcm2pnm
    by: str  # what the window is to be, '' for none
    rendering: Rendering | None = None
    difference: int = 1


def tabled(entries: list[int], bits: int) -> bytes:
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [len(entries), 0, bits], entries
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    return plain(RAMP, BitsStored=12, VOILUTSequence=Sequence([item]))


def palette(values: np.ndarray, count: int) -> bytes:
    """Of 16 bits: red rises, green falls, blue is a step."""
    rising = np.round(np.linspace(0, 65535, count)).astype("<u2")
    tables = {"Red": rising, "Green": rising[::-1], "Blue": np.where(np.arange(count) < count // 2, 0, 65535).astype("<u2")}
    elements: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour, entries in tables.items():
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [count, 0, 16]
        elements[f"{colour}PaletteColorLookupTableData"] = entries.tobytes()
    return plain(values, **elements)


def window(center: float, width: float) -> str:
    return f"+Ww {center} {width}"


CURVE = [round(4095 * (index / 4095) ** 0.5) for index in range(4096)]
ROWS = [
    Row("a window, signed", "MR_small.dcm", "+Wi 1", "dicom window 1 of 1"),
    Row("a window after rescaling", "693_UNCR.dcm", "+Wi 1", "dicom window 1 of 1"),
    Row("the second window", "examples_overlay.dcm", "+Wi 2 -O", "dicom window 2 of 2", Rendering(choice=2)),
    Row("MONOCHROME1", "RG3_UNCR.dcm", "+Wi 1", "dicom window 1 of 1"),
    Row("MONOCHROME1, another", "RG1_UNCI.dcm", "+Wi 1", "dicom window 1 of 1"),
    Row("CT without a window", "CT_small.dcm", window(40.5, 401), "ct default"),
    Row("a window of the manifest", "CT_small.dcm", window(-599.5, 1501), "manifest lung", Rendering(low=-1350, high=150, by="lung")),
    Row("a VOI LUT", "vlut_04.dcm", "+Wl 1", "voi lut 1 of 1"),
    Row("a VOI LUT of 4,096 entries", tabled(CURVE, 12), "+Wl 1", "voi lut 1 of 1"),
    Row("a VOI LUT of 4,096 entries of 8 bits", tabled([value // 16 for value in CURVE], 8), "+Wl 1", "voi lut 1 of 1"),
    Row("a sigmoid", plain(RAMP, BitsStored=12, WindowCenter="2000", WindowWidth="1500"), "+Wi 1 +Wfs", "dicom window 1 of 1 (sigmoid)"),
    Row("a Modality LUT", "mlut_18.dcm", window(32768, 65536), "manifest", Rendering(low=0, high=65535)),
    Row("a palette", "OT-PAL-8-face.dcm", "", ""),
    Row("a palette of 16 bits", "OBXXXX1A.dcm", "", ""),
    Row("a palette, RLE", "OBXXXX1A_rle.dcm", "", ""),
    Row("a palette, big endian", "OBXXXX1A_expb.dcm", "", ""),
    Row("a palette of 1,024 entries", palette(RAMP // 4, 1024), "", ""),
    Row("YBR_FULL_422", "SC_ybr_full_422_uncompressed.dcm", "", ""),
    Row("YBR_FULL", "SC_ybr_full_uncompressed.dcm", "", "", difference=2),  # dcm2pnm adds up three numbers that it cut to whole ones
    Row("RGB, planar 1", "color-pl.dcm", "", ""),
    Row("RGB of 16 bits", "SC_rgb_16bit.dcm", "", "full range"),
]  # fmt: skip


def content(row: Row) -> bytes:
    if isinstance(row.data, bytes):
        return row.data
    path = get_testdata_file(row.data, download=False)
    assert isinstance(path, str)
    return Path(path).read_bytes()


def shown(row: Row) -> np.ndarray:
    data = content(row)
    if row.name == "a sigmoid":
        data = plain(RAMP, BitsStored=12, WindowCenter="2000", WindowWidth="1500", VOILUTFunction="SIGMOID")
    rendered = render(data, rendering=row.rendering)
    assert (rendered.window.by if rendered.window else "") == row.by
    return np.asarray(rendered.image).astype(int)


def by_dcm2pnm(row: Row, folder: Path) -> np.ndarray:
    (folder / "in.dcm").write_bytes(content(row))
    subprocess.run(["dcm2pnm", *row.options.split(), folder / "in.dcm", folder / "out.pnm"], check=True, capture_output=True)
    return np.asarray(Image.open(folder / "out.pnm")).astype(int)


def sampled(picture: np.ndarray) -> list[int]:
    values = picture.ravel()
    return [int(values[place]) for place in np.random.default_rng(5).integers(0, values.size, SAMPLES)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_shown_is_what_dcmtk_showed(row: Row) -> None:
    assert np.abs(np.array(sampled(shown(row))) - SHOWN[row.name]).max() <= row.difference


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_dcmtk_shows_the_same(row: Row, tmp_path: Path) -> None:
    if shutil.which("dcm2pnm") is None:
        pytest.skip("dcmtk is not installed: some of its pixels, pinned, were compared")
    theirs = by_dcm2pnm(row, tmp_path)
    assert sampled(theirs) == SHOWN[row.name]
    assert np.abs(shown(row) - theirs).max() <= row.difference
