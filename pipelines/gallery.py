"""dedup's verdicts -> duplicates beside their winners for the report: with thumbnails where they may be shown, texts by their ids alone"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.digest import bucket_of
from curate.emit.ship import ChangedImage, read_image
from curate.report.gallery import Pair, Shown, candidates, may_show
from curate.report.thumbnails import thumbnail_of
from pipelines.opened import ship_opener
from pipelines.rooms import Rooms
from pipelines.tables import Room
from schemas.arrow import arrow_schema, from_plain
from schemas.image import Image
from schemas.sample import Sample
from schemas.verdict import Verdict

PAIRS = 24
LOOKED_AT = 4 * PAIRS
SAMPLE_COLUMNS = ["id", "source", "images", "license", "access"]
IMAGE_COLUMNS = [name for name in arrow_schema(Image).names if name != "grey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Some of what was dropped beside what stayed."""

    pictured: tuple[Pair, ...]
    withheld: int  # pairs that were looked at, and that terms, access or a suspicion of burned-in text keep from being shown
    texts: tuple[Pair, ...]  # of samples without images


def show_duplicates(rooms: Rooms, folders: Mapping[str, str]) -> Duplicates:
    """Up to PAIRS of each kind."""
    dedup = rooms.decisions("dedup")
    index = dedup.index()
    rows = candidates((dedup.read("verdicts", Verdict, index=index, bucket=bucket) for bucket in range(rooms.buckets)), most=LOOKED_AT)
    samples = _by_id(rooms.facts("ingest"), "samples", Sample, {id for row in rows for id in (row["id"], row["winner"])}, SAMPLE_COLUMNS)
    texts = tuple(_text_pair(row, samples) for row in rows if not samples[row["id"]]["images"])
    rows = [row for row in rows if samples[row["id"]]["images"] and samples[row["winner"]]["images"]]
    first = {id: samples[id]["images"][0] for row in rows for id in (row["id"], row["winner"])}
    images = {
        id: from_plain({**row, "grey": b""}, Image)
        for id, row in _by_id(rooms.facts("inspect"), "images", Image, set(first.values()), IMAGE_COLUMNS).items()
    }
    open_file = ship_opener(rooms.out, folders)
    allowed = [row for row in rows if all(_may_show(samples[id], images[first[id]]) for id in (row["id"], row["winner"]))]
    pairs = tuple(
        Pair(
            loser=_shown(samples[row["id"]], images[first[row["id"]]], open_file),
            winner=_shown(samples[row["winner"]], images[first[row["winner"]]], open_file),
            reason=row["reason"],
            evidence=row["evidence"],
        )
        for row in allowed[:PAIRS]
    )
    return Duplicates(pictured=pairs, withheld=len(rows) - len(allowed), texts=texts[:PAIRS])


def _text_pair(row: Mapping[str, str], samples: Mapping[str, Mapping[str, Any]]) -> Pair:
    """By ids alone: what they say is read in no report."""
    loser, winner = (Shown(id=id, image="", source=samples[id]["source"]) for id in (row["id"], row["winner"]))
    return Pair(loser=loser, winner=winner, reason=row["reason"], evidence=row["evidence"])


def _may_show(sample: Mapping[str, Any], image: Image) -> bool:
    return may_show(access=sample["access"], license=sample["license"], image=image)


def _shown(sample: Mapping[str, Any], image: Image, open_file: Any) -> Shown:
    """A file that is gone or has changed since leaves its side without a picture: the report may be written again long after."""
    small = None
    if image.ship is not None:
        try:
            small = thumbnail_of(read_image(image.source, image.ship, open_file))
        except (OSError, ChangedImage):
            small = None
    shown = Shown(id=sample["id"], image=image.id, source=sample["source"])
    if small is None:
        return shown
    return Shown(id=shown.id, image=shown.image, source=shown.source, uri=small.uri, width=small.width, height=small.height)


def _by_id(room: Room, table: str, row_type: type, ids: Iterable[str], columns: list[str]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for found in _tables(room, table, row_type, ids, columns) for row in found.to_pylist()}


def _tables(room: Room, table: str, row_type: type, ids: Iterable[str], columns: list[str]) -> Iterator[pa.Table]:
    wanted: defaultdict[int, list[str]] = defaultdict(list)
    for id in ids:
        wanted[bucket_of(id, room.buckets)].append(id)
    index = room.index()
    for bucket, of_bucket in sorted(wanted.items()):
        found = room.read(table, row_type, index=index, bucket=bucket, columns=columns)
        yield found.filter(pc.is_in(found["id"], value_set=pa.array(of_bucket, pa.string())))
