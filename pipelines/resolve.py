"""What 'auto' comes to: decided once, written to OUT/run.json with digests, required on resume"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curate.models.tokens import TokenizerError, load_tokenizer
from pipelines.asking import resolve_rewrite
from pipelines.run import Changed, Options, UsageError, read_run
from pipelines.tagger import resolve_tagger


def resolve(options: Options) -> dict[str, Any]:
    """The tokenizer and the tagger of this run, and the model that rewrites where there is one. Raises Changed if OUT was begun with
    others, UsageError if one cannot be loaded."""
    begun = {name: each.get("resolved", {}) for name, each in read_run(options.out).get("recipes", {}).items()}
    before = begun.pop(options.recipe.id, {})
    return {
        "tokenizer": _tokenizer(options, before.get("tokenizer")),
        "tagger": resolve_tagger(options, before, begun),
        **resolve_rewrite(options, before),
    }


def _tokenizer(options: Options, before: Mapping[str, Any] | None) -> dict[str, str]:
    """As it was begun with, if the recipe still asks for the same; a tokenizer that came into the cache since changes nothing."""
    asked = options.recipe.limits.tokenizer
    setting = before["setting"] if before and before["asked"] == asked else asked
    try:
        name = load_tokenizer(setting, network=options.network).name
        if before and before["asked"] == asked and name != before["name"]:
            name, setting = load_tokenizer("clip-bpe").name, "clip-bpe"
            if name != before["name"]:
                raise Changed(f"{options.out} was begun with tokenizer {before['name']}, not here; put it back, or give a new --out")
    except TokenizerError as error:
        raise UsageError(str(error)) from error
    return {"asked": asked, "setting": "clip-bpe" if name.startswith("clip-bpe:") else setting, "name": name}
