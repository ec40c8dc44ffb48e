"""The sample corpus, made once for all tests that look at it: by the command that a user gives, in a process of its own"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import Place, Ran


def make_sample(out: Path) -> Ran:
    """`make corpus` without DATA; nothing looks at pictures: it would cost as much as all the rest."""
    command = [sys.executable, "-m", "pipelines", "corpus", "--out", str(out), "--tagger", "none", "--workers", "2"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    return Ran(status=ran.returncode, said=ran.stdout, told=ran.stderr)


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    out = tmp_path_factory.mktemp("sample") / "corpus"
    return out, make_sample(out)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished run over three small sources, for tests that look at what a run leaves: they copy its OUT, or take another."""
    place = Place(tmp_path_factory.mktemp("small"))
    write_small(place.folder)
    assert place.run().status == 0
    return place


@pytest.fixture(scope="session")
def sample_out(sample_run: tuple[Path, Ran]) -> Path:
    return sample_run[0]
