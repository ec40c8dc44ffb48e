"""screened samples, image clusters, benchmark rows -> verdicts on what touches an evaluation set"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pyarrow as pa

from curate.manifest import Manifest
from curate.shield.rules import Benchmark, evaluation, overridden
from curate.shield.shield import shield
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room, fingerprint
from schemas.arrow import from_table
from schemas.cluster import Member
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

VERSION = 2
STEP = 1_000  # samples that are looked at, and counted on the progress bar, together


def plan_shield(run: Run) -> Plan:
    """A unit is a part of the screened samples; all are done again if a benchmark, its rule or an image cluster changed."""
    screen, match, ingest = run.index("screen", decided=True), run.index("match", decided=True), run.index("ingest", decided=False)
    benchmarks = [
        overridden(benchmark_of(manifest), run.recipe.shield) for manifest in run.options.manifests if manifest.kind == "benchmark"
    ]
    units = [
        Unit(name=part, fingerprint=digest_of(files), weight=sum(entry.rows for entry in files))
        for part, files in sorted(entries_by_part(screen, "samples").items())
    ]
    room = run.decisions("shield")
    worker = partial(
        Shield, room, samples=run.decisions("screen"), clusters=run.decisions("match"), rows=run.facts("ingest"), benchmarks=benchmarks
    )  # fmt: skip
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda units, address: EachUnit(units, worker(address)),
        processes=True,
        options={
            "benchmarks": fingerprint([[b.id, b.of, b.own_train, b.others, sorted(b.known_keys)] for b in benchmarks]),
            "rows": ingest.digest("benchmarks"),
            "clusters": match.digest("images"),
        },
    )


def benchmark_of(manifest: Manifest) -> Benchmark:
    """What shield needs of a benchmark's manifest."""
    rules = manifest.rules
    given = {"own_train": rules.own_train, "others": rules.others} if rules else {}
    return overridden(Benchmark(id=manifest.id, of=manifest.of, known_keys=manifest.known_keys), {manifest.id: given})


class Shield(Worker):
    """Look at the samples of one part."""

    def __init__(
        self, room: Room, address: Address | None, *, samples: Room, clusters: Room, rows: Room, benchmarks: Sequence[Benchmark]
    ) -> None:
        super().__init__(room, address)
        self.samples, self.clusters, self.rows, self.benchmarks = samples, clusters, rows, list(benchmarks)

    def ready(self) -> None:
        self.index = self.samples.index()
        rows = from_table(self.rows.read("benchmarks", Sample), Sample)
        self.against = evaluation(self.benchmarks, rows, self.clusters.read("images", Member))

    def work(self, unit: Unit) -> None:
        table = self.samples.read("samples", Screened, index=self.index, part=unit.name, columns=["sample"])
        verdicts: list[Verdict] = []
        for start in range(0, len(table), STEP):
            samples = from_table(pa.Table.from_struct_array(table["sample"].slice(start, STEP)), Sample)
            verdicts += shield(samples, self.against)
            self.reporter.step(len(samples))
        files = self.room.write_rows("verdicts", unit.name, verdicts, Verdict)
        self.room.sign(unit.name, unit.fingerprint, files, {"rejected": len(verdicts)})
