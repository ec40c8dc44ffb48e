"""A stage as a checkpoint: what there is to do, what is done, run the rest, commit"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor

from pipelines.engine import beam_options, is_local, job_name, new_pipeline, run_pipeline
from pipelines.failed import RETRY, Failed, told_plainly
from pipelines.launch import launch
from pipelines.lock import still_held
from pipelines.pickles import forget_places
from pipelines.progress import Address, Meter, Reporter
from pipelines.run import Run
from pipelines.settings import settings_of
from pipelines.sizing import memory_hints
from pipelines.tables import Index, Receipt, Room, fingerprint, was_there
from pipelines.together import remove_files
from pipelines.units import Settings, Unit, check_asked, read_todo, remove_todo, write_todo


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a stage would do. `build` gives the transform of an empty pipeline that does the units still to do, whichever they are:
    its workers learn their names when it runs. Planning reads; it changes nothing.

    A stage whose units stand alone is resumed unit by unit. A stage that is `whole` (its units come out of a shuffle) is done
    again from its start.
    """

    room: Room
    version: int
    units: Sequence[Unit]
    build: Callable[[Address | None], beam.PTransform]
    shared: Mapping[str, Any] = field(default_factory=dict)  # plain values that all units need, as this run has them
    unit: str = "rows"  # what weights count
    count: Callable[[Index], int] | None = None  # what was done, where weights are but a guess
    whole: bool = False
    processes: bool = False  # Python itself is the work: worth processes once there is enough of it
    options: Mapping[str, Any] = field(default_factory=dict)  # those its output depends on
    hints: Mapping[str, str] = field(default_factory=dict)  # Beam's resource hints: what every machine of this stage must have
    doubts: Callable[[Receipt], bool] | None = None  # whether a unit is done again though its receipt fits
    stands: Callable[[], bool] | None = None  # whether what the stage made beside its tables is there still; else it finishes again
    begin: Callable[[], None] | None = None  # before anything is written: what must go first
    prepare: Callable[[Sequence[Unit]], None] | None = None  # what the units still to do need, and their workers must not fetch
    finish: Callable[[Sequence[Receipt]], None] | None = None  # when all is written, before the stage is committed

    @property
    def name(self) -> str:
        """That of the stage's module: embed writes into tag's room."""
        return "embed" if self.room.stage == "tag" and not self.room.recipe else self.room.stage

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
    """Do what is missing, commit the stage, give its index. A stage whose index stands and fits is not run at all. Raises Failed where a
    disk or memory ended it, DamagedTable, ChangedImage and the like as workers raised them; each in one line."""
    with told_plainly(plan.room.stage):
        return _execute(plan, run)


def _execute(plan: Plan, run: Run) -> Index:
    index = plan.room.index()
    standing = _believed(plan, index)
    if index and index.fingerprint == plan.fingerprint and all(receipt.unit in standing for receipt in index.receipts) and _stands(plan):
        print(f"{plan.room.stage:<8} as before", file=sys.stderr)
        return index
    began = time.monotonic()
    (plan.room.folder / "index.json").unlink(missing_ok=True)  # what it commits is about to change
    if plan.whole:
        standing = {}
    wanted = {unit.name: plan.mark(unit) for unit in plan.units}
    missing = [unit for unit in plan.units if unit.name not in standing or standing[unit.name].fingerprint != wanted[unit.name]]
    names = {unit.name for unit in missing}
    # a kill leaves files of which some are new: an old receipt would vouch for them once its inputs are back
    remove_files(path for path in (plan.room.folder / "parts").glob("*.json") if plan.whole or path.stem in names)
    marked = [replace(unit, fingerprint=wanted[unit.name]) for unit in missing]
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
            few = f"{', '.join(lost[:5])} ({len(lost)} in all)"
            raise Failed(f"{plan.room.stage}: the pipeline ended without a receipt of {few}; {RETRY}")
        receipts = {name: receipts[name] for name in wanted}
    if plan.finish:
        plan.finish(list(receipts.values()))
    spared = [] if plan.whole else [receipt for name, receipt in standing.items() if name not in wanted and _is_elsewhere(plan, name, run)]
    still_held(run.out)
    index = plan.room.commit(plan.fingerprint, receipts.values(), time.monotonic() - began, spared)
    if marked and not sys.stderr.isatty():
        done = plan.count(index) if plan.count else sum(unit.weight for unit in marked)
        print(f"{plan.room.stage:<8} {done:,} {plan.unit} in {index.seconds:,.1f} s", file=sys.stderr, flush=True)
    return index


def _believed(plan: Plan, index: Index | None) -> dict[str, Receipt]:
    """Receipts that stand, that nothing speaks against; where the index tells another story of the same work neither is believed."""
    told = {receipt.unit: receipt for receipt in index.receipts} if index else {}
    return {
        unit: receipt
        for unit, receipt in plan.room.receipts().items()
        if not (plan.doubts and plan.doubts(receipt))
        and (unit not in told or told[unit] == receipt or told[unit].fingerprint != receipt.fingerprint)
    }


def _stands(plan: Plan) -> bool:
    return plan.stands is None or plan.stands()


def _is_elsewhere(plan: Plan, unit: str, run: Run) -> bool:
    """Facts of a source that --sources leaves out today are facts tomorrow: a narrower run does not cost a wider one its work."""
    return bool(run.options.sources) and not plan.room.recipe and unit.partition("-")[0] not in run.folders


def _run(plan: Plan, units: Sequence[Unit], run: Run) -> None:
    total = sum(unit.weight for unit in units)
    processes = plan.processes and len(units) > 1 and total >= PROCESSES_FROM
    name = job_name(plan.name, run.out, plan.room.recipe)
    options = beam_options(run.options.beam_flags, workers=run.options.workers, processes=processes, name=name)
    weights = {unit.name: unit.weight for unit in units}
    elsewhere = run.options.launch or not is_local(options)
    write_todo(plan.room, units, shared=plan.shared, settings=_settings(plan, run))
    with Meter(plan.room.stage, total, plan.unit, partial(_signed, plan.room, weights) if elsewhere else None) as meter:
        if run.options.launch:
            launch(run.options.launch, plan.name)
        else:
            run_pipeline(new_graph(plan, run, options, meter.address))
    remove_todo(plan.room)


def _signed(room: Room, weights: Mapping[str, int]) -> int:
    """What is done by the receipts there are."""
    return sum(weights.get(path.stem, 0) for path in (room.folder / "parts").glob("*.json"))


def new_graph(plan: Plan, run: Run, options: PipelineOptions, address: Address | None) -> beam.Pipeline:
    """The pipeline of a stage. Of the units it depends on nothing but how many rows they have, which machines are asked for by: one that
    was built before does as well, if the run's settings are those it was built with, which its workers see to."""
    pipeline = new_pipeline(options)
    hints = {**memory_hints(plan.name, [unit.weight for unit in plan.units]), **plan.hints}
    _ = pipeline | plan.room.stage >> plan.build(address).with_resource_hints(**hints)
    pipeline.visit(_Settling(_settings(plan, run)))
    forget_places()
    return pipeline


def _settings(plan: Plan, run: Run) -> Settings:
    return {**settings_of(run), "version of the stage": str(plan.version)}


class _Settling(PipelineVisitor):
    """Tells every worker of a graph its settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def visit_transform(self, node: AppliedPTransform) -> None:
        if isinstance(taking := getattr(node.transform, "fn", None), Taking):
            taking.settings = self.settings


class Taking(beam.DoFn):
    """A DoFn that looks into what there is to do."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.settings: Settings = {}

    def setup(self) -> None:
        self.todo = read_todo(self.room, self.settings)
        was_there(self.room.out)


class Names(Taking):
    """Lots of the units to do, by name."""

    def process(self, start: bytes) -> Iterator[str]:
        yield from self.todo


class Worker(Taking):
    """A DoFn that does units one by one, reports progress. Subclasses say `work(unit)`. An engine that lost a machine gives all that it
    had of the stage to another: of that, what is signed is not done again."""

    def __init__(self, room: Room, address: Address | None) -> None:
        super().__init__(room)
        self.address = address

    def setup(self) -> None:
        super().setup()
        self.reporter = Reporter(self.address)
        self.ready()

    def ready(self) -> None:
        """Load what is costly to load, once a worker."""

    def finish_bundle(self) -> None:
        self.reporter.flush()

    def check_asked(self) -> None:
        """Raises Superseded where the run that these units are of is over."""
        check_asked(self.room, self.todo)

    def process(self, lot: str) -> None:
        self.check_asked()
        # the run took away what does not count before it began
        if units := [unit for unit in self.todo.lot(lot) if not self.room.is_signed(unit.name, unit.fingerprint)]:
            self.work_on(units)

    def work_on(self, units: Sequence[Unit]) -> None:
        """All units of a lot, most often one."""
        for unit in units:
            self.check_asked()
            self.work(unit)

    def work(self, unit: Unit) -> None:
        raise TypeError(f"{type(self).__name__} does not say what its work is")


class EachUnit(beam.PTransform):
    """Every unit to a worker, lots spread over workers. Names alone move. `hints`: what a machine must have for the worker (Beam's resource
    hints); engines that cannot choose machines take no notice."""

    def __init__(self, worker: Worker, hints: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.worker = worker
        self.hints = dict(hints or {})

    def expand(self, start: beam.pvalue.PBegin) -> beam.PCollection:
        return (
            start
            | beam.Impulse()
            | "units" >> beam.ParDo(Names(self.worker.room)).with_output_types(str)
            | beam.Reshuffle()  # else the worker that lists the units does them all
            | "work" >> beam.ParDo(self.worker).with_resource_hints(**self.hints)
        )
