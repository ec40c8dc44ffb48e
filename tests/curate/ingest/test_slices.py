"""volumes cut to slices: which are taken, what they are called, where their masks lie on them"""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curate.ingest.example import file_bytes
from curate.ingest.find import Listing
from curate.ingest.ingest import TableCount, read_source
from curate.ingest.slices import spread_over
from curate.inspect.inspect import InspectLimits, inspect_image
from curate.manifest import Manifest
from curate.manifest.sense import sense_faults
from schemas.image import ImageRef
from schemas.sample import Sample
from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples
from tests.curate.pixels.made_volumes import nifti

WIDE, DEEP, HIGH = 9, 8, 10
VOLUMES = {
    "files": ["image/{id}.nii*"], "format": "folders", "task": "segmentation", "row": "{id}",
    "image": {"path": "{@file}", "frame": "{slice}", "column": "axial"},
    "turns": [{"user": "Where?"}, {"assistant": "Slice {slice}[[: {@boxes}]]"}],
}  # fmt: skip


def source(slices: dict[str, Any] | None = None, **fields: Any) -> Manifest:
    return manifest({**VOLUMES, "slices": {"of": "{@file}", **(slices or {})}, **fields})


def volume(codes: str = "LPS", **header: Any) -> bytes:
    return nifti(np.random.default_rng(1).integers(0, 100, (WIDE, DEEP, HIGH)).astype(np.int16), codes, **header)


def drawn(*marks: tuple[slice, slice, slice, int], codes: str = "LPS") -> bytes:
    lps = np.zeros((WIDE, DEEP, HIGH), np.uint8)
    for across, deep, high, value in marks:
        lps[across, deep, high] = value
    return nifti(lps, codes, zipped=True)


ORGAN = (slice(2, 5), slice(1, 3), slice(3, 7), 1)  # x 2-4, y 1-2, z 3-6
VESSEL = (slice(6, 8), slice(4, 8), slice(6, 9), 2)
MASK = {"path": "label/{id}", "extensions": [".nii.gz"], "values": {1: "organ", 2: "vessel"}}


def names(found: list[Any]) -> list[str]:
    return [sample.id.removeprefix("s/") for sample in samples(found)]


@pytest.mark.parametrize(
    ("slices", "numbers"),
    [
        ({}, range(10)),
        ({"axis": "sagittal"}, range(9)),
        ({"axis": "coronal"}, range(8)),
        ({"step": 4}, [0, 4, 8]),
        ({"most": 3}, [1, 5, 8]),
        ({"ends": 0.1}, range(1, 9)),
        ({"ends": 0.3, "step": 2}, [3, 5]),
        ({"from": "2", "to": "4"}, [2, 3, 4]),
        ({"from": "7", "to": "40"}, [7, 8, 9]),
        ({"to": "1.0"}, [0, 1]),
        ({"most": 1, "from": "2", "to": "4"}, [3]),
    ],
)
def test_slices_are_taken_between_ends_by_steps_and_at_equal_distances(slices: dict[str, Any], numbers: Any) -> None:
    image = {**VOLUMES["image"], "column": slices.get("axis", "axial")}
    assert names(give(source(slices, image=image), {"image/a.nii": volume()})) == [f"a#{number:03d}" for number in numbers]


def test_at_most_so_many_are_spread_over_all() -> None:
    assert spread_over(range(100), 4) == [12, 37, 62, 87]
    assert spread_over([3, 4], 4) == [3, 4]


def test_a_slice_is_a_sample_of_its_own_with_its_image_and_its_number() -> None:
    found = give(source({"from": "3", "to": "3"}), {"image/a.nii.gz": nifti(np.zeros((WIDE, DEEP, HIGH), np.int16), zipped=True)})
    (sample,) = samples(found)
    assert (sample.id, sample.images) == ("s/a#003", ("s/image/a.nii.gz!axial#3",))
    assert sample.turns[1].text == "Slice 3"
    (ref,) = [item for item in found if isinstance(item, ImageRef)]
    assert (ref.path, ref.frame, ref.column) == ("image/a.nii.gz", 3, "axial")
    (count,) = [item for item in found if isinstance(item, TableCount)]
    assert (count.rows, count.inputs, count.kept) == (1, 1, 1)


def test_with_masks_only_slices_count_in_which_one_is_not_empty() -> None:
    files = {"image/a.nii": volume(), "label/a.nii.gz": drawn(ORGAN, VESSEL)}
    found = give(source(masks=[MASK]), files)
    assert names(found) == [f"a#00{number}" for number in (3, 4, 5, 6, 7, 8)]
    assert [[box.label for box in sample.boxes] for sample in samples(found)] == [
        ["organ"], ["organ"], ["organ"], ["organ", "vessel"], ["vessel"], ["vessel"],
    ]  # fmt: skip
    third = samples(found)[3]
    assert third.turns[1].text == "Slice 6: organ [2, 1, 5, 3]; vessel [6, 4, 8, 8]"
    assert third.labels == ("organ", "vessel")
    assert names(give(source({"step": 4}, masks=[MASK]), files)) == ["a#003", "a#007"]
    assert names(give(source(masks=[{**MASK, "values": {2: "vessel"}}]), files)) == ["a#006", "a#007", "a#008"]
    assert names(give(source({"to": "4"}, masks=[MASK]), files)) == ["a#003", "a#004"]


@pytest.mark.parametrize("codes", ["LPS", "RAS", "SRA"])
@pytest.mark.parametrize("axis", ["axial", "coronal", "sagittal"])
def test_boxes_lie_on_what_the_inspected_slice_shows(codes: str, axis: str) -> None:
    """From files to pixels: the bright block of the image is where the box of the mask says, stored differently as they are."""
    lps = np.random.default_rng(1).integers(0, 50, (80, 70, 66)).astype(np.int16)
    lps[10:30, 30:43, 5:35] = 1000
    mask = nifti((lps == 1000).astype(np.uint8), "RAS", zipped=True)
    files = {"image/a.nii.gz": nifti(lps, codes, zipped=True), "label/a.nii.gz": mask}
    rule = {"path": "{@file}", "frame": "{slice}", "column": axis}
    found = give(source({"axis": axis, "most": 2}, image=rule, masks=[{"path": "label/{id}.nii.gz", "label": "block"}]), files)
    references = [item for item in found if isinstance(item, ImageRef)]
    assert len(samples(found)) == len(references) == 2
    for sample, reference in zip(samples(found), references):
        _, png = inspect_image(reference, lambda _: io.BytesIO(files["image/a.nii.gz"]), InspectLimits())
        assert png is not None
        rows, columns = np.nonzero(np.asarray(Image.open(io.BytesIO(png))) > 200)
        (box,) = sample.boxes
        assert (box.x, box.y, box.width, box.height) == (
            columns.min(), rows.min(), columns.max() + 1 - columns.min(), rows.max() + 1 - rows.min(),
        )  # fmt: skip


def test_numbers_of_the_publisher_count_slices_as_the_file_stores_them() -> None:
    between = {"from": "1", "to": "2"}
    assert names(give(source(between), {"image/a.nii": volume("LPS")})) == ["a#001", "a#002"]
    assert names(give(source(between), {"image/a.nii": volume("RAS")})) == ["a#001", "a#002"]
    assert names(give(source(between), {"image/a.nii": volume("RPI")})) == ["a#007", "a#008"]
    assert rejected(give(source(between), {"image/a.nii": volume("SRA")})) == [
        ("s/a", "slice_broken", "slices are counted along another axis of the file than the axial")
    ]


def test_boxes_told_of_a_volume_that_is_shown_turned_are_refused() -> None:
    boxes = {"label": "lesion", "corners": ["1", "2", "3", "4"]}
    found = give(source({"to": "0"}, boxes=boxes), {"image/a.nii": volume("LPS"), "image/b.nii": volume("RAS")})
    assert [(sample.id, sample.turns[1].text) for sample in samples(found)] == [("s/a#000", "Slice 0: lesion [1, 2, 3, 4]")]
    assert rejected(found) == [("s/b#000", "box_broken", "told of a volume that is not stored as it is shown")]


@pytest.mark.parametrize(
    ("files", "fields", "fault"),
    [
        ({"image/a.nii": b"secret"}, {}, ("volume_broken", "not_an_image: no header of a volume: NIfTI, NRRD or MetaImage")),
        ({"image/a.nii": volume()[:100]}, {}, ("volume_broken", "not_an_image: no header of a volume: NIfTI, NRRD or MetaImage")),
        ({"image/a.nii": volume()}, {"slices": {"of": "none/{id}.nii"}}, ("image_missing", "nothing at none/{id}.nii")),
        ({"image/a.nii": volume()}, {"slices": {"of": "{@file}", "from": "x"}}, ("slice_broken", "the number of a slice wanted")),
        ({"image/a.nii": volume()}, {"slices": {"of": "{@file}", "from": "-1"}}, ("slice_broken", "the number of a slice wanted")),
        ({"image/a.nii": volume()}, {"slices": {"of": "{@file}", "from": "11"}}, ("no_slices", "none of 0 of 10 slices")),
        ({"image/a.nii": volume()}, {"masks": [MASK]}, ("mask_missing", "nothing at label/{id} with .nii.gz")),
        (
            {"image/a.nii": volume(), "label/a.nii.gz": drawn()}, {"masks": [MASK]},
            ("no_slices", "none of 10 of 10 slices holds what the masks name"),
        ),
        (
            {"image/a.nii": volume(), "label/a.nii.gz": nifti(np.ones((WIDE, DEEP, 4), np.uint8), zipped=True)}, {"masks": [MASK]},
            ("mask_size", "9 x 8 x 4 voxels beside 9 x 8 x 10"),
        ),
        (
            {"image/a.nii": volume(), "label/a.nii.gz": drawn(ORGAN)[:60]}, {"masks": [MASK]},
            ("mask_broken", "truncated: nifti: EOFError"),
        ),
        (
            {"image/a.nii": volume(), "label/a.nii.gz": nifti(np.full((WIDE, DEEP, HIGH), 0.5, np.float32))}, {"masks": [MASK]},
            ("mask_broken", "corrupt: values that are no whole numbers"),
        ),
    ],
)  # fmt: skip
def test_a_volume_that_gives_no_slice_is_one_rejected_row(files: dict[str, Any], fields: dict[str, Any], fault: tuple[str, str]) -> None:
    found = give(manifest({**VOLUMES, "slices": {"of": "{@file}"}, **fields}), files)
    assert rejected(found) == [("s/a", *fault)]
    (count,) = [item for item in found if isinstance(item, TableCount)]
    assert (count.inputs, count.kept, count.rejected) == (1, 0, 1)


def test_slices_of_parts_are_parts_of_parts() -> None:
    table = {
        "files": ["t.jsonl"], "format": "jsonl", "row": "{id}", "explode": {"each": ["lesions"], "part": "{lesions.phase}"},
        "keep_if": {"kept": "yes"}, "columns": {"kept": "{lesions.kept}"},
        "slices": {"of": "{id}.nii", "from": "{lesions.z0}", "to": "{lesions.z1}"},
        "image": {"path": "{id}.nii", "frame": "{slice}", "column": "axial"},
        "turns": [{"user": "What?"}, {"assistant": "{lesions.phase}"}],
    }  # fmt: skip
    lesion = {"phase": "C+A", "z0": 2, "z1": 3, "kept": "yes"}
    row = {"id": "a", "lesions": [lesion, {**lesion, "phase": "C+V", "kept": "no"}]}
    found = give(manifest(table), {"t.jsonl": json.dumps(row), "a.nii": volume()})
    assert names(found) == ["a#C+A#002", "a#C+A#003"]
    assert rejected(found) == [("s/a#C+V", "not_selected_by_manifest", "keep_if")]


def test_a_volume_is_unpacked_once_for_all_its_slices() -> None:
    """The image's header and the whole mask: neither is opened again for a slice."""
    files = {"image/a.nii.gz": nifti(np.zeros((WIDE, DEEP, HIGH), np.int16), zipped=True), "label/a.nii.gz": drawn(ORGAN, VESSEL)}
    opened: list[str] = []

    def open_path(path: str) -> io.BytesIO:
        opened.append(path)
        return io.BytesIO(files[path])

    listing = Listing({path: (len(content), 0) for path, content in files.items()})
    found = list(read_source(source(masks=[MASK]), listing, open_path, limit=None))
    assert len([item for item in found if isinstance(item, Sample)]) == 6
    assert sorted(opened) == ["image/a.nii.gz", "label/a.nii.gz"]


def test_an_evaluation_row_without_its_volume_stays_a_row() -> None:
    image = {"path": "{id}.nii", "frame": "{slice}", "column": "axial"}
    table = {**PLAIN, "image": image, "slices": {"of": "{id}.nii", "most": 2}}
    benchmark = replace(manifest(table), kind="benchmark")
    rows = json.dumps({"id": "a", "q": "Q", "a": "A"})
    assert [sample.id for sample in samples(give(benchmark, {"t.jsonl": rows}))] == ["s@benchmark/a"]
    found = give(benchmark, {"t.jsonl": rows, "a.nii": volume()})
    assert [sample.id for sample in samples(found)] == ["s@benchmark/a#002", "s@benchmark/a#007"]


def test_examples_write_volumes_as_they_are_shown() -> None:
    files = {"image/a.nii.gz": file_bytes({"nifti": [[[0, 0], [0, 9]], [[0, 0], [0, 0]]]}, "image/a.nii.gz")}
    found = give(source(masks=[{"path": "{@file}", "label": "dot"}]), files)
    assert [(sample.id, sample.turns[1].text) for sample in samples(found)] == [("s/a#001", "Slice 1: dot [0, 1, 1, 2]")]


def faults(**fields: Any) -> list[str]:
    table = {**PLAIN, **VOLUMES, "slices": {"of": "{@file}"}, **fields}
    raw = {"id": "s", "layouts": [{"name": "only", "if": ["**"], "tables": [table]}]}
    return [fault.replace("$.layouts[0].tables[0].", "") for fault in sense_faults(raw, stem="s", wordings={})]


def test_what_cannot_be_meant_with_slices_is_a_fault_of_the_manifest() -> None:
    assert faults(image="{@file}") == ['image: every slice would show the same; wanted: frame: "{slice}"']
    assert faults(group={"by": ["id"]}) == ["group: rows are sliced before they are grouped; wanted: slices or group"]
    assert faults(slices={"of": "{file"}) == ["slices.of: '{' at 0 has no partner"]
    assert faults(slices={"of": "{@file}", "from": "{@z}"}) == ["slices.from: '@z' is no column of ours"]


@pytest.mark.parametrize(
    ("axis", "column", "wanted"),
    [
        ("sagittal", "axial", "sagittal"), ("sagittal", "", "sagittal"), (None, "coronal/voxels", "axial"), (0, "ct@1", "@0"),
        (1, "oct", "@1"), (None, "@2", "axial"),
        ("axial", "", None), ("axial", "axial/voxels", None), (None, "oct", None), (2, "ct@2", None), (None, "{axis}", None),
    ],
)  # fmt: skip
def test_slices_are_shown_along_the_axis_along_which_they_are_counted(axis: str | int | None, column: str, wanted: str | None) -> None:
    slices = {"of": "{@file}", **({} if axis is None else {"axis": axis})}
    image = {"path": "{@file}", "frame": "{slice}", **({"column": column} if column else {})}
    fault = f"image.column: '{column}' found, slices are counted along another axis; wanted: {wanted}"
    assert faults(slices=slices, image=image) == ([fault] if wanted else [])
