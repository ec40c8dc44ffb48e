"""a small data set -> runs killed at random moments and started again, compared with one that nobody disturbed

python tests/kill.py --times 20
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # run as a file
    sys.path.insert(0, str(ROOT))

from tests.captions import Captions, write_source  # noqa: E402

PATIENCE = 20.0  # seconds that children have to follow their driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What was seen."""

    seconds: float  # the undisturbed run
    moments: tuple[float, ...]  # seconds after its start at which a run was killed
    last_words: tuple[str, ...]  # the stages that stood at each kill
    finished: int  # times that a run came to its end and was compared


class Differs(AssertionError):
    """A run that was killed and started again is not the run that nobody disturbed."""


def kill_runs(flags: Sequence[str], folder: Path, *, times: int, seed: int = 0) -> Killed:
    """Kill `times` runs at moments drawn over the length of an undisturbed one; what is left is taken up by the next. Each time a run
    comes to its end it is compared and begun anew. Raises Differs, or RuntimeError if a run fails by itself."""
    began = time.monotonic()
    _run(flags, folder / "undisturbed", None)
    seconds = time.monotonic() - began
    wanted = digests(folder / "undisturbed")
    random = Random(seed)
    out, moments, stood, finished = folder / "killed", [], [], 0
    while len(moments) < times:
        moment = random.uniform(0, seconds)
        if _run(flags, out, moment):
            compare(wanted, out)
            shutil.rmtree(out)
            finished += 1
            continue
        moments.append(round(moment, 2))
        stood.append(" ".join(sorted(standing(out))))
        print(f"killed {len(moments)} of {times} after {moment:.1f} s of {seconds:.1f} s; stood: {stood[-1] or '-'}", flush=True)
    _run(flags, out, None)
    compare(wanted, out)
    return Killed(seconds=seconds, moments=tuple(moments), last_words=tuple(stood), finished=finished + 1)


def _run(flags: Sequence[str], out: Path, moment: float | None) -> bool:
    """Run, or kill the driver alone after `moment` seconds and wait until its children have followed it. True: it came to its end."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with (out.parent / f"{out.name}.log").open("wb") as log:
        command = [sys.executable, "-m", "pipelines", "corpus", "--out", str(out), *flags]
        driver = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
        try:
            status = driver.wait(moment)
        except subprocess.TimeoutExpired:
            driver.kill()
            driver.wait()
            _await_end_of_group(driver.pid)
            return False
        finally:
            if driver.poll() is None:
                os.killpg(driver.pid, signal.SIGKILL)
    if status != 0:
        raise RuntimeError(f"the run ended with status {status}:\n{(out.parent / f'{out.name}.log').read_text(errors='replace')[-3_000:]}")
    return True


def _await_end_of_group(group: int) -> None:
    began = time.monotonic()
    while left := _living(group):
        if time.monotonic() - began > PATIENCE:
            os.killpg(group, signal.SIGKILL)
            raise Differs(f"{len(left)} processes outlived their driver by {PATIENCE:.0f} s: {', '.join(left)}")
        time.sleep(0.02)


def _living(group: int) -> list[str]:
    """Command names of the processes of a group that are not dead yet, from /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:  # it ended meanwhile
            continue
        state, _, its_group = rest.split()[:3]
        if int(its_group) == group and state != "Z":
            found.append(name.partition("(")[2])
    return found


def standing(out: Path) -> list[str]:
    """Stages that were committed."""
    return [path.parent.relative_to(out / "stages").parts[0] for path in (out / "stages").rglob("index.json")]


def digests(out: Path) -> dict[str, object]:
    """What two runs must have alike: the files of every corpus and stage with their digests, the account, by their paths."""
    found: dict[str, object] = {}
    for path in sorted((out / "corpora").glob("*/index.json")):
        found[path.relative_to(out).as_posix()] = json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((out / "stages").rglob("index.json")):
        receipts = json.loads(path.read_text(encoding="utf-8"))["receipts"]
        found[path.relative_to(out).as_posix()] = {file["path"]: file["sha256"] for receipt in receipts for file in receipt["files"]}
    found["files"] = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    return found


def compare(wanted: dict[str, object], out: Path) -> None:
    found = digests(out)
    apart = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if apart:
        raise Differs(f"{out}: not as in the undisturbed run: {', '.join(apart)}")
    left = [path.name for path in out.rglob("*.tmp")] + (["tmp/"] if (out / "tmp").exists() else [])
    if left:
        raise Differs(f"{out}: temporary files are left: {', '.join(left[:5])}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("flags", nargs="*", help="after --: further flags of the pipeline")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        flags = write_source(Path(name), Captions(samples=given.samples, odd=True))
        seen = kill_runs([*flags, *given.flags], Path(name), times=given.times, seed=given.seed)
    print(f"{len(seen.moments)} runs killed; {seen.finished} ended with the bytes of the undisturbed one ({seen.seconds:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
