"""A stage as a checkpoint: what there is to do, what is done, run the rest, commit"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam

from pipelines.engine import beam_options, new_pipeline, run_pipeline
from pipelines.progress import Address, Meter, Reporter
from pipelines.run import Run
from pipelines.tables import Index, Receipt, Room, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The grain of resume: a source, a part of a source, a shard. Its fingerprint says what it was made from."""

    name: str
    fingerprint: str
    weight: int  # rows or images in it, for progress
    work: Mapping[str, Any] = field(default_factory=dict)  # plain values that the worker needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a stage would do. `build` takes the units still to do and gives the transform of an empty pipeline that does them.

    A stage whose units stand alone is resumed unit by unit. A stage that is `whole` (its units come out of a shuffle) is done
    again from its start.
    """

    room: Room
    version: int
    units: Sequence[Unit]
    build: Callable[[Sequence[Unit], Address | None], beam.PTransform]
    unit: str = "rows"  # what weights count
    count: Callable[[Index], int] | None = None  # what was done, where weights are but a guess
    whole: bool = False
    processes: bool = False  # Python itself is the work: worth processes once there is enough of it
    options: Mapping[str, Any] = field(default_factory=dict)  # those its output depends on
    begin: Callable[[], None] | None = None  # before anything is written: what must go first
    prepare: Callable[[Sequence[Unit]], None] | None = None  # what the units still to do need, and their workers must not fetch
    finish: Callable[[Sequence[Receipt]], None] | None = None  # when all is written, before the stage is committed

    @property
    def fingerprint(self) -> str:
        return fingerprint(
            [self.room.stage, self.version, self.options, self.room.buckets, [(unit.name, unit.fingerprint) for unit in self.units]]
        )

    def mark(self, unit: Unit) -> str:
        """The fingerprint a receipt of this unit must carry."""
        return fingerprint([self.room.stage, self.version, self.options, unit.fingerprint, self.room.buckets])


PROCESSES_FROM = 50_000  # rows below which starting worker processes (2-2.5 s a pipeline) costs more than it gives


def execute(plan: Plan, run: Run) -> Index:
    """Do what is missing, commit the stage, give its index. A stage whose index stands and fits is not run at all."""
    index, standing = plan.room.index(), plan.room.receipts()
    if index and index.fingerprint == plan.fingerprint and all(receipt.unit in standing for receipt in index.receipts):
        print(f"{plan.room.stage:<8} as before", file=sys.stderr)
        return index
    began = time.monotonic()
    (plan.room.folder / "index.json").unlink(missing_ok=True)  # what it commits is about to change
    if plan.whole:
        standing = {}
    wanted = {unit.name: plan.mark(unit) for unit in plan.units}
    missing = [unit for unit in plan.units if unit.name not in standing or standing[unit.name].fingerprint != wanted[unit.name]]
    names = {unit.name for unit in missing}
    for path in (plan.room.folder / "parts").glob("*.json"):
        if plan.whole or path.stem in names:
            path.unlink()  # a kill leaves files of which some are new: an old receipt would vouch for them once its inputs are back
    marked = [Unit(name=unit.name, fingerprint=wanted[unit.name], weight=unit.weight, work=unit.work) for unit in missing]
    if plan.begin:
        plan.begin()
    if marked:
        if plan.prepare:
            plan.prepare(marked)
        _run(plan, marked, run)
    receipts = plan.room.receipts()
    if not plan.whole:
        lost = [name for name, mark in wanted.items() if name not in receipts or receipts[name].fingerprint != mark]
        if lost:
            raise RuntimeError(f"{plan.room.stage}: the pipeline ended without a receipt of {', '.join(lost[:5])} ({len(lost)} in all)")
        receipts = {name: receipts[name] for name in wanted}
    if plan.finish:
        plan.finish(list(receipts.values()))
    spared = [] if plan.whole else [receipt for name, receipt in standing.items() if name not in wanted and _is_elsewhere(plan, name, run)]
    index = plan.room.commit(plan.fingerprint, receipts.values(), time.monotonic() - began, spared)
    if marked and not sys.stderr.isatty():
        done = plan.count(index) if plan.count else sum(unit.weight for unit in marked)
        print(f"{plan.room.stage:<8} {done:,} {plan.unit} in {index.seconds:,.1f} s", file=sys.stderr, flush=True)
    return index


def _is_elsewhere(plan: Plan, unit: str, run: Run) -> bool:
    """Facts of a source that --sources leaves out today are facts tomorrow: a narrower run does not cost a wider one its work."""
    return bool(run.options.sources) and not plan.room.recipe and unit.partition("-")[0] not in run.folders


def _run(plan: Plan, units: Sequence[Unit], run: Run) -> None:
    total = sum(unit.weight for unit in units)
    options = beam_options(run.options.beam_flags, workers=run.options.workers, processes=plan.processes and total >= PROCESSES_FROM)
    with Meter(plan.room.stage, total, plan.unit) as meter:
        pipeline = new_pipeline(options)
        _ = pipeline | plan.room.stage >> plan.build(units, meter.address)
        run_pipeline(pipeline)


class Worker(beam.DoFn):
    """A DoFn that does units one by one, reports progress. Subclasses say `work(unit)`."""

    def __init__(self, room: Room, address: Address | None) -> None:
        self.room = room
        self.address = address

    def setup(self) -> None:
        self.reporter = Reporter(self.address)
        self.ready()

    def ready(self) -> None:
        """Load what is costly to load, once a worker."""

    def finish_bundle(self) -> None:
        self.reporter.flush()

    def process(self, unit: Unit) -> None:
        self.work(unit)

    def work(self, unit: Unit) -> None:
        raise TypeError(f"{type(self).__name__} does not say what its work is")


class EachUnit(beam.PTransform):
    """Every unit to the worker, spread over workers."""

    def __init__(self, units: Sequence[Unit], worker: Worker) -> None:
        super().__init__()
        self.units = list(units)
        self.worker = worker

    def expand(self, start: beam.pvalue.PBegin) -> beam.PCollection:
        return (
            start
            | beam.Create(self.units, reshuffle=False)
            | beam.Reshuffle()  # else the worker that lists the units does them all
            | beam.ParDo(self.worker)
        )
