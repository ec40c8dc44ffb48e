"""files that a stage puts where people look, beside its tables -> their SHA-256 in stages/<stage>/<recipe>/published.json"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.place import place
from pipelines.tables import Room, digest_of_file, read_json, write_json
from pipelines.together import together

PUBLISHED = "published.json"


def note_published(room: Room, paths: Iterable[str]) -> None:
    """What the files of these paths below OUT hold now: whoever writes one anew with all that names it, is noticed by that."""
    write_json(room.out, room.folder / PUBLISHED, _digests(room, list(paths)))


def published_stand(room: Room) -> bool:
    """Whether all files that were noted are as they were."""
    try:
        noted = read_json(room.folder / PUBLISHED)
    except FileNotFoundError:
        return False
    return isinstance(noted, dict) and _digests(room, list(noted)) == noted


def _digests(room: Room, paths: Sequence[str]) -> dict[str, str]:
    """'' of what is not there."""
    return dict(zip(paths, together(room.out, lambda path: digest_of_file(place(room.out, path)), paths)))
