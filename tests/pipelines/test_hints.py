"""What machines a stage asks for changes nothing of what it writes, and is nothing to an engine that has one machine"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import sizing
from pipelines.graphs import proto_of
from pipelines.sizing import hints_of
from pipelines.stage import execute
from tests.pipelines.toy import plan, run, unit

UNITS = [unit(f"source-{number:04d}", weight=20 + number) for number in range(3)]


@pytest.mark.parametrize("flags", [(), pytest.param(("--direct_running_mode=multi_processing",), marks=pytest.mark.engines)])
def test_local_engines_take_no_notice_of_memory_that_is_asked_for(flags, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = plan(tmp_path / "1", UNITS)
    wanted = execute(plain, run(tmp_path / "1"))
    monkeypatch.setitem(sizing.HELD, "toy", (1 << 40, 0))
    asking = plan(tmp_path / "2", UNITS)
    (asked,) = hints_of(proto_of(asking, run(tmp_path / "2"), None)).items()
    assert (asked[0], "toy/work" in asked[1]) == (f"min_ram={32 << 40}", True)
    found = execute(asking, run(tmp_path / "2", *flags, workers=2))
    assert (found.fingerprint, found.digest()) == (wanted.fingerprint, wanted.digest())
