"""OUT, flags -> `python -m pipelines corpus`, in this process; in OUT.stages a line of JSON for each stage: when, how long, how much"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.__main__ import main  # first: it says how many threads a process may use

# isort: split
import psutil

import pipelines.corpus
from pipelines.run import Run
from pipelines.stage import Plan, Unit
from pipelines.tables import Index

execute = pipelines.corpus.execute


def told_of(out: str) -> Path:
    return Path(f"{out}.stages")


def noted(plan: Plan, run: Run) -> Index:
    """`execute`, and a line of what it took."""
    shuffled: list[int] = []

    def prepare(units: Sequence[Unit]) -> None:
        shuffled.extend(len(unit.name) for unit in units)  # names alone move
        if plan.prepare:
            plan.prepare(units)

    began, used = time.time(), _processor()
    index = execute(dataclasses.replace(plan, prepare=prepare), run)
    told = {
        "stage": _name(plan),
        "begin": began,
        "end": time.time(),
        "processor": _processor() - used,
        "units": len(shuffled),
        "shuffled": sum(shuffled),
        "rows": sum(entry.rows for entry in index.files),
        "files": len(index.files),
        "written": sum(entry.bytes for entry in index.files),
    }
    with told_of(run.out).open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
    return index


def _name(plan: Plan) -> str:
    return "embed" if plan.room.stage == "tag" and not plan.room.recipe else plan.room.stage


def _processor() -> float:
    """User and system seconds of this process, of those that it started and that have ended, and of those that run still."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    running = [child.cpu_times() for child in psutil.Process(os.getpid()).children(recursive=True)]
    return sum(each.ru_utime + each.ru_stime for each in used) + sum(times.user + times.system for times in running)


if __name__ == "__main__":
    pipelines.corpus.execute = noted  # type: ignore[assignment]
    sys.exit(main(["corpus", *sys.argv[1:]]))
