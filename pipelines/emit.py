"""selection, samples, source files -> OUT/corpora/<name>: shards, cards, and last the index that makes them a corpus"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.digest import bucket_of_digest
from curate.digests import digests64
from curate.emit.facts import count_words
from curate.emit.index import INDEX
from curate.emit.rows import count_choices, shard_rows
from curate.emit.shards import shard_name
from curate.emit.ship import read_image
from curate.emit.write import write_shard
from curate.listed import VERSION as LAYOUT
from pipelines.cards import basis_of, publish
from pipelines.chunks import LOT_ROWS, LOTS
from pipelines.mixtures import mixed, mixtures_stand, publish_mixtures, told_in, withdraw_mixtures
from pipelines.opened import ship_opener
from pipelines.place import Place, place, remove_tree
from pipelines.progress import Address
from pipelines.published import note_published, published_stand
from pipelines.reading import read_batches
from pipelines.run import Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Index, Receipt, Room, fingerprint, read_json, replacing
from pipelines.together import remove_files, together, waits
from schemas.arrow import arrow_schema
from schemas.attribute import Tagged
from schemas.cluster import Choice, SampleClusters
from schemas.image import Ship
from schemas.sample import Screened

VERSION = 7
READ = {
    "balance": ("selection", Choice),
    "screen": ("samples", Screened),
    "tag": ("modalities", Tagged),
    "match": ("clusters", SampleClusters),
}


def plan_emit(run: Run) -> Plan:
    """A unit is a shard, as balance planned it; written again only if a bucket it takes rows from has changed."""
    room = run.decisions("emit")
    indexes = {stage: run.index(run.holding(stage), decided=True) for stage in READ}
    shards = [shard for receipt in indexes["balance"].receipts for shard in receipt.counts["shards"]]
    asked = {
        corpus.name: {"group_bytes": corpus.shards.row_group_bytes, "opened": corpus.choices == "open"} for corpus in run.recipe.corpora
    }
    units = [
        Unit(
            name=f"{shard['corpus']}-{shard['split']}-{shard['number']:05d}",
            fingerprint=fingerprint([shard, asked[shard["corpus"]], *_sources_of(shard, indexes, room.buckets)]),
            weight=shard["rows"],
            work={**shard, **asked[shard["corpus"]]},
            lot=lot,
        )
        for shard, lot in zip(shards, lots_of(shards, room.buckets))
    ]
    threads = max(2, run.options.workers)
    worker = partial(Emit, room, rooms={stage: run.decisions(run.holding(stage)) for stage in READ}, threads=threads)
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        shared={"folders": dict(run.folders)},
        unit="samples",
        processes=True,
        stands=partial(_stand, run),
        begin=partial(_withdraw, run),
        finish=partial(_publish, run),
    )


def _stand(run: Run) -> bool:
    """Whether every corpus of the recipe has an index that tells of this run: another recipe may have taken its place, a manifest or an
    evaluation set may have changed without a change to any shard."""
    basis = basis_of(run)
    paths = [place(run.out, "corpora", corpus.name, INDEX) for corpus in run.recipe.corpora]
    whole = published_stand(run.decisions("emit")) and all(_tells_of(path, basis) for path in paths)
    return whole and mixtures_stand(run)


def _tells_of(index: Place, basis: str) -> bool:
    try:
        found = read_json(index)
    except FileNotFoundError:
        return False
    return isinstance(found, dict) and (found.get("version"), found.get("basis")) == (LAYOUT, basis)


def _sources_of(shard: Mapping[str, Any], indexes: Mapping[str, Index], buckets: int) -> list[str]:
    """Digests of the files whose rows the shard may hold."""
    return [
        entry.sha256
        for stage, index in indexes.items()
        for entry in _entries(index, stage, _buckets(shard, buckets))
    ]


def _entries(index: Index, stage: str, buckets: range) -> list[Entry]:
    """The files in some buckets of what a stage gives, in the order of its index."""
    if len(buckets) == 1:
        return index.entries(READ[stage][0], bucket=buckets.start)
    return [entry for entry in index.entries(READ[stage][0]) if entry.bucket in buckets]


def lots_of(shards: Sequence[Mapping[str, Any]], buckets: int) -> list[str]:
    """The lot of each shard: those that take rows from the same buckets are written by one worker, which reads their rows once. Shards of
    large pictures have so few rows each that all files of a bucket would else be gone through again and again."""
    most = max(1, len(shards) // LOTS)
    lots, rows, count, inside, number = [""] * len(shards), 0, 0, range(0), -1
    for each in sorted(range(len(shards)), key=lambda each: (*_ends(shards[each], buckets), shards[each]["first"])):
        shard, of_shard = shards[each], _buckets(shards[each], buckets)
        if of_shard != inside or rows + shard["rows"] > LOT_ROWS or count == most:
            number, rows, count, inside = number + 1, 0, 0, of_shard
        rows, count = rows + shard["rows"], count + 1
        lots[each] = f"lot-{number:05d}"
    return lots


def _ends(shard: Mapping[str, Any], buckets: int) -> tuple[int, int]:
    inside = _buckets(shard, buckets)
    return inside.start, inside.stop


def _buckets(shard: Mapping[str, Any], buckets: int) -> range:
    return range(bucket_of_digest(shard["first"], buckets), bucket_of_digest(shard["last"], buckets) + 1)


def _withdraw(run: Run) -> None:
    """No index, no corpus: while shards are being written there is none. Another recipe's receipts of shards in the same place end here:
    its shards are overwritten, by others that may be of the very same size."""
    withdraw_mixtures(run)
    taken = [f"corpora/{corpus.name}/" for corpus in run.recipe.corpora]
    for name in taken:
        place(run.out, name, INDEX).unlink(missing_ok=True)
    others = [path for path in place(run.out, "stages", "emit").glob("*/parts/*.json") if path.parts[-3] != run.recipe.id]
    told = zip(others, together(run.out, read_json, others))
    remove_files(path for path, receipt in told if any(entry["path"].startswith(tuple(taken)) for entry in receipt["files"]))


def _publish(run: Run, receipts: Sequence[Receipt]) -> None:
    """The cards and the index of each corpus, then what they are drawn together by; a corpus that the recipe made before and makes no
    more goes."""
    names = {corpus.name for corpus in run.recipe.corpora}
    for path in place(run.out, "corpora").glob(f"*/{INDEX}"):
        if path.parent.name not in names and read_json(path).get("recipe", {}).get("id") == run.recipe.id:
            remove_tree(path.parent)
    mixtures, published = mixed(run, receipts), []
    for corpus in run.recipe.corpora:
        written = [receipt for receipt in receipts if receipt.counts["corpus"] == corpus.name]
        published += publish(run, corpus, written, told_in(corpus.name, mixtures))
    note_published(run.decisions("emit"), published)
    publish_mixtures(run, mixtures)


class Emit(Worker):
    """Write one shard. Image bytes are read here, where they are written; they never travel through the pipeline."""

    def __init__(self, room: Room, address: Address | None, *, rooms: Mapping[str, Room], threads: int) -> None:
        super().__init__(room, address)
        self.rooms, self.threads = dict(rooms), threads

    def ready(self) -> None:
        self.indexes = {stage: room.index() for stage, room in self.rooms.items()}
        self.threads = max(self.threads, waits(self.room.out, *self.todo.shared["folders"].values()))

    def work_on(self, units: Sequence[Unit]) -> None:
        """Every table is gone through once, whatever number of shards take rows from it."""
        shards = [unit.work for unit in units]
        choices = self._choices(shards)
        ids = frozenset(itertools.chain.from_iterable(chosen["id"].to_pylist() for chosen in choices))
        screened, tagged, clusters = (self._rows(stage, shards, ids) for stage in ("screen", "tag", "match"))
        for unit, chosen in zip(units, choices):
            of_shard = screened.filter(pc.is_in(screened["id"], value_set=chosen["id"])) if len(units) > 1 else screened
            self._write(unit, of_shard, shard_rows(of_shard, chosen, tagged, clusters, opened=unit.work["opened"]))

    def _write(self, unit: Unit, screened: pa.Table, rows: pa.Table) -> None:
        shard = unit.work
        if len(rows) != shard["rows"]:
            raise RuntimeError(f"{unit.name}: {len(rows)} rows found, {shard['rows']} planned; a table has changed under the run")
        name = shard_name(shard["split"], shard["number"], shard["count"])
        path = place(self.room.out, "corpora", shard["corpus"], name)
        with replacing(self.room.out, path) as temporary:
            written = write_shard(temporary, rows, self._read_image, group_bytes=shard["group_bytes"], threads=self.threads)
        entry = Entry(
            table="shards", part=unit.name, bucket=0, path=path.relative_to(self.room.out).as_posix(), rows=written.rows,
            bytes=written.bytes, sha256=written.sha256,
        )  # fmt: skip
        counts = {
            "corpus": shard["corpus"], "split": shard["split"], "name": name, "images": written.images,
            "image_bytes": written.image_bytes, "words": count_words(rows), "synthetic": _synthetic(screened),
            "blanked": _blanked(screened), "rewritten": _above_none(screened["rewritten"]),
            "scrubbed": _above_none(pc.list_value_length(screened["scrubbed"])),
            "choices": count_choices(screened) if shard["opened"] else {},
        }  # fmt: skip
        self.room.sign(unit.name, unit.fingerprint, [entry], counts)
        self.reporter.step(written.rows)

    def _choices(self, shards: Sequence[Mapping[str, Any]]) -> list[pa.Table]:
        """What was selected for the corpus of each shard, of its split and range of digests."""
        found = [[arrow_schema(Choice).empty_table()] for _ in shards]
        for corpus in sorted({shard["corpus"] for shard in shards}):
            for batch in self._batches("balance", shards, part=corpus):
                selected = batch.filter(batch["selected"])
                digests = digests64(selected["id"])
                for shard, rows in zip(shards, found):
                    if shard["corpus"] == corpus:
                        rows.append(selected.filter(_in_shard(selected, digests, shard)))
        return [pa.concat_tables(rows) for rows in found]

    def _rows(self, stage: str, shards: Sequence[Mapping[str, Any]], ids: AbstractSet[str]) -> pa.Table:
        """The rows of `ids`, picked batch by batch: a bucket holds many shards' rows."""
        found = [arrow_schema(READ[stage][1]).empty_table()]
        for batch in self._batches(stage, shards):  # hundreds, and small: Arrow would put all `ids` into a table of its own for each
            found.append(batch.filter(pa.array([id in ids for id in batch["id"].to_pylist()], pa.bool_())))
        return pa.concat_tables(found)

    def _batches(self, stage: str, shards: Sequence[Mapping[str, Any]], *, part: str | None = None) -> Iterator[pa.Table]:
        """Of the buckets that all shards of a lot take rows from."""
        row_type = READ[stage][1]
        index, inside = self.indexes[stage], _buckets(shards[0], self.room.buckets)
        assert index is not None, "plan_emit has read it"
        for entry in _entries(index, stage, inside):
            if part in (None, entry.part):
                yield from read_batches(self.room.out, entry, arrow_schema(row_type).names, rows=4096)

    def _read_image(self, source: str, ship: Ship) -> bytes:
        return read_image(source, ship, ship_opener(self.room.out, self.todo.shared["folders"]))


def _above_none(numbers: pa.ChunkedArray) -> int:
    """How many of the numbers are above 0."""
    return int(pc.sum(pc.greater(numbers, 0), min_count=0).as_py())


def _in_shard(choices: pa.Table, digests: np.ndarray, shard: Mapping[str, Any]) -> pa.Array:
    inside = (digests >= np.uint64(shard["first"])) & (digests <= np.uint64(shard["last"]))
    return pc.and_(pc.equal(choices["split"], shard["split"]), pa.array(inside))


def _synthetic(screened: pa.Table) -> int:
    return int(pc.sum(pc.struct_field(pc.list_flatten(screened["pictures"]), "is_synthetic"), min_count=0).as_py())


def _blanked(screened: pa.Table) -> int:
    """Pictures that ship with text made black."""
    regions = pc.struct_field(pc.list_flatten(screened["pictures"]), "blanked")
    return int(pc.sum(pc.greater(pc.list_value_length(regions), 0), min_count=0).as_py())
