"""flags -> a run of the pipeline in a process of its own: seconds, processor seconds, seconds of each stage, memory"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.watched import watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    seconds: float  # of the whole command
    processor: float  # seconds, user and system, of all its processes
    peak: int  # bytes resident of the process tree
    stages: Mapping[str, float]  # seconds, as each index tells; 'embed': what a model makes of pixels

    @property
    def between(self) -> float:
        """Seconds in no stage: imports, listing, what stands between stages."""
        return self.seconds - sum(self.stages.values())


def run(command: str, out: Path, flags: Sequence[str], *, cores: Sequence[int] = ()) -> Ran:
    """`python -m pipelines COMMAND` into an OUT that is made anew; on some `cores` alone if they are named. Raises RuntimeError."""
    shutil.rmtree(out, ignore_errors=True)
    pinned = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
    before, began = _processor(), time.perf_counter()
    watched = watch([*pinned, sys.executable, "-m", "pipelines", command, "--out", str(out), *flags], out.with_suffix(".log"))
    took = time.perf_counter() - began
    return Ran(seconds=took, processor=_processor() - before, peak=watched.peak(), stages=_stages(out))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _stages(out: Path) -> dict[str, float]:
    """In the order in which they ended."""
    indexes = sorted((out / "stages").rglob("index.json"), key=lambda path: path.stat().st_mtime_ns)
    return {_name(path.parent.relative_to(out / "stages").parts): json.loads(path.read_text("utf-8"))["seconds"] for path in indexes}


def _name(parts: Sequence[str]) -> str:
    return "embed" if parts == ("tag",) else parts[0]
