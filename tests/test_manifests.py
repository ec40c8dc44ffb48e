"""every shipped manifest is sound and gives what its own examples say"""

from pathlib import Path

import pytest

from curate.ingest.example import run_example
from curate.manifest import Manifest, load_manifests

MANIFESTS = load_manifests(Path(__file__).parents[1] / "manifests")
EXAMPLES = [
    pytest.param(manifest, number, id=f"{manifest.name}-{number}") for manifest in MANIFESTS for number in range(len(manifest.examples))
]


@pytest.mark.parametrize(("manifest", "number"), EXAMPLES)
def test_an_example_gives_what_it_says(manifest: Manifest, number: int) -> None:
    assert run_example(manifest, manifest.examples[number]) == []


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.name)
def test_a_shipped_manifest_has_two_examples_at_least(manifest: Manifest) -> None:
    assert len(manifest.examples) >= 2
