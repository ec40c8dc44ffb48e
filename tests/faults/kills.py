"""a seed, a number -> so many runs killed at random moments, each begun where the one before was killed; every one that comes to its end
is compared with a run that nothing disturbed

python -m tests.faults.kills --times 200 --seed 1
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.faults.bed import Bed, preloaded
from tests.faults.shim import CHANGING, KILL, NoCompiler
from tests.kill import Differs

BY_TIME = 4  # one kill in so many falls at a random moment; the others at a random touch of a file of OUT
IN_PROCESSES = 8  # one run in so many has worker processes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    given = parser.parse_args()
    work = Path(given.work or tempfile.mkdtemp(prefix="kills-"))
    try:
        bed = Bed(folder=work / "bed", control=preloaded(work, "tests.faults.kills"))
        bed.folder.mkdir(exist_ok=True)
        bed.make()
        print(kill_at_random(bed, given.times, Random(given.seed)))
    except NoCompiler as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


def kill_at_random(bed: Bed, times: int, random: Random) -> str:
    """Raises Differs or Hung."""
    shutil.rmtree(bed.out)
    began = time.monotonic()
    bed.control.clear()
    bed.whole(bed.run())
    bed.equal()
    seconds, touches = time.monotonic() - began, sum(bed.counts["out"].values())
    shutil.rmtree(bed.out)
    killed = finished = runs = 0
    while killed < times:
        runs += 1
        flags = ["--direct_running_mode=multi_processing"] * (runs % IN_PROCESSES == 0)
        by_time = random.randrange(BY_TIME) == 0
        bed.control.set(KILL, bed.out, CHANGING, first=0 if by_time else random.randint(1, touches))
        ended = bed.run(*flags, armed="all", kill_after=random.uniform(0, seconds) if by_time else None)
        if ended.status == 0:
            finished += 1
            bed.equal()
            shutil.rmtree(bed.out)
        elif ended.status == -signal.SIGKILL or (flags and "a worker process was ended by signal 9" in ended.told):
            killed += 1
            bed.honest() if bed.out.exists() else None
            print(f"killed {killed} of {times}", flush=True)
        else:
            raise Differs(f"status {ended.status}: {ended.told[-2_000:]}")
    bed.control.clear()
    bed.whole(bed.run())
    bed.equal()
    return f"{killed} runs killed, {finished + 1} came to their end, each with the bytes of the undisturbed one; nothing was left over"


if __name__ == "__main__":
    sys.exit(main())
