"""images, screened samples -> who is a copy of whom: image members, text members, clusters by sample"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.match.images import COLUMNS, match_images, packed
from curate.match.leaks import leaks
from curate.recipe import Matching
from curate.shield.rules import MARK
from pipelines.place import scratch_folder
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.scratch import empty_scratch, write_scratch
from pipelines.screen import digest_of, entries_by_part
from pipelines.signed import IMAGES, MatchTexts, SignTexts
from pipelines.stage import Names, Plan, Unit, Worker
from pipelines.tables import Room
from schemas.arrow import arrow_schema
from schemas.image import Image

VERSION = 3


def plan_match(run: Run) -> Plan:
    """All images and all texts meet: the stage is whole. Its units are the parts of samples whose texts are signed, and the images."""
    screen, inspect = run.index(run.screened, decided=True), run.index("inspect", decided=False)
    parts = entries_by_part(screen, "samples")
    images = [entry for entry in inspect.files if entry.table == "images"]
    units = [
        Unit(name=IMAGES, fingerprint=inspect.digest("images"), weight=sum(entry.rows for entry in images)),
        *(
            Unit(name=part, fingerprint=digest_of(files), weight=sum(entry.rows for entry in files))
            for part, files in sorted(parts.items())
        ),
    ]
    room = run.decisions("match")
    matching = run.recipe.matching
    build = partial(Match, room, images=run.facts("inspect"), samples=run.decisions(run.screened), matching=matching)
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: build(address=address),
        unit="rows",
        whole=True,
        processes=True,
        options={"matching": run.recipe.plain()["matching"]},
        begin=partial(empty_scratch, room),
        finish=lambda receipts: empty_scratch(room),
    )


class Match(beam.PTransform):
    """Texts are signed part by part while images are matched; then texts meet, within the scope their images give them.

    Only names of parts move through the pipeline: signatures wait in files, which are read column by column."""

    def __init__(self, room: Room, *, images: Room, samples: Room, matching: Matching, address: Address | None) -> None:
        super().__init__()
        self.room, self.images, self.samples, self.matching, self.address = room, images, samples, matching, address

    def expand(self, start: beam.pvalue.PBegin) -> beam.PCollection:
        names = start | beam.Impulse() | "units" >> beam.ParDo(Names(self.room)).with_output_types(str)
        matched = MatchImages(self.room, self.address, images=self.images, matching=self.matching)
        signing = SignTexts(self.room, self.address, samples=self.samples, matching=self.matching)
        pictures = (
            names
            | "images" >> beam.Filter(is_images)
            | "images apart" >> beam.Reshuffle()
            | "match images" >> beam.ParDo(matched).with_output_types(str)
        )
        signed = (
            names
            | "parts" >> beam.Filter(is_part)
            | "parts apart" >> beam.Reshuffle()  # else the worker that lists the parts signs them all
            | "sign texts" >> beam.ParDo(signing).with_output_types(str)
        )
        return (
            (pictures, signed)
            | beam.Flatten()
            | "together" >> beam.WithKeys("")
            | beam.GroupByKey()  # ("", [name]): all are there
            | "match texts" >> beam.ParDo(MatchTexts(self.room, None, matching=self.matching))
        )


def is_images(name: str) -> bool:
    return name == IMAGES


def is_part(name: str) -> bool:
    return name != IMAGES


class MatchImages(Worker):
    """All images at once: their digests and hashes in memory, their grey signatures in a file that is asked row by row."""

    def __init__(self, room: Room, address: Address | None, *, images: Room, matching: Matching) -> None:
        super().__init__(room, address)
        self.images, self.matching = images, matching

    def process(self, name: str) -> Iterator[str]:  # type: ignore[override]  # says that it is done: texts wait for it
        with scratch_folder(self.room.out) as folder, (folder / "greys.bin").open("w+b") as file:
            images = self._kept(file)
            is_sought = pc.ends_with(images["source"].cast(pa.string()), MARK).to_numpy()
            greys = Signatures(file, len(images))
            found = match_images(images, greys, self.matching)
            leaking = leaks(images, greys, is_sought, found.members, self.matching)
        self.check_asked()
        write_scratch(self.room, "members", [found.members])
        files = self.room.write("images", IMAGES, found.members) + self.room.write("leaks", IMAGES, leaking)
        self.room.sign(IMAGES, self.todo[name].fingerprint, files, {"images": len(images), **found.counts, "leaks": len(leaking)})
        yield name

    def _kept(self, greys: BinaryIO) -> pa.Table:
        """The images that can be compared; their signatures go into the file, in the same order."""
        index = self.images.index()
        assert index is not None, "plan_match has read it"
        columns = [packed(arrow_schema(Image).empty_table())]
        for part in index.parts("images"):
            table = self.images.read("images", Image, index=index, part=part, columns=[*COLUMNS, "reason", "blank", "grey"])
            self.reporter.step(len(table))
            usable = table.filter(pc.and_(pc.is_null(table["reason"]), pc.invert(table["blank"])))
            greys.writelines(usable["grey"].to_pylist())
            columns.append(packed(usable))
        greys.flush()
        return pa.concat_tables(columns)


class Signatures:
    """Rows of a file of signatures of one size, as they are asked for: read and not mapped, so that they are never resident."""

    def __init__(self, file: BinaryIO, count: int) -> None:
        self.file = file.fileno()
        self.cells = os.fstat(self.file).st_size // count if count else 0

    def __call__(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        data = b"".join([os.pread(self.file, self.cells, row * self.cells) for row in rows.tolist()])
        return np.frombuffer(data, np.uint8).reshape(len(rows), self.cells)
