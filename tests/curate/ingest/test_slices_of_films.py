"""what else is cut: films by frames, arrays along an axis; slices that hold something; boxes on slices whose pixels are made square"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from curate.inspect.inspect import InspectLimits, inspect_image
from schemas.image import ImageRef
from schemas.sample import Box
from tests.curate.ingest.reading import give, manifest, rejected, samples
from tests.curate.pixels.made_volumes import nifti

SEVEN = np.random.default_rng(7).integers(0, 200, (7, 70, 80), dtype=np.uint8)
FILM = {
    "files": ["{id}.*"], "format": "folders", "task": "segmentation", "row": "{id}", "slices": {"of": "{@file}"},
    "image": {"path": "{@file}", "frame": "{slice}"},
    "turns": [{"user": "What?"}, {"assistant": "{slice}[[ of {@size}]][[: {@boxes}]]"}],
}  # fmt: skip


def film(**fields: Any) -> Any:
    return manifest({**FILM, **fields})


def pages(frames: np.ndarray, format: str) -> bytes:
    first, *rest = (Image.fromarray(frame) for frame in frames)
    out = io.BytesIO()
    first.save(out, format, save_all=True, append_images=rest)
    return out.getvalue()


def packed(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def names(found: list[Any]) -> list[str]:
    return [sample.id.removeprefix("s/") for sample in samples(found)]


def references(found: list[Any]) -> list[ImageRef]:
    return [item for item in found if isinstance(item, ImageRef)]


def drawn(reference: ImageRef, data: bytes) -> np.ndarray:
    image, png = inspect_image(reference, lambda _: io.BytesIO(data), InspectLimits())
    assert image.reason is None
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("format", ["tiff", "gif"])
def test_frames_of_a_film_are_slices(format: str) -> None:
    data = pages(SEVEN, format)
    found = give(film(slices={"of": "{@file}", "step": 2, "most": 3, "ends": 0.1}), {f"a.{format}": data})
    assert names(found) == ["a#001", "a#003", "a#005"]
    assert [(ref.id, ref.frame) for ref in references(found)] == [(f"s/a.{format}#{frame}", frame) for frame in (1, 3, 5)]
    picture = drawn(references(found)[1], data)
    assert ((picture if format == "tiff" else picture[..., 0]) == SEVEN[3]).all()  # Pillow gives further frames of a GIF as RGB
    assert names(give(film(slices={"of": "{@file}", "from": "2", "to": "3"}), {f"a.{format}": data})) == ["a#002", "a#003"]


def test_frames_of_dicom_are_slices() -> None:
    path = get_testdata_file("emri_small.dcm", download=False)
    if path is None:
        pytest.skip("this pydicom ships no multi-frame file")
    data = Path(path).read_bytes()
    found = give(film(slices={"of": "{@file}", "step": 4}), {"a.dcm": data})
    assert names(found) == ["a#000", "a#004", "a#008"]
    assert len({drawn(reference, data).tobytes() for reference in references(found)}) == 3


def test_masks_of_a_film_are_told_frame_by_frame() -> None:
    masks = np.zeros((7, 70, 80), np.uint8)
    masks[2, 10:20, 30:50] = 1
    table = film(files=["{id}.tif"], masks=[{"path": "masks/{id}.npy", "frame": "{slice}", "label": "polyp"}])
    found = give(table, {"a.tif": pages(SEVEN, "tiff"), "masks/a.npy": saved(masks)})
    assert [(sample.id, sample.turns[1].text) for sample in samples(found)] == [("s/a#002", "2 of 80 x 70: polyp [30, 10, 50, 20]")]
    beside = film(files=["{id}.tif"], masks=[{"path": "masks/{id}.nii", "label": "polyp"}])
    found = give(beside, {"a.tif": pages(SEVEN, "tiff"), "masks/a.nii": nifti(np.ones((80, 70, 7), np.uint8))})
    assert rejected(found) == [("s/a", "mask_broken", "unsupported: a volume beside an image that is no slice")]


@pytest.mark.parametrize(
    ("slices", "data", "fault"),
    [
        ({"axis": "axial"}, pages(SEVEN, "gif"), ("slice_broken", "a film has frames: no axis")),
        ({"filled": 0.1}, pages(SEVEN, "gif"), ("slice_broken", "a film has frames: no axis")),
        ({}, b"GIF89a", ("volume_broken", "corrupt: gif header, 6 bytes: ")),
        ({}, b"secret", ("volume_broken", "not_an_image: 6 bytes of no known image format")),
        ({"from": "7"}, pages(SEVEN, "gif"), ("no_slices", "none of 0 of 7 slices")),
    ],
)  # fmt: skip
def test_a_film_that_gives_no_frame_is_one_rejected_row(slices: dict[str, Any], data: bytes, fault: tuple[str, str]) -> None:
    ((_, reason, evidence),) = rejected(give(film(slices={"of": "{@file}", **slices}), {"a.gif": data}))
    assert (reason, evidence.startswith(fault[1])) == (fault[0], True)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_array_is_a_film_of_rows_or_a_volume_along_an_axis(axis: int) -> None:
    array = np.random.default_rng(axis).integers(0, 4000, (66, 70, 80)).astype(np.uint16)
    mask = np.zeros(array.shape, np.uint8)
    mask[10:20, 30:50, 5:9] = 1
    data = packed(ct=array, seg=mask)
    image = {"path": "{@file}", "frame": "{slice}", "column": f"ct@{axis}"}
    slices = {"of": "{@file}", "array": "ct", "axis": axis, "most": 2}
    masks = [{"path": "{@file}", "array": "seg", "label": "mass"}]
    found = give(film(slices=slices, image=image, masks=masks, render={"window": {"low": 0, "high": 4080}}), {"a.npz": data})
    first, last = ((10, 20), (30, 50), (5, 9))[axis]
    numbers = [first + (last - first) // 4, first + 3 * (last - first) // 4]
    assert names(found) == [f"a#{number:03d}" for number in numbers]
    corners = {0: "5, 30, 9, 50", 1: "5, 10, 9, 20", 2: "30, 10, 50, 20"}[axis]
    wide, high = {0: (80, 70), 1: (80, 66), 2: (70, 66)}[axis]
    assert [sample.turns[1].text for sample in samples(found)] == [f"{n} of {wide} x {high}: mass [{corners}]" for n in numbers]
    assert (drawn(references(found)[0], data) == np.floor(array.take(numbers[0], axis) / 16 + 0.5)).all()
    rows = give(film(slices={"of": "{@file}", "array": "ct"}, image={**image, "column": "ct"}), {"a.npz": data})
    assert (len(samples(rows)), references(rows)[9].id) == (66, "s/a.npz!ct#9")


def test_slices_that_hold_nothing_are_not_taken() -> None:
    body = np.full((40, 30, 12), -1000, np.int16) + np.random.default_rng(1).integers(-20, 20, (40, 30, 12)).astype(np.int16)
    body[0, 0, :] = -2000  # what a scanner writes outside its circle
    body[10:30, 10:20, 3:9] = 40  # a sixth of the slice
    body[15:17, 12:14, 2] = 40
    files = {"a.nii": nifti(body, "RAS")}
    image = {"path": "{@file}", "frame": "{slice}", "column": "axial"}

    def taken(**slices: Any) -> list[str]:
        return names(give(film(slices={"of": "{@file}", **slices}, image=image), files))

    assert taken(filled=0.05) == [f"a#{number:03d}" for number in range(3, 9)]
    assert taken(filled=0.002) == [f"a#{number:03d}" for number in range(2, 9)]
    assert taken(filled=0.05, step=2, most=2) == ["a#003", "a#007"]
    nothing = give(film(slices={"of": "{@file}", "filled": 0.5}, image=image), files)
    assert rejected(nothing) == [("s/a", "no_slices", "none of 12 of 12 slices is filled")]
    broken = give(film(slices={"of": "{@file}", "filled": 0.5}, image=image), {"a.nii": files["a.nii"][:-9]})
    assert rejected(broken) == [("s/a", "volume_broken", f"truncated: nifti: {body.nbytes - 9} < {body.nbytes} bytes of voxels")]
    flat = give(film(slices={"of": "{@file}", "filled": 0.01}, image=image), {"a.nii": nifti(np.full((40, 30, 12), 7, np.int16))})
    assert [reason for _, reason, _ in rejected(flat)] == ["no_slices"]


@pytest.mark.parametrize(
    ("column", "ratio"),
    [("sagittal", (1, 10)), ("coronal", (1, 5)), ("axial", (2, 1)), ("axial/voxels", (1, 1))],
)
def test_boxes_go_with_slices_whose_pixels_are_made_square(column: str, ratio: tuple[int, int]) -> None:
    spacing = (1, 0.5, 5)
    axis = column.partition("/")[0]
    lps = np.random.default_rng(1).integers(0, 50, (40, 36, 30)).astype(np.int16)
    lps[8:20, 12:20, 6:16] = 1000
    data = nifti(lps, "RAS", spacing=spacing)
    files = {"image/a.nii": data, "label/a.nii.gz": nifti((lps == 1000).astype(np.uint8), "PIR", spacing=spacing, zipped=True)}
    table = film(
        files=["image/{id}.nii"], slices={"of": "{@file}", "axis": axis, "most": 1},
        image={"path": "{@file}", "frame": "{slice}", "column": column}, masks=[{"path": "label/{id}.nii.gz", "label": "block"}],
    )  # fmt: skip
    found = give(table, files)
    voxels = {"axial": (8, 12, 12, 8), "coronal": (8, 30 - 16, 12, 10), "sagittal": (12, 30 - 16, 8, 10)}[axis]
    x, y, width, height = (float(side * ratio[place % 2]) for place, side in enumerate(voxels))
    (sample,) = samples(found)
    assert sample.boxes == (Box(label="block", image=0, x=x, y=y, width=width, height=height),)
    picture = drawn(references(found)[0], data)
    sides = {"axial": (40, 36), "coronal": (40, 30), "sagittal": (36, 30)}[axis]
    assert picture.shape[::-1] == (sides[0] * ratio[0], sides[1] * ratio[1])
    assert f"of {picture.shape[1]} x {picture.shape[0]}: block" in sample.turns[1].text
    rows, columns = np.nonzero(picture > 127)  # bilinear: half way at the edge
    edges = columns.min() - x, rows.min() - y, columns.max() + 1 - x - width, rows.max() + 1 - y - height
    assert max(abs(edge) for edge in edges) <= 1


def test_boxes_that_are_told_in_voxels_are_shown_on_square_pixels() -> None:
    data = nifti(np.random.default_rng(1).integers(0, 50, (40, 36, 3)).astype(np.int16), "LPS", spacing=(1, 2, 4))
    image = {"path": "{@file}", "frame": "{slice}", "column": "axial"}

    def told(**boxes: Any) -> list[str]:
        table = film(slices={"of": "{@file}", "most": 1}, image=image, boxes={"label": "b", **boxes})
        found = give(table, {"a.nii": data})
        return [sample.turns[1].text for sample in samples(found)] + [reason for _, reason, _ in rejected(found)]

    assert told(corners=["1", "2", "5", "36"]) == ["1 of 40 x 72: b [1, 4, 5, 72]"]
    assert told(centre=["0.5", "0.5", "0.5", "0.5"], relative=True) == ["1 of 40 x 72: b [10, 18, 30, 54]"]
    assert told(corners=["2", "4", "10", "72"], size=["80", "72"]) == ["1 of 40 x 72: b [1, 4, 5, 72]"]
    assert told(corners=["1", "2", "5", "38"]) == ["box_outside"]  # 36 voxels are there, however many pixels


def test_a_mask_drawn_as_a_picture_lies_on_the_slice_in_voxels_or_as_shown() -> None:
    data = nifti(np.random.default_rng(1).integers(0, 50, (40, 36, 3)).astype(np.int16), "LPS", spacing=(1, 2, 4))
    image = {"path": "{@file}", "frame": "{slice}", "column": "axial"}
    for height, reason in ((36, None), (72, None), (50, "mask_size")):
        mask = np.zeros((height, 40), np.uint8)
        mask[: height // 2, 10:20] = 1
        table = film(files=["{id}.nii"], slices={"of": "{@file}", "most": 1}, image=image, masks=[{"path": "{id}.npy", "label": "b"}])
        found = give(table, {"a.nii": data, "a.npy": saved(mask)})
        if reason:
            assert [found for _, found, _ in rejected(found)] == [reason]
        else:
            assert [sample.turns[1].text for sample in samples(found)] == ["1 of 40 x 72: b [10, 0, 20, 36]"]
