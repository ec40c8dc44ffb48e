"""images -> scores of a model, whatever the recipe; screened samples and scores -> the modality of each"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.emit.ship import read_image
from curate.models.biomedclip import ATTRIBUTE, load, prepare
from curate.models.prompts import load_prompts
from curate.models.weights import find_weights
from curate.pixels.render import render
from curate.tag.score import PIXELS, attributes_of, scores_by_digest
from curate.tag.tag import VERSION, TagLimits, tag_sample
from curate.tag.words import load_vocabulary
from pipelines.opened import ship_opener
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part, image_parts_of
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room, fingerprint
from schemas.arrow import from_plain, from_table
from schemas.attribute import Attribute, Tagged
from schemas.image import Image, Ship
from schemas.sample import Screened

SCORES_VERSION = 1
SEEN = ["pixel_digest", "id", "source", "reason", "ship"]  # of an image: what the tagger needs to open it
STEP = 1_000


def plan_tag_scores(run: Run) -> Plan:
    """A unit is a part of inspected images; without a model there is none. Reads no recipe: scores are kept beside images."""
    tagger = run.resolved.get("tagger")
    images = entries_by_part(run.index("inspect", decided=False), "images") if tagger else {}
    units = [
        Unit(name=part, fingerprint=digest_of(files), weight=sum(entry.rows for entry in files))
        for part, files in sorted(images.items())
        if "@benchmark-" not in part
    ]
    worker = partial(
        Score, run.facts("tag"), images=run.facts("inspect"), folders=run.folders, threads=run.options.workers,
        weights=run.options.weights, tagger=tagger,
    )  # fmt: skip
    model = {name: tagger[name] for name in ("model", "digest", "device")} if tagger else None
    return Plan(
        room=run.facts("tag"),
        version=SCORES_VERSION,
        units=units,
        build=lambda units, address: EachUnit(units, worker(address)),
        unit="images",
        options={"attribute": ATTRIBUTE, "tagger": model, "prompts": load_prompts().digest},
    )


class Score(Worker):
    """Score the images of one part, each set of pixels once."""

    def __init__(
        self, room: Room, address: Address | None, *, images: Room, folders: Mapping[str, str], threads: int, weights: str | None,
        tagger: Mapping[str, str] | None,
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.images, self.folders, self.threads = images, dict(folders), threads
        self.weights, self.tagger = weights, dict(tagger or {})

    def ready(self) -> None:
        import torch

        weights = find_weights(self.weights)
        if weights is None or weights.digest() != self.tagger["digest"]:
            raise RuntimeError(f"the model here is not the one that the run was begun with ({self.tagger['digest']})")
        torch.set_num_threads(1)  # parallel by batches, not inside one: sums then do not depend on the number of cores
        self.embedder = load(weights, self.tagger["device"])
        self.batch = self.embedder.batch
        self.index = self.images.index()

    def work(self, unit: Unit) -> None:
        table = self.images.read("images", Image, index=self.index, part=unit.name, columns=SEEN)
        seen = table.filter(pc.is_null(table["reason"])).sort_by([("pixel_digest", "ascending"), ("id", "ascending")])
        images = list({row["pixel_digest"]: row for row in reversed(seen.to_pylist())}.values())  # of equal pixels the first id is read
        batches = [images[start : start + self.batch] for start in range(0, len(images), self.batch)]
        with ThreadPoolExecutor(self.threads) as pool:
            scores = list(pool.map(self._score, batches))
        digests = [image["pixel_digest"] for image in images]
        stacked = np.concatenate([np.empty((0, len(self.embedder.classes))), *scores])
        attributes = attributes_of(digests, self.embedder.classes, stacked, ATTRIBUTE)
        self.reporter.step(len(table) - len(images))
        self.room.sign(unit.name, unit.fingerprint, self.room.write_rows("scores", unit.name, attributes, Attribute))

    def _score(self, images: Sequence[Mapping[str, Any]]) -> np.ndarray:
        pixels = [self._pixels(image["source"], from_plain(image["ship"], Ship)) for image in images]
        self.reporter.step(len(images))
        return self.embedder.classify(np.stack(pixels))

    def _pixels(self, source: str, ship: Ship) -> np.ndarray:
        return prepare(render(read_image(source, ship, ship_opener(self.room.out, self.folders))).image, self.embedder.side)


def plan_tag(run: Run) -> Plan:
    """A unit is a part of screened samples, with the scores of the parts that hold their images."""
    parts = image_parts_of(run.index("ingest", decided=False))
    samples = entries_by_part(run.index(run.screened, decided=True), "samples")
    scores = entries_by_part(run.index("tag", decided=False), "scores")
    units = [
        Unit(
            name=part,
            fingerprint=fingerprint([digest_of(files), *(digest_of(scores.get(name, ())) for name in parts[part])]),
            weight=sum(entry.rows for entry in files),
            work={"score_parts": [name for name in parts[part] if name in scores]},
        )
        for part, files in sorted(samples.items())
    ]
    worker = partial(Tag, run.decisions("tag"), samples=run.decisions(run.screened), scores=run.facts("tag"))
    limits = dataclasses.asdict(TagLimits())
    return Plan(
        room=run.decisions("tag"),
        version=VERSION,
        units=units,
        build=lambda units, address: EachUnit(units, worker(address)),
        processes=True,
        options={"limits": limits, "words": load_vocabulary().digest, "prompts": load_prompts().digest},
    )


class Tag(Worker):
    """Decide the modality of every screened sample of one part."""

    def __init__(self, room: Room, address: Address | None, *, samples: Room, scores: Room) -> None:
        super().__init__(room, address)
        self.samples, self.scores = samples, scores

    def ready(self) -> None:
        self.sample_index, self.score_index = self.samples.index(), self.scores.index()
        self.classes = load_prompts().classes

    def work(self, unit: Unit) -> None:
        table = self.samples.read("samples", Screened, index=self.sample_index, part=unit.name)
        scores = self._scores(table, unit.work["score_parts"])
        tagged: list[Tagged] = []
        for start in range(0, len(table), STEP):
            step = from_table(table.slice(start, STEP), Screened)
            tagged += [tag_sample(screened, scores, self.classes) for screened in step]
            self.reporter.step(len(step))
        self.room.sign(unit.name, unit.fingerprint, self.room.write_rows("modalities", unit.name, tagged, Tagged))

    def _scores(self, samples: pa.Table, parts: Sequence[str]) -> dict[str, dict[str, float]]:
        """Scores of the pixels that `samples` show. The same pixels in two parts were scored twice: the first part's count."""
        if not parts:
            return {}
        digests = pc.unique(pc.struct_field(pc.list_flatten(samples["pictures"]), "pixel_digest"))
        wanted = pa.array([PIXELS + digest for digest in digests.to_pylist()], pa.string())
        found: dict[str, dict[str, float]] = {}
        for part in parts:
            table = self.scores.read("scores", Attribute, index=self.score_index, part=part)
            rows = from_table(table.filter(pc.is_in(table["id"], value_set=wanted)), Attribute)
            found = {**scores_by_digest(rows, ATTRIBUTE), **found}
        return found
