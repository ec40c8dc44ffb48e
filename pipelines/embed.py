"""inspected images -> what the model makes of each set of pixels, kept beside them; no recipe is read, and no head

A picture is read and made ready in one pool of threads while the model runs in another. Two parts are under way at once, so that the
model has work while one part is written and the next is begun."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.emit.ship import read_image
from curate.inspect.route import LIGHT
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from pipelines.opened import ship_opener
from pipelines.parts import Parts
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Index, Receipt, Room
from pipelines.tagger import GPU, Resolved, load_embedder
from pipelines.together import waits
from schemas.arrow import arrow_schema, from_plain
from schemas.embedding import Embedding
from schemas.image import Image, Ship

VERSION = 2  # raise when embeddings of the same model can change
SEEN = ["pixel_digest", "id", "source", "reason", "ship", "width", "height"]  # of an image: what is needed to open it
BARE = len("pixels:")
TOGETHER = 8  # pictures of one task
PARTS = 2  # under way at once

Picture = Mapping[str, Any]  # a row of SEEN
Ready = np.ndarray | str  # as the model takes it, or why there is none


def plan_embed(run: Run) -> Plan:
    """A unit is a part of inspected images, at most 10,000; without a model there is none. Evaluation sets are not looked at."""
    tagger = run.resolved.get("tagger")
    images = entries_by_part(run.index("inspect", decided=False), "images") if tagger else {}
    units = [
        Unit(name=part, fingerprint=digest_of(files), weight=sum(entry.rows for entry in files))
        for part, files in sorted(images.items())
        if "@benchmark-" not in part
    ]
    in_processes = any("multi_processing" in flag for flag in run.options.beam_flags)
    threads = 1 if in_processes else run.options.workers
    hints = {"accelerator": run.options.accelerator} if tagger and tagger["device"] == GPU and run.options.accelerator else {}
    worker = partial(Embed, run.facts("tag"), images=run.facts("inspect"), threads=threads, tagger=tagger or {})
    return Plan(
        room=run.facts("tag"),
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address), hints),
        shared={"folders": dict(run.folders)},
        unit="images",
        options={"embedder": tagger["embedder"] if tagger else None},
        finish=_tell_lost,
    )


def _tell_lost(receipts: Sequence[Receipt]) -> None:
    lost = sum((Counter(receipt.counts.get("lost", {})) for receipt in receipts), Counter[str]())
    if lost:
        words = ", ".join(f"{reason} {count:,}" for reason, count in sorted(lost.items()))
        print(f"tag: the model did not see {lost.total():,} images that inspect had decoded: {words}", file=sys.stderr)


class Embed(Worker):
    """Embed the images of one part, each set of pixels once."""

    def __init__(self, room: Room, address: Address | None, *, images: Room, threads: int, tagger: Resolved) -> None:
        super().__init__(room, address)
        self.images, self.threads, self.tagger = images, threads, dict(tagger)

    def ready(self) -> None:
        self.embedder = load_embedder(self.tagger)
        if "torch" in sys.modules:
            import torch

            torch.set_num_threads(1)  # parallel by batches, not inside one: sums then do not depend on the number of cores
        self.index = self.images.index()
        self.lanes = getattr(self.embedder, "lanes", None) or self.threads
        self.reading = max(self.threads, waits(self.room.out, *self.todo.shared["folders"].values()))
        self.readers, self.models, self.parts = ThreadPoolExecutor(self.reading), ThreadPoolExecutor(self.lanes), Parts(PARTS)
        self.open = ship_opener(self.room.out, self.todo.shared["folders"])
        self.heavy = threading.Lock()

    def work(self, unit: Unit) -> None:
        self.parts.begin(partial(self._embed, unit))

    def finish_bundle(self) -> None:
        self.parts.settle()
        super().finish_bundle()

    def teardown(self) -> None:
        self.parts.close()
        for pool in (self.models, self.readers):
            pool.shutdown(wait=False, cancel_futures=True)

    def _embed(self, unit: Unit) -> None:
        table = self.images.read("images", Image, index=self.index, part=unit.name, columns=SEEN)
        pictures = distinct(table)
        self.reporter.step(len(table) - len(pictures))
        rows = [row for batch in self._batches(pictures) for row in batch]
        reasons = Counter(reason for _, reason in rows if reason)
        found = embeddings_table([picture["pixel_digest"] for picture in pictures], rows, self.embedder.width)
        self.room.sign(unit.name, unit.fingerprint, self.room.write("embeddings", unit.name, found), {"lost": dict(reasons)})

    def _batches(self, pictures: Sequence[Picture]) -> Iterator[list[tuple[bytes, str | None]]]:
        """What became of each batch, in order. While the model has `ahead` batches before it, others are made ready."""
        size = self.embedder.batch
        starts = deque(range(0, len(pictures), size))
        reading: deque[list[Future[list[Ready]]]] = deque()
        computing: deque[Future[list[tuple[bytes, str | None]]]] = deque()
        ahead = self.lanes + 1
        window = ahead + -(-self.reading * TOGETHER // size)
        while starts or reading or computing:
            while starts and len(reading) < window:
                start = starts.popleft()
                reading.append(self._read(pictures[start : start + size]))
            while reading and len(computing) < ahead:
                ready = [one for future in reading.popleft() for one in future.result()]
                computing.append(self.models.submit(self._compute, ready))
            yield computing.popleft().result()

    def _read(self, pictures: Sequence[Picture]) -> list[Future[list[Ready]]]:
        return [self.readers.submit(self._ready, pictures[start : start + TOGETHER]) for start in range(0, len(pictures), TOGETHER)]

    def _ready(self, pictures: Sequence[Picture]) -> list[Ready]:
        return [self._one(picture) for picture in pictures]

    def _one(self, picture: Picture) -> Ready:
        """Inspect has decoded these very bytes, by their digest, in a process of its own where that was wanted: they open here."""
        self.parts.check()
        is_light = picture["width"] * picture["height"] <= LIGHT
        try:
            data = read_image(picture["source"], from_plain(picture["ship"], Ship), self.open)
            with contextlib.nullcontext() if is_light else self.heavy:  # one takes a gigabyte in all its forms: one at a time
                return self.embedder.prepare(render(data).image)
        except PixelFault as fault:
            return fault.reason

    def _compute(self, ready: Sequence[Ready]) -> list[tuple[bytes, str | None]]:
        """(float16 bytes, '' as reason) of each picture; (nothing, reason) where there is none."""
        self.parts.check()
        there = [one for one in ready if not isinstance(one, str)]
        vectors = iter(self.embedder.embed(np.stack(there)) if there else ())
        rows = [(b"", one) if isinstance(one, str) else halved(next(vectors)) for one in ready]
        self.reporter.step(len(ready))
        return rows


def distinct(table: pa.Table) -> list[dict[str, Any]]:
    """The images that were decoded, each set of pixels once, by digest; of equal pixels the first id is read."""
    seen = table.filter(pc.is_null(table["reason"])).sort_by([("pixel_digest", "ascending"), ("id", "ascending")])
    found: dict[str, dict[str, Any]] = {}
    for row in seen.to_pylist():
        found.setdefault(row["pixel_digest"], row)
    return list(found.values())


def halved(vector: np.ndarray) -> tuple[bytes, str | None]:
    """As it is stored, and read by every head; numbers that float16 cannot hold are none."""
    with np.errstate(over="ignore"):
        half = vector.astype("<f2")
    return (half.tobytes(), None) if np.isfinite(half).all() else (b"", "not_finite")


def embeddings_table(digests: Sequence[str], rows: Sequence[tuple[bytes, str | None]], width: int) -> pa.Table:
    columns = [
        [f"pixels:{digest}" for digest in digests],
        [width if vector else 0 for vector, _ in rows],
        [vector for vector, _ in rows],
        [reason for _, reason in rows],
    ]
    return pa.table(columns, schema=arrow_schema(Embedding))


def read_embeddings(room: Room, index: Index | None, parts: Sequence[str], wanted: pa.Array | None = None) -> tuple[list[str], np.ndarray]:
    """(pixel digests, float32 (n, width)) of some parts, of the digests that are `wanted` if they are named, in the order of parts. Pixels
    that lie in two parts were embedded twice: the first part's count. Pictures that the model did not see are not among them."""
    found: dict[str, bytes] = {}
    ids = None if wanted is None else pc.binary_join_element_wise("pixels", wanted, ":")
    for part in parts:
        table = room.read("embeddings", Embedding, index=index, part=part, columns=["id", "width", "vector"])
        kept = pc.greater(table["width"], 0)
        table = table.filter(kept if ids is None else pc.and_(kept, pc.is_in(table["id"], value_set=ids)))
        for id, vector in zip(table["id"].to_pylist(), table["vector"].to_pylist()):
            found.setdefault(id[BARE:], vector)
    width = len(next(iter(found.values()), b"")) // 2
    return list(found), np.frombuffer(b"".join(found.values()), "<f2").reshape(len(found), width).astype(np.float32)
