"""The sample data's own manifests give what their examples say"""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.ingest.example import run_example
from curate.manifest import Manifest
from curate.manifest.load import load_manifests

FOLDER = Path(__file__).parents[3] / "manifests"
OWN = {path.stem for path in (FOLDER / "sample").glob("*.yaml")}
MANIFESTS = [manifest for manifest in load_manifests(FOLDER, [FOLDER / "sample"]) if manifest.id in OWN]


def test_there_are_twelve() -> None:
    assert len(MANIFESTS) == 12


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.name)
def test_a_sample_manifest_gives_what_its_examples_say(manifest: Manifest) -> None:
    assert [run_example(manifest, example) for example in manifest.examples] == [[], []]
