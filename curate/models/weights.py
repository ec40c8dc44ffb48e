"""where the files of an image-text model lie: a folder of the published layout, the hub cache, or the hub; found without torch"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from curate.models.hub import is_reachable, snapshot

MODEL = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
TEXT_MODEL = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
BIOMEDCLIP = "biomedclip"
CONFIG = "open_clip_config.json"
WEIGHT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")  # open_clip's order
TOKENIZER_FILES = ("tokenizer.json", "vocab.txt")  # either will do
FETCHED = [CONFIG, *WEIGHT_FILES, *TOKENIZER_FILES, "tokenizer_config.json", "special_tokens_map.json"]


class WeightsError(ValueError):
    """A model cannot be loaded; the message names the file, what was found, what was wanted, what to download and where to put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Files of one model. `folder` is None until a model that lies on the hub is fetched."""

    origin: Literal["folder", "cache", "network"]
    folder: Path | None
    text_folder: Path | None  # where the tokenizer's files lie: `folder` in the published layout; None: open_clip carries its tokenizer
    model: str = BIOMEDCLIP  # or as it is asked for: 'open_clip:ViT-B-32/laion2b_s34b_b79k', 'open_clip:<folder>'
    name: str = ""  # of its weight file, where that is none of WEIGHT_FILES
    settings: Mapping[str, Any] | None = None  # what CONFIG holds, of a model that open_clip knows by name

    @property
    def label(self) -> str:
        return "BiomedCLIP" if self.model == BIOMEDCLIP else self.model

    @property
    def file(self) -> Path:
        if self.folder is None:
            raise WeightsError(f"{self.label} is not fetched yet: {how_to_get(None)}")
        names = [self.name] if self.name else WEIGHT_FILES
        return next(self.folder / name for name in names if (self.folder / name).is_file())

    def config(self) -> Mapping[str, Any]:
        """`model_cfg` and `preprocess_cfg` as published. Raises WeightsError."""
        if self.settings is not None:
            return self.settings
        path = self.file.parent / CONFIG
        try:
            config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            config["model_cfg"]["embed_dim"], config["model_cfg"]["text_cfg"]
            tower = str(config["model_cfg"]["vision_cfg"].get("timm_model_name", ""))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.fault(path, "no JSON with its parts", "model_cfg with embed_dim, vision_cfg and text_cfg") from error
        if ":" in tower:  # hf-hub:..., local-dir:...: timm would fetch, or read, what a stranger's file names
            raise self.fault(path, f"the image tower '{tower:.60}'", "one of timm's own, by its name")
        return {"preprocess_cfg": {}, **config}

    def fault(self, file: Path, found: str, wanted: str) -> WeightsError:
        return WeightsError(f"{self.label}: {file}: found {found}, wanted {wanted}; {self.remedy()}")

    def remedy(self) -> str:
        if self.model == BIOMEDCLIP:
            return how_to_get(self.folder)
        return f"download the model anew into {self.folder}, or name another"

    def digest(self) -> str:
        """SHA-256 of the weight file, 16 hex digits (0.6 s for the published 784 MB)."""
        return file_digest(self.file)[:16]


def file_digest(file: Path) -> str:
    """SHA-256, once for a file that does not change while the program runs."""
    found = file.stat()
    return _digest(file, found.st_size, found.st_mtime_ns)


@functools.cache
def _digest(file: Path, size: int, mtime_ns: int) -> str:
    with file.open("rb") as opened:
        sha = hashlib.sha256()
        while block := opened.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def find_weights(setting: str | None, environ: Mapping[str, str] | None = None, *, network: bool = False) -> Weights | None:
    """BiomedCLIP's. `setting` None or 'auto': the hub cache, else the hub if `network` and it answers within 3 s, else None.
    Anything else is a folder of the published layout. Raises WeightsError where that folder lacks something."""
    environ = os.environ if environ is None else environ
    if setting not in (None, "auto"):
        return in_folder(Path(str(setting)), BIOMEDCLIP)
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
        f"(784 MB; its card allows research use only), put it in {place} and name that folder with --weights"
    )


def in_folder(folder: Path, model: str) -> Weights:
    """The model in a folder of the published layout. Raises WeightsError."""
    with_tokenizer = model == BIOMEDCLIP
    found = Weights(origin="folder", folder=folder, text_folder=folder if _has_tokenizer(folder) else None, model=model)
    if not folder.is_dir():
        raise found.fault(folder, "no such folder", "a folder that holds it in the published layout")
    if missing := _missing(folder, with_tokenizer=with_tokenizer):
        raise WeightsError(f"{found.label}: {folder} lacks {', '.join(missing)}; {found.remedy()}")
    return found


def _missing(folder: Path, *, with_tokenizer: bool) -> list[str]:
    missing = [] if (folder / CONFIG).is_file() else [CONFIG]
    if not any((folder / name).is_file() for name in WEIGHT_FILES):
        missing.append(" or ".join(WEIGHT_FILES))
    if with_tokenizer and not _has_tokenizer(folder):
        missing.append(" or ".join(TOKENIZER_FILES))
    return missing


def _has_tokenizer(folder: Path) -> bool:
    return any((folder / name).is_file() for name in TOKENIZER_FILES)
