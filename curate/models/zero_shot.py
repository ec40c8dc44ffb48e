"""embeddings -> what the images are, by an image-text model's own words: a Head without training"""

from __future__ import annotations

import functools
import itertools
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from curate.models.probe import rounded
from curate.models.prompts import ImageClass, PromptSet, load_prompts
from curate.models.text_tower import encode_prompts
from curate.models.weights import BIOMEDCLIP, Weights

TEMPERATURES = Path(__file__).with_name("temperatures.yaml")
VERSION = 2  # of what is made of the similarities; the prompts have their own digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroShot:
    """A Head: softmax over similarities to views, a class being the mean of its views."""

    name: str
    attribute: str
    classes: tuple[ImageClass, ...]
    directions: np.ndarray  # float32 (views, width): one unit vector a view
    of: np.ndarray  # int64 (views,): which class a view belongs to
    temperature: float  # similarities are divided by it
    calibrated: bool  # the temperature was fitted on labelled images; else it is the model's own

    def scores(self, embeddings: np.ndarray) -> np.ndarray:
        """float32 (n, width), of any length above 0 -> float64 (n, classes): probabilities in ten-thousandths that sum to 1."""
        lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1, keepdims=True)
        unit = embeddings.astype(np.float64) / np.maximum(lengths, 1e-12)
        # einsum and not BLAS: there the last bits of a row depend on how many rows there are
        similar = np.einsum("nd,vd->nv", unit, self.directions.astype(np.float64))
        logits = similar / self.temperature
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        belongs = np.equal.outer(self.of, np.arange(len(self.classes))).astype(np.float64)
        means = powers @ (belongs / belongs.sum(axis=0))
        return rounded(means / means.sum(axis=1, keepdims=True))


def load_zero_shot(weights: Weights, cache: Path | None = None) -> ZeroShot:
    """The head of a model: its prompts are encoded once (some 10 s), and kept in the folder `cache` by the digests of weights and prompts,
    so that whoever comes later needs no text tower. Raises WeightsError."""
    prompts = load_prompts()
    vectors, scale = _encoded(weights, prompts, cache)
    starts = np.cumsum([0, *(len(view.prompts) for view in prompts.views)])
    means = np.stack([vectors[start:end].mean(axis=0) for start, end in itertools.pairwise(starts)])
    fitted = _fitted(weights.digest(), prompts.digest)
    names = [each.name for each in prompts.classes]
    return ZeroShot(
        name=head_name(weights.digest()),
        attribute=attribute_of(weights.model),
        classes=prompts.classes,
        directions=(means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32),
        of=np.array([names.index(view.of) for view in prompts.views]),
        temperature=fitted or 1 / scale,
        calibrated=fitted is not None,
    )


def attribute_of(model: str) -> str:
    """Of a model's zero-shot scores. What stands between is what `modality_by` calls it: biomedclip, open_clip."""
    return f"modality_{BIOMEDCLIP if model == BIOMEDCLIP else 'open_clip'}_v{VERSION}"


def head_name(weights: str) -> str:
    """Told from a model's digest before anything is loaded: its prompts, and a temperature that is not its own."""
    prompts = load_prompts().digest
    fitted = _fitted(weights, prompts)
    return f"zero-shot:{prompts}" + (f":{fitted:.6g}" if fitted else "")


def _fitted(weights: str, prompts: str) -> float | None:
    found = _temperatures().get(weights)
    return float(found["temperature"]) if found and found["prompts"] == prompts else None


@functools.cache
def _temperatures() -> Mapping[str, Mapping[str, Any]]:
    models: dict[str, dict[str, Any]] = yaml.safe_load(TEMPERATURES.read_text(encoding="utf-8"))["models"]
    return models


def _encoded(weights: Weights, prompts: PromptSet, cache: Path | None) -> tuple[np.ndarray, float]:
    texts = [prompt for view in prompts.views for prompt in view.prompts]
    path = cache / f"{weights.digest()}-{prompts.digest}.npz" if cache else None
    found = _kept(path, len(texts)) if path else None
    if found is None:
        found = encode_prompts(weights, texts)
        if path:
            _keep(path, *found)
    return found


def _kept(path: Path, count: int) -> tuple[np.ndarray, float] | None:
    """None where there is none, or none that is whole: it is made again."""
    try:
        with np.load(path, allow_pickle=False) as opened:
            vectors, scale = opened["vectors"], float(opened["scale"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return (vectors, scale) if vectors.ndim == 2 and len(vectors) == count and np.isfinite(vectors).all() else None


def _keep(path: Path, vectors: np.ndarray, scale: float) -> None:
    """In one piece: another process may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, vectors=vectors, scale=np.float64(scale))
    Path(name).replace(path)
