"""a finished run -> what it was made by: what `diff` explains with, and whether this program can still read its tables"""

from __future__ import annotations

import importlib.metadata
from types import ModuleType
from typing import Any

from pipelines import balance, dedup, embed, emit, ingest, inspect, match, rewrite, screen, shield, tag
from pipelines.run import Changed, Run, read_run

STAGES = (ingest, inspect, screen, rewrite, match, shield, dedup, embed, tag, balance, emit)


def made_by(run: Run) -> dict[str, Any]:
    """Everything that its tables follow from beside the files: recipe, manifests by digest, limits, versions. No path of this machine."""
    asked, found = run.options, run.folders
    return {
        "program": importlib.metadata.version("medical-corpus"),
        "versions": {_name(stage): stage.VERSION for stage in STAGES},
        "recipe": run.recipe.plain(),
        "manifests": {each.name: each.digest for each in asked.manifests if each.name in found or each.kind == "benchmark"},
        "sources": sorted(asked.sources),
        "limit": asked.limit,
    }


def hold_version(out: str, recipe: str) -> None:
    """Raises Changed where a finished run was made by stages that now write other tables: what they hold would be read wrongly."""
    made = read_run(out).get("recipes", {}).get(recipe, {}).get("made_by") or {}
    here = {_name(stage): stage.VERSION for stage in STAGES}
    were = made.get("versions", {}).items()
    other = [f"{name} {version}, here {here.get(name, 'none')}" for name, version in were if here.get(name) != version]
    if other:
        raise Changed(f"{out}: made by another version of the program ({'; '.join(other)}); 'corpus' with the same arguments makes it anew")


def _name(stage: ModuleType) -> str:
    return stage.__name__.rpartition(".")[2]
