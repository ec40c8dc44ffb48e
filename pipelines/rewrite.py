"""screened samples, the answers of a language model -> samples that say what it wrote, verdicts"""

from __future__ import annotations

import shutil

from pipelines.run import Run
from pipelines.stage import Plan


def plan_rewrite(run: Run) -> Plan | None:
    """None where the recipe has no rewrite; what an earlier one decided goes, so that OUT tells of none either."""
    if run.recipe.rewrite is None:
        shutil.rmtree(run.decisions("rewrite").folder, ignore_errors=True)
        return None
    raise NotImplementedError
