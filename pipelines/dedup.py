"""screened samples that shield left, their clusters -> verdicts: which copy stays"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from curate.dedup.candidates import SCHEMA, candidates
from curate.dedup.elect import dedup
from curate.likeness import Alike
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import entries_by_part
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room, fingerprint
from schemas.arrow import from_table
from schemas.cluster import Likeness, Member, SampleClusters
from schemas.sample import Screened
from schemas.verdict import Verdict

VERSION = 3
ALL = "all"  # the one unit: copies are sought across all parts


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
        build=lambda address: EachUnit(Dedup(room, address, alike=alike, **rooms)),
        options=dataclasses.asdict(alike),
    )


class Dedup(Worker):
    """Gather what may be a copy, part by part, then elect."""

    def __init__(self, room: Room, address: Address | None, *, samples: Room, clusters: Room, shielded: Room, alike: Alike) -> None:
        super().__init__(room, address)
        self.samples, self.clusters, self.shielded, self.alike = samples, clusters, shielded, alike

    def work(self, unit: Unit) -> None:
        gathered = self._candidates()
        elected = dedup(gathered, self._members(pc.list_flatten(gathered["clusters"])), self._likenesses(), self.alike)
        files = self.room.write("verdicts", ALL, elected.verdicts)
        self.room.sign(ALL, unit.fingerprint, files, {"rejected": len(elected.verdicts), "kept_apart": elected.kept_apart})

    def _candidates(self) -> pa.Table:
        index = self.samples.index()
        assert index is not None, "plan_dedup has read it"
        shielded = self.shielded.read("verdicts", Verdict, columns=["id"])["id"]
        clusters = self.clusters.read("clusters", SampleClusters)
        tables = [SCHEMA.empty_table()]
        for part in sorted(entries_by_part(index, "samples")):
            table = self.samples.read("samples", Screened, index=index, part=part, columns=["id", "sample", "pictures"])
            self.reporter.step(len(table))
            left = table.filter(pc.invert(pc.is_in(table["id"], value_set=shielded)))
            tables.append(candidates(left, clusters.filter(pc.is_in(clusters["id"], value_set=left["id"]))))
        return pa.concat_tables(tables)

    def _members(self, clusters: pa.ChunkedArray) -> dict[str, Member]:
        """The members, by id, of clusters that images of two or more of the samples belong to: only they can be evidence."""
        counted = pc.value_counts(clusters.combine_chunks())
        several = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        members = self.clusters.read("images", Member)
        return {member.id: member for member in from_table(members.filter(pc.is_in(members["cluster"], value_set=several)), Member)}

    def _likenesses(self) -> Iterator[pa.Table]:
        index = self.clusters.index()
        assert index is not None, "plan_dedup has read it"
        return (self.clusters.read("likeness", Likeness, index=index, part=part) for part in index.parts("likeness"))
