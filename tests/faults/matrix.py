"""faults x stages -> what became of the run, of the run after it, and whether their bytes are those of a run that nothing disturbed

python -m tests.faults.matrix [--stages ingest,emit] [--faults killed,full] [--table FILE]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.bed import STAGES, Bed, Hung, preloaded
from tests.faults.fault import Seen
from tests.faults.faults import FAULTS
from tests.faults.shim import NoCompiler
from tests.kill import Differs

PASSED, FAILED, NONE = "ok", "FAILED", "-"


def main() -> int:
    given = _parser().parse_args()
    work = Path(given.work or given.bed or tempfile.mkdtemp(prefix="faults-")).absolute()
    work.mkdir(parents=True, exist_ok=True)
    try:
        bed = Bed(folder=work / "bed", control=preloaded(work, "tests.faults.matrix"))
        bed.folder.mkdir(exist_ok=True)
        bed.make()
        failed = run_matrix(bed, given.stages.split(","), given.faults.split(","), given.table)
    except NoCompiler as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        if not given.bed:
            shutil.rmtree(work, ignore_errors=True)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--table", type=Path, help="write the results as Markdown")
    parser.add_argument("--bed", type=Path, help="folder of the runs, which is kept: the next time nothing is made in it")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    return parser


def run_matrix(bed: Bed, stages: Sequence[str], faults: Sequence[str], table: Path | None) -> int:
    """Every cell; how many failed."""
    cells: dict[tuple[str, str], str] = {}
    failed = 0
    for name in faults:
        fault = FAULTS[name]
        for stage in stages:
            if stage not in fault.stages:
                continue
            began, said = time.monotonic(), ""
            try:
                seen = fault.disturb(bed, stage)
                cells[name, stage] = PASSED if seen.reached else NONE
            except (Differs, Hung, AssertionError) as error:
                seen, failed = Seen(str(error)), failed + 1
                cells[name, stage] = FAILED
            said = " | ".join(line for line in seen.told.splitlines() if line.strip())[-1_500:]
            print(f"{cells[name, stage]:<6} {name:<18} {stage:<8} {time.monotonic() - began:5.1f} s  {said}", flush=True)
    if table:
        table.write_text(as_markdown(cells, stages, faults), encoding="utf-8")
    print(f"{len(cells)} cells, {failed} failed")
    return failed


def as_markdown(cells: dict[tuple[str, str], str], stages: Sequence[str], faults: Sequence[str]) -> str:
    head = ["| fault | " + " | ".join(stages) + " |", "| --- |" + " --- |" * len(stages)]
    rows = [f"| {FAULTS[name].title} | " + " | ".join(cells.get((name, stage), "") for stage in stages) + " |" for name in faults]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
