"""python -m tests.audit: the terms and the known vulnerabilities of what the program needs

Exit status: 0 all is well, or the database of vulnerabilities cannot be reached from here (said so); 1 something is not."""

from __future__ import annotations

import argparse
import sys

from tests.audit.advisories import SERVER, Unreachable, ask, pinned
from tests.audit.licences import faults, needed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description="Terms and known vulnerabilities of what the program needs.")
    parser.add_argument("--server", default=SERVER, help="that speaks as api.osv.dev does")
    parser.add_argument("--must-ask", action="store_true", help="a database that cannot be reached is a failure")
    given = parser.parse_args(arguments)
    packages = needed()
    wrong = faults(packages)
    at_run_time = sum(not package.extra for package in packages)
    print(f"terms: {len(packages)} packages, {at_run_time} of them at run time, {len(wrong)} not as wanted")
    versions = pinned()
    try:
        found = ask(versions, given.server)
        print(f"advisories: {len(versions)} pinned packages, {len(found)} known vulnerabilities")
    except Unreachable as error:
        found = [f"not asked: {error}"] if given.must_ask else []
        print(f"advisories: SKIPPED, the database cannot be reached from here ({error}); --must-ask makes that a failure")
    for line in (*wrong, *found):
        print(f"  {line}", file=sys.stderr)
    return 1 if wrong or found else 0


if __name__ == "__main__":
    sys.exit(main())
