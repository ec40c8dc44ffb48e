"""the matrix of pictures: every layout against the array it was written from or another decoder's pixels, and against a Debian program
where it is installed"""

import functools
import io
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from curate.pixels.header import read_header
from curate.pixels.render import render
from curate.pixels.window import percentiles, stretch
from tests.curate.pixels.picture_rows import ROWS, Row


def expected(values: np.ndarray) -> np.ndarray:
    """As it is shown: bytes, and what is given as a picture of bytes, as they are; deeper grey by its percentiles."""
    if values.dtype in (np.uint8, np.int64, np.float64) and values.min() >= 0 and values.max() <= 255:
        return values.astype(int)
    if values.dtype == np.uint16 and ((values % 257 == 0).all() or (values % 256 == 0).all()):  # 8 bits written wider
        return (values >> 8).astype(int)
    return stretch(values, *percentiles(values)).astype(int)


def difference(found: np.ndarray, wanted: np.ndarray) -> int:
    if wanted.ndim == 3 and wanted.shape[2] == 1:
        wanted = wanted[..., 0]
    if found.ndim == 3 and wanted.ndim == 2:  # a palette of greys is shown as colours
        wanted = np.repeat(wanted[..., None], 3, axis=2)
    assert found.shape == wanted.shape
    return int(np.abs(found.astype(int) - wanted).max())


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_picture_is_as_another_decoder_has_it(row: Row) -> None:
    data = row.make()
    rendered = render(data, frame=row.frame)
    truth = row.truth if isinstance(row.truth, np.ndarray) else row.truth(data)
    assert difference(np.asarray(rendered.image), expected(truth)) <= row.most
    header = read_header(io.BytesIO(data))
    assert header.frames == rendered.header.frames
    if row.frame <= 0:
        assert (header.width, header.height) == rendered.image.size
        assert replace(header, format=rendered.header.format) == rendered.header


@functools.cache
def is_installed(program: str) -> bool:
    """Whether it is the program of that name: others are called `convert` too."""
    if program != "convert":
        return shutil.which(program) is not None
    return bool(shutil.which(program)) and "Version: ImageMagick" in _said(program, "-version")


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def by_program(row: Row, data: bytes, folder: Path) -> np.ndarray:
    """(height, width) or (height, width, 3) of bytes, or of words where the file is deeper."""
    path, out = folder / f"a.{'j2k' if data.startswith(bytes([255, 79])) else 'jp2' if b'jP  ' in data[:12] else 'bin'}", folder / "b.tif"
    path.write_bytes(data)
    kind = read_header(io.BytesIO(data)).format
    depth = ["-depth", "8"] if render(data, frame=row.frame).header.bits <= 8 else []
    composed = ["-coalesce"] if kind == "gif" else []
    place = f"{kind}:{path}[{max(row.frame, 0)}]" if kind != "gif" else f"gif:{path}[0-{max(row.frame, 0)}]"
    flat = ["-background", "white", "-alpha", "remove", "-alpha", "off", "-colorspace", "sRGB", "-type", "TrueColor", "-compress", "none"]
    commands = {
        "opj_decompress": ["opj_decompress", "-i", str(path), "-o", str(out)],
        "tiff2rgba": ["tiff2rgba", str(path), str(out)],
        "convert": ["convert", place, *composed, *flat, *depth, str(out)],
    }
    subprocess.run(commands[row.live], check=True, capture_output=True, timeout=60, env={**os.environ, "MAGICK_THREAD_LIMIT": "1"})
    values = tifffile.imread(out, key=-1)
    return values[..., :3] if values.ndim == 3 else values


@pytest.mark.parametrize("row", [row for row in ROWS if row.live], ids=[row.name for row in ROWS if row.live])
def test_every_picture_is_as_a_program_of_its_own_has_it(row: Row, tmp_path: Path) -> None:
    if not is_installed(row.live):
        pytest.skip(f"{row.live} is not installed; the same row is compared with another decoder above")
    data = row.make()
    found, wanted = np.asarray(render(data, frame=row.frame).image), by_program(row, data, tmp_path)
    if wanted.ndim == 3 and found.ndim == 2:
        assert (wanted == wanted[..., :1]).all()
        wanted = wanted[..., 0]
    elif wanted.ndim == 3 and wanted.dtype == np.uint16:
        wanted = (wanted >> 8).astype(np.uint8)
    most = row.most if row.live_most is None else row.live_most
    assert difference(found, expected(wanted * 255 if wanted.dtype == bool else wanted)) <= most
