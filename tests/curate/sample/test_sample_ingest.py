"""What ingest makes of the sample data: how many samples each source gives, and the traps it has to see."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import BinaryIO

import pytest

from curate.ingest.find import find_folder, folders_in, list_files, unclaimed
from curate.ingest.ingest import Found, read_source
from curate.manifest import Manifest
from curate.manifest.load import load_manifests
from curate.sample import write_sample_data
from curate.sample.traps import TRAPS
from schemas.modality import TWELVE
from schemas.sample import Sample
from schemas.verdict import Verdict

MANIFESTS = Path(__file__).parents[3] / "manifests"
KEPT = {
    "alpacare": 20, "drawn_dermoscopy": 36, "drawn_endoscopy": 66, "drawn_figures": 6, "drawn_oct": 42, "drawn_pet": 40,
    "drawn_photography": 36, "drawn_sperm": 24, "iu_xray": 4, "iu_xray@benchmark": 0, "llava_med": 26, "medquad": 25,
    "nih_chestxray14": 9, "pathvqa": 24, "pathvqa@benchmark": 0, "pubmedqa": 12, "pubmedqa@benchmark": 0, "roco": 41,
    "sample_dicom": 9, "sample_everyday": 8, "sample_figures": 21, "sample_labelled": 86, "sample_nuclei": 12, "slake": 60,
    "slake@benchmark": 4, "vqa_rad": 48, "vqa_rad@benchmark": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    return load_manifests(MANIFESTS, [MANIFESTS / "sample"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sample_data(folder)
    return folder


@pytest.fixture(scope="module")
def found(manifests: list[Manifest], data: Path) -> dict[str, list[Found]]:
    result, folders = {}, folders_in(data)
    for manifest in manifests:
        folder = find_folder(folders, manifest, {})
        if folder is not None:
            result[manifest.name] = list(
                read_source(manifest, list_files(folder), lambda path, root=folder: _open(root / path), limit=None)
            )
    return result


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def test_each_source_gives_what_it_should(found: dict[str, list[Found]]) -> None:
    assert {name: sum(isinstance(item, Sample) for item in items) for name, items in found.items()} == KEPT


def test_ingest_rejects_the_traps_that_are_its_own_and_little_else(found: dict[str, list[Found]]) -> None:
    rejected = {item.id: item.reason for items in found.values() for item in items if isinstance(item, Verdict)}
    traps = {trap.id: trap.reason for trap in TRAPS if trap.stage == "ingest"}
    empty = {"iu_xray/CXR90005": "text_missing", "medquad/Sample/9000200/9000200-1": "text_missing"}  # as in the published sets
    assert rejected == traps | empty


def test_later_traps_pass_ingest(found: dict[str, list[Found]]) -> None:
    samples = {item.id for items in found.values() for item in items if isinstance(item, Sample)}
    assert [trap.id for trap in TRAPS if trap.stage != "ingest" and trap.id not in samples] == []


def test_no_manifest_claims_the_holiday_notes(manifests: list[Manifest], data: Path) -> None:
    assert list(unclaimed(folders_in(data), manifests, {})) == ["holiday_notes"]


def test_most_modalities_are_declared_and_some_samples_leave_it_open(found: dict[str, list[Found]]) -> None:
    samples = [item for items in found.values() for item in items if isinstance(item, Sample)]
    declared = collections.Counter(sample.modality for sample in samples if sample.images)
    assert set(declared) == {*TWELVE, "other", None}
    assert min(declared[modality] for modality in TWELVE) >= 11


def test_licences_differ_by_record(found: dict[str, list[Found]]) -> None:
    licences = {item.license for item in found["roco"] if isinstance(item, Sample)}
    assert licences == {"CC-BY", "CC-BY-NC", "CC-BY-NC-SA", "CC0-1.0", "unknown"}
