"""what tests of ingest need: a manifest of one table, and what it gives for some files"""

from collections.abc import Mapping
from typing import Any

from curate.ingest.download import file_bytes
from curate.ingest.example import read_files
from curate.ingest.ingest import Found
from curate.manifest import Manifest, build_manifest
from curate.manifest.check import schema_faults
from curate.manifest.sense import sense_faults
from schemas.sample import Sample
from schemas.verdict import Verdict

PLAIN = {
    "name": "t", "files": ["t.jsonl"], "format": "jsonl", "task": "qa", "row": "{id}", "turns": [{"user": "{q}"}, {"assistant": "{a}"}],
}  # fmt: skip
WORDINGS = {"caption": {"en": ("Describe.", "What is seen?"), "zh": ("描述。",)}}


def manifest(*tables: Mapping[str, Any], **fields: Any) -> Manifest:
    """A source `s` with one layout of these tables, each given only what differs from a bare question-and-answer table."""
    raw = {
        "id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes",
        "layouts": [{"name": "only", "if": ["**"], "tables": [{**PLAIN, **table} for table in tables]}],
        "examples": [{"files": {"x": ""}, "gives": []}] * 2, **fields,
    }  # fmt: skip
    assert schema_faults(raw) == []
    assert sense_faults(raw, stem="s", wordings=WORDINGS) == []
    return build_manifest(raw, path="s.yaml", wordings=WORDINGS)


def give(source: Manifest, files: Mapping[str, Any], *, limit: int | None = None) -> list[Found]:
    written = {path: content if isinstance(content, bytes) else file_bytes(content, path) for path, content in files.items()}
    return read_files(source, written, limit=limit)


def samples(found: list[Found]) -> list[Sample]:
    return [item for item in found if isinstance(item, Sample)]


def rejected(found: list[Found]) -> list[tuple[str, str, str]]:
    return [(item.id, item.reason, item.evidence) for item in found if isinstance(item, Verdict)]
