"""the published annotations of VQA-RAD and SLAKE, read whole"""

import collections
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from curate.ingest.find import Listing, find_folder, folders_in, list_files
from curate.ingest.ingest import Found, TableCount, read_source
from curate.manifest import Manifest, key_digest, load_manifests
from schemas.image import ImageRef
from schemas.sample import Sample
from schemas.verdict import Verdict
from tests.curate.ingest.reading import manifest
from tests.real import REAL

if REAL is None:
    pytest.skip("../shared/real is not here", allow_module_level=True)
ANNOTATIONS = REAL / "annotations"
MANIFESTS = {manifest.name: manifest for manifest in load_manifests(Path(__file__).parents[3] / "manifests")}


def read(name: str, images: str = "", names: Iterable[str] = ()) -> list[Found]:
    """What a source gives whose images are there: `names`, below the folder `images`."""
    manifest = MANIFESTS[name]
    folder = find_folder(folders_in(ANNOTATIONS), manifest, {})
    assert folder is not None
    listing = list_files(folder)
    files = {**listing.files, **{f"{images}/{name}": (1, 1) for name in names}}
    return list(read_source(manifest, Listing(files), lambda path: (folder / path).open("rb"), limit=None))


def counts(found: list[Found]) -> dict[str, tuple[int, int, int]]:
    return {item.table: (item.rows, item.kept, item.rejected) for item in found if isinstance(item, TableCount)}


def reasons(found: list[Found]) -> dict[str, int]:
    return dict(collections.Counter(item.reason for item in found if isinstance(item, Verdict)))


def test_without_images_every_row_is_missing_its_image() -> None:
    found = read("vqa_rad")
    assert counts(found) == {"train": (3064, 0, 3064), "test": (451, 0, 451)}
    assert reasons(found) == {"image_missing": 3515}


def test_with_its_images_every_row_of_vqa_rad_is_a_sample() -> None:
    rows = [row for name in ("trainset", "testset") for row in json.loads((ANNOTATIONS / "vqa-rad" / f"{name}.json").read_text())]
    found = read("vqa_rad", "VQA_RAD Image Folder", {row["image_name"] for row in rows})
    assert counts(found) == {"train": (3064, 3064, 0), "test": (451, 451, 0)}
    assert sum(isinstance(item, ImageRef) for item in found) == 314
    assert {key.name for item in found if isinstance(item, Sample) for key in item.keys} == {"synpic"}


def test_with_its_images_every_row_of_slake_that_has_an_answer_is_a_sample() -> None:
    found = read("slake", "imgs", [f"xmlab{number}/source.jpg" for number in range(700)])
    assert counts(found) == {"train": (9835, 9834, 1), "validation": (2099, 2099, 0), "test": (0, 0, 0)}
    assert reasons(found) == {"text_missing": 1}
    kept = [item for item in found if isinstance(item, Sample)]
    assert collections.Counter(sample.modality for sample in kept) == {"ct": 5773, "xray": 3474, "mri": 2686}
    assert collections.Counter(sample.language for sample in kept) == {"en": 5971, "zh": 5962}


@pytest.mark.parametrize(
    ("name", "rows", "keys", "shipped"),
    [("vqa_rad", 451, 203, 203), ("slake", 1061, 96, 180)],
)  # the Chinese test rows of SLAKE are not here; their 84 further images follow from the other files (tests/test_leaks.py)
def test_the_shipped_keys_hold_those_of_the_test_rows(name: str, rows: int, keys: int, shipped: int) -> None:
    manifest: Manifest = MANIFESTS[f"{name}@benchmark"]
    samples = [item for item in read(f"{name}@benchmark") if isinstance(item, Sample)]
    found = {key_digest(key.name, key.value) for sample in samples for key in sample.keys}
    assert (len(samples), len(found), len(manifest.known_keys)) == (rows, keys, shipped)
    assert found <= manifest.known_keys


def test_labelled_pictures_are_one_short_manifest() -> None:
    assert REAL is not None
    folder = REAL / "modality"
    source = manifest(
        {
            "files": ["labels.csv"], "format": "table", "task": "classification", "row": "{file}", "image": "{file}",
            "modality": {"map": "modality", "default": "other"}, "labels": ["{label}"], "license": "{licence}",
            "turns": [{"user": {"prompt": "caption"}}, {"assistant": "{label}"}],
        }
    )  # fmt: skip
    found = list(read_source(source, list_files(folder), lambda path: (folder / path).open("rb"), limit=None))
    assert counts(found) == {"t": (605, 605, 0)}
    assert sum(isinstance(item, ImageRef) for item in found) == 605
    kept = [item for item in found if isinstance(item, Sample)]
    modalities = {path.name for path in folder.iterdir() if path.is_dir()} - {"ocr"} | {"other"}
    assert {sample.modality for sample in kept} == modalities
