"""a stage, its graph, how many samples -> what a run of it would be: units, what crosses its shuffle, core-hours

Core-seconds are of the bench of growth at 5,000,000 made samples (`make bench ONLY=scale`). Of pictures they are for one of 512 pixels a
sample, each new, looked at by the model that needs no weights; a GPU does the look of a larger one. For orientation: a machine half as
fast takes twice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2

from pipelines.chunks import LOT_ROWS, LOTS

PART = 10_000  # samples or images of a part
NAME = 40  # bytes of a unit's name, its random key and Beam's framing as they cross a shuffle, about
SHARD_ROWS = 5_000  # of 512 MB, with pictures of 100 kB
ALONE = frozenset({"dedup", "balance"})  # one unit: one machine
HINTS = {
    common_urns.resource_hints.ACCELERATOR.urn: "accelerator",
    common_urns.resource_hints.MIN_RAM_BYTES.urn: "min_ram",
    common_urns.resource_hints.CPU_COUNT.urn: "cpu_count",
}
COMMON = 2 << 30  # bytes of memory that a worker of any machine has; docs/engines.md asks for as much
LOADED = 500 << 20  # bytes of a worker that holds no row: what is imported
HELD = {  # bytes a row of the stage's largest unit, and of all its units: where what is held grows with them (docs/scale.md)
    "match": (260, 100),  # all images, then all texts
    "dedup": (16, 0),
    "balance": (140, 0),
}
WAVES = 2  # of match's shuffles: names of parts spread, then gathered
CORE_SECONDS = {  # a million samples
    "ingest": 57, "inspect": 3000, "screen": 156, "rewrite": 60, "match": 68, "shield": 37, "dedup": 7, "embed": 14_000, "tag": 94,
    "balance": 9, "emit": 300, "report": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    stage: str
    graph_bytes: int
    units: int  # at most as many workers have something to do
    shuffled_bytes: int
    core_hours: float
    hints: Mapping[str, Sequence[str]]  # resource hint -> the steps that have it

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def size_of(stage: str, graph: beam_runner_api_pb2.Pipeline, *, rows: int) -> Size:
    units = units_of(stage, rows)
    waves = WAVES if stage == "match" else 1
    return Size(
        stage=stage, graph_bytes=graph.ByteSize(), units=units, shuffled_bytes=waves * units * NAME,
        core_hours=round(rows / 1e6 * CORE_SECONDS[stage] / 3600, 2), hints=hints_of(graph),
    )  # fmt: skip


def units_of(stage: str, rows: int) -> int:
    """That workers are given: sources are ingest's, whose number is not that of samples; emit's are lots of shards."""
    if stage in ALONE:
        return 1
    if stage == "emit":
        shards = math.ceil(rows / SHARD_ROWS)
        return math.ceil(shards / max(1, min(LOT_ROWS // SHARD_ROWS, shards // LOTS)))
    return math.ceil(rows / PART)


def memory_hints(stage: str, weights: Sequence[int]) -> dict[str, str]:
    """min_ram for the workers of a stage whose units have so many rows; none where any machine does. By doublings, so that a graph is
    another one only where its machines are."""
    of_largest, of_all = HELD.get(stage, (0, 0))
    needed = LOADED + max(of_largest * max(weights, default=0), of_all * sum(weights))
    return {"min_ram": f"{1 << math.ceil(math.log2(needed / (1 << 30)))}GiB"} if needed > COMMON else {}


def hints_of(graph: beam_runner_api_pb2.Pipeline) -> dict[str, list[str]]:
    """Resource hint, as 'accelerator=type:...' -> the names of the steps whose machines must have it; steps that only hold others are
    left out."""
    found: dict[str, list[str]] = {}
    for step in graph.components.transforms.values():
        environment = graph.components.environments.get(step.environment_id)
        for urn, value in environment.resource_hints.items() if environment and not step.subtransforms else ():
            found.setdefault(f"{HINTS.get(urn, urn)}={value.decode()}", []).append(step.unique_name)
    return {hint: sorted(steps) for hint, steps in sorted(found.items())}


def table_of(sizes: Sequence[Size], rows: int) -> str:
    """What 'graph' prints."""
    lines = [f"{rows:,} samples assumed", f"{'stage':<8} {'graph':>9} {'units':>9} {'shuffled':>10} {'core-hours':>11}  machines"]
    for size in sizes:
        hints = "; ".join(f"{hint} ({', '.join(steps)})" for hint, steps in size.hints.items())
        told = f"{size.graph_bytes / 1e3:,.0f} kB", f"{size.units:,}", f"{size.shuffled_bytes / 1e3:,.1f} kB", f"{size.core_hours:,.2f}"
        lines.append(f"{size.stage:<8} {told[0]:>9} {told[1]:>9} {told[2]:>10} {told[3]:>11}  {hints}".rstrip())
    return "\n".join(lines)
