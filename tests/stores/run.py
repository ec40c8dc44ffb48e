"""python -m tests.stores.run --protocol s3|gs: a small corpus in a store, through every fault of it, against the one on a disk"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.objects import StorePath, list_objects
from pipelines.place import Place
from tests.pipelines.small_data import write_small
from tests.stores.proxy import Faults
from tests.stores.servers import PROTOCOLS, Store

OWN = {".lock", ".lease"}  # how OUT is held


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    status: int
    told: str
    seconds: float


class Bed:
    """Data and manifests on a disk, the data in a store too, and what a run over them must give."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        write_small(folder)
        os.environ.update(store.environment)
        for path in sorted((folder / "data").rglob("*")):
            if path.is_file():
                StorePath.of(store.root("data")).joinpath(path.relative_to(folder / "data").as_posix()).write_bytes(path.read_bytes())
        assert self.run(folder / "data", folder / "out").status == 0
        self.wanted = content(folder / "out")

    def command(self, data: str | Path, out: str | Path) -> list[str]:
        where = ["--data", str(data), "--out", str(out), "--manifests", str(self.folder / "manifests")]
        return [sys.executable, "-m", "pipelines", "corpus", *where, "--tagger", "none", "--workers", "2"]

    def wait(self, process: subprocess.Popen[str], requests: int) -> bool:
        """Until so many requests were made; False where the process ended before."""
        while process.poll() is None:
            if self.store.proxy.wait_for(requests, 0.2):
                return True
        return False

    def start(self, data: str | Path, out: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(data, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def run(self, data: str | Path, out: str | Path) -> Ended:
        began = time.monotonic()
        process = self.start(data, out)
        told = process.communicate()[1]
        return Ended(status=process.returncode, told=told, seconds=time.monotonic() - began)

    def differing(self, out: str) -> list[str]:
        """Files that a run over the data on the disk would have written otherwise, or not."""
        found = content(StorePath.of(out))
        return sorted(name for name in {*self.wanted, *found} if self.wanted.get(name) != found.get(name))


def content(out: Place) -> dict[str, str]:
    """File -> SHA-256 of it; of receipts and indexes that hold times, of what they name; '' of what holds times alone. What was ingested
    knows when its files were written, which is a store's mark there."""
    names = [name for name, _ in list_objects(out)] if isinstance(out, StorePath) else [
        path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()
    ]  # fmt: skip
    return {name: _digest(name, out) for name in names if name not in OWN}


def _digest(name: str, out: Place) -> str:
    if name.startswith(("corpora/", "verdicts/")) or (
        name.endswith(".parquet") and not name.startswith(("stages/files/", "stages/ingest/images/"))
    ):
        return hashlib.sha256((out / name).read_bytes()).hexdigest()
    return ""


# --- what is tried


def quiet(bed: Bed, out: str) -> Iterator[Ended]:
    """Nothing fails."""
    yield bed.run(bed.store.root("data"), out)


def failing(bed: Bed, out: str) -> Iterator[Ended]:
    """One request of twenty fails: refused, its answer lost, its answer cut."""
    bed.store.proxy.faults = Faults(share=0.05)
    yield bed.run(bed.store.root("data"), out)


def slow(bed: Bed, out: str) -> Iterator[Ended]:
    """Every answer takes a twentieth of a second more."""
    bed.store.proxy.faults = Faults(delay=0.05)
    yield bed.run(bed.store.root("data"), out)


def restarted(bed: Bed, out: str) -> Iterator[Ended]:
    """The store is killed three times in the run, and away for 12 seconds each time."""

    process = bed.start(bed.store.root("data"), out)
    for requests in (200, 500, 800):
        if bed.wait(process, requests):
            with bed.store.proxy.away():
                threading.Event().wait(12)
    told = process.communicate()[1]
    yield Ended(status=process.returncode, told=told, seconds=0)


def killed(bed: Bed, out: str) -> Iterator[Ended]:
    """The run is killed by SIGKILL after so many requests, started anew each time, at last to its end."""
    for requests in (60, 200, 300, 400, 150):
        process = bed.start(bed.store.root("data"), out)
        bed.wait(process, bed.store.proxy.counted() + requests)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    yield bed.run(bed.store.root("data"), out)


def lost_for_ever(bed: Bed, out: str) -> Iterator[Ended]:
    """The store is killed and stays away: the run fails with a line, and goes on once it is back."""
    process = bed.start(bed.store.root("data"), out)
    bed.wait(process, 400)
    with bed.store.proxy.away():
        told = process.communicate()[1]
    yield Ended(status=process.returncode, told=told, seconds=0)
    yield bed.run(bed.store.root("data"), out)


TRIALS: dict[str, tuple[Callable[[Bed, str], Iterator[Ended]], list[int]]] = {
    "quiet": (quiet, [0]),
    "failing": (failing, [0]),
    "slow": (slow, [0]),
    "restarted": (restarted, [0]),
    "killed": (killed, [0]),
    "lost-for-ever": (lost_for_ever, [1, 0]),
}


def attempt(bed: Bed, name: str) -> list[str]:
    """What went otherwise than it should."""
    trial, statuses = TRIALS[name]
    out = bed.store.root(f"out-{name}")
    bed.store.proxy.faults = Faults()
    bed.store.proxy.requests.clear()
    began, ended = time.monotonic(), list(trial(bed, out))
    failed = bed.store.proxy.faults.counts
    bed.store.proxy.faults = Faults()
    faults = [f"{name}: {len(differing)} files differ: {', '.join(differing[:5])}"] if (differing := bed.differing(out)) else []
    if [each.status for each in ended] != statuses:
        faults.append(f"{name}: ended with {[each.status for each in ended]}, wanted {statuses}: {ended[-1].told[-500:]}")
    faults += [f"{name}: more than a line was said of a fault: {each.told[-500:]}" for each in ended if "Traceback" in each.told]
    faults += [f"{name}: an answer's body was repeated" for each in ended if "secret-in-a-body" in each.told]
    figures = f"{time.monotonic() - began:6.1f} s {bed.store.proxy.counted():6,d} requests  {json.dumps(failed) if failed else ''}"
    print(f"{bed.store.scheme}  {name:14} {'differs' if faults else 'equal':8} {figures}", flush=True)
    for each in ended:
        if each.status:
            print("      " + each.told.strip().splitlines()[-1])
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stores.run", description=__doc__)
    parser.add_argument("--protocol", choices=sorted(PROTOCOLS), default="s3")
    parser.add_argument("--only", choices=sorted(TRIALS), action="append", help="all, if none is named")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stores-") as folder, PROTOCOLS[given.protocol]() as store:
        bed = Bed(Path(folder), store)
        faults = [fault for name in given.only or TRIALS for fault in attempt(bed, name)]
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
