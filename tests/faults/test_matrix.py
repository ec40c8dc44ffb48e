"""A few cells of the matrix of faults and stages, and a few kills: the whole of both is a command"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.engines,  # a minute each
    pytest.mark.timeout(1_200),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="faults are injected by a library that Linux preloads"),
    pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler: the library cannot be built"),
]


def ran(module: str, *arguments: str) -> str:
    found = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-4_000:] + found.stderr[-2_000:]
    return found.stdout


def test_some_faults_in_some_stages_change_nothing_but_time(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    faults = "killed,full,flipped"
    said = ran("tests.faults.matrix", "--stages", "inspect,emit", "--faults", faults, "--table", str(table))
    assert said.splitlines()[-1] == "6 cells, 0 failed"
    assert table.read_text("utf-8").splitlines()[2:] == [
        "| SIGKILL at the first, a middle, the last write | ok | ok |",
        "| disk full from a write on | ok | ok |",
        "| a bit of an earlier table flipped | ok | ok |",
    ]


def test_runs_that_are_killed_at_random_end_with_the_same_bytes() -> None:
    said = ran("tests.faults.kills", "--times", "10", "--seed", "3")
    assert said.splitlines()[-1].startswith("10 runs killed, ")
