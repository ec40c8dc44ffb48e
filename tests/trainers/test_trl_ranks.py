"""The README's lines for TRL on two ranks, as torchrun starts them: disjoint halves that cover an epoch, one model in the end"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trainers.drawn_corpus import draw
from tests.trainers.tiny_vlm import qwen

ROWS = 144  # to train on, of 160: nine steps of eight a rank, or the last batch is filled up with rows of the first


@pytest.mark.slow  # two processes that import all of it: 15 s
def test_two_ranks_see_disjoint_halves_of_an_epoch(tmp_path):
    corpus, model = draw(tmp_path, "medical", 160), qwen(tmp_path / "qwen")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "tests.trainers.as_rank"]
    environment = {**os.environ, "HF_DATASETS_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(
        [*command, str(corpus), str(model), str(tmp_path)],
        cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    first, second = (json.loads((tmp_path / f"rank-{rank}.json").read_text()) for rank in range(2))
    seen = [{row for batch in rank["seen"] for row in batch} for rank in (first, second)]
    assert [sum(map(len, rank["seen"])) for rank in (first, second)] == [ROWS // 2, ROWS // 2]
    assert not seen[0] & seen[1]
    assert len(seen[0] | seen[1]) == ROWS
    assert first["weights"] == second["weights"]
