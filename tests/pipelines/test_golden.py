"""What every stage makes of the same small data is pinned beside its VERSION (CONTRIBUTING.md): an output that changes under an old version
would let a run reuse tables that the code of today does not make.

Digests are of rows, not of files: Parquet's and zlib's versions are not in them. Model scores are left out: they are their model's."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pillow

from curate.screen import screen
from curate.tag import tag
from pipelines import balance, dedup, emit, ingest, inspect, match, report, shield
from pipelines.tables import fingerprint
from tests.pipelines.golden_data import write_golden
from tests.pipelines.whole_run import corpus, fates

Pin = tuple[int, str]  # version, digest of the output

VERSIONS = {
    "ingest": ingest.VERSION, "inspect": inspect.VERSION, "screen": screen.VERSION, "match": match.VERSION, "shield": shield.VERSION,
    "dedup": dedup.VERSION, "tag": tag.VERSION, "balance": balance.VERSION, "emit": emit.VERSION, "report": report.VERSION,
}  # fmt: skip
# counts of a receipt that later stages or the report print
COUNTED = (
    "tables", "faults", "notices", "reports", "words", "tallies", "compared", "cleaned", "scrubbed", "identifiers", "shielded",
    "kept_apart",
)  # fmt: skip
PINNED: dict[str, Pin] = {
    "ingest": (6, "dafa0a184d4d69d3921c090ef2c0e309f3129ea7740cd931b1d3fe5403d3d74d"),
    "inspect": (4, "8d7fd979ac31ee9f1537f86cb411af20421c2a35ab7b79784e0120f2e352c4dd"),
    "screen": (8, "872a3083f08d63e7a6d58d053fb0d07172dbec6a7d1d86289bfc033b4b0787f5"),
    "match": (3, "a9a92345d96793006ff74072c263d9e3b3f991270d0402a5802212ec07bc1ffc"),
    "shield": (4, "774115008a0878cd8819c004ac9860633a852c50f8c2b8e7af7e23aebf393a83"),
    "dedup": (3, "8eda85d6d3d725dc4624ead628ff55a2cbb661175864c58d8f4b2861a2bf7e7e"),
    "tag": (2, "f1cfb6b707043b0077561be84f758899310dafca1a4359cff40f39181b9a0c68"),
    "balance": (2, "3ff0c6cb98abcf1806b0ee433e42c639b3eb45b555c404d46c729d01c9416676"),
    "emit": (7, "5f344fde32666526ba4c5549b10f3d65a01f4a689964b440284e05403e86959f"),
    "report": (7, "de3463847c53b1c4157725ab34da5791acc51f696c79d79fdf55d10c3efea665"),
}
FATES = {  # of what is not kept
    "golden_captions/10": "screen image_rejected",
    "golden_captions/11": "screen image_rejected",
    "golden_captions/12": "ingest image_missing",
    "golden_captions/13": "screen caption_too_short",
    "golden_captions/15": "screen image_rejected",
    "golden_captions/16": "shield shield_image",
    "golden_captions/17": "screen split_excluded",
    "golden_captions/3~2": "ingest duplicate_id",
    "golden_captions/5": "dedup duplicate_image",
    "golden_captions/6": "dedup duplicate_image",
    "golden_captions/7": "dedup duplicate_image",
    "golden_captions/8": "screen image_rejected",
    "golden_captions/9": "screen image_rejected",
    "golden_captions/captions.jsonl:4": "ingest row_broken",
    "golden_questions/15": "screen split_excluded",
    "golden_questions/2": "shield shield_image_question",
    "golden_texts/t2": "dedup duplicate_text",
    "golden_texts/t6": "ingest text_missing",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    flags = write_golden(folder)
    ran = corpus(folder / "out", *flags)
    assert (ran.status, ran.told.count("Traceback")) == (0, 0)
    return folder / "out"


def digest_of(out: Path, stage: str) -> str:
    """Of the rows of all tables that the stage's index names, in the order of their JSON, and of what its receipts count."""
    folder = out / "stages" / stage
    (index,) = (path for path in (folder / "index.json", folder / "golden" / "index.json") if is_whole(path))
    tables: dict[str, list[Any]] = {}
    counts = []
    for receipt in json.loads(index.read_text(encoding="utf-8"))["receipts"]:
        counts.append({name: canonical(count) for name, count in receipt["counts"].items() if name in COUNTED})
        for entry in receipt["files"]:
            if entry["path"].endswith(".parquet"):
                rows = pq.read_table(out / entry["path"], partitioning=None).to_pylist()
                tables.setdefault(entry["table"], []).extend(map(canonical, rows))
    assert tables, f"{stage} wrote no table: nothing to pin"
    ordered = {table: sorted(rows, key=lambda row: json.dumps(row, sort_keys=True)) for table, rows in tables.items()}
    return fingerprint([ordered, counts])


def is_whole(index: Path) -> bool:
    """The two halves of tag share a folder; without a model the index of the scores names no table."""
    return index.is_file() and any(receipt["files"] for receipt in json.loads(index.read_text(encoding="utf-8"))["receipts"])


def canonical(value: Any) -> Any:
    """A cell without what zlib's version or the clock decide: times of files, coded bytes of PNGs that the program makes itself (their
    pixels stay, as a digest). Floats to six places: the last ones are the processor's."""
    if isinstance(value, dict):
        if (value.get("ship") or {}).get("root") == "out":
            value = {name: cell for name, cell in value.items() if name != "bytes"} | {"ship": value["ship"]["format"]}
        if set(value) == {"bytes", "path"}:
            return {"pixels": pixel_digest(value["bytes"]), "path": value["path"]}
        return {name: canonical(cell) for name, cell in value.items() if name != "mtime_ns"}
    if isinstance(value, list):
        return [canonical(cell) for cell in value]
    if isinstance(value, bytes):
        return value.hex()
    return round(value, 6) if isinstance(value, float) else value


def pixel_digest(data: bytes) -> str:
    picture = Pillow.open(io.BytesIO(data))
    return hashlib.sha256(f"{picture.mode} {picture.size} ".encode() + np.asarray(picture).tobytes()).hexdigest()


def changes(pinned: Mapping[str, Pin], found: Mapping[str, Pin]) -> Iterable[str]:
    """What to do about every stage that is not as pinned, in the order of the data. A stage that reads a changed one may well change
    with it under the same version."""
    first = ""
    for stage, (version, digest) in found.items():
        was_version, was_digest = pinned.get(stage, (0, ""))
        if digest != was_digest and version == was_version and not first:
            yield f"the output of {stage} changed: raise its VERSION and pin the new digest, {digest}"
        elif digest != was_digest and version == was_version:
            yield f"the output of {stage} changed with that of {first}: pin {(version, digest)}, VERSION raised if it changed itself"
        elif (version, digest) != (was_version, was_digest):
            yield f"VERSION of {stage} was {was_version}, is {version}: pin {(version, digest)}"
        if digest != was_digest:
            first = first or stage


def test_the_output_of_every_stage_is_as_pinned_for_its_version(out: Path) -> None:
    found = {stage: (version, digest_of(out, stage)) for stage, version in VERSIONS.items()}
    told = list(changes(PINNED, found))
    assert not told, "\n".join(told)


def test_the_pinned_data_give_every_stage_something_to_decide(out: Path) -> None:
    assert {id: " ".join(fate) for id, fate in fates(out).items() if fate[0]} == FATES


def test_a_change_is_told_with_what_to_do_about_it() -> None:
    pinned = {"ingest": (1, "a"), "inspect": (2, "b"), "screen": (3, "c")}
    assert list(changes(pinned, dict(pinned))) == []
    assert list(changes(pinned, {**pinned, "inspect": (2, "x"), "screen": (3, "y")})) == [
        "the output of inspect changed: raise its VERSION and pin the new digest, x",
        "the output of screen changed with that of inspect: pin (3, 'y'), VERSION raised if it changed itself",
    ]
    assert list(changes(pinned, {**pinned, "inspect": (3, "x")})) == ["VERSION of inspect was 2, is 3: pin (3, 'x')"]
    assert list(changes(pinned, {**pinned, "inspect": (3, "b")})) == ["VERSION of inspect was 2, is 3: pin (3, 'b')"]
