"""captions.csv -> Data-Juicer's filters and deduplicators over it; how many rows are left

python tests/bench/overhead_peer_work.py TABLE CORRUPT SCRATCH, by the Python that has the tool: nothing of the project is imported here"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CORES = len(os.sched_getaffinity(0))
STEPS = [
    {"image_shape_filter": {"min_width": 64, "min_height": 64}},
    {"words_num_filter": {"min_num": 5, "max_num": 1024}},
    {"image_deduplicator": {"method": "phash"}},
    {"document_minhash_deduplicator": {"tokenization": "space", "window_size": 5, "num_permutations": 128, "jaccard_threshold": 0.8}},
]


def rows(table: Path, corrupt: int) -> Iterator[dict[str, Any]]:
    """Those whose file is whole."""
    with table.open(encoding="utf-8", newline="") as file:
        for number, (_, name, caption) in enumerate(list(csv.reader(file))[1:], 1):
            if number % corrupt:
                yield {"text": f"<__dj__image> {caption}", "images": [str(table.parent / "images" / name)]}


def main(table: str, corrupt: str, scratch: str) -> None:
    from data_juicer.config import init_configs
    from data_juicer.core import DefaultExecutor

    out = Path(scratch)
    with (out / "in.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows(Path(table), int(corrupt)))
    config = {
        "dataset_path": str(out / "in.jsonl"),
        "export_path": str(out / "out" / "out.jsonl"),
        "work_dir": str(out / "out"),
        "ds_cache_dir": str(out / "cache"),
        "np": CORES,
        "process": STEPS,
    }
    (out / "config.json").write_text(json.dumps(config), encoding="utf-8")
    DefaultExecutor(init_configs(["--config", str(out / "config.json")])).run()
    kept = (out / "out" / "out.jsonl").read_text(encoding="utf-8").count("\n")
    (out / "told.json").write_text(json.dumps(kept), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
