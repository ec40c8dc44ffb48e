"""selection over columns: how long it takes, how that grows with the rows, and what it holds in memory"""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.balance.columns import CANDIDATE, Columns, Gathering
from curate.balance.select import Choices, select
from curate.balance.splits import in_validation
from curate.recipe import Balance, CorpusPlan, Recipe
from schemas.modality import MODALITIES
from tests.bench.figure import Figure, seconds

SMALL, LARGE, HUGE = 100_000, 1_000_000, 5_000_000
PLAIN = Balance()
LIMITED = Balance(
    targets="published", by_task={"vqa": {"temperature": 3}}, source_caps={"*": 0.2, "source0": 50_000}, group_cap=4, equal_text_cap=100,
    floors={"pet": 2_000}, yes_no_share=0.05, text_share=0.1, other_share=0.05,
)  # fmt: skip
RECIPES = {"plain": PLAIN, "every limit": LIMITED}


def measure(folder: Path, samples: int) -> list[Figure]:
    figures = []
    for name, balance in RECIPES.items():
        short, long = (_least(count, balance, times) for count, times in ((SMALL, 5), (LARGE, 3)))
        figures.append(
            Figure(name=f"balance, {name}: growth from 100k to 1M", figure=math.log10(long / short), unit="exponent", target="<= 1.05")
        )
        figures.append(Figure(name=f"balance, {name}: a million samples", figure=long, unit="s"))
        taken, held = _apart(balance)
        figures.append(Figure(name=f"balance, {name}: five million samples", figure=taken, unit="s", target="<= 20"))
        figures.append(Figure(name=f"balance, {name}: memory beside its columns", figure=held / HUGE, unit="bytes a row", target="<= 80"))
    return figures


def _least(count: int, balance: Balance, times: int) -> float:
    columns = made(count)
    return min(seconds(lambda: chosen(columns, balance)) for _ in range(times))


def _apart(balance: Balance) -> tuple[float, float]:
    """(seconds, bytes more at the peak) of five million samples, in a process of their own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_held, (balance, HUGE))


def _held(balance: Balance, count: int) -> tuple[float, float]:
    chosen(made(SMALL), balance)  # what is loaded once
    columns = made(count)
    before = _now()
    taken = seconds(lambda: chosen(columns, balance))
    return taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before


def _now() -> int:
    """Bytes held now; the peak so far is no more than that where the columns were made piece by piece."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def chosen(columns: Columns, balance: Balance) -> Choices:
    validation = in_validation(columns, Recipe(id="bench", title="Bench").splits)
    choices, _ = select(columns, validation, CorpusPlan(name="medical", balance=balance), "bench/{}".format)
    return choices


def made(count: int) -> Columns:
    """Of `made_rows`, with digests as unlike as those of ids."""
    gathering, random = Gathering(count, texts=True), np.random.default_rng(count + 1)
    for rows in made_rows(count):
        gathering.add(rows, random.integers(0, 1 << 64, len(rows), np.uint64), np.full(len(rows), 100_000))
    return gathering.columns()


def made_rows(count: int) -> Iterator[pa.Table]:
    """Candidates: modalities as unequal as they are found, the commonest has half of all; sources alike; patients nearly all of one
    modality; one text in ten said by many."""
    random = np.random.default_rng(count)
    return (_piece(random, start, min(HUGE // 20, count - start), count) for start in range(0, count, HUGE // 20))


def _piece(random: np.random.Generator, start: int, count: int, whole: int) -> pa.Table:
    def drawn(names: list[str], numbers: np.ndarray) -> pa.Array:
        return pa.array(names).take(pa.array(numbers))

    sources = np.minimum(random.geometric(0.3, count) - 1, 39)
    patients = random.integers(0, max(1, whole // 160), count)
    common = np.random.default_rng(0).geometric(0.5, (40, max(1, whole // 160))) - 1  # modality of a patient's most images
    kind = np.where(random.random(count) < 0.97, common[sources, patients], random.geometric(0.5, count) - 1)
    columns = {
        "id": pa.array([f"bench/{number}" for number in range(start, start + count)]),
        "source": drawn([f"source{number}" for number in range(40)], sources),
        "table": drawn(["rows"], np.zeros(count, np.int64)),
        "task": drawn(["caption", "vqa"], random.integers(0, 2, count)),
        "domain": drawn(["medical"], np.zeros(count, np.int64)),
        "modality": drawn(list(MODALITIES), np.minimum(kind, len(MODALITIES) - 1)),
        "reliability": pa.array(random.integers(30, 90, count)),
        "pixels": pa.array(random.integers(64 * 64, 1024 * 1024, count)),
        "split": drawn(["train", "validation"], (random.random(count) < 0.01).astype(np.int64)),
        "group": pa.array([f"{source}:patient={patient}" for source, patient in zip(sources.tolist(), patients.tolist())]),
        "said": pa.array(
            np.where(random.random(count) < 0.1, random.integers(1, 50, count), random.integers(50, 1 << 63, count)).astype(np.uint64)
        ),
        "yes_no": pa.array(random.random(count) < 0.2),
        "clusters": pa.array([[]] * count, pa.list_(pa.string())),
    }
    return pa.table([columns[name] for name in CANDIDATE.names], schema=CANDIDATE)
