"""What 'auto' comes to: decided once, written to OUT/run.json with digests, required on resume"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curate.models.tokens import TokenizerError, load_tokenizer
from curate.models.weights import Weights, WeightsError, fetch, find_weights
from pipelines.asking import check_server, resolve_rewrite
from pipelines.run import Changed, Options, UsageError, read_run


def resolve(options: Options) -> dict[str, Any]:
    """The tokenizer and the tagger of this run, and the model that rewrites where there is one. Raises Changed if OUT was begun with
    others, UsageError if one cannot be loaded."""
    before = read_run(options.out).get("recipes", {}).get(options.recipe.id, {}).get("resolved", {})
    check_server(options)
    return {
        "tokenizer": _tokenizer(options, before.get("tokenizer")),
        "tagger": _tagger(options, before),
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


def _tagger(options: Options, before: Mapping[str, Any]) -> dict[str, str] | None:
    """BiomedCLIP where its weights are there; without them the other evidence decides, and the report says so."""
    try:
        weights = find_weights(options.weights, network=options.network)
        weights = fetch(weights) if weights else None
    except WeightsError as error:
        raise UsageError(str(error)) from error
    found = _described(weights) if weights else None
    if "tagger" in before and _identity(found) != _identity(before["tagger"]):
        was, now = _identity(before["tagger"]) or "no image tagger", _identity(found) or "none"
        raise Changed(f"{options.out} was begun with {was}, this run found {now}; give --weights as before, or a new --out")
    return found


def _described(weights: Weights) -> dict[str, str]:
    import torch  # seconds: only where there is a model to run

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"model": "biomedclip", "folder": str(weights.folder), "digest": weights.digest(), "device": device}


def _identity(tagger: Mapping[str, str] | None) -> str:
    return f"{tagger['model']} {tagger['digest']} on {tagger['device']}" if tagger else ""
