"""A run that is killed at any moment and started again ends with the same bytes"""

import sys

import pytest

from tests.captions import Captions, write_source
from tests.kill import kill_runs


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for survivors in /proc")
@pytest.mark.timeout(600)
def test_killed_runs_end_with_the_same_bytes(tmp_path):
    flags = write_source(tmp_path, Captions(samples=300, odd=True))
    seen = kill_runs([*flags, "--tagger", "none"], tmp_path, times=3, seed=6)
    assert len(seen.moments) == 3
    assert seen.finished >= 1
