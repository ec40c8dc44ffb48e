import io

import numpy as np
import pytest

from curate.pixels.array import cut_row
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header, read_header
from curate.pixels.render import render
from schemas.image import Rendering, Window


def saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


GREY = np.arange(5 * 6 * 4, dtype=np.uint8).reshape(5, 6, 4)
COLOUR = np.arange(2 * 6 * 4 * 3, dtype=np.uint8).reshape(2, 6, 4, 3)


@pytest.mark.parametrize(
    ("array", "mode", "bits", "frames"),
    [(GREY, "L", 8, 5), (COLOUR, "RGB", 8, 2), (GREY[0], "L", 8, 1), (COLOUR[0], "RGB", 8, 1), (GREY[..., None], "L", 8, 5)],
)
def test_rows_are_pictures(array: np.ndarray, mode: str, bits: int, frames: int) -> None:
    data = saved(array)
    assert read_header(io.BytesIO(data)) == Header(format="npy", width=4, height=6, mode=mode, bits=bits, frames=frames)
    rows = array.reshape(frames, 6, 4, -1).squeeze()
    for frame in range(frames):
        rendered = render(data, frame=frame).image
        assert rendered.mode == mode
        assert np.array_equal(np.asarray(rendered), rows[frame] if frames > 1 else rows)
        assert render(cut_row(io.BytesIO(data), frame)).image.tobytes() == rendered.tobytes()


def test_deeper_values_are_windowed_by_the_row() -> None:
    array = np.stack([GREY[0].astype(np.uint16) * 1000, np.full((6, 4), 9, dtype=np.uint16)])
    low, high = np.percentile(array[0][array[0] > 0], (0.5, 99.5))
    rendered = render(saved(array), frame=0)
    assert rendered.window == Window(low=low, high=high, by="percentiles 0.5-99.5")
    wanted = np.floor(np.clip((array[0] - low) / (high - low), 0, 1) * 255 + 0.5)
    assert np.array_equal(np.asarray(rendered.image), wanted)
    flat = render(saved(array), frame=1)
    assert (np.asarray(flat.image).max(), flat.window) == (0, Window(low=9.0, high=9.0, by="full range"))
    told = render(saved(array), frame=0, rendering=Rendering(low=0, high=23, slope=0.001, by="x"))
    assert np.array_equal(np.asarray(told.image), np.floor(GREY[0] / 23 * 255 + 0.5))
    assert told.window == Window(low=0.0, high=23.0, by="manifest x")
    assert np.asarray(render(saved(GREY[0] > 11)).image).tolist() == ((GREY[0] > 11) * 255).tolist()


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.uint16, np.int32])
def test_colours_that_a_byte_holds_stay_as_they_are_whatever_type_they_have(kind: type) -> None:
    array = COLOUR.astype(kind)
    assert np.array_equal(np.asarray(render(saved(array), frame=1).image), COLOUR[1])
    if kind in (np.float64, np.float32):  # shares of one
        assert np.array_equal(np.asarray(render(saved(array / 255), frame=1).image), COLOUR[1])
    assert np.asarray(render(saved(array + 256), frame=1).image).max() == 255


@pytest.mark.parametrize("picture", [GREY[0], COLOUR[0]])
def test_one_picture_may_be_stored_columns_first(picture: np.ndarray) -> None:
    assert np.array_equal(np.asarray(render(saved(np.asfortranarray(picture))).image), picture)


@pytest.mark.parametrize("odd", [-1.0, 255.5, 256.0, np.nan])
def test_colours_beyond_a_byte_are_windowed(odd: float) -> None:
    array = np.full((6, 4, 3), 100.0)
    array[0, 0, 0] = odd
    assert not np.array_equal(np.asarray(render(saved(array)).image)[1:], np.full((5, 4, 3), 100))


def test_cutting_reads_one_row_only() -> None:
    class Counting(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.count += len(data)
            return data

    file = Counting(saved(np.zeros((1000, 64, 64), dtype=np.uint8)))
    assert len(cut_row(file, 999)) == 4096 + 128
    assert file.count < 4096 + 300


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (saved(GREY)[:150], ("truncated", "row 1: 0 < 24 bytes")),
        (saved(GREY[:1]), ("no_such_frame", "row 1 of 1")),
        (saved(np.asfortranarray(GREY)), ("unsupported", "npy of kind u8, columns first")),
        (saved(np.zeros((2, 3, 3), dtype=complex)), ("unsupported", "npy of kind c128")),
        (saved(np.zeros(9)), ("unsupported", "npy of 1 dimensions, the last 9")),
        (saved(np.zeros((2, 3, 3, 7))), ("unsupported", "npy of 4 dimensions, the last 7")),
        (saved(np.zeros((2, 0, 3, 3))), ("corrupt", "3 x 0 pixels")),
        (b"\x93NUMPY\x01\x00\x10\x00{'shape': evil()}", ("corrupt", "npy header: TokenError")),
        (b"\x93NUMPY\x09\x00", ("unsupported", "npy version 9.0")),
    ],
)
def test_other_arrays_are_refused(data: bytes, expected: tuple[str, str]) -> None:
    with pytest.raises(PixelFault) as caught:
        render(data, frame=1)
    assert (caught.value.reason, caught.value.evidence) == expected


def test_pickled_objects_are_never_loaded() -> None:
    out = io.BytesIO()
    np.save(out, np.array([[{}, {}], [{}, {}]], dtype=object), allow_pickle=True)
    with pytest.raises(PixelFault, match="unsupported"):
        render(out.getvalue())
