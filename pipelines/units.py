"""the units that a stage has still to do -> a file under OUT, and its workers who take them from it by their names

A graph that held its units would grow with the corpus, and be another for each run. As it is, one that was built before anything has
run does for every run with the same settings; which these were stands in both."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines.failed import Failed
from pipelines.place import Place, place
from pipelines.tables import Room, write_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The grain of resume: a source, a part of a source, a shard. Its fingerprint says what it was made from."""

    name: str
    fingerprint: str
    weight: int  # rows or images in it, for progress
    work: Mapping[str, Any] = field(default_factory=dict)  # plain values that the worker needs
    lot: str = ""  # units of a lot go to one worker together: they are made from the same rows, which are read once


Settings = Mapping[str, str]  # what a graph was built with: part -> digest or word


class OtherSettings(Failed):
    """A graph that was built with other settings than those of the run: it would do something else than the run says."""


class Superseded(Failed):
    """What asked a worker for its units is over: its engine went on with a job whose run ended, and another run may have begun."""


@dataclass(frozen=True, slots=True)
class Todo:
    """What a run asks of a stage's workers. Units stay as lines: a shard's plan takes ten times its line as Python's own."""

    asked: str  # a mark of the run
    settings: Settings
    shared: Mapping[str, Any]  # plain values that all units need
    lines: Mapping[str, str]  # name -> unit
    lots: Mapping[str, Sequence[str]]  # lot, or the name of what is in none -> names

    def __iter__(self) -> Iterator[str]:
        """Lots, in the order of the plan."""
        return iter(self.lots)

    def __getitem__(self, name: str) -> Unit:
        return Unit(**json.loads(self.lines[name]))

    def lot(self, name: str) -> list[Unit]:
        return [self[unit] for unit in self.lots[name]]


def write_todo(room: Room, units: Sequence[Unit], *, shared: Mapping[str, Any] | None = None, settings: Settings | None = None) -> None:
    """Under OUT/tmp, which every run sweeps."""
    asked = uuid.uuid4().hex
    lines = [{"asked": asked, "settings": dict(settings or {}), "shared": dict(shared or {})}, *map(asdict, units)]
    write_bytes(room.out, _place(room, "asked"), asked.encode())
    write_bytes(room.out, _place(room, "units"), "\n".join(json.dumps(line) for line in lines).encode())


def read_todo(room: Room, settings: Settings) -> Todo:
    """Raises OtherSettings where the run's are not those of the graph."""
    head, *lines = _place(room, "units").read_text(encoding="utf-8").splitlines()
    told = json.loads(head)
    names, lots = {}, defaultdict[str, list[str]](list)
    for line in lines:
        unit = json.loads(line)
        names[unit["name"]] = line
        lots[unit["lot"] or unit["name"]].append(unit["name"])
    found = Todo(told["asked"], told["settings"], told["shared"], names, lots)
    other = sorted(name for name in {*settings, *found.settings} if settings.get(name) != found.settings.get(name))
    if other:
        raise OtherSettings(f"{room.stage}: the graph was built with another {', '.join(other)} than this run has; build it again")
    return found


def check_asked(room: Room, todo: Todo) -> None:
    """Before a unit, and before what took long is written: an engine may go on with a job that nobody waits for, beside the next run's.
    Raises Superseded."""
    try:
        asked = _place(room, "asked").read_text(encoding="utf-8")
    except FileNotFoundError:
        asked = ""
    if asked != todo.asked:
        raise Superseded(f"{room.stage}: the run that these workers are of is over in {room.out}; what it had begun is left to the next")


def remove_todo(room: Room) -> None:
    for what in ("asked", "units"):
        _place(room, what).unlink(missing_ok=True)


def _place(room: Room, what: str) -> Place:
    return place(room.out, "tmp", f"{room.stage}@{room.recipe}.{what}")
