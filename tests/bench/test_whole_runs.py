"""The measurements of whole runs measure the right thing"""

import json

import numpy as np
import pytest

from tests.bench import overhead, overhead_peer_work, ran


class Embedder:
    batch = 4

    def prepare(self, image):
        return np.zeros(image.size, np.uint8)

    def embed(self, batch):
        return batch


def test_the_bare_loops_go_past_cut_files(tmp_path, monkeypatch):
    monkeypatch.setattr(overhead, "CORRUPT", 4)
    monkeypatch.setattr(overhead, "SIDE", 96)
    monkeypatch.setattr(overhead.pixels, "load", Embedder)
    overhead.write_samples(tmp_path, 9)
    files = sorted(overhead.image_files(tmp_path))
    with pytest.raises(OSError, match="truncated"):
        overhead._hash(files[3])
    assert len(overhead._bare(tmp_path)) == len(overhead.LOOPS)
    table = tmp_path / "data" / overhead.SOURCE / "captions.csv"
    assert [row["images"][0].rpartition("/")[2] for row in overhead_peer_work.rows(table, 4)] == [f"{n}.jpg" for n in (0, 1, 2, 4, 5, 6, 8)]


def test_a_run_is_told_stage_by_stage(tmp_path):
    for name, seconds in (("inspect", 2.0), ("tag", 3.0), ("tag/default", 0.5)):
        (tmp_path / "stages" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "stages" / name / "index.json").write_text(json.dumps({"seconds": seconds}))
    assert ran._stages(tmp_path) == {"inspect": 2.0, "embed": 3.0, "tag": 0.5}
    assert ran.Ran(seconds=7.0, processor=1.0, peak=1, stages=ran._stages(tmp_path)).between == 1.5
