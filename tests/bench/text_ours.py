"""texts -> who is a copy of whom, by the text parts of match and dedup as the pipeline runs them: parts signed into files, then all of them
met, then the first of each cluster kept

python -m tests.bench.text_ours FILE SCRATCH PROCESSES: a text a line; writes told.json as text_peer_work does."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

BEGAN = time.perf_counter()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from curate.dedup.texts import text_winners  # noqa: E402
from curate.likeness import Alike  # noqa: E402
from curate.recipe import Matching  # noqa: E402
from pipelines.scratch import write_scratch  # noqa: E402
from pipelines.signed import MatchTexts, signed  # noqa: E402
from pipelines.tables import Room  # noqa: E402
from schemas.arrow import arrow_schema  # noqa: E402
from schemas.cluster import Member  # noqa: E402
from schemas.sample import Sample, Turn  # noqa: E402
from tests.bench.text_peer_work import cpu_seconds  # noqa: E402

STEP = 1_000  # samples signed together, as in the pipeline
PART = 10_000  # texts of a part
JACCARD_ALONE = Matching(keep_contrasts=False)
ONE_IMAGE = ("bench/image",)
Named = Sequence[tuple[str, str]]  # id, text


@dataclass(frozen=True, slots=True)
class Found:
    members: pa.Table  # Member rows
    winner: dict[str, str]  # of each text that goes the one that stays in its place

    def clusters(self) -> dict[int, int]:
        """Of the number of each text in a cluster that of the cluster's own."""
        return {number_of(id): number_of(own) for id, own in zip(self.members["id"].to_pylist(), self.members["cluster"].to_pylist())}


class Said:
    """What match reads of a sample, and nothing more: a whole Sample would take longer to make than to sign."""

    __slots__ = ("id", "turns")
    source, from_labels, language = "bench", False, "en"
    task, images = "dialogue", ()

    def __init__(self, id: str, text: str) -> None:
        self.id: str = id
        self.turns: tuple[Turn, ...] = (Turn(role="assistant", text=text),)


class Asked(Said):
    """The same as a question: the words of a short answer would be part of its scope."""

    __slots__ = ()

    def __init__(self, id: str, text: str) -> None:
        self.id, self.turns = id, (Turn(role="user", text=text),)


class Shown(Said):
    """The same as the caption of one image that all of them have."""

    __slots__ = ()
    task, images = "caption", ONE_IMAGE


def named(texts: Sequence[str], source: str = "bench") -> list[tuple[str, str]]:
    return [(f"{source}/{number:08d}", text) for number, text in enumerate(texts)]


def number_of(id: str) -> int:
    return int(id.rpartition("/")[2])


def cluster(texts: Named, folder: Path, matching: Matching, *, kind: type[Said] = Said, processes: int = 1) -> Found:
    """All texts meet in one scope."""
    room = room_in(folder)
    parts = [texts[start : start + PART] for start in range(0, len(texts), PART)]
    asked = [(room, f"bench-{number:05d}", part, matching, kind) for number, part in enumerate(parts)]
    if processes == 1:
        names = [sign_part(*part) for part in asked]
    else:
        with ProcessPoolExecutor(processes) as pool:
            names = list(pool.map(sign_part, *zip(*asked)))
    return match_parts(room, names, matching)


def room_in(folder: Path) -> Room:
    """A room whose match has found no images."""
    room = Room(out=str(folder), stage="match", buckets=16, recipe="bench")
    write_scratch(room, "members", [arrow_schema(Member).empty_table()])
    return room


def sign_part(room: Room, name: str, texts: Named, matching: Matching, kind: type[Said] = Said) -> str:
    samples = cast(list[Sample], [kind(id, text) for id, text in texts])
    write_scratch(room, f"part-{name}", (signed(samples[start : start + STEP], matching) for start in range(0, len(samples), STEP)))
    return name


def match_parts(room: Room, names: Sequence[str], matching: Matching) -> Found:
    shutil.rmtree(room.folder, ignore_errors=True)
    worker = MatchTexts(room, None, parts=names, matching=matching)
    worker.setup()
    worker.process(("", names))
    members = pa.concat_tables([arrow_schema(Member).empty_table(), *_tables(room, "texts")])
    winner = dict(zip(members["id"].to_pylist(), members["cluster"].to_pylist()))
    alike = Alike(threshold=matching.text_threshold, keep_contrasts=matching.keep_contrasts)
    for likeness in _tables(room, "likeness"):
        ids = likeness["id"].to_pylist()
        merit = np.argsort(np.argsort(ids))  # all are as good: the smallest id stays
        winner.update((id, ids[row]) for id, row in zip(ids, text_winners(likeness, merit, alike).row.tolist()))
    return Found(members, {id: own for id, own in winner.items() if id != own})


def _tables(room: Room, name: str) -> Iterator[pa.Table]:
    return (pq.ParquetFile(path).read() for path in sorted((room.folder / name).rglob("*.parquet")))


def main(file: str, scratch: str, processes: str) -> None:
    signed(cast(list[Sample], [Said("bench/0", "what is imported late is imported now")]), Matching())
    started, used = time.perf_counter(), cpu_seconds()
    texts = Path(file).read_text(encoding="utf-8").splitlines()
    found = cluster(named(texts), Path(scratch), JACCARD_ALONE, processes=int(processes))
    dropped = sorted(map(number_of, found.winner))
    took = {"start": started - BEGAN, "work": time.perf_counter() - started, "cpu": cpu_seconds() - used, "dropped": dropped}
    Path(scratch, "told.json").write_text(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
