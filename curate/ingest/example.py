"""an example of a manifest (a tiny download and what it must give) -> how what it gives differs"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from curate.ingest.download import file_bytes
from curate.ingest.find import Listing, listing_opener, with_archives
from curate.ingest.ingest import FileFault, Found, TableCount, read_source
from curate.manifest import Manifest
from schemas.arrow import plain
from schemas.image import ImageRef, Rendering
from schemas.sample import Sample
from schemas.verdict import Verdict


def run_example(manifest: Manifest, example: Mapping[str, Any]) -> list[str]:
    """One line for each difference between what the example's files give and what it says they give; empty if they agree."""
    files = {path: file_bytes(content, path) for path, content in example["files"].items()}
    found = read_files(manifest, files)
    given = [item for item in found if isinstance(item, Sample | Verdict)]
    wanted = example["gives"]
    lines = _fault_lines([item for item in found if isinstance(item, FileFault)], example.get("faults", []))
    if [item.id for item in given] != [item["id"] for item in wanted]:
        return [*lines, f"gives {[_short(item) for item in given]}, {[item['id'] for item in wanted]} wanted"]
    missing = sorted({glob for item in found if isinstance(item, TableCount) for glob in item.missing})
    if "missing" in example and missing != sorted(example["missing"]):
        lines.append(f"missing {missing}, {sorted(example['missing'])} wanted")
    shown = {item.id: item.rendering for item in found if isinstance(item, ImageRef)}
    return lines + [line for item, fields in zip(given, wanted) for line in _differences(item, fields, shown)]


def read_files(manifest: Manifest, files: Mapping[str, bytes], *, limit: int | None = None) -> list[Found]:
    """What a source gives that holds these files."""

    def open_path(path: str) -> BinaryIO:
        return io.BytesIO(files[path])

    listing = with_archives(Listing({path: (len(content), 0) for path, content in files.items()}), open_path)
    return list(read_source(manifest, listing, listing_opener(listing, open_path), limit=limit))


def _fault_lines(found: Sequence[FileFault], wanted: Sequence[str]) -> list[str]:
    """Nothing where the reasons are those wanted, in order; a line for each fault, and one for what was wanted, where they are not. Those
    of rows, which `gives` lists, need not be wanted."""
    faults = [fault for fault in found if (fault.row < 0 and not fault.notice) or fault.reason in wanted]
    reasons = list(dict.fromkeys(fault.reason for fault in faults))
    if reasons == list(dict.fromkeys(wanted)):
        return []
    lines = [f"fault of {fault.file or 'the folder'}: {fault.reason}: {fault.found}; {fault.wanted}" for fault in faults]
    return [*lines, f"faults {reasons}, {list(wanted)} wanted"] if wanted else lines


def _short(item: Sample | Verdict) -> str:
    return item.id if isinstance(item, Sample) else f"{item.id} ({item.reason}: {item.evidence})"


def _differences(item: Sample | Verdict, wanted: Mapping[str, Any], shown: Mapping[str, Rendering | None]) -> list[str]:
    if isinstance(item, Verdict):
        rejected = wanted.get("rejected", "kept")
        return [] if rejected == item.reason else [f"{item.id}: rejected, {item.reason} ({item.evidence}); {rejected} wanted"]
    if "rejected" in wanted:
        return [f"{item.id}: kept; rejected, {wanted['rejected']} wanted"]
    found = {**_comparable(item), "shown": [_said(shown[image]) for image in item.images]}
    return [
        f"{item.id}.{name}: {json.dumps(found[name], ensure_ascii=False)} found, {json.dumps(value, ensure_ascii=False)} wanted"
        for name, value in wanted.items()
        if found[name] != value
    ]


def _said(rendering: Rendering | None) -> dict[str, Any]:
    """What its manifest says of it, and nothing else."""
    said = plain(rendering) if rendering else {}
    return {name: value for name, value in said.items() if value != getattr(Rendering(), name)}


def _comparable(sample: Sample) -> dict[str, Any]:
    """A sample as an example writes it."""
    found: dict[str, Any] = plain(sample)
    found["turns"] = [{turn.role: turn.text} for turn in sample.turns]
    found["opened"] = [{turn.role: turn.text} for turn in sample.opened]
    keys: dict[str, list[str]] = {}
    for key in sample.keys:
        keys.setdefault(key.name, []).append(key.value)
    found["keys"] = {name: values[0] if len(values) == 1 else values for name, values in keys.items()}
    found["boxes"] = [{name: value for name, value in box.items() if not (name == "image" and value == 0)} for box in found["boxes"]]
    return found
