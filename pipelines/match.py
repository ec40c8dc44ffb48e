"""images, screened samples -> who is a copy of whom: image members, text members, clusters by sample"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.match.clusters import image_clusters, sample_clusters
from curate.match.images import COLUMNS, match_images, packed
from curate.match.near import Compared
from curate.match.signatures import band_keys, band_rows, signatures
from curate.match.texts import Texts, family_of, match_texts, question_of, scopes_of, set_keys, text_of
from curate.recipe import Matching
from curate.shingles import Shingles, shingle_sets
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part
from pipelines.stage import Plan, Unit, Worker
from pipelines.tables import Room, replacing
from schemas.arrow import arrow_schema, from_table
from schemas.image import Image
from schemas.sample import Sample, Screened

VERSION = 2
STEP = 1_000  # samples whose texts are signed, and counted on the progress bar, together
NO_BANDS = np.empty((0, 1), np.uint64)
IMAGES, TEXTS = "images", "texts"  # the two parts of the stage's own tables
SIGNED = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("family", pa.string()),
        ("images", pa.list_(pa.string())),
        ("key", pa.uint64()),
        ("bands", pa.list_(pa.uint64())),
        ("whole", pa.list_(pa.int64())),
        ("asked", pa.list_(pa.int64())),
    ]
)


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
        build=lambda units, address: build(units=units, address=address),
        unit="rows",
        whole=True,
        processes=True,
        options={"matching": run.recipe.plain()["matching"]},
        begin=partial(_empty, room),
        finish=lambda receipts: _empty(room),
    )


def _scratch(room: Room) -> Path:
    """Signatures and greys on their way through the stage; OUT/tmp is swept after every run."""
    return Path(room.out, "tmp", "match", room.recipe)


def _empty(room: Room) -> None:
    shutil.rmtree(_scratch(room), ignore_errors=True)


class Match(beam.PTransform):
    """Texts are signed part by part while images are matched; then texts meet, within the scope their images give them.

    Only names of parts move through the pipeline: signatures wait in files, which are read column by column."""

    def __init__(
        self, room: Room, *, images: Room, samples: Room, matching: Matching, units: Sequence[Unit], address: Address | None
    ) -> None:  # fmt: skip
        super().__init__()
        self.room, self.images, self.samples, self.matching = room, images, samples, matching
        self.pictures = [unit for unit in units if unit.name == IMAGES]
        self.parts = [unit for unit in units if unit.name != IMAGES]
        self.address = address

    def expand(self, start: beam.pvalue.PBegin) -> beam.PCollection:
        pictures = (
            start
            | "images" >> beam.Create(self.pictures, reshuffle=False)
            | "match images" >> beam.ParDo(MatchImages(self.room, self.address, images=self.images, matching=self.matching))
        )
        signed = (
            start
            | "parts" >> beam.Create(self.parts, reshuffle=False)
            | beam.Reshuffle()  # else the worker that lists the parts signs them all
            | "sign texts" >> beam.ParDo(SignTexts(self.room, self.address, samples=self.samples, matching=self.matching))
        )
        names = sorted(unit.name for unit in self.parts)
        return (
            (pictures, signed)
            | beam.Flatten()
            | beam.GroupBy(lambda name: "")  # all are there
            | "match texts" >> beam.ParDo(MatchTexts(self.room, None, parts=names, matching=self.matching))
        )


class MatchImages(Worker):
    """All images at once: their digests and hashes in memory, their grey signatures in a file that is asked row by row."""

    def __init__(self, room: Room, address: Address | None, *, images: Room, matching: Matching) -> None:
        super().__init__(room, address)
        self.images, self.matching = images, matching

    def process(self, unit: Unit) -> Iterator[str]:  # type: ignore[override]  # says that it is done: texts wait for it
        index = self.images.index()
        assert index is not None, "plan_match has read it"
        path = _scratch(self.room) / "greys.bin"
        columns = [packed(arrow_schema(Image).empty_table())]
        with replacing(self.room.out, path) as temporary, temporary.open("wb") as file:
            for part in index.parts("images"):
                table = self.images.read("images", Image, index=index, part=part, columns=[*COLUMNS, "reason", "blank", "grey"])
                self.reporter.step(len(table))
                usable = table.filter(pc.and_(pc.is_null(table["reason"]), pc.invert(table["blank"])))
                file.writelines(usable["grey"].to_pylist())
                columns.append(packed(usable))
        images = pa.concat_tables(columns)
        with path.open("rb") as file:
            found = match_images(images, Signatures(file, len(images)), self.matching)
        write_scratch(self.room, "members", [found.members])
        self.room.sign(IMAGES, unit.fingerprint, self.room.write("images", IMAGES, found.members), {"images": len(images), **found.counts})
        yield IMAGES


class Signatures:
    """Rows of a file of signatures of one size, as they are asked for: read and not mapped, so that they are never resident."""

    def __init__(self, file: BinaryIO, count: int) -> None:
        self.file = file.fileno()
        self.cells = os.fstat(self.file).st_size // count if count else 0

    def __call__(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        data = b"".join([os.pread(self.file, self.cells, row * self.cells) for row in rows.tolist()])
        return np.frombuffer(data, np.uint8).reshape(len(rows), self.cells)


class SignTexts(Worker):
    """The texts of one part as shingle sets, signatures and bands, in a file."""

    def __init__(self, room: Room, address: Address | None, *, samples: Room, matching: Matching) -> None:
        super().__init__(room, address)
        self.samples, self.matching = samples, matching

    def ready(self) -> None:
        self.index = self.samples.index()

    def process(self, unit: Unit) -> Iterator[str]:  # type: ignore[override]  # says that it is done: texts wait for it
        table = self.samples.read("samples", Screened, index=self.index, part=unit.name)
        write_scratch(self.room, f"part-{unit.name}", self._signed(table))
        yield unit.name

    def _signed(self, table: pa.Table) -> Iterator[pa.Table]:
        for start in range(0, len(table), STEP):
            samples = from_table(pa.Table.from_struct_array(table["sample"].slice(start, STEP)), Sample)
            yield signed(samples, self.matching)
            self.reporter.step(len(samples))


def signed(samples: Sequence[Sample], matching: Matching) -> pa.Table:
    """SIGNED rows of all samples; one whose text is compared with none has an empty set."""
    sets = shingle_sets([text_of(sample) or "" for sample in samples], matching.shingle)
    bands = band_keys(signatures(sets, matching.permutations), band_rows(matching.permutations, matching.text_threshold))
    return pa.table(
        {
            "id": [sample.id for sample in samples],
            "source": [sample.source for sample in samples],
            "family": [family_of(sample) for sample in samples],
            "images": pa.array([sample.images for sample in samples], pa.list_(pa.string())),
            "key": set_keys(sets),
            "bands": pa.FixedSizeListArray.from_arrays(pa.array(bands.ravel()), bands.shape[1]).cast(pa.list_(pa.uint64())),
            "whole": _listed(sets),
            "asked": _listed(shingle_sets([question_of(sample) for sample in samples], matching.shingle)),
        },
        schema=SIGNED,
    )


def _listed(sets: Shingles) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(sets.offsets.astype(np.int32)), pa.array(sets.hashes))


class MatchTexts(Worker):
    """All texts at once: keys and bands in memory, the sets of candidates alone."""

    def __init__(self, room: Room, address: Address | None, *, parts: Sequence[str], matching: Matching) -> None:
        super().__init__(room, address)
        self.parts, self.matching = list(parts), matching

    def process(self, done: tuple[str, Iterable[str]]) -> None:  # type: ignore[override]  # all parts as one element
        images, texts = read_scratch(self.room, "members"), pa.concat_tables([SIGNED.empty_table(), *self._parts()])
        shown = image_clusters(texts["images"].combine_chunks(), images, alone=True)
        columns = Texts(
            ids=texts["id"].combine_chunks(),
            sources=texts["source"].combine_chunks(),
            scopes=scopes_of(texts["family"].to_pylist(), shown.to_pylist()),
            sets=texts["key"].to_numpy(),
            bands=texts["bands"].combine_chunks().flatten().to_numpy().reshape(len(texts), -1) if len(texts) else NO_BANDS,
        )
        found = match_texts(columns, lambda rows: Compared(sets_of(texts["whole"], rows), sets_of(texts["asked"], rows)), self.matching)
        clusters = sample_clusters(columns.ids, texts["images"].combine_chunks(), images, found)
        files = self.room.write("texts", TEXTS, found) + self.room.write("clusters", TEXTS, clusters)
        self.room.sign(TEXTS, "", files, {"texts": int(np.count_nonzero(columns.sets)), "text": len(found), "clusters": len(clusters)})

    def _parts(self) -> list[pa.Table]:
        return [read_scratch(self.room, f"part-{part}") for part in self.parts]


def sets_of(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> Shingles:
    taken = column.take(pa.array(rows)).combine_chunks()
    return Shingles(taken.offsets.to_numpy().astype(np.int64), taken.values.to_numpy())


def write_scratch(room: Room, name: str, tables: Iterable[pa.Table]) -> None:
    """An Arrow file beside those of the other workers; no tables make no file."""
    tables = iter(tables)
    first = next(tables, None)
    if first is None:
        return
    with (
        replacing(room.out, _scratch(room) / f"{name}.arrow") as temporary,
        pa.OSFile(str(temporary), "wb") as file,
        pa.ipc.new_file(file, first.schema) as writer,
    ):
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def read_scratch(room: Room, name: str) -> pa.Table:
    """The file as it lies in memory-mapped pages: only columns that are looked at are read."""
    return pa.ipc.open_file(pa.memory_map(str(_scratch(room) / f"{name}.arrow"))).read_all()
