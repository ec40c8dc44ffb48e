"""manifests, files -> samples, image references, rejected rows; benchmark rows apart"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping
from functools import partial
from pathlib import PurePath
from typing import Any

from curate.digest import digest64
from curate.ingest.compact import Compact
from curate.ingest.expected import expected_rows
from curate.ingest.ingest import Found, choose_layout, read_source
from curate.manifest import Manifest
from pipelines.chunks import PART
from pipelines.find import kept_listing, listing_digest
from pipelines.opened import path_opener
from pipelines.place import place
from pipelines.progress import Address
from pipelines.run import Run, names
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Receipt, Room, fingerprint
from schemas.found import FileFault, TableCount
from schemas.image import ImageRef
from schemas.sample import Sample
from schemas.verdict import Verdict

VERSION = 6
DAMAGED = ("BadGzipFile", "EOFError", "a damaged gz")  # of unreadable files: those that are no better when tried again


def plan_ingest(run: Run) -> Plan:
    """A unit is a source or a benchmark: read again only if its files, its manifest or the limit changed."""
    manifests, room = names(run.options.manifests), run.facts("ingest")
    units = [
        Unit(
            name=name,
            fingerprint=fingerprint(
                [manifests[name].digest, listing_digest(listing, place(run.folders[name]), hash_inputs=run.options.hash_inputs)]
            ),
            weight=expected_rows({name: manifests[name]}, {name: listing}, _limit(manifests[name], run.options.limit)) or 1,
        )
        for name, listing in sorted(run.listings().items())
        if manifests[name].kind == "source" or choose_layout(manifests[name], listing)  # a benchmark that is not there is no fault
    ]
    told = {name: _told(manifests[name]) for name in run.folders}
    worker = partial(Ingest, room, manifests=told, limit=run.options.limit, part=run.options.part)
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        shared={"folders": dict(run.folders)},
        processes=True,
        count=lambda index: index.rows("samples") + index.rows("verdicts"),
        options={"limit": run.options.limit, **({"part": run.options.part} if run.options.part != PART else {})},
        doubts=_is_passing,
    )


def _limit(manifest: Manifest, limit: int | None) -> int | None:
    """An evaluation set is shielded whole, however little is tried."""
    return limit if manifest.kind == "source" else None


def _told(manifest: Manifest) -> Manifest:
    """As workers get it: not where it lies on the machine that they were started from."""
    return dataclasses.replace(manifest, path=PurePath(manifest.path).name)


def _is_passing(receipt: Receipt) -> bool:
    """A right that was given since, a disk that is back, change neither size nor time."""
    return any(fault["reason"] == "unreadable" and fault["found"] not in DAMAGED for fault in receipt.counts.get("faults", []))


class Ingest(Worker):
    """Read one source whole, in its own order, and write it in parts."""

    def __init__(
        self, room: Room, address: Address | None, *, manifests: Mapping[str, Manifest], limit: int | None, part: int = PART
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.manifests = dict(manifests)
        self.limit = limit
        self.part = part

    def work(self, unit: Unit) -> None:
        manifest, folder = self.manifests[unit.name], self.todo.shared["folders"][unit.name]
        parts, left = Parts(self.room, unit.name, self.part), unit.weight
        listing, limit = kept_listing(self.room.out, unit.name), _limit(manifest, self.limit)
        for item in read_source(manifest, listing, path_opener(self.room.out, folder, listing), limit=limit):
            parts.add(item)
            if left and isinstance(item, Sample | Verdict):
                left -= 1
                self.reporter.step()
        self.reporter.step(left)
        self.room.sign(unit.name, unit.fingerprint, *parts.close())


class Parts:
    """What one source gives, cut into parts as it comes.

    A part of samples notes which parts hold its images, so that screen joins without a shuffle."""

    def __init__(self, room: Room, name: str, size: int = PART) -> None:
        self.room = room
        self.name = name
        self.size = size  # images or rows of a part
        self.number = 0
        self.files: list[Entry] = []
        self.samples: list[Sample] = []
        self.verdicts: list[Verdict] = []
        self.images: list[ImageRef] = []
        self.faults: list[FileFault] = []
        self.tables: list[TableCount] = []
        self.part_of = Compact()  # digest of an image id -> the part it is in
        self.image_parts: dict[str, list[str]] = {}
        self.counts: collections.Counter[str] = collections.Counter(samples=0, rejected=0, images=0)

    def add(self, item: Found) -> None:
        match item:
            case Sample():
                self.samples.append(item)
            case Verdict():
                self.verdicts.append(item)
            case ImageRef():
                self.part_of.put(digest64(item.id), self.number)
                self.images.append(item)
            case FileFault():
                self.faults.append(item)
            case TableCount():
                self.tables.append(item)
        if max(len(self.samples) + len(self.verdicts), len(self.images)) >= self.size:
            self._cut()

    def _cut(self) -> None:
        part = self._part(self.number)
        table = "benchmarks" if self.name.endswith("@benchmark") else "samples"
        self.files += self.room.write_rows(table, part, self.samples, Sample)
        self.files += self.room.write_rows("verdicts", part, self.verdicts, Verdict)
        self.files += self.room.write_rows("images", part, self.images, ImageRef)
        self.image_parts[part] = self._image_parts()
        self.counts.update(samples=len(self.samples), rejected=len(self.verdicts), images=len(self.images))
        self.samples, self.verdicts, self.images = [], [], []
        self.number += 1

    def _image_parts(self) -> list[str]:
        numbers = {self.part_of[digest64(image)] for sample in self.samples for image in sample.images}
        return [self._part(number) for number in sorted(numbers)]

    def _part(self, number: int) -> str:
        return f"{self.name}-{number:04d}"

    def close(self) -> tuple[list[Entry], dict[str, Any]]:
        if self.samples or self.verdicts or self.images:
            self._cut()
        inputs = sum(table.inputs for table in self.tables)
        if inputs != self.counts["samples"] + self.counts["rejected"]:
            kept, rejected = self.counts["samples"], self.counts["rejected"]
            raise RuntimeError(f"{self.name}: its reader counted {inputs} inputs, {kept} kept and {rejected} rejected came out")
        faults = [dataclasses.asdict(fault) for fault in self.faults if not fault.notice]
        notices = [dataclasses.asdict(fault) for fault in self.faults if fault.notice]
        tables = [dataclasses.asdict(table) for table in self.tables]
        return self.files, {"faults": faults, "notices": notices, "tables": tables, "image_parts": self.image_parts, **self.counts}
