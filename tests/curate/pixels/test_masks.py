"""masks of every kind -> boxes: values, components, instances, colours, channels; transparency, palettes, hostile files"""

import io
import struct
import zlib
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from curate.pixels import mask as masks
from curate.pixels import matlab
from curate.pixels import regions as parts
from curate.pixels.fault import PixelFault
from curate.pixels.mask import read_mask
from curate.pixels.regions import MaskRule, is_empty, regions

ANY = MaskRule()


def picture(pixels: Any, mode: str | None = None, format: str = "PNG", **save: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(np.asarray(pixels))
    (image.convert(mode) if mode else image).save(buffer, format=format, **save)
    return buffer.getvalue()


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values))
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def mat(compressed: bool = True, **arrays: Any) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, arrays, do_compression=compressed)
    return buffer.getvalue()


def test_an_array_stored_columns_first_is_the_same_mask_and_has_no_rows() -> None:
    values = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
    assert (read_mask(io.BytesIO(npy(np.asfortranarray(values[0]))), ANY) == values[0]).all()
    with pytest.raises(PixelFault) as caught:
        read_mask(io.BytesIO(npy(np.asfortranarray(values))), ANY, frame=1)
    assert (caught.value.reason, caught.value.evidence) == ("unsupported", "rows of an array whose columns come first")


def mat73(**arrays: Any) -> bytes:
    """As MATLAB writes version 7.3: 512 bytes of its own, columns first, compressed."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=np.asarray(values).T, compression="gzip")
    data = bytearray(buffer.getvalue())
    data[:19] = b"MATLAB 7.3 MAT-file"
    return bytes(data)


def boxes(data: bytes, rule: MaskRule = ANY, **more: Any) -> list[tuple[int, int, int, int, int]]:
    pixels = read_mask(io.BytesIO(data), rule, **more)
    found = regions(pixels, rule)
    assert is_empty(pixels, rule) is (not found)
    return [(box.meaning, box.left, box.top, box.right, box.bottom) for box in found]


def fault(data: bytes, rule: MaskRule = ANY, **more: Any) -> tuple[str, str]:
    with pytest.raises(PixelFault) as caught:
        boxes(data, rule, **more)
    return caught.value.reason, caught.value.evidence


def two(value: int = 255, other: int | None = None) -> np.ndarray:
    """Two parts that do not touch, one of 3 x 2 and one of 2 x 4 pixels, in 12 x 10."""
    plane = np.zeros((10, 12), np.uint8)
    plane[1:3, 2:5] = value
    plane[4:8, 9:11] = value if other is None else other
    return plane


FIRST, SECOND, BOTH = (2, 1, 5, 3), (9, 4, 11, 8), (2, 1, 11, 8)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "GIF"])
def test_a_mask_is_one_box_or_one_for_each_connected_part(format: str) -> None:
    data = picture(two(), format=format)
    assert boxes(data) == [(0, *BOTH)]
    assert boxes(data, MaskRule(parts="components")) == [(0, *FIRST), (0, *SECOND)]


def test_parts_that_touch_by_a_corner_are_one() -> None:
    assert boxes(picture(np.eye(5, dtype=np.uint8)), MaskRule(parts="components")) == [(0, 0, 0, 5, 5)]


def test_values_have_meanings_boxes_come_as_they_begin_and_other_values_are_background() -> None:
    data = picture(two(1, 4))
    assert boxes(data, MaskRule(values=(4, 1))) == [(1, *FIRST), (0, *SECOND)]
    assert boxes(data, MaskRule(values=(2, 4))) == [(1, *SECOND)]
    assert boxes(data, MaskRule(values=(3,))) == []
    assert boxes(data, MaskRule(values=(1, 4), parts="components")) == [(0, *FIRST), (1, *SECOND)]
    assert boxes(data, MaskRule(parts="instances")) == [(0, *FIRST), (0, *SECOND)]
    assert boxes(picture(two()), MaskRule(parts="instances")) == [(0, *BOTH)]


def test_boxes_that_begin_in_one_row_come_from_the_left_by_their_first_pixel() -> None:
    plane = np.zeros((4, 9), np.uint8)
    plane[0, 6] = plane[1:3, 0] = 1  # its rectangle begins at the left edge, it does not
    plane[0, 3] = 2
    assert boxes(picture(plane), MaskRule(values=(1, 2))) == [(1, 3, 0, 4, 1), (0, 0, 0, 7, 3)]


def test_an_empty_mask_gives_none() -> None:
    for rule in (ANY, MaskRule(values=(1,)), MaskRule(parts="components"), MaskRule(parts="instances"), MaskRule(colours=((1, 2, 3),))):
        assert boxes(picture(np.zeros((5, 6), np.uint8)), rule) == []


def test_masks_with_transparency_or_colours_are_masks_all_the_same() -> None:
    """BUSI has grey ones, grey ones stored as RGB, and ones with an alpha channel."""
    grey = Image.fromarray(two())
    opaque = np.dstack([two()] * 3 + [np.full_like(two(), 255)])
    only_alpha = np.dstack([np.zeros_like(two())] * 3 + [two()])
    hidden = np.dstack([np.full_like(two(), 255)] * 3 + [two()])  # white everywhere, seen where the mask is
    yellow = np.dstack([two(), two(), np.zeros_like(two())])
    blue = np.dstack([np.zeros_like(two()), np.zeros_like(two()), two()])
    for pixels in (np.dstack([two()] * 3), opaque, only_alpha, hidden, yellow, blue, np.asarray(grey.convert("LA"))):
        assert boxes(picture(pixels), MaskRule(parts="components")) == [(0, *FIRST), (0, *SECOND)]
    assert boxes(picture(opaque), MaskRule(values=(255,))) == [(0, *BOTH)]
    assert boxes(picture(np.zeros_like(opaque))) == []
    assert fault(picture(yellow), MaskRule(values=(255,))) == ("unsupported", "colours, where values are wanted")


def test_a_palette_has_indices_and_colours() -> None:
    image = Image.fromarray(two(1, 2), mode="P")
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    assert boxes(buffer.getvalue(), MaskRule(values=(1, 2))) == [(0, *FIRST), (1, *SECOND)]
    assert boxes(buffer.getvalue(), MaskRule(colours=((0, 128, 0), (128, 0, 0)))) == [(1, *FIRST), (0, *SECOND)]
    assert boxes(buffer.getvalue()) == [(0, *BOTH)]


def test_deep_and_flat_masks_keep_their_values() -> None:
    assert boxes(picture(two(1, 2).astype(np.uint16) * 1000), MaskRule(values=(1000, 2000))) == [(0, *FIRST), (1, *SECOND)]
    assert boxes(picture(two(), "1"), MaskRule(values=(1,))) == [(0, *BOTH)]


def test_a_jpeg_keeps_shapes_and_no_values() -> None:
    plane = np.zeros((64, 64), np.uint8)
    plane[18:43, 10:51] = 255
    data = picture(plane, format="JPEG", quality=60)
    assert np.unique(np.asarray(Image.open(io.BytesIO(data)))).size > 2  # it rings
    assert boxes(data, MaskRule(parts="components")) == [(0, 10, 18, 51, 43)]
    assert fault(data, MaskRule(values=(255,))) == ("unsupported", "a JPEG file, which keeps no values")


LIVER, KIDNEY, BONE = (100, 0, 100), (255, 255, 0), (255, 255, 255)


def organs() -> np.ndarray:
    """A liver and a kidney, edges blurred, bone beside, all tinted a little."""
    from PIL import ImageFilter

    plane = np.zeros((60, 80, 3), np.uint8)
    plane[10:30, 5:35] = LIVER
    plane[40:55, 10:30] = KIDNEY
    plane[5:50, 50:70] = BONE
    blurred = np.asarray(Image.fromarray(plane).filter(ImageFilter.BoxBlur(1)))
    return np.maximum(blurred, np.uint8([10, 0, 10]))


def test_colours_are_taken_by_the_nearest_and_a_blurred_edge_is_no_organ() -> None:
    """A blend of bone and background is nearer to the liver's violet than to either."""
    found = boxes(picture(organs()), MaskRule(colours=(KIDNEY, LIVER, BONE), parts="components"))
    assert [meaning for meaning, *_ in found] == [2, 1, 0]
    for (_, *sides), wanted in zip(found, [(50, 5, 70, 50), (5, 10, 35, 30), (10, 40, 30, 55)]):
        assert max(abs(side - place) for side, place in zip(sides, wanted)) <= 1


def test_channels_hold_instances_of_one_kind_each() -> None:
    planes = np.zeros((2, 10, 12, 3), np.float64)
    planes[1, :, :, 0] = two(3, 7)
    planes[1, :, :, 2] = 1
    data = npy(planes)
    rule = MaskRule(channels=3, parts="instances")
    assert boxes(data, rule, frame=1) == [(2, 0, 0, 12, 10), (0, *FIRST), (0, *SECOND)]
    assert boxes(data, MaskRule(channels=3), frame=1) == [(2, 0, 0, 12, 10), (0, *BOTH)]
    assert boxes(data, rule, frame=0) == []
    assert fault(data, MaskRule(channels=6), frame=1) == ("unsupported", "3 channels, 6 wanted")
    assert fault(data, rule, frame=2) == ("no_such_frame", "row 2 of 2")
    assert fault(npy(planes + 0.5), rule, frame=0) == ("corrupt", "values that are no whole numbers")


@pytest.mark.parametrize("write", [mat, lambda **arrays: mat(False, **arrays), mat73, npz])
def test_arrays_of_matlab_and_numpy_are_masks(write: Any) -> None:
    data = write(inst_map=two(3, 7).astype(np.uint16))
    for array in ("inst_map", ""):
        assert boxes(data, MaskRule(parts="instances"), array=array) == [(0, *FIRST), (0, *SECOND)]
    assert fault(data, array="type_map")[0] == "no_such_array"
    assert fault(write(a=two(), b=two()))[0] == "no_such_array"


def test_a_matlab_file_that_holds_no_numbers_or_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (np.array([{"a": 1}], dtype=object), "text", {"a": {"b": 1}}):
        assert fault(mat(a=value)) == ("unsupported", "a MATLAB variable that is no array of numbers")
    monkeypatch.setattr(matlab, "MAX_VALUES", 1000)
    lie = mat(False, a=np.zeros((20, 20)))[128:] + bytes(4 << 20)
    lie = lie[:4] + (len(lie) - 8).to_bytes(4, "little") + lie[8:]
    squeezed = zlib.compress(lie)
    bomb = mat(a=1)[:128] + struct.pack("<II", 15, len(squeezed)) + squeezed
    assert len(bomb) < 10_000
    assert fault(bomb) == ("too_large", f"MATLAB file: a variable inflates to more than {1000 * 8 + matlab.HEAD} bytes")
    assert fault(mat(a=np.zeros((40, 40)))) == ("too_large", "1600 > 1000 values")
    assert fault(mat73(a=np.zeros((40, 40)))) == ("too_large", "1600 > 1000 values")


def test_hdf5_that_points_elsewhere_is_not_followed(tmp_path: Any) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["a"] = two()
    (tmp_path / "raw").write_bytes(two().tobytes())
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["link"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "a")
        file.create_dataset("raw", (10, 12), "u1", external=[(str(tmp_path / "raw"), 0, 120)])
        layout = h5py.VirtualLayout((10, 12), "u1")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "a", (10, 12))
        file.create_virtual_dataset("virtual", layout)
        file["soft"] = h5py.SoftLink("/raw")
    for name in ("link", "raw", "virtual", "soft"):
        assert fault(buffer.getvalue(), array=name)[0] == "unsupported", name


def test_a_chunk_that_inflates_to_more_than_its_room_is_refused() -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        made = file.create_dataset("a", (64, 64), "u1", chunks=(64, 64), compression="gzip")
        made.id.write_direct_chunk((0, 0), zlib.compress(bytes(10 << 20)))
    assert fault(buffer.getvalue()) == ("too_large", f"a chunk inflates to more than {64 * 64 + 4} bytes")


def test_boxes_without_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PARTS", 20)
    dots = np.zeros((20, 20), np.uint8)
    dots[::2, ::2] = 1
    assert fault(picture(dots), MaskRule(parts="components")) == ("too_large", "more than 20 parts")
    many = np.arange(400, dtype=np.uint16).reshape(20, 20)
    assert fault(picture(many), MaskRule(parts="instances")) == ("too_large", "more than 20 values")


def test_masks_that_are_too_large_are_refused_by_their_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "MAX_PIXELS", 100)
    for data in (picture(two()), npy(two()), mat(a=two())):
        assert fault(data) == ("too_large", "12 x 10 > 100 pixels")
    monkeypatch.setattr(masks, "MAX_BYTES", 50)
    assert fault(npy(two())) == ("too_large", "120 > 50 bytes")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", ("empty_file", "0 bytes")),
        (b"no mask at all", ("not_an_image", "14 bytes of no known image format")),
        (npy(np.zeros(5)), ("unsupported", "a mask of 1 axes")),
        (npy(np.array([[np.nan]])), ("corrupt", "values that are no numbers")),
        (npy(np.zeros((3, 4, 5), np.uint8)), ("unsupported", "5 channels of 8 bits as colours")),
        (picture(two())[:60], ("corrupt", "png, 60 bytes: OSError")),
    ],
)
def test_what_is_no_mask_is_a_fault(data: bytes, found: tuple[str, str]) -> None:
    assert fault(data) == found


@pytest.mark.parametrize(
    "data",
    [mat(inst_map=two(3, 7)), mat(False, inst_map=two(3, 7)), mat73(inst_map=two(3, 7)), npz(inst_map=two()), npy(two()), picture(two())],
    ids=["mat", "plain mat", "mat 7.3", "npz", "npy", "png"],
)
def test_changed_bytes_of_a_mask_are_a_fault_or_boxes(data: bytes) -> None:
    rng = np.random.default_rng(7)
    for _ in range(10 if data.startswith(b"MATLAB 7.3") else 300):  # each of these is a process
        mutant = bytearray(data)
        for place in rng.integers(0, len(data), 2):
            mutant[place] = rng.integers(256)
        try:
            boxes(bytes(mutant), array="inst_map" if data[:2] != b"\x89P" else "")
        except PixelFault:
            continue
