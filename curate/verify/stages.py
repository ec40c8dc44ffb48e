"""the index of a stage -> the files it commits, and what its units say they did"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from curate.verify.claims import FileClaim, is_count, is_sha256
from curate.verify.strict import NoJson, strict_json

PLACES = ("stages", "corpora", "verdicts")  # below OUT: where stages write


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    name: str
    recipe: str  # '' where it reads none
    files: tuple[FileClaim, ...]  # their names are paths below OUT
    units: Mapping[str, Mapping[str, Any]]  # what each says it counted


def read_stage(data: bytes, *, name: str, recipe: str) -> tuple[Stage | None, str]:
    """The stage, or None and why not."""
    try:
        value = strict_json(data)
    except NoJson as error:
        return None, str(error)
    receipts = value.get("receipts") if isinstance(value, dict) else None
    if not isinstance(receipts, list) or not all(map(_is_receipt, receipts)):
        return None, "no index of a stage"
    if value.get("stage") != name:
        return None, "the index of another stage"
    files = [FileClaim(name=file["path"], bytes=file["bytes"], sha256=file["sha256"]) for receipt in receipts for file in receipt["files"]]
    if not all(_is_below(file.name) for file in files):
        return None, "names files that lie elsewhere"
    return Stage(name=name, recipe=recipe, files=tuple(files), units={receipt["unit"]: receipt["counts"] for receipt in receipts}), ""


def read_published(data: bytes) -> tuple[Mapping[str, str], str]:
    """Path below OUT -> SHA-256 of each file that a stage put where people look; and why there are none, '' where they could be read."""
    try:
        value = strict_json(data)
    except NoJson as error:
        return {}, str(error)
    if not isinstance(value, dict) or not all(map(is_sha256, value.values())):
        return {}, "no list of files and their SHA-256"
    return value, ""


def _is_receipt(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("unit"), str)
        and isinstance(value.get("counts"), dict)
        and isinstance(value.get("files"), list)
        and all(map(_is_file, value["files"]))
    )


def _is_file(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("path"), str)
        and is_count(value.get("bytes"))
        and is_sha256(value.get("sha256"))
    )


def _is_below(path: str) -> bool:
    parts = path.split("/")
    return not PurePosixPath(path).is_absolute() and parts[0] in PLACES and not {"", ".", ".."} & set(parts) and "\\" not in path
