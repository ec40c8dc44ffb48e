"""the tag stage: its speed against the bare model, what it reads in words, how well it tells modalities apart"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

from tests.bench.figure import Figure

PARTS = ("tag_speed", "tag_words", "tag_quality")


def measure(folder: Path, samples: int) -> list[Figure]:
    found: list[Figure] = []
    for name in PARTS:
        if importlib.util.find_spec(f"tests.bench.{name}"):
            found += importlib.import_module(f"tests.bench.{name}").measure(folder, samples)
    return found
