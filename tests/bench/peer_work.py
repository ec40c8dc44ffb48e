"""one image tool, a folder of images -> a line of JSON: seconds to start, seconds of work, images it saw, groups of copies it found

python tests/bench/peer_work.py NAME FOLDER SCRATCH, by the Python that has the tool: nothing of the project is imported here"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

DISTANCE = 3  # pHash bits, where a tool asks
CORES = len(os.sched_getaffinity(0))
Found = tuple[int, Iterable[Iterable[str]]]  # images it saw, groups of names
Work = Callable[[Path, Path], Found]


def bare() -> Work:
    """What everyone writes first: Pillow, imagehash.phash, a thread for each core, equal hashes."""
    from concurrent.futures import ThreadPoolExecutor

    import imagehash
    from PIL import Image

    def phash(path: Path) -> str | None:
        try:
            with Image.open(path) as image:
                return str(imagehash.phash(image))
        except OSError:
            return None

    def work(folder: Path, scratch: Path) -> Found:
        files, groups = sorted(folder.iterdir()), defaultdict(list)
        with ThreadPoolExecutor(CORES) as pool:
            for file, value in zip(files, pool.map(phash, files)):
                groups[value].append(file.name)
        groups.pop(None, None)
        return sum(map(len, groups.values())), groups.values()

    return work


def cleanvision() -> Work:
    from cleanvision import Imagelab

    def work(folder: Path, scratch: Path) -> Found:
        lab = Imagelab(data_path=str(folder), verbose=False)
        lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, n_jobs=CORES, verbose=False)
        sets = [group for kind in ("exact_duplicates", "near_duplicates") for group in lab.info[kind]["sets"]]
        return len(lab.issues), [[Path(path).name for path in group] for group in sets]

    return work


def imagededup() -> Work:
    from imagededup.methods import PHash

    def work(folder: Path, scratch: Path) -> Found:
        hasher = PHash(verbose=False)
        hashes = hasher.encode_images(image_dir=folder, num_enc_workers=CORES)
        found = hasher.find_duplicates(encoding_map=hashes, max_distance_threshold=DISTANCE, num_dist_workers=CORES)
        return len(hashes), [[name, *others] for name, others in found.items()]

    return work


def fastdup() -> Work:
    import fastdup as module

    def work(folder: Path, scratch: Path) -> Found:
        found = module.create(work_dir=str(scratch / "work"), input_dir=str(folder))
        found.run(num_threads=CORES, overwrite=True)
        components, names = found.connected_components()[0], defaultdict(list)
        for path, group in zip(components["filename"], components["component_id"]):
            names[group].append(Path(path).name)
        return len(found.annotations()), names.values()

    return work


def data_juicer() -> Work:
    from data_juicer.config import init_configs
    from data_juicer.core import DefaultExecutor

    def work(folder: Path, scratch: Path) -> Found:
        files = sorted(folder.iterdir())
        rows = [{"text": "<__dj__image>", "images": [str(file)], "name": file.name} for file in files]
        (scratch / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (scratch / "config.json").write_text(
            json.dumps(
                {
                    "dataset_path": str(scratch / "in.jsonl"),
                    "export_path": str(scratch / "out" / "out.jsonl"),
                    "work_dir": str(scratch / "out"),
                    "ds_cache_dir": str(scratch / "cache"),
                    "np": CORES,
                    "process": [{"image_shape_filter": {"min_width": 64, "min_height": 64}}, {"image_deduplicator": {"method": "phash"}}],
                }
            )
        )
        DefaultExecutor(init_configs(["--config", str(scratch / "config.json")])).run()
        kept = {json.loads(line)["name"] for line in (scratch / "out" / "out.jsonl").read_text().splitlines()}
        return len(kept), [["", file.name] for file in files if file.name not in kept]  # it tells who goes, not whose copy

    return work


def main(name: str, folder: str, scratch: str) -> None:
    began = time.perf_counter()
    work = globals()[name]()
    started = time.perf_counter()
    seen, groups = work(Path(folder), Path(scratch))
    took = {"start": started - began, "work": time.perf_counter() - started, "seen": seen, "groups": [sorted(group) for group in groups]}
    Path(scratch, "told.json").write_text(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
