"""everything kept -> the selection of each corpus, its account, the plan of its shards"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.balance.candidates import COLUMNS, candidates
from curate.balance.select import CANDIDATE, select
from curate.balance.splits import TRAIN, VALIDATION, in_validation
from curate.digest import digest64
from curate.emit.shards import plan_shards
from curate.recipe import CorpusPlan, Recipe
from pipelines.progress import Address
from pipelines.reading import read_columns
from pipelines.run import Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Index, Room, fingerprint
from schemas.attribute import Tagged
from schemas.cluster import SampleClusters
from schemas.verdict import Verdict

VERSION = 2
READ = {
    "screen": ["samples"], "match": ["clusters"], "shield": ["verdicts"], "dedup": ["verdicts"], "tag": ["modalities", "verdicts"],
}  # fmt: skip
REFUSING = [stage for stage, tables in READ.items() if "verdicts" in tables]  # whose samples are lost before a corpus is chosen


def plan_balance(run: Run) -> Plan:
    """One unit: a corpus is chosen from all samples at once, from their columns without text or pixels."""
    indexes = {stage: run.index(run.holding(stage), decided=True) for stage in READ}
    rooms = {stage: run.decisions(run.holding(stage)) for stage in READ}
    worker = partial(Balance, run.decisions("balance"), rooms=rooms, recipe=run.recipe)
    recipe = run.recipe.plain()
    return Plan(
        room=run.decisions("balance"),
        version=VERSION,
        units=[
            Unit(
                name="selection",
                fingerprint=fingerprint([index.digest(*READ[stage]) for stage, index in indexes.items()]),
                weight=indexes["screen"].rows("samples"),
            )
        ],
        build=lambda address: EachUnit(worker(address)),
        options={name: recipe[name] for name in ("splits", "corpora")},
    )


class Balance(Worker):
    """Choose every corpus of the recipe, and say which shards it will be."""

    def __init__(self, room: Room, address: Address | None, *, rooms: Mapping[str, Room], recipe: Recipe) -> None:
        super().__init__(room, address)
        self.rooms = dict(rooms)
        self.recipe = recipe

    def ready(self) -> None:
        self.indexes: dict[str, Index | None] = {stage: room.index() for stage, room in self.rooms.items()}

    def work(self, unit: Unit) -> None:
        rows, sizes, digests = self._gathered()
        validation = in_validation(rows, self.recipe.splits)
        files, reports, shards = [], [], []
        for corpus in self.recipe.corpora:
            choices, report = select(rows, digests, validation, corpus)
            files += self.room.write("selection", corpus.name, choices)
            reports.append(dataclasses.asdict(report))
            shards += planned_shards(choices, digests, sizes, corpus)
        self.room.sign(unit.name, unit.fingerprint, files, {"reports": reports, "shards": shards})

    def _gathered(self) -> tuple[pa.Table, np.ndarray, np.ndarray]:
        """(all candidates, bytes of each in a shard, digest of each id): what came bucket by bucket is not held beside it. The ids of all
        as Python's own would take more than all their columns: they are asked for table by table."""
        found = [(table, sizes, digests_of(table["id"])) for table, sizes in self._candidates()]
        sizes = np.concatenate([np.zeros(0, np.int64), *(each for _, each, _ in found)])
        digests = np.concatenate([np.zeros(0, np.uint64), *(each for _, _, each in found)])
        tables = [CANDIDATE.empty_table(), *(table for table, _, _ in found)]
        found.clear()
        columns = {}
        for name in CANDIDATE.names:  # column by column: at most one is there twice
            columns[name] = pa.chunked_array([chunk for table in tables for chunk in table[name].chunks], CANDIDATE.field(name).type)
            tables = [table.drop_columns([name]) for table in tables]
            columns[name] = columns[name].combine_chunks()
        return pa.table(columns, schema=CANDIDATE), sizes, digests

    def _candidates(self) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Bucket by bucket, so that no more than one bucket of a stage's table is held beside what is kept of it."""
        for bucket in range(self.room.buckets):
            lost = pa.concat_arrays(
                [self._read(stage, "verdicts", bucket, Verdict, columns=["id"])["id"].combine_chunks() for stage in REFUSING]
            )
            tagged = self._read("tag", "modalities", bucket, Tagged, columns=["id", "modality"])
            clusters = self._read("match", "clusters", bucket, SampleClusters)
            for screened in self._screened(bucket):
                yield candidates(screened, lost, tagged, clusters)
                self.reporter.step(len(screened))

    def _read(self, stage: str, table: str, bucket: int, row_type: type, *, columns: list[str] | None = None) -> pa.Table:
        return self.rooms[stage].read(table, row_type, index=self.indexes[stage], bucket=bucket, columns=columns)

    def _screened(self, bucket: int) -> Iterator[pa.Table]:
        """The columns that balance needs, picked out of nested ones: the text of a sample is not read."""
        index = self.indexes["screen"]
        assert index is not None, "plan_balance has read it"
        for entry in index.entries("samples", bucket=bucket):
            yield read_columns(self.room.out, entry, COLUMNS)


def digests_of(ids: pa.ChunkedArray) -> np.ndarray:
    return np.fromiter(map(digest64, ids.to_pylist()), np.uint64, count=len(ids))


def planned_shards(choices: pa.Table, digests: np.ndarray, sizes: np.ndarray, corpus: CorpusPlan) -> list[dict[str, Any]]:
    """The shards of one corpus, numbered within their split, as plain values for the receipt."""
    planned = []
    for split in (TRAIN, VALIDATION):
        inside = pc.and_(choices["selected"], pc.equal(choices["split"], split)).to_numpy()
        plans = plan_shards(digests[inside], sizes[inside], corpus.shards.bytes)
        planned += [
            {"corpus": corpus.name, "split": split, "number": number, "count": len(plans), **dataclasses.asdict(plan)}
            for number, plan in enumerate(plans)
        ]
    return planned
