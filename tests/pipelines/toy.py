"""A stage of its own for tests of the spine: each unit writes `weight` rows that say what they were made from. Workers import it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam

from curate.recipe import Recipe
from pipelines.progress import Address
from pipelines.run import Options, Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room, write_bytes
from pipelines.units import remove_todo, write_todo

BUCKETS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    id: str
    source: str
    made_from: str


def made(unit: Unit) -> list[Made]:
    return [Made(id=f"{unit.name}/{row}", source=unit.name, made_from=unit.work["content"]) for row in range(unit.weight)]


class Toy(Worker):
    """Writes the rows of a unit, and a mark in OUT/done that it worked on it."""

    def work(self, unit: Unit) -> None:
        write_bytes(self.room.out, Path(self.room.out, "done", unit.name), b"")
        self.reporter.step(unit.weight)
        self.room.sign(unit.name, unit.fingerprint, self.room.write_rows("made", unit.name, made(unit), Made))


class Cut(Worker):
    """Writes the rows of a unit and falls before its receipt, as one that is killed there."""

    def work(self, unit: Unit) -> None:
        self.room.write_rows("made", unit.name, made(unit), Made)
        raise RuntimeError("cut")


class Twice(Toy):
    """Is given every unit twice, as by an engine that lost it once; falls where it is to work on one again."""

    def process(self, name: str) -> None:
        super().process(name)
        super().process(name)

    def work(self, unit: Unit) -> None:
        if Path(self.room.out, "done", unit.name).exists():
            raise RuntimeError("done again")
        super().work(unit)


class Together(Toy):
    """Leaves a mark of the units that it was given together."""

    def work_on(self, units: Sequence[Unit]) -> None:
        write_bytes(self.room.out, Path(self.room.out, "together", "+".join(unit.name for unit in units)), b"")
        super().work_on(units)


class Overtaken(Toy):
    """Another run takes OUT over while the first unit is worked on, as where an engine goes on with a job whose run is gone."""

    def work(self, unit: Unit) -> None:
        super().work(unit)
        write_todo(self.room, [])


class Left(Toy):
    """The run's end takes its list away while the first unit is worked on."""

    def work(self, unit: Unit) -> None:
        super().work(unit)
        remove_todo(self.room)


class Where(Worker):
    """Leaves a mark of the process that it works in."""

    def work(self, unit: Unit) -> None:
        write_bytes(self.room.out, Path(self.room.out, "done", str(os.getpid())), b"")
        self.room.sign(unit.name, unit.fingerprint, [])


class Careless(Worker):
    """Ends every unit without its receipt."""

    def work(self, unit: Unit) -> None:
        self.reporter.step(unit.weight)


def unit(name: str, content: str = "a", weight: int = 50) -> Unit:
    return Unit(name=name, fingerprint=content, weight=weight, work={"content": content})


def plan(out: Path, units: Iterable[Unit], *, worker: type[Worker] = Toy, whole: bool = False, processes: bool = False) -> Plan:
    room = Room(out=str(out), stage="toy", buckets=BUCKETS)

    def build(address: Address | None) -> beam.PTransform:
        return EachUnit(worker(room, address))

    return Plan(room=room, version=1, units=list(units), build=build, whole=whole, processes=processes)


def run(out: Path, *flags: str, workers: int = 1) -> Run:
    options = Options(data="", out=str(out), recipe=Recipe(id="toy", title="Toy"), manifests=(), workers=workers, beam_flags=flags)
    return Run(options=options, folders={}, resolved={})


def done(out: Path) -> list[str]:
    """The units that were worked on since the last call."""
    marks = sorted(Path(out, "done").glob("*"))
    for mark in marks:
        mark.unlink()
    return [mark.name for mark in marks]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
