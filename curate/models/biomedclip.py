"""uint8 images -> embeddings and modality scores by BiomedCLIP, through open_clip"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from curate.models.prompts import PromptSet, load_prompts
from curate.models.weights import CONFIG, Weights, WeightsError, fetch, how_to_get

if TYPE_CHECKING:
    import torch

ATTRIBUTE = "modality_biomedclip_v1"
BATCH = {"cuda": 256, "cpu": 32}  # halved when memory runs out; on a CPU its size does not matter
BERT = {  # what BERT-base publishes and the weights do not show; the rest is read off the weights' shapes
    "architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_act": "gelu", "attention_probs_dropout_prob": 0.1,
    "hidden_dropout_prob": 0.1, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
}  # fmt: skip
BERT_HEAD = 64  # width of an attention head in every published BERT


def ensure_torchvision() -> None:
    """A torchvision built for GPUs beside a torch built for CPUs fails at import: name the two operators it looks for."""
    import torch

    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        torch.library._kept_for_torchvision = library  # type: ignore[attr-defined]  # its names go with it
        import torchvision  # noqa: F401


def prepare(image: Image.Image, side: int = 224) -> np.ndarray:
    """A rendered image as the model takes it: uint8, (side, side, 3), shorter side resized by Pillow's bicubic, centre cropped.
    The same bits as open_clip's own transform before it normalises."""
    width, height = image.size
    short = min(width, height)
    width, height = (int(side * width / short) if width > short else side), (int(side * height / short) if height > short else side)
    left, top = round((width - side) / 2), round((height - side) / 2)
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized.crop((left, top, left + side, top + side)).convert("RGB"))


@dataclass
class Embedder:
    """A loaded model. `name` says which weights and prompts, and the device class: a GPU and a CPU count as two models."""

    name: str
    classes: tuple[str, ...]
    side: int
    visual: Any  # torch.nn.Module: open_clip's image tower
    directions: np.ndarray  # float32 (classes, width): one unit vector a class
    scale: float  # the model's own logit scale: its temperature
    mean: tuple[float, ...]
    std: tuple[float, ...]
    device: str
    batch: int

    def embed(self, images: np.ndarray) -> np.ndarray:
        """uint8 (n, side, side, 3) -> float32 (n, width), each of length 1."""
        import torch

        if images.ndim != 4 or images.shape[1:] != (self.side, self.side, 3) or images.dtype != np.uint8:
            raise ValueError(f"images are {images.dtype} {images.shape}, wanted uint8 (n, {self.side}, {self.side}, 3)")
        done: list[np.ndarray] = [np.empty((0, self.directions.shape[1]), np.float32)]
        at = 0
        while at < len(images):
            try:
                done.append(self._forward(images[at : at + self.batch]))
                at += self.batch
            except torch.OutOfMemoryError:
                if self.batch == 1:
                    raise
                self.batch //= 2
                torch.cuda.empty_cache()
        return np.concatenate(done)

    def classify(self, images: np.ndarray) -> np.ndarray:
        """uint8 (n, side, side, 3) -> float64 (n, classes): softmax over `classes`, rounded to 4 places."""
        logits = self.scale * self.embed(images).astype(np.float64) @ self.directions.T.astype(np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return np.round(powers / powers.sum(axis=1, keepdims=True), 4)

    def _forward(self, images: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(images)).to(self.device)
            mean, std = (torch.tensor(values, device=self.device).view(3, 1, 1) for values in (self.mean, self.std))
            normal = (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std
            wanted = next(self.visual.parameters()).dtype
            found = torch.nn.functional.normalize(self.visual(normal.to(wanted)).float(), dim=-1)
        return found.cpu().numpy()


def load(weights: Weights, device: str = "auto") -> Embedder:
    """The model on `device` ('auto': a GPU if there is one), half precision on a GPU. Prompts are encoded once, then the text tower goes.
    Raises WeightsError where a file is damaged or does not fit the others."""
    weights = fetch(weights)
    ensure_torchvision()
    import open_clip  # 5-8 s
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    folder, prompts = weights.file.parent, load_prompts()
    config = _config(folder)
    shapes = {name: tuple(tensor.shape) for name, tensor in _read(weights.file).items()}
    with tempfile.TemporaryDirectory() as bert:
        text = {**config["model_cfg"]["text_cfg"], "hf_model_name": _bert_folder(folder, Path(bert), shapes), "hf_model_pretrained": False}
        try:
            model = open_clip.create_model(f"local-dir:{folder}", text_cfg=text, pretrained_text=False, weights_only=True)
        except (RuntimeError, ValueError, KeyError) as error:
            raise WeightsError(f"BiomedCLIP: {weights.file.name} does not fit {CONFIG} in {folder}: {how_to_get(folder)}") from error
    model.eval()  # it comes back in training mode
    tokenizer = open_clip.tokenizer.HFTokenizer(str(weights.text_folder), context_length=text.get("context_length", 256))
    with torch.inference_mode():
        directions = _directions(model, tokenizer, prompts, vocabulary=shapes["text.transformer.embeddings.word_embeddings.weight"][0])
        scale = float(model.logit_scale.exp())
    normal = model.visual.preprocess_cfg
    visual = model.visual.to(device=device, dtype=torch.float16 if device == "cuda" else torch.float32)
    return Embedder(
        name=f"biomedclip:{weights.digest()}:{prompts.digest}:{device}",
        classes=tuple(each.name for each in prompts.classes),
        side=normal["size"][0] if isinstance(normal["size"], tuple | list) else normal["size"],
        visual=visual, directions=directions, scale=scale, mean=tuple(normal["mean"]), std=tuple(normal["std"]), device=device,
        batch=BATCH.get(device, 32),
    )  # fmt: skip


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config["model_cfg"]["text_cfg"]["hf_tokenizer_name"]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"BiomedCLIP: {folder / CONFIG} is damaged: {how_to_get(folder)}") from error
    return config


def _read(file: Path) -> Mapping[str, torch.Tensor]:
    """Names and tensors of a weight file, mapped and not copied. Never unpickles code."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        return torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except (SafetensorError, RuntimeError, ValueError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise WeightsError(f"BiomedCLIP: {file} is damaged ({file.stat().st_size} bytes): {how_to_get(file.parent)}") from error


def _bert_folder(folder: Path, spare: Path, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Where open_clip finds the text tower's config. The published folder has none: its constants are written into `spare`."""
    if (folder / "config.json").is_file():
        return str(folder)
    tower = "text.transformer."
    try:
        vocabulary, hidden = shapes[f"{tower}embeddings.word_embeddings.weight"]
        sizes = {
            "vocab_size": vocabulary,
            "hidden_size": hidden,
            "num_attention_heads": max(1, hidden // BERT_HEAD),
            "num_hidden_layers": len({name.split(".")[4] for name in shapes if name.startswith(f"{tower}encoder.layer.")}),
            "intermediate_size": shapes[f"{tower}encoder.layer.0.intermediate.dense.weight"][0],
            "max_position_embeddings": shapes[f"{tower}embeddings.position_embeddings.weight"][0],
            "type_vocab_size": shapes[f"{tower}embeddings.token_type_embeddings.weight"][0],
        }
    except KeyError as error:
        raise WeightsError(f"BiomedCLIP: the weights in {folder} hold no BERT text tower: {how_to_get(folder)}") from error
    (spare / "config.json").write_text(json.dumps({**BERT, **sizes}), encoding="utf-8")
    return str(spare)


def _directions(model: Any, tokenizer: Any, prompts: PromptSet, *, vocabulary: int) -> np.ndarray:
    """One unit vector a class: the mean of its prompts' unit vectors. float32 (classes, width)."""
    import torch

    known, unknown = tokenizer.tokenizer, tokenizer.tokenizer.unk_token_id
    if len(known) > vocabulary:
        raise WeightsError(f"BiomedCLIP: the tokenizer has {len(known)} pieces, the weights {vocabulary}: {how_to_get(None)}")

    def mean_of(texts: Sequence[str]) -> torch.Tensor:
        ids = tokenizer(list(texts))
        # a folder without its vocabulary opens as a tokenizer to which every word is unknown, with no error
        if (ids == unknown).sum() * 2 > (ids != known.pad_token_id).sum():
            raise WeightsError(f"BiomedCLIP: its tokenizer knows no words of the prompts: {how_to_get(None)}")
        used = int((ids != known.pad_token_id).sum(dim=1).max())  # padding to 256 costs 18 times as much and changes nothing
        found = torch.nn.functional.normalize(model.encode_text(ids[:, :used]).float(), dim=-1)
        return torch.nn.functional.normalize(found.mean(dim=0), dim=-1)

    return torch.stack([mean_of(each.prompts) for each in prompts.classes]).numpy()
