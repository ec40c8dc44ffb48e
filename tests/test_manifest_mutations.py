"""no file that differs from what its manifest says is read silently wrong: a mutation test over every shipped manifest and its examples"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from curate.ingest.download import file_bytes
from curate.ingest.example import read_files
from curate.manifest import Manifest, load_manifests
from curate.read.names import may_quote
from schemas.found import FileFault
from schemas.sample import Sample
from schemas.verdict import Verdict
from tests.mutants import Mutant, mutants

FOLDERS = Path(__file__).parents[1] / "manifests"
MANIFESTS = [*load_manifests(FOLDERS), *load_manifests(FOLDERS / "sample")]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.name)
def test_no_mutant_is_silently_wrong(manifest: Manifest) -> None:
    told = []
    for number, example in enumerate(manifest.examples):
        files = {path: file_bytes(content, path) for path, content in example["files"].items()}
        before = read_files(manifest, files)
        told += [f"example {number}, {line}" for mutant in mutants(manifest, example["files"]) for line in wrong(manifest, before, mutant)]
    assert told == []


def wrong(manifest: Manifest, before: Sequence[Any], mutant: Mutant) -> list[str]:
    """What is silently wrong of a mutant; empty if it gives what the original gives, or an error that names the file."""
    after = read_files(manifest, mutant.files)
    if _given(before) == _given(after):
        return []
    new = [item for item in after if isinstance(item, FileFault) and item not in before]
    named = [fault for fault in new if fault.file in (*mutant.places, "")]
    if not named:
        return [f"{mutant.name}: {change}" for change in _silent(before, after)]
    lines = [f"{mutant.name}: fault without what was found or wanted: {fault}" for fault in named if not (fault.found and fault.wanted)]
    if mutant.renamed and may_quote([mutant.renamed]):
        missing = [fault.wanted for fault in named if fault.reason in ("column_missing", "column_renamed", "path_missing")]
        if missing and not any(re.search(rf"\b{re.escape(mutant.renamed)}['.]", wanted) for wanted in missing):
            lines.append(f"{mutant.name}: the nearest is not named: {missing}")
    return lines


def _given(found: Sequence[Any]) -> list[Any]:
    return [item if isinstance(item, Sample) else (item.id, item.reason) for item in found if isinstance(item, Sample | Verdict)]


def _silent(before: Sequence[Any], after: Sequence[Any]) -> list[str]:
    """Samples that are other than they were, or gone without a rejection."""
    was = {item.id: item for item in before if isinstance(item, Sample)}
    now = [item for item in after if isinstance(item, Sample)]
    lines = [f"{item.id} is another sample than it was" for item in now if was.get(item.id) != item]
    inputs = [sum(isinstance(item, Sample | Verdict) for item in found) for found in (before, after)]
    return lines or ([f"{inputs[0]} inputs became {inputs[1]}"] if inputs[1] < inputs[0] else [])


def test_a_reader_that_says_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = next(manifest for manifest in MANIFESTS if manifest.name == "iu_xray")
    example = next(example for example in manifest.examples if any(path.endswith(".xml") for path in example["files"]))
    files = {path: file_bytes(content, path) for path, content in example["files"].items()}
    every = list(mutants(manifest, example["files"]))
    labels = next(mutant for mutant in every if mutant.name.endswith("@Label renamed"))
    before = read_files(manifest, files)
    assert (len(every) > 10, wrong(manifest, before, labels)) == (True, [])
    monkeypatch.setattr("curate.ingest.presence.Presence.lacking", lambda self: [])
    assert _given(read_files(manifest, labels.files)) != _given(before)


def test_another_sample_without_an_error_is_told() -> None:
    sample = Sample(
        id="s/1", source="s", table="t", task="qa", domain="medical", split="", language="en", images=(), turns=(), labels=(),
        boxes=(), modality=None, keys=(), license="CC0-1.0", commercial="yes", access="open", reliability=50, from_labels=False,
        scope="none", order=0,
    )  # fmt: skip
    assert _silent([sample], [dataclasses.replace(sample, labels=("x",))]) == ["s/1 is another sample than it was"]
    assert _silent([sample], []) == ["1 inputs became 0"]
