"""where BiomedCLIP's files lie: a folder of the published layout, the hub cache, or the hub; decided without importing torch"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from curate.models.hub import is_reachable, snapshot

MODEL = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
TEXT_MODEL = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
CONFIG = "open_clip_config.json"
WEIGHT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")  # open_clip's order
TOKENIZER_FILES = ("tokenizer.json", "vocab.txt")  # either will do
FETCHED = [CONFIG, *WEIGHT_FILES, *TOKENIZER_FILES, "tokenizer_config.json", "special_tokens_map.json"]


class WeightsError(ValueError):
    """A model cannot be loaded; the message says what to download and where to put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Files of one model. `folder` is None until a model that lies on the hub is fetched."""

    origin: Literal["folder", "cache", "network"]
    folder: Path | None
    text_folder: Path | None  # where the tokenizer's files lie: `folder` in the published layout

    @property
    def file(self) -> Path:
        if self.folder is None:
            raise WeightsError(f"BiomedCLIP is not fetched yet: {how_to_get(None)}")
        return next(self.folder / name for name in WEIGHT_FILES if (self.folder / name).is_file())

    def digest(self) -> str:
        """SHA-256 of the weight file, 16 hex digits (0.6 s for the published 784 MB)."""
        sha = hashlib.sha256()
        with self.file.open("rb") as opened:
            while block := opened.read(1 << 20):
                sha.update(block)
        return sha.hexdigest()[:16]


def find_weights(setting: str | None, environ: Mapping[str, str] | None = None, *, network: bool = False) -> Weights | None:
    """`setting` None or 'auto': the hub cache, else the hub if `network` and it answers within 3 s, else None. 'none': None.
    Anything else is a folder of the published layout. Raises WeightsError where that folder lacks something."""
    environ = os.environ if environ is None else environ
    if setting == "none":
        return None
    if setting not in (None, "auto"):
        return _in_folder(Path(str(setting)))
    cached = snapshot(MODEL, environ)
    if cached is not None and not _missing(cached, with_tokenizer=False):
        text_folder = cached if _has_tokenizer(cached) else snapshot(TEXT_MODEL, environ)
        if text_folder is not None and _has_tokenizer(text_folder):
            return Weights(origin="cache", folder=cached, text_folder=text_folder)
    if network and is_reachable(environ):
        return Weights(origin="network", folder=None, text_folder=None)
    return None


def fetch(weights: Weights) -> Weights:
    """`weights` with its files on this machine, downloaded into the hub cache where they are not. Raises WeightsError."""
    if weights.folder is not None:
        return weights
    from huggingface_hub import snapshot_download  # 1 s

    try:
        folder = Path(snapshot_download(MODEL, allow_patterns=FETCHED, etag_timeout=10))
    except (OSError, ValueError) as error:
        raise WeightsError(f"BiomedCLIP: the hub did not give it: {how_to_get(None)}") from error
    return Weights(origin="network", folder=folder, text_folder=folder)


def how_to_get(folder: Path | None) -> str:
    place = folder or "DIR"
    return (
        f"download it with `hf download {MODEL} --local-dir {place}` on a machine with network "
        f"(784 MB; its card allows research use only), put it in {place} and name that folder"
    )


def _in_folder(folder: Path) -> Weights:
    missing = _missing(folder, with_tokenizer=True)
    if missing:
        raise WeightsError(f"BiomedCLIP: {folder} lacks {', '.join(missing)}: {how_to_get(folder)}")
    return Weights(origin="folder", folder=folder, text_folder=folder)


def _missing(folder: Path, *, with_tokenizer: bool) -> list[str]:
    missing = [] if (folder / CONFIG).is_file() else [CONFIG]
    if not any((folder / name).is_file() for name in WEIGHT_FILES):
        missing.append(" or ".join(WEIGHT_FILES))
    if with_tokenizer and not _has_tokenizer(folder):
        missing.append(" or ".join(TOKENIZER_FILES))
    return missing


def _has_tokenizer(folder: Path) -> bool:
    return any((folder / name).is_file() for name in TOKENIZER_FILES)
