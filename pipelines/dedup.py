"""screened samples that shield left, their clusters -> verdicts: which copy stays"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dedup.apart import comparable, digests, groups
from curate.dedup.candidates import SCHEMA, candidates
from curate.dedup.elect import Elected, dedup
from curate.likeness import Alike
from pipelines.chunks import Memory
from pipelines.place import scratch_folder
from pipelines.progress import Address
from pipelines.reading import slabs
from pipelines.run import Run
from pipelines.scratch import Spilled
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room, fingerprint
from schemas.arrow import arrow_schema, from_table
from schemas.cluster import Likeness, Member, SampleClusters
from schemas.sample import Screened
from schemas.verdict import Verdict

VERSION = 3
ALL = "all"  # the one unit: copies are sought across all parts
GROUP = 1_000_000  # candidates elected together at the most: a column of their strings is one piece of Arrow, which ends at 2 GiB
BYTES = 2_500  # that electing takes of each candidate that has a likeness among the others, measured


def plan_dedup(run: Run) -> Plan:
    """One unit: every sample meets every other in its scope. A sample is a few hundred bytes here, its text is not read into it."""
    screen, match, shield = (run.index(stage, decided=True) for stage in (run.screened, "match", "shield"))
    unit = Unit(
        name=ALL,
        fingerprint=fingerprint([screen.digest("samples"), match.digest(), shield.digest("verdicts")]),
        weight=screen.rows("samples"),
    )
    room, matching = run.decisions("dedup"), run.recipe.matching
    alike = Alike(threshold=matching.text_threshold, keep_contrasts=matching.keep_contrasts)
    rooms = {"samples": run.decisions(run.screened), "clusters": run.decisions("match"), "shielded": run.decisions("shield")}
    return Plan(
        room=room,
        version=VERSION,
        units=[unit],
        build=lambda address: EachUnit(Dedup(room, address, alike=alike, memory=run.options.memory, **rooms)),
        options=dataclasses.asdict(alike),
    )


class Dedup(Worker):
    """Gather what may be a copy, bucket by bucket; then elect, so many rows at a time."""

    def __init__(
        self, room: Room, address: Address | None, *, samples: Room, clusters: Room, shielded: Room, alike: Alike, memory: Memory
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.samples, self.clusters, self.shielded, self.alike, self.memory = samples, clusters, shielded, alike, memory

    def work(self, unit: Unit) -> None:
        with scratch_folder(self.room.out) as folder:
            spilled = Spilled(folder / "candidates.arrow", SCHEMA)
            marks = [digests(table) for table in spilled.write(self._candidates())]
            pictures, texts = (np.concatenate([np.empty(0, np.uint64), *(mark[each] for mark in marks)]) for each in (0, 1))
            group = groups(pictures, texts, min(self.memory.rows(BYTES), GROUP))
            elected = [self._elected(spilled.rows(group == number)) for number in range(int(group.max(initial=-1)) + 1)]
        verdicts = pa.concat_tables([arrow_schema(Verdict).empty_table(), *(each.verdicts for each in elected)])
        files = self.room.write("verdicts", ALL, verdicts)
        counts = {"rejected": len(verdicts), "kept_apart": sum(each.kept_apart for each in elected)}
        self.room.sign(ALL, unit.fingerprint, files, counts)

    def _elected(self, rows: pa.Table) -> Elected:
        return dedup(rows, self._members(pc.list_flatten(rows["clusters"])), self._likenesses(), self.alike)

    def _candidates(self) -> Iterator[pa.Table]:
        """Some files at a time: no more than one bucket of what shield refused and of clusters is held beside them."""
        index = self.samples.index()
        shielded, clusters = self.shielded.index(), self.clusters.index()
        assert index is not None, "plan_dedup has read it"
        for bucket in range(self.room.buckets):
            lost = self.shielded.read("verdicts", Verdict, index=shielded, bucket=bucket, columns=["id"])["id"].combine_chunks()
            known = self.clusters.read("clusters", SampleClusters, index=clusters, bucket=bucket)
            for entries in slabs(index.entries("samples", bucket=bucket)):
                table = self.samples.read_files(entries, Screened, columns=["id", "sample", "pictures"])
                self.reporter.step(len(table))
                left = table.filter(pc.invert(pc.is_in(table["id"], value_set=lost)))
                yield comparable(candidates(left, known.filter(pc.is_in(known["id"], value_set=left["id"]))))

    def _members(self, clusters: pa.ChunkedArray) -> dict[str, Member]:
        """The members, by id, of clusters that images of two or more of the samples belong to: only they can be evidence."""
        counted = pc.value_counts(clusters.combine_chunks())
        several = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        index = self.clusters.index()
        tables = (self.clusters.read("images", Member, index=index, bucket=bucket) for bucket in range(self.room.buckets))
        held = (table.filter(pc.is_in(table["cluster"], value_set=several)) for table in tables)
        return {member.id: member for table in held for member in from_table(table, Member)}

    def _likenesses(self) -> Iterator[pa.Table]:
        index = self.clusters.index()
        assert index is not None, "plan_dedup has read it"
        return (self.clusters.read("likeness", Likeness, index=index, part=part) for part in index.parts("likeness"))
