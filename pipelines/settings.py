"""what 'auto' came to -> the words in which cards, report and account tell it; what workers are made with, part by part"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipelines.run import Run
from pipelines.tables import fingerprint

# OUT's run.json fixes both when a run begins it; 'graph' follows it, and goes by --assume-rows, --buckets and --memory before there is one
LAYOUT = "number of buckets or rows of a part (OUT/run.json tells them; 'graph' takes them from there)"


def settings_of(run: Run) -> dict[str, str]:
    """What the workers of every stage are made with, beside OUT: part -> digest, or words. The folders of sources are none of it: they
    come with the units."""
    asked = run.options
    return {
        "program": _program(),
        "recipe": fingerprint(asked.recipe.plain()),
        "set of manifests": fingerprint(sorted((manifest.name, manifest.digest) for manifest in asked.manifests)),
        LAYOUT: f"{asked.buckets} buckets, {asked.part} rows",
        "--limit": str(asked.limit),
        "--allow-credentialed": str(asked.allow_credentialed),
        **{name: setting(value) for name, value in run.resolved.items()},
    }


@cache
def _program() -> str:
    return importlib.metadata.version("medical-corpus")


def is_embedded(tokenizer: Mapping[str, Any]) -> bool:
    """Whether 'auto' came to the tokenizer that is always here."""
    return tokenizer.get("asked") == "auto" and tokenizer.get("setting") == "clip-bpe"


def setting(value: Any) -> str:
    """What 'auto' came to, in words."""
    if isinstance(value, Mapping):
        words = [str(value[name]) for name in ("name", "model", "digest", "device", "head") if value.get(name)]
        words += ["embedded, Qwen2.5's is not here"] if is_embedded(value) else []
        return ", ".join(word[:16] if len(word) == 64 else word for word in words)
    return "none" if value is None else str(value)
