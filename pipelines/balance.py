"""everything kept -> the selection of each corpus, its account, the plan of its shards"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.balance.candidates import COLUMNS, candidates
from curate.balance.columns import Columns, Gathering
from curate.balance.select import Choices, select
from curate.balance.splits import TRAIN, VALIDATION, in_validation
from curate.digests import digests64
from curate.emit.shards import plan_shards
from curate.recipe import CorpusPlan, Recipe
from pipelines.candidate_ids import CandidateIds
from pipelines.progress import Address
from pipelines.reading import read_columns, slabs
from pipelines.run import Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Index, Room, fingerprint
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
        columns, ids = self._gathered()
        validation = in_validation(columns, self.recipe.splits)
        files, reports, shards = [], [], []
        for corpus in self.recipe.corpora:
            choices, report = select(columns, validation, corpus, ids.at)
            files += self._written(choices, ids)
            reports.append(dataclasses.asdict(report))
            shards += planned_shards(choices, columns, corpus)
        self.room.sign(unit.name, unit.fingerprint, files, {"reports": reports, "shards": shards})

    def _written(self, choices: Choices, ids: CandidateIds) -> list[Entry]:
        """The selection of one corpus, a bucket at a time: the ids of one are there, never those of all."""
        return [
            self.room.write_bucket("selection", choices.corpus, bucket, choices.rows(start, of_bucket))
            for bucket, start, of_bucket in ids.buckets()
        ]

    def _gathered(self) -> tuple[Columns, CandidateIds]:
        """The columns of all candidates, and where their ids stand."""
        texts = any(corpus.balance.equal_text_cap is not None for corpus in self.recipe.corpora)
        gathering, ids = Gathering(self._index("screen").rows("samples"), texts=texts), CandidateIds(self.room.out)
        for bucket in range(self.room.buckets):
            lost = pa.concat_arrays(
                [self._read(stage, "verdicts", bucket, Verdict, columns=["id"])["id"].combine_chunks() for stage in REFUSING]
            )
            tagged = self._read("tag", "modalities", bucket, Tagged, columns=["id", "modality"])
            clusters = self._read("match", "clusters", bucket, SampleClusters)
            for entries, screened in self._screened(bucket):
                stays = pc.invert(pc.is_in(screened["id"], lost))
                rows, sizes = candidates(screened.filter(stays), tagged, clusters)
                gathering.add(rows, digests64(rows["id"]), sizes)
                ids.add(bucket, entries, stays)
                self.reporter.step(len(screened))
        return gathering.columns(), ids

    def _read(self, stage: str, table: str, bucket: int, row_type: type, *, columns: list[str] | None = None) -> pa.Table:
        return self.rooms[stage].read(table, row_type, index=self.indexes[stage], bucket=bucket, columns=columns)

    def _screened(self, bucket: int) -> Iterator[tuple[list[Entry], pa.Table]]:
        """Some files at a time, the columns that balance needs, picked out of nested ones: the text of a sample is not read."""
        for entries in slabs(self._index("screen").entries("samples", bucket=bucket)):
            yield entries, pa.concat_tables([read_columns(self.room.out, entry, COLUMNS) for entry in entries])

    def _index(self, stage: str) -> Index:
        index = self.indexes[stage]
        assert index is not None, "plan_balance has read it"
        return index


def planned_shards(choices: Choices, columns: Columns, corpus: CorpusPlan) -> list[dict[str, Any]]:
    """The shards of one corpus, numbered within their split, as plain values for the receipt."""
    planned = []
    for split, validation in ((TRAIN, False), (VALIDATION, True)):
        inside = (choices.codes == 0) & (choices.validation == validation)
        plans = plan_shards(columns.digest[inside], columns.size[inside], corpus.shards.bytes)
        planned += [
            {"corpus": corpus.name, "split": split, "number": number, "count": len(plans), **dataclasses.asdict(plan)}
            for number, plan in enumerate(plans)
        ]
    return planned
