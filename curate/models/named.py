"""'open_clip:ARCHITECTURE/TAG' or 'open_clip:FOLDER' -> the files of that model, in the local caches or in the folder"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.models.hub import is_reachable, snapshot
from curate.models.weights import CONFIG, WEIGHT_FILES, Weights, WeightsError, in_folder

SCHEME = "open_clip:"


def find_named(model: str, environ: Mapping[str, str] | None = None, *, network: bool = False) -> Weights:
    """A model that open_clip knows by architecture and tag (ViT-B-32/laion2b_s34b_b79k), in the caches where open_clip puts it, fetched
    there if `network`; or one in a folder with open_clip_config.json. Raises WeightsError."""
    environ = os.environ if environ is None else environ
    named = model.removeprefix(SCHEME)
    if Path(named).is_dir() or named.startswith((".", "/", "~")):
        return in_folder(Path(named).expanduser(), model)
    architecture, _, tag = named.partition("/")
    described, terms = _known(model, architecture, tag)
    file = _cached(terms, environ)
    if file is None and network and is_reachable(environ):
        file = _download(model, terms)
    if file is None:
        raise WeightsError(f"{model}: its weights are not in the caches here; {_how_to_get(terms)}, or run once with --network")
    wanted = {name: terms[name] for name in ("mean", "std", "interpolation", "resize_mode") if name in terms}
    settings = {"model_cfg": described, "preprocess_cfg": wanted}
    return Weights(origin="cache", folder=file.parent, text_folder=None, model=model, name=file.name, settings=settings)


def _known(model: str, architecture: str, tag: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its config, and open_clip's terms of the tag: where it lies, how it wants its pictures."""
    import open_clip  # 4-8 s

    described = open_clip.get_model_config(architecture)
    if described is None:
        wanted = f"wanted ARCHITECTURE/TAG or a folder with {CONFIG}"
        raise WeightsError(f"{model}: open_clip {open_clip.__version__} knows no '{architecture}'; {wanted}")
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if tag not in tags:
        raise WeightsError(f"{model}: '{tag}' is no tag of {architecture}; wanted one of {', '.join(tags) or 'none: it has none'}")
    if "hf_model_name" in described["text_cfg"]:
        raise WeightsError(f"{model}: its text tower lies in another repository; put both into a folder of BiomedCLIP's layout")
    terms: dict[str, Any] = open_clip.get_pretrained_cfg(architecture, tag)
    return described, terms


def _cached(terms: Mapping[str, Any], environ: Mapping[str, str]) -> Path | None:
    repository, _, name = terms.get("hf_hub", "").rpartition("/")
    folder = snapshot(repository, environ) if repository else None
    names = [name.rpartition(".")[0] + ".safetensors", name] if name else WEIGHT_FILES
    places = [folder / each for each in names] if folder else []
    if terms.get("url"):
        places.append(Path(environ.get("HOME", "~")).expanduser() / ".cache" / "clip" / terms["url"].rpartition("/")[2])
    return next((place for place in places if place.is_file()), None)


def _download(model: str, terms: Mapping[str, Any]) -> Path:
    from open_clip.pretrained import download_pretrained

    try:
        return Path(download_pretrained(dict(terms)))
    except (OSError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{model}: the hub did not give it; {_how_to_get(terms)}") from error


def _how_to_get(terms: Mapping[str, Any]) -> str:
    repository = terms.get("hf_hub", "").rpartition("/")[0]
    return f"download them with `hf download {repository}` on a machine with network" if repository else f"download {terms.get('url')}"
