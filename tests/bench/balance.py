"""selection over columns: how long it takes, and how that grows with the rows"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.balance.select import CANDIDATE, select
from curate.balance.splits import in_validation
from curate.recipe import CorpusPlan, Recipe
from schemas.modality import MODALITIES
from tests.bench.figure import Figure, seconds

SMALL, LARGE = 100_000, 1_000_000


def measure(folder: Path, samples: int) -> list[Figure]:
    few, many = _candidates(SMALL), _candidates(LARGE)
    short = min(seconds(lambda: _balance(few)) for _ in range(3))
    long = min(seconds(lambda: _balance(many)) for _ in range(2))
    return [
        Figure(name="balance: a million samples", figure=long, unit="s"),
        Figure(name="balance: samples", figure=LARGE / long, unit="rows/s"),
        Figure(name="balance: growth from 100k to 1M", figure=math.log10(long / short), unit="exponent", target="<= 1.05"),
    ]


def _balance(candidates: pa.Table) -> pa.Table:
    choices, _ = select(candidates, in_validation(candidates, Recipe(id="bench", title="Bench").splits), CorpusPlan(name="medical"))
    return choices


def _candidates(count: int) -> pa.Table:
    """Modalities as unequal as they are found: the commonest has half of all."""
    random = np.random.default_rng(count)
    modality = np.minimum(random.geometric(0.5, count) - 1, len(MODALITIES) - 1)
    patients = random.integers(0, count // 4, count)
    columns = {
        "id": pa.array([f"bench/{number}" for number in range(count)]),
        "source": pa.array(["bench"] * count),
        "table": pa.array(["rows"] * count),
        "task": pa.array(["caption"] * count),
        "domain": pa.array(["medical"] * count),
        "modality": pa.array(MODALITIES).take(pa.array(modality)),
        "reliability": pa.array(random.integers(30, 90, count)),
        "pixels": pa.array(random.integers(64 * 64, 1024 * 1024, count)),
        "split": pa.array(["train", "validation"]).take(pa.array((random.random(count) < 0.01).astype(np.int64))),
        "group": pa.array([f"bench:patient={patient}" for patient in patients.tolist()]),
        "clusters": pa.array([[]] * count, pa.list_(pa.string())),
    }
    return pa.table([columns[name] for name in CANDIDATE.names], schema=CANDIDATE)
