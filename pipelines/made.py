"""a finished run -> what it was made by: what `diff` explains with"""

from __future__ import annotations

import importlib.metadata
from typing import Any

from pipelines import balance, dedup, embed, emit, ingest, inspect, match, rewrite, screen, shield, tag
from pipelines.run import Run

STAGES = (ingest, inspect, screen, rewrite, match, shield, dedup, embed, tag, balance, emit)


def made_by(run: Run) -> dict[str, Any]:
    """Everything that its tables follow from beside the files: recipe, manifests by digest, limits, versions. No path of this machine."""
    asked, found = run.options, run.folders
    return {
        "program": importlib.metadata.version("medical-corpus"),
        "versions": {stage.__name__.rpartition(".")[2]: stage.VERSION for stage in STAGES},
        "recipe": run.recipe.plain(),
        "manifests": {each.name: each.digest for each in asked.manifests if each.name in found or each.kind == "benchmark"},
        "sources": sorted(asked.sources),
        "limit": asked.limit,
    }
