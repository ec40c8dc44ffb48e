"""files that a stage puts where people look, beside its tables -> their SHA-256 in stages/<stage>/<recipe>/published.json"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipelines.tables import Room, read_json, write_json

PUBLISHED = "published.json"


def note_published(room: Room, paths: Iterable[str]) -> None:
    """What the files of these paths below OUT hold now: whoever writes one anew with all that names it, is noticed by that."""
    write_json(room.out, room.folder / PUBLISHED, {path: _digest(Path(room.out, path)) for path in paths})


def published_stand(room: Room) -> bool:
    """Whether all files that were noted are as they were."""
    path = room.folder / PUBLISHED
    noted = read_json(path) if path.is_file() else None
    return isinstance(noted, dict) and all(_digest(Path(room.out, name)) == digest for name, digest in noted.items())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
