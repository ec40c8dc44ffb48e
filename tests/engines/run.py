"""flags -> a whole run by the command, in a process of its own; the digests of all that it ships"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.pipelines.whole_run import sha256, written

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    told: str  # on stderr


def start(out: Path, flags: Sequence[str | Path], command: str = "corpus") -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "pipelines", command, "--out", out, "--tagger", "none", "--workers", "2", *flags]
    return subprocess.Popen(
        list(map(str, words)), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def ended(driver: subprocess.Popen[str]) -> Ended:
    _, told = driver.communicate()
    return Ended(driver.returncode, told)


def run(out: Path, flags: Sequence[str | Path], command: str = "corpus") -> Ended:
    return ended(start(out, flags, command))


def shipped(out: Path) -> dict[str, str]:
    """SHA-256 of every file of the corpora, and of the account."""
    return written(out) | {f"verdicts/{path.name}": sha256(path) for path in sorted((out / "verdicts").glob("*"))}


def tables(out: Path, *stages: str) -> dict[str, str]:
    """SHA-256 of every table of these stages."""
    folder = out / "stages"
    found = (path for stage in stages for path in (folder / stage).rglob("*.parquet"))
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(found)}
