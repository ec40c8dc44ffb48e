"""texts -> who is a copy of whom, by what match and dedup do with texts: parts signed, all of them met in memory, one of each kept

python -m tests.bench.text_ours FILE SCRATCH PROCESSES: a text a line; writes told.json as text_peer_work does."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

BEGAN = time.perf_counter()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from curate.dedup.texts import text_winners  # noqa: E402
from curate.likeness import Alike, Compared  # noqa: E402
from curate.match.texts import Texts, match_texts, scopes_of  # noqa: E402
from curate.recipe import Matching  # noqa: E402
from curate.shingles import Shingles  # noqa: E402
from curate.stated import Stated  # noqa: E402
from pipelines.signed import signed  # noqa: E402
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

    __slots__ = ("id", "text")
    source, from_labels, language = "bench", False, "en"
    task, images = "dialogue", ()
    role = "assistant"

    def __init__(self, id: str, text: str) -> None:
        self.id, self.text = id, text

    @property
    def turns(self) -> tuple[Turn, ...]:
        return (cast(Turn, self),)  # it says what a turn says


class Asked(Said):
    """The same as a question: the words of a short answer would be part of its scope."""

    __slots__ = ()
    role = "user"


class Shown(Said):
    """The same as the caption of one image that all of them have."""

    __slots__ = ()
    task, images = "caption", ONE_IMAGE


def named(texts: Sequence[str], source: str = "bench") -> list[tuple[str, str]]:
    return [(f"{source}/{number:08d}", text) for number, text in enumerate(texts)]


def number_of(id: str) -> int:
    return int(id.rpartition("/")[2])


def cluster(texts: Named, matching: Matching, *, kind: type[Said] = Said, processes: int = 1, folder: Path | None = None) -> Found:
    """All texts meet in one scope. What several processes sign they hand over in files of `folder`."""
    parts = [texts[start : start + PART] for start in range(0, len(texts), PART)]
    if processes == 1:
        return met(pa.concat_tables([sign(part, matching, kind) for part in parts]), matching)
    assert folder is not None, "where else would they hand it over"
    asked = [(folder / f"{number}.arrow", part, matching, kind) for number, part in enumerate(parts)]
    with multiprocessing.get_context("fork").Pool(processes, _take, (asked,)) as pool:
        files = pool.map(_sign_asked, range(len(asked)), chunksize=1)
    return met(pa.concat_tables([pa.ipc.open_file(pa.memory_map(str(file))).read_all() for file in files]), matching)


def sign(texts: Named, matching: Matching, kind: type[Said] = Said) -> pa.Table:
    steps = (texts[start : start + STEP] for start in range(0, len(texts), STEP))
    return pa.concat_tables([signed(cast(list[Sample], [kind(id, text) for id, text in step]), matching) for step in steps])


_asked: list[tuple[Path, Named, Matching, type[Said]]] = []  # what forked processes find there: sent, texts would cost more than signing


def _take(asked: list[tuple[Path, Named, Matching, type[Said]]]) -> None:
    _asked[:] = asked


def _sign_asked(number: int) -> Path:
    file, texts, matching, kind = _asked[number]
    table = sign(texts, matching, kind)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return file


def met(table: pa.Table, matching: Matching) -> Found:
    """Signed texts meet in memory."""
    bands = table["bands"].combine_chunks().flatten().to_numpy().reshape(len(table), -1)
    texts = Texts(
        ids=table["id"], sources=table["source"],
        scopes=scopes_of(table["family"].to_numpy(), table["images"].combine_chunks()), keys=table["key"].to_numpy(),
        bands=lambda band: bands[:, band], band_count=bands.shape[1],
    )  # fmt: skip
    found = match_texts(texts, lambda rows: _compared(table.take(pa.array(rows))), matching)
    return Found(found.members, winners(found.members, found.near, matching))


def _compared(table: pa.Table) -> Compared:
    whole, asked, said = (_sets(table[name].combine_chunks()) for name in ("whole", "asked", "words"))
    key, negations, rest = (table[name].to_numpy() for name in ("key", "negations", "rest"))
    return Compared(whole, asked, Stated(key, said, negations, rest))


def _sets(lists: pa.ListArray) -> Shingles:
    return Shingles(lists.offsets.to_numpy().astype(np.int64), lists.values.to_numpy())


def winners(members: pa.Table, near: Iterable[pa.Table], matching: Matching) -> dict[str, str]:
    """Of each text that goes the one that stays; all are as good, so that the smallest id does. `near` are Likeness rows."""
    winner = dict(zip(members["id"].to_pylist(), members["cluster"].to_pylist()))
    alike = Alike(threshold=matching.text_threshold, keep_contrasts=matching.keep_contrasts)
    for likeness in near:
        ids = likeness["id"].to_pylist()
        merit = np.argsort(np.argsort(ids))
        winner.update((id, ids[row]) for id, row in zip(ids, text_winners(likeness, merit, alike).row.tolist()))
    return {id: own for id, own in winner.items() if id != own}


def main(file: str, scratch: str, processes: str) -> None:
    signed(cast(list[Sample], [Said("bench/0", "what is imported late is imported now")]), Matching())
    started, used = time.perf_counter(), cpu_seconds()
    texts = Path(file).read_text(encoding="utf-8").splitlines()
    found = cluster(named(texts), JACCARD_ALONE, processes=int(processes), folder=Path(scratch))
    dropped = sorted(map(number_of, found.winner))
    took = {"start": started - BEGAN, "work": time.perf_counter() - started, "cpu": cpu_seconds() - used, "dropped": dropped}
    Path(scratch, "told.json").write_text(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
