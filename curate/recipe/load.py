"""recipe YAML -> Recipe, or every fault in it with its place"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from curate.manifest.plain_yaml import parse_yaml
from curate.recipe.model import Balance, CorpusPlan, Limits, Matching, Mixture, Recipe, Rewrite, Shards, Tagging
from curate.recipe.sense import sense_faults
from curate.rendering import Windows, said_by_recipe

SCHEMA = Path(__file__).parents[2] / "schemas" / "corpus.schema.json"
NO_WINDOWS: Windows = {}


class RecipeError(ValueError):
    """The recipe cannot be used; the message lists every fault with its place."""


def load_recipe(path: Path, windows: Windows = NO_WINDOWS) -> Recipe:
    """The recipe in `path`, which may name `windows`. Raises RecipeError with every fault and its place."""
    try:
        raw = parse_yaml(path.read_text(encoding="utf-8"), yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: no UTF-8, or a date that is none
        raise RecipeError(f"{path}: cannot be read as YAML: {type(error).__name__}") from error
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    faults = [f"{path}: {fault.json_path}: {fault.message}" for fault in sorted(validator.iter_errors(raw), key=lambda e: e.json_path)]
    if not faults:
        rendering, wrong = said_by_recipe(raw.get("rendering", {}), windows)
        faults = [f"{path}: {fault}" for fault in (*sense_faults(raw, path.stem), *wrong)]
    if faults:
        raise RecipeError("\n".join(faults))
    return _recipe({**raw, "rendering": rendering})


def _recipe(raw: dict[str, Any]) -> Recipe:
    built = dict(raw)
    for name, kind in (("limits", Limits), ("matching", Matching), ("tagging", Tagging)):
        if name in raw:
            built[name] = kind(**_tuples(raw[name]))
    if "rewrite" in raw:
        built["rewrite"] = Rewrite(**_tuples(raw["rewrite"]))
    built["corpora"] = tuple(_corpus(plan) for plan in raw["corpora"])
    built["mixtures"] = tuple(Mixture(**_tuples(mixture)) for mixture in raw.get("mixtures", ()))
    return Recipe(**built)


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}


def _corpus(raw: dict[str, Any]) -> CorpusPlan:
    built = dict(raw)
    for name in ("tasks", "sources"):
        if name in raw:
            built[name] = tuple(raw[name])
    if "balance" in raw:
        built["balance"] = Balance(**raw["balance"])
    if "shards" in raw:
        built["shards"] = Shards(**raw["shards"])
    return CorpusPlan(**built)
