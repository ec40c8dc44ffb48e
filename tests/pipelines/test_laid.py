import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from curate.manifest import load_manifests
from curate.recipe import Recipe
from pipelines.chunks import Memory
from pipelines.laid import lay_out, rows_found
from pipelines.options import MANIFESTS
from pipelines.run import Options, write_run
from tests.captions import MANIFEST, SOURCE

GB = 1 << 30


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Of a source with thirty million captions, as its manifest says."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / f"{SOURCE}.yaml").write_text(MANIFEST.format(source=SOURCE, samples=30_000_000), encoding="utf-8")
    manifests = tuple(each for each in load_manifests(MANIFESTS, [tmp_path / "manifests"]) if each.id == SOURCE)
    return Options(
        data="", out=str(tmp_path / "out"), recipe=Recipe(id="r", title="r"), manifests=manifests, are_buckets_asked=False,
        memory=Memory(bytes=8 * GB),
    )  # fmt: skip


def laid(options: Options, folder: Path) -> tuple[int, int]:
    found = lay_out(options, {SOURCE: str(folder)})
    return found.buckets, found.part


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))
    return found


def test_a_new_out_is_laid_out_by_the_rows_that_are_published(options, tmp_path):
    assert laid(options, tmp_path) == (32, 30_000)
    assert laid(replace(options, limit=1000), tmp_path) == (8, 10_000)
    assert laid(replace(options, buckets=16, are_buckets_asked=True), tmp_path) == (16, 30_000)


def test_an_out_keeps_the_layout_that_it_was_begun_with(options, tmp_path):
    begun = lay_out(options, {SOURCE: str(tmp_path)})
    write_run(begun, {})
    written = told(tmp_path)
    assert written == {
        "version": 1, "buckets": 32, "part": 30_000, "recipes": {"r": {"digest": ANY, "resolved": {}}},
        "laid_by": {"rows_expected": 30_000_000, "memory_bytes": 8 * GB, "are_buckets_asked": False},
    }  # fmt: skip
    later = replace(options, limit=10, memory=Memory(bytes=GB))
    assert laid(later, tmp_path) == (32, 30_000)
    write_run(lay_out(later, {SOURCE: str(tmp_path)}), {})
    assert told(tmp_path) == written


def test_the_layout_that_was_asked_for_is_told_as_such(options, tmp_path):
    asked = replace(options, buckets=16, are_buckets_asked=True)
    assert lay_out(asked, {SOURCE: str(tmp_path)}).laid_by == {
        "rows_expected": 30_000_000, "memory_bytes": 8 * GB, "are_buckets_asked": True,
    }  # fmt: skip


def test_an_out_of_an_older_program_has_parts_of_ten_thousand(options, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text(json.dumps({"version": 1, "buckets": 4, "recipes": {}}))
    assert laid(options, tmp_path) == (4, 10_000)
    write_run(lay_out(options, {SOURCE: str(tmp_path)}), {})
    assert told(tmp_path).keys() == {"version", "buckets", "part", "recipes"}  # nobody knows what it was chosen by


def test_where_nothing_is_published_the_size_of_the_tables_tells(options, tmp_path):
    silent = replace(options, manifests=tuple(replace(each, published={}) for each in options.manifests))
    (tmp_path / "images").mkdir()
    (tmp_path / "captions.csv").write_bytes(b"x" * 1_000_000)
    (tmp_path / "images" / "1.jpg").write_bytes(b"x" * 1_000_000)  # no table
    assert rows_found(silent, {SOURCE: str(tmp_path)}) == 2_000
    assert rows_found(replace(silent, limit=100), {SOURCE: str(tmp_path)}) == 100
