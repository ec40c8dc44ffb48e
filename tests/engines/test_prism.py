"""Prism from a local binary makes the same bytes, and says no more than the local engine"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.fetch import PRISM, prism_ready
from tests.engines.run import run, shipped
from tests.pipelines.small_data import write_small

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not prism_ready(), reason="no Prism: 'make engine-prism' builds it, with Go"),
]


def test_prism_makes_the_same_bytes_and_says_no_more(tmp_path: Path) -> None:
    flags = write_small(tmp_path)
    assert run(tmp_path / "local", flags).status == 0
    ran = run(tmp_path / "prism", [*flags, "--runner=PrismRunner", f"--prism_location={PRISM / 'prism'}"])
    assert (ran.status, shipped(tmp_path / "prism")) == (0, shipped(tmp_path / "local")), ran.told
    assert not [line for line in ran.told.splitlines() if "INFO" in line or "WARN" in line or "Prism" in line]
