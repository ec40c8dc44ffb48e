"""screened samples, image clusters, benchmark rows -> verdicts on what touches an evaluation set, and with what samples were compared"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.manifest import Manifest
from curate.shield.compared import compare
from curate.shield.rules import MARK, Benchmark, evaluation, overridden, touched_clusters
from curate.shield.shield import counted, shield
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Index, Room, fingerprint
from schemas.arrow import from_table
from schemas.cluster import Leak, Member
from schemas.image import Image
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

VERSION = 4
COMPARED = "@benchmarks"  # the unit that looks at the evaluation sets themselves
STEP = 1_000  # samples that are looked at, and counted on the progress bar, together


def plan_shield(run: Run) -> Plan:
    """A unit is a part of the screened samples; all are done again if a benchmark, its rule or an image cluster changed. One more says
    with what of each benchmark they were compared."""
    screen, match = run.index(run.screened, decided=True), run.index("match", decided=True)
    ingest, inspect = run.index("ingest", decided=False), run.index("inspect", decided=False)
    benchmarks = [
        overridden(benchmark_of(manifest), run.recipe.shield) for manifest in run.options.manifests if manifest.kind == "benchmark"
    ]
    parts = sorted(entries_by_part(screen, "samples").items())
    units = [Unit(name=part, fingerprint=digest_of(files), weight=sum(entry.rows for entry in files)) for part, files in parts]
    pictures = _own_entries(inspect, "images")
    units.append(Unit(name=COMPARED, fingerprint=fingerprint([digest_of(pictures), _unread(ingest)]), weight=ingest.rows("benchmarks")))
    room = run.decisions("shield")
    worker = partial(
        Shield, room, samples=run.decisions(run.screened), clusters=run.decisions("match"), rows=run.facts("ingest"),
        images=run.facts("inspect"), benchmarks=benchmarks,
    )  # fmt: skip
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        processes=True,
        options={
            "benchmarks": fingerprint([_said(benchmark) for benchmark in benchmarks]),
            "rows": ingest.digest("benchmarks"),
            "clusters": match.digest("images"),
            "leaks": match.digest("leaks"),
        },
    )


def _own_entries(index: Index, table: str) -> list[Entry]:
    """Files of evaluation sets."""
    return [entry for entry in index.files if entry.table == table and entry.part.rpartition("-")[0].endswith(MARK)]


def _unread(ingest: Index) -> dict[str, dict[str, int]]:
    """Of each evaluation set the rows that could not be read, and the faults of its files."""
    counted = {receipt.unit.removesuffix(MARK): receipt.counts for receipt in ingest.receipts if receipt.unit.endswith(MARK)}
    return {id: {"unread": counts["rejected"], "faults": len(counts["faults"])} for id, counts in counted.items()}


def compared_with(run: Run) -> dict[str, dict[str, Any]]:
    """Benchmark -> Compared, as shield's receipt keeps it."""
    receipts = {receipt.unit: receipt for receipt in run.index("shield", decided=True).receipts}
    return dict(receipts[COMPARED].counts["compared"]) if COMPARED in receipts else {}


def benchmark_of(manifest: Manifest) -> Benchmark:
    """What shield needs of a benchmark's manifest."""
    given = {name: value for name, value in dataclasses.asdict(manifest.rules).items() if value is not None} if manifest.rules else {}
    return overridden(Benchmark(id=manifest.id, of=manifest.of, known_keys=manifest.known_keys), {manifest.id: given})


def _said(benchmark: Benchmark) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in dataclasses.asdict(benchmark).items()}


class Shield(Worker):
    """Look at the samples of one part."""

    def __init__(
        self, room: Room, address: Address | None, *, samples: Room, clusters: Room, rows: Room, images: Room,
        benchmarks: Sequence[Benchmark],
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.samples, self.clusters, self.rows, self.images, self.benchmarks = samples, clusters, rows, images, list(benchmarks)

    def ready(self) -> None:
        self.index = self.samples.index()
        rows = from_table(self.rows.read("benchmarks", Sample), Sample)
        leaks = self.clusters.read("leaks", Leak)
        self.against = evaluation(self.benchmarks, rows, self._members(leaks), leaks)

    def _members(self, leaks: pa.Table) -> pa.Table:
        """The members of clusters that evaluation sets touch, sought bucket by bucket: all clusters of a corpus may be many."""
        read = partial(self.clusters.read, "images", Member, index=self.clusters.index())
        touching = [touched_clusters(read(bucket=bucket), leaks) for bucket in range(self.room.buckets)]
        clusters = pc.unique(pa.chunked_array(touching, pa.string()))
        return pa.concat_tables(
            [
                members.filter(pc.is_in(members["cluster"], value_set=clusters))
                for members in (read(bucket=bucket) for bucket in range(self.room.buckets))
            ]
        )

    def work(self, unit: Unit) -> None:
        if unit.name == COMPARED:
            self._compare(unit)
            return
        table = self.samples.read("samples", Screened, index=self.index, part=unit.name, columns=["sample"])
        verdicts: list[Verdict] = []
        for start in range(0, len(table), STEP):
            samples = from_table(pa.Table.from_struct_array(table["sample"].slice(start, STEP)), Sample)
            verdicts += shield(samples, self.against)
            self.reporter.step(len(samples))
        files = self.room.write_rows("verdicts", unit.name, verdicts, Verdict)
        self.room.sign(unit.name, unit.fingerprint, files, {"rejected": len(verdicts), "shielded": counted(verdicts)})

    def _compare(self, unit: Unit) -> None:
        """What of each evaluation set there was to compare samples with."""
        rows = from_table(self.rows.read("benchmarks", Sample), Sample)
        own: dict[str, list[Sample]] = {benchmark.id: [] for benchmark in self.benchmarks}
        for row in rows:
            own.setdefault(row.source.removesuffix(MARK), []).append(row)
        usable, index = frozenset(self._usable()), self.rows.index()
        assert index is not None, "plan_shield has read it"
        unread = _unread(index)
        compared = {
            benchmark.id: dataclasses.asdict(compare(benchmark, own[benchmark.id], usable, **unread.get(benchmark.id, {})))
            for benchmark in self.benchmarks
        }
        self.reporter.step(unit.weight)
        self.room.sign(unit.name, unit.fingerprint, [], {"rejected": 0, "shielded": {}, "compared": compared})

    def _usable(self) -> Iterator[str]:
        """Ids of the images of evaluation sets that could be decoded."""
        index = self.images.index()
        assert index is not None, "plan_shield has read it"
        for part in sorted({entry.part for entry in _own_entries(index, "images")}):
            table = self.images.read("images", Image, index=index, part=part, columns=["id", "reason", "blank"])
            yield from table.filter(pc.and_(pc.is_null(table["reason"]), pc.invert(table["blank"])))["id"].to_pylist()
