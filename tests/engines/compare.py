"""python -m tests.engines.compare [--data DIR ...]: one corpus on every engine; a table of digests and seconds, status 1 where two differ

Without --data: the sample corpus; the real annotations and the real images beside the repository, where they are."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.engines.fetch import PRISM, fetch_flink, fetch_prism
from tests.engines.flink import FlinkCluster
from tests.engines.run import run, shipped
from tests.real import REAL, labelled_images

ENGINES = ("local", "processes", "prism", "flink")


@contextlib.contextmanager
def engine(name: str, folder: Path) -> Iterator[Sequence[str]]:
    """Its flags, while it is there."""
    match name:
        case "processes":
            yield ["--direct_running_mode=multi_processing"]
        case "prism":
            fetch_prism()
            yield ["--runner=PrismRunner", f"--prism_location={PRISM / 'prism'}"]
        case "flink":
            fetch_flink()
            with FlinkCluster(folder / "flink") as cluster:
                yield cluster.flags()
        case _:
            yield []


def corpora(given: Sequence[str], folder: Path) -> Mapping[str, Sequence[str]]:
    """Name -> flags of its data."""
    if given:
        return {folder: ["--data", folder] for folder in given}
    found: dict[str, Sequence[str]] = {"sample": []}
    if REAL is not None:
        found["real annotations"] = ["--data", str(REAL / "annotations")]
        found["real images"] = labelled_images(folder)
    return found


def compare(name: str, flags: Sequence[str], engines: Sequence[str], folder: Path) -> bool:
    digests = set()
    for each in engines:
        out = folder / each / "out"
        out.parent.mkdir(parents=True)
        with engine(each, folder / each) as more:
            began = time.monotonic()
            ran = run(out, [*flags, *more])
        files = shipped(out)
        digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
        digests.add((ran.status, digest))
        print(f"{name:<20} {each:<10} status {ran.status}  {len(files)} files {digest}  {time.monotonic() - began:,.0f} s", flush=True)
        if ran.status not in (0, 3):
            print(ran.told[-2000:], file=sys.stderr)
        shutil.rmtree(folder / each)
    return len(digests) == 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engines.compare", description=__doc__)
    parser.add_argument("--data", nargs="*", default=[], metavar="DIR", help="folders of sources (default: the sample, and ../shared/real)")
    parser.add_argument("--engines", nargs="*", default=ENGINES, choices=ENGINES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="engines-") as folder:
        equal = [
            compare(name, flags, given.engines, Path(folder) / str(number))
            for number, (name, flags) in enumerate(corpora(given.data, Path(folder)).items())
        ]
    print("every engine makes the same" if all(equal) else "engines differ")
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())
