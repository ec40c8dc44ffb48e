"""samples, images -> screened samples, verdicts"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from curate.models.tokens import load_tokenizer
from curate.recipe import Recipe
from curate.screen.screen import VERSION, screen_samples
from pipelines.engine import stays_here
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Index, Room, fingerprint
from schemas.arrow import arrow_schema, from_plain, from_table, to_table
from schemas.image import Image
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

STEP = 1_000  # samples that are screened, and counted on the progress bar, together
COLUMNS = [name for name in arrow_schema(Image).names if name != "grey"]  # a kilobyte an image that screen does not look at


def plan_screen(run: Run) -> Plan:
    """A unit is a part of ingest's samples; it is done again if its samples, an image of theirs or the recipe's limits changed."""
    ingest, inspect = run.index("ingest", decided=False), run.index("inspect", decided=False)
    samples, images = entries_by_part(ingest, "samples"), entries_by_part(inspect, "images")
    image_parts = image_parts_of(ingest)
    units = [
        Unit(
            name=part,
            fingerprint=fingerprint([digest_of(files), *(digest_of(images.get(name, ())) for name in image_parts[part])]),
            weight=sum(entry.rows for entry in files),
            work={"image_parts": image_parts[part]},
        )
        for part, files in sorted(samples.items())
    ]
    allowed = run.options.allow_credentialed or stays_here(run.out, run.options.beam_flags)
    worker = partial(
        Screen, run.decisions("screen"), samples=run.facts("ingest"), images=run.facts("inspect"), recipe=run.recipe,
        tokenizer=run.resolved["tokenizer"], allow_credentialed=allowed, network=run.options.network,
    )  # fmt: skip
    recipe = run.recipe.plain()
    return Plan(
        room=run.decisions("screen"),
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        processes=True,
        options={
            **{name: recipe[name] for name in ("limits", "splits", "license_policy", "allow_synthetic")},
            "tokenizer": run.resolved["tokenizer"]["name"],
            "allow_credentialed": allowed,
        },
    )


class Screen(Worker):
    """Screen the samples of one part; their images are looked up in the parts that ingest noted."""

    def __init__(
        self, room: Room, address: Address | None, *, samples: Room, images: Room, recipe: Recipe, tokenizer: Mapping[str, str],
        allow_credentialed: bool, network: bool,
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.samples, self.images = samples, images
        self.recipe, self.tokenizer = recipe, dict(tokenizer)
        self.allow_credentialed, self.network = allow_credentialed, network

    def ready(self) -> None:
        self.sample_index, self.image_index = self.samples.index(), self.images.index()
        tokenizer = load_tokenizer(self.tokenizer["setting"], network=self.network)
        if tokenizer.name != self.tokenizer["name"]:
            raise RuntimeError(f"the tokenizer here is {tokenizer.name}, the run was begun with {self.tokenizer['name']}")
        self.count = tokenizer.count

    def work(self, unit: Unit) -> None:
        table = self.samples.read("samples", Sample, index=self.sample_index, part=unit.name)
        images = self._images(table, unit.work["image_parts"])
        kept, refused = [arrow_schema(Screened).empty_table()], [arrow_schema(Verdict).empty_table()]
        noted = Noted()
        for start in range(0, len(table), STEP):
            samples = from_table(table.slice(start, STEP), Sample)
            passed, failed = screen_samples(samples, images, self.count, self.recipe, allow_credentialed=self.allow_credentialed)
            noted.add(passed)
            kept.append(to_table(passed, Screened))  # a quarter of the memory of Python's own
            refused.append(to_table(failed, Verdict))
            self.reporter.step(len(samples))
        passed, failed = pa.concat_tables(kept), pa.concat_tables(refused)
        files = self.room.write("samples", unit.name, passed) + self.room.write("verdicts", unit.name, failed)
        self.room.sign(unit.name, unit.fingerprint, files, {"kept": len(passed), "rejected": len(failed), **noted.plain()})

    def _images(self, samples: pa.Table, parts: Sequence[str]) -> dict[str, Image]:
        """The images that `samples` show, by id."""
        wanted = pc.unique(pc.list_flatten(samples["images"]))
        tables = [self.images.read("images", Image, index=self.image_index, part=part, columns=COLUMNS) for part in parts]
        shown = (table.filter(pc.is_in(table["id"], value_set=wanted)) for table in tables)
        return {row["id"]: from_plain({**row, "grey": b""}, Image) for table in shown for row in table.to_pylist()}


class Noted:
    """What was done to the text of those that stay: step -> samples it changed; kind of identifier -> samples, and how many in them."""

    def __init__(self) -> None:
        self.cleaned, self.scrubbed, self.identifiers = Counter[str](), Counter[str](), Counter[str]()

    def add(self, kept: Iterable[Screened]) -> None:
        for each in kept:
            self.cleaned.update(each.cleaned)
            for scrubbed in each.scrubbed:
                self.scrubbed[scrubbed.kind] += 1
                self.identifiers[scrubbed.kind] += scrubbed.count

    def plain(self) -> dict[str, dict[str, int]]:
        return {"cleaned": dict(self.cleaned), "scrubbed": dict(self.scrubbed), "identifiers": dict(self.identifiers)}


def entries_by_part(index: Index, table: str) -> dict[str, list[Entry]]:
    parts: dict[str, list[Entry]] = {}
    for entry in index.files:
        if entry.table == table:
            parts.setdefault(entry.part, []).append(entry)
    return parts


def digest_of(files: Iterable[Entry]) -> str:
    """Of the content of one part of a table."""
    return fingerprint([(entry.bucket, entry.sha256) for entry in files])


def image_parts_of(ingest: Index) -> dict[str, list[str]]:
    """Part of samples -> the parts of images that hold theirs, as ingest noted them."""
    return {part: parts for receipt in ingest.receipts for part, parts in receipt.counts.get("image_parts", {}).items()}
