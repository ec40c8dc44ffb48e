"""python -m tests.fuzz [--mutants 2000] [--seed 0] [--from 0]: damaged files through the inspection; prints what became of them"""

from __future__ import annotations

import argparse
import resource
import sys
import time

from curate.inspect.children import Children
from tests.fuzz.mutate import mutant
from tests.fuzz.seeds import seeds
from tests.fuzz.verdicts import Account, peak

MAX_GROWTH = 256  # MB that the parent may take: it decodes JPEG and PNG itself


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Damaged files through the inspection.")
    parser.add_argument("--mutants", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first mutant's number")
    asked = parser.parse_args()
    account, whole, children = Account(), seeds(), Children()
    before, begin = peak(resource.RUSAGE_SELF), time.perf_counter()
    for number in range(asked.first, asked.first + asked.mutants):
        account.add(mutant(whole, asked.seed, number), children)
        if number % 500 == 499:
            print(f"{number + 1} {time.perf_counter() - begin:.0f} s, {len(account.faults)} faults", file=sys.stderr, flush=True)
    children.close()
    print(f"{account.files} files of {len(whole)} kinds, {account.images} images, {time.perf_counter() - begin:.0f} s, seed {asked.seed}")
    print("  " + ", ".join(f"{reason} {count}" for reason, count in account.reasons.most_common()))
    print(f"  archives without a member: {account.without}")
    print(f"  parent {before} -> {peak(resource.RUSAGE_SELF)} MB, largest child {peak(resource.RUSAGE_CHILDREN)} MB")
    for title, lines in (
        ("slowest", [f"{seconds:.1f} s {number} {path} {how}" for seconds, number, path, how in account.slowest]),
        ("children that died", [f"{count} {died}" for died, count in account.died.most_common()]),
        ("FAULTS", account.faults),
    ):
        print(f"  {title}: {len(lines)}")
        print("".join(f"    {line}\n" for line in lines), end="")
    return 1 if account.faults or peak(resource.RUSAGE_SELF) - before > MAX_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
