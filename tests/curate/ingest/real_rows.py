"""a source and the real files at hand -> its rows counted, and those that are pinned"""

import collections
import csv
import functools
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image

from curate.ingest.find import Listing, list_files
from curate.ingest.ingest import Found, TableCount, read_source
from curate.manifest import load_manifests
from schemas.sample import Sample
from schemas.verdict import Verdict
from tests.real import REAL

if REAL is None:
    pytest.skip("../shared/real is not here", allow_module_level=True)
ROOT = Path(__file__).parents[3]
ANNOTATIONS = REAL / "annotations"
MANIFESTS = {manifest.name: manifest for manifest in load_manifests(ROOT / "manifests", [ROOT / "tests" / "manifests"])}


def read(
    name: str,
    folder: str,
    images: Iterable[str] | Mapping[str, tuple[int, int]] = (),
    places: Mapping[str, str] | None = None,
    *,
    without: tuple[str, ...] = (),
) -> list[Found]:
    """What a source gives, its files laid where their publisher has them (`places`), but for those `without`, whose `images` are there:
    names, and width and height where the manifest looks at them."""
    real = {(places or {}).get(path, path): path for path in list_files(ANNOTATIONS / folder).files if not path.startswith(without or "/")}
    listing = Listing({**dict.fromkeys(images, (1, 1)), **dict.fromkeys(real, (1, 1))})
    sizes = images if isinstance(images, Mapping) else {}

    def open(path: str) -> BinaryIO:
        return io.BytesIO(_blank(*sizes[path])) if path in sizes else (ANNOTATIONS / folder / real[path]).open("rb")

    return list(read_source(MANIFESTS[name], listing, open, limit=None))


@functools.cache
def _blank(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


def account(found: list[Found]) -> tuple[dict[str, tuple[int, int, int]], dict[str, int]]:
    """(rows, kept, rejected) of each table that read something, and the reasons."""
    tables = {item.table: (item.rows, item.kept, item.rejected) for item in found if isinstance(item, TableCount) and item.rows}
    return tables, dict(collections.Counter(item.reason for item in found if isinstance(item, Verdict)))


def pinned(found: list[Found], ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Of each: split, modality, licence, images, keys, labels, a digest of the answer and, where the publisher asks, of the question."""
    samples = {item.id: item for item in found if isinstance(item, Sample)}
    return {id: _pin(samples[id]) for id in ids}


def _pin(sample: Sample) -> tuple[str, ...]:
    asks = sample.task in ("vqa", "instruction", "qa", "reasoning", "dialogue")
    text = "\n".join(turn.text for turn in sample.turns if asks or turn.role == "assistant")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    keys = " ".join(f"{key.name}={key.value}" for key in sample.keys)
    images = " ".join(image.removeprefix(f"{sample.source}/") for image in sample.images)
    return sample.split, sample.modality or "", sample.license, images, keys, " ".join(sample.labels), digest


def boxes(found: list[Found]) -> dict[str, list[tuple[str, float, float, float, float]]]:
    """Label, left, top, width and height in pixels of the boxes of each sample that has some."""
    samples = [item for item in found if isinstance(item, Sample) and item.boxes]
    return {sample.id: [(box.label, box.x, box.y, box.width, box.height) for box in sample.boxes] for sample in samples}


def lines(path: str) -> list[str]:
    return (ANNOTATIONS / path).read_text(encoding="utf-8").splitlines()


def document(path: str) -> Any:
    return json.loads((ANNOTATIONS / path).read_text(encoding="utf-8"))


def table(path: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    with (ANNOTATIONS / path).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def of_reason(found: list[Found], reason: str) -> set[str]:
    """The rows that are rejected for it."""
    return {item.id for item in found if isinstance(item, Verdict) and item.reason == reason}


def answers(found: list[Found]) -> dict[str, str]:
    """The last turn of each sample."""
    return {item.id: item.turns[-1].text for item in found if isinstance(item, Sample)}
