"""python -m tests.bench [--only NAME] [--samples N]: print a table, write build/bench.json"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # as the pipeline runs

import argparse  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import shutil  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

import pipelines  # noqa: E402, F401  # before any of them imports Beam, which would warn of what it lacks
from tests.bench.figure import Figure, table  # noqa: E402

NAMES = (
    "read", "pixels", "burned", "pairs", "inspect-stage", "dedup", "peers", "text", "text-peers", "text-scale",
    "leaks", "identifiers", "tag", "tag-words", "balance", "balance-stage", "emit", "diff", "engine", "end-to-end", "efficiency",
    "overhead", "scale",
)  # fmt: skip
BUILD = Path(__file__).parents[2] / "build"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=NAMES, help="this one alone (default: all)")
    parser.add_argument("--samples", type=_numbers, default=(100_000,), help="of end-to-end (default: 100,000); of scale, A,B,C")
    parser.add_argument("--keep", action="store_true", help="leave build/bench with what was generated")
    given = parser.parse_args(arguments)
    folder = BUILD / "bench"
    figures: list[Figure] = []
    for name in [given.only] if given.only else NAMES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        measure = importlib.import_module(f"tests.bench.{name.replace('-', '_')}").measure
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        figures += measure(folder, *(given.samples if name == "scale" else given.samples[:1]))
    if not given.keep:
        shutil.rmtree(folder)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(figures))
    write(figures, BUILD / "bench.json")
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def write(figures: Sequence[Figure], path: Path) -> None:
    """Add to what other benchmarks wrote; a figure measured again takes the place of the one before."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    new = [
        {
            "name": figure.name,
            "figure": figure.figure,
            "unit": figure.unit,
            "target": figure.target,
            "holds": figure.holds,
            "note": figure.note,
        }
        for figure in figures
    ]
    taken = {figure["name"] for figure in new}
    path.write_text(json.dumps([*(figure for figure in old if figure["name"] not in taken), *new], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
