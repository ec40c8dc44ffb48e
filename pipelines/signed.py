"""screened samples -> their texts signed, part by part; then all of them met -> text members, clusters by sample"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.digest import digest64
from curate.likeness import Compared
from curate.match.clusters import image_clusters, sample_clusters
from curate.match.signatures import band_keys, signatures
from curate.match.strings import Clusters
from curate.match.texts import Texts, family_of, match_texts, question_of, scopes_of, text_of
from curate.recipe import Matching
from curate.shingles import Shingles, shingle_sets, shingles_of, word_hashes
from curate.stated import Stated, stated
from pipelines.place import scratch_folder
from pipelines.progress import Address
from pipelines.scratch import Columns, Lists, read_scratch, read_slabs, write_scratch
from pipelines.stage import Worker
from pipelines.tables import Entry, Room
from schemas.arrow import arrow_schema, from_table
from schemas.cluster import Member, SampleClusters
from schemas.sample import Sample, Screened

STEP = 1_000  # samples whose texts are signed, and counted on the progress bar, together
TEXTS = "texts"  # the part of the stage's tables that is written here
IMAGES = "images"  # the one that match writes; its unit's name
SIGNED = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("images", pa.list_(pa.string())),
        ("family", pa.uint64()),
        ("key", pa.uint64()),
        ("bands", pa.list_(pa.uint64())),
        ("whole", pa.list_(pa.int64())),
        ("asked", pa.list_(pa.int64())),
        ("words", pa.list_(pa.int64())),
        ("negations", pa.int64()),
        ("rest", pa.uint64()),
    ]
)
SOURCES = pa.dictionary(pa.int32(), pa.string())
COMPARED = ["key", "whole", "asked", "words", "negations", "rest"]


class SignTexts(Worker):
    """The texts of one part as shingle sets, signatures and bands, in a file."""

    def __init__(self, room: Room, address: Address | None, *, samples: Room, matching: Matching) -> None:
        super().__init__(room, address)
        self.samples, self.matching = samples, matching

    def ready(self) -> None:
        self.index = self.samples.index()

    def process(self, name: str) -> Iterator[str]:  # type: ignore[override]  # says that it is done: texts wait for it
        table = self.samples.read("samples", Screened, index=self.index, part=name)
        self.check_asked()
        write_scratch(self.room, f"part-{name}", self._signed(table))
        yield name

    def _signed(self, table: pa.Table) -> Iterator[pa.Table]:
        for start in range(0, len(table), STEP):
            samples = from_table(pa.Table.from_struct_array(table["sample"].slice(start, STEP)), Sample)
            yield signed(samples, self.matching)
            self.reporter.step(len(samples))


def signed(samples: Sequence[Sample], matching: Matching) -> pa.Table:
    """SIGNED rows of all samples; one whose text is compared with none has an empty set.

    A band's key holds a number of the question's signature too: else one answer to a thousand questions would crowd the buckets."""
    texts = [text_of(sample) or "" for sample in samples]
    sizes = np.array([matching.image_shingle if sample.images else matching.shingle for sample in samples], np.int64)
    words = word_hashes(texts)
    whole, asked = shingles_of(words, sizes), shingle_sets([question_of(sample) for sample in samples], sizes)
    bands = band_keys(signatures(whole, matching.permutations), matching.band_rows)[:, : matching.band_count]
    bands ^= signatures(asked, bands.shape[1]).astype(np.uint64) << np.uint64(32)
    said = stated(texts, words, contrasts=matching.keep_contrasts)
    return pa.table(
        {
            "id": [sample.id for sample in samples],
            "source": [sample.source for sample in samples],
            "images": pa.array([sample.images for sample in samples], pa.list_(pa.string())),
            "family": np.fromiter((_digest(family_of(sample)) for sample in samples), np.uint64, len(samples)),
            "key": said.key,
            "bands": pa.FixedSizeListArray.from_arrays(pa.array(bands.ravel()), matching.band_count).cast(pa.list_(pa.uint64())),
            "whole": _listed(whole),
            "asked": _listed(asked),
            "words": _listed(said.words),
            "negations": said.negations,
            "rest": said.rest,
        },
        schema=SIGNED,
    )


_digest = functools.lru_cache(1 << 12)(digest64)  # a few answers are most


def _listed(sets: Shingles) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(sets.offsets.astype(np.int32)), pa.array(sets.hashes))


class MatchTexts(Worker):
    """All texts at once: ids, keys and one band in memory; bands and the sets of candidates in files."""

    def __init__(self, room: Room, address: Address | None, *, matching: Matching) -> None:
        super().__init__(room, address)
        self.matching = matching

    def process(self, done: tuple[str, Iterable[str]]) -> None:  # type: ignore[override]  # all parts as one element
        self.parts = [f"part-{name}" for name in sorted(done[1]) if name != IMAGES]
        with scratch_folder(self.room.out) as folder:
            self._match(folder)

    def _match(self, folder: Path) -> None:
        """`folder`: for what is spilled."""
        images = Clusters(read_scratch(self.room, "members", arrow_schema(Member)))
        found = match_texts(self._texts(images, folder), functools.partial(self._compared, folder), self.matching)
        self.check_asked()
        files = self.room.write("texts", TEXTS, found.members)
        whole = dataclasses.replace(self.room, buckets=1)  # clusters stand together: they are elected from as a whole
        for number, table in enumerate(found.near):
            files += whole.write("likeness", f"{TEXTS}-{number:05d}", table)
        files += self._clusters(images, Clusters(found.members))
        self.room.sign(TEXTS, "", files, {**found.counts, "clusters": sum(file.rows for file in files if file.table == "clusters")})

    def _texts(self, images: Clusters, folder: Path) -> Texts:
        bands = Columns(folder / "bands.bin")
        count = 1
        ids, sources, scopes, keys = [], [], [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
        for slab in read_slabs(self.room, self.parts, SIGNED, ["id", "source", "images", "family", "key", "bands"]):
            ids += slab["id"].chunks
            sources += slab["source"].dictionary_encode().chunks
            shown = image_clusters(slab["images"].combine_chunks(), images, alone=True)
            scopes.append(scopes_of(slab["family"].to_numpy(), shown))
            keys.append(slab["key"].to_numpy())
            if len(slab):
                column = slab["bands"].combine_chunks().flatten().to_numpy().reshape(len(slab), -1)
                count = column.shape[1]
                bands.add(column.T)
        return Texts(
            ids=pa.chunked_array(ids, pa.string()), sources=pa.chunked_array(sources, SOURCES),
            scopes=np.concatenate(scopes), keys=np.concatenate(keys), bands=bands, band_count=count,
        )  # fmt: skip

    def _compared(self, folder: Path, rows: npt.NDArray[np.int64]) -> Compared:
        """Of `rows`, ascending, numbers in memory and lists in files."""
        lists = {name: Lists(folder / f"{name}.bin") for name in ("whole", "asked", "words")}
        numbers = [pa.schema([SIGNED.field(name) for name in ("key", "negations", "rest")]).empty_table()]
        begin = 0
        for part in self.parts:
            table = read_scratch(self.room, part, SIGNED, COMPARED)
            end = begin + len(table)
            some = table.take(pa.array(rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)] - begin))
            for name, column in lists.items():
                column.add(some[name].combine_chunks())
            numbers.append(some.select(["key", "negations", "rest"]))
            begin = end
        sets = {name: Shingles(*column.mapped()) for name, column in lists.items()}
        key, negations, rest = (column.to_numpy() for column in pa.concat_tables(numbers).columns)
        return Compared(sets["whole"], sets["asked"], Stated(key, sets["words"], negations, rest))

    def _clusters(self, images: Clusters, texts: Clusters) -> list[Entry]:
        slabs = read_slabs(self.room, self.parts, SIGNED, ["id", "images"])
        found = [sample_clusters(slab["id"].combine_chunks(), slab["images"].combine_chunks(), images, texts) for slab in slabs]
        return self.room.write("clusters", TEXTS, pa.concat_tables([arrow_schema(SampleClusters).empty_table(), *found]))
