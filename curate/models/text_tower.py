"""prompts -> unit vectors by an image-text model's text tower, with no network: the published folder and a few constants are enough"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.models.state import read_state
from curate.models.tower import ensure_torchvision
from curate.models.weights import CONFIG, TOKENIZER_FILES, Weights

if TYPE_CHECKING:
    import torch

BERT = {  # what BERT-base publishes and the weights do not show; the rest is read off the weights' shapes
    "architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_act": "gelu", "attention_probs_dropout_prob": 0.1,
    "hidden_dropout_prob": 0.1, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
}  # fmt: skip
BERT_HEAD = 64  # width of an attention head in every published BERT
CONTEXT = 256  # tokens, BiomedCLIP's
TOWER = "text.transformer."
TOGETHER = 32  # prompts in a batch


def encode_prompts(weights: Weights, texts: Sequence[str]) -> tuple[np.ndarray, float]:
    """(float32 (n, width) of unit vectors, the model's own logit scale), on the CPU in float32: the same on every machine with the same
    torch, whatever runs the images. Builds both towers (4.5 s, 1.9 GB for BiomedCLIP) and lets them go. Raises WeightsError."""
    import torch

    tokens = tokenize(weights, texts)
    model = _model(weights, read_state(weights))
    lengths = (tokens != 0).sum(axis=1)
    order = np.argsort(lengths, kind="stable")  # those of a length together: padding costs as much as words
    found = []
    with torch.inference_mode():
        for start in range(0, len(texts), TOGETHER):
            some = order[start : start + TOGETHER]
            # BERT reads padding as nothing: 256 places cost 18 times as much and change nothing. CLIP's own tower wants them all.
            used = int(lengths[some].max()) if _is_bert(weights) else tokens.shape[1]
            found.append(torch.nn.functional.normalize(model.encode_text(torch.from_numpy(tokens[some, :used])).float(), dim=-1).numpy())
        return np.concatenate(found)[np.argsort(order)], float(model.logit_scale.exp())


def tokenize(weights: Weights, texts: Sequence[str]) -> np.ndarray:
    """int64 (n, longest, padded with 0): the published tokenizer's own pieces, read from its file without transformers, which would ask
    the hub. Raises WeightsError where it does not fit the model."""
    if not _is_bert(weights):
        return _clip_tokens(weights, texts)
    folder = weights.text_folder or weights.file.parent
    tokenizer = _tokenizer(weights, folder)
    if tokenizer.token_to_id("[PAD]") != 0:
        raise weights.fault(_vocabulary(folder), "a tokenizer without [PAD] at 0", "BERT's")
    context = weights.config()["model_cfg"]["text_cfg"].get("context_length", CONTEXT)
    tokenizer.enable_truncation(context)
    tokenizer.no_padding()
    encoded = [each.ids for each in tokenizer.encode_batch([" ".join(text.split()) for text in texts])]
    tokens = np.zeros((len(texts), max(map(len, encoded))), np.int64)
    for row, ids in zip(tokens, encoded):
        row[: len(ids)] = ids
    unknown = tokenizer.token_to_id("[UNK]")
    if (tokens == unknown).sum() * 2 > (tokens != 0).sum():
        # a folder without its vocabulary opens as a tokenizer to which every word is unknown, with no error
        raise weights.fault(_vocabulary(folder), "a tokenizer that knows no words of the prompts", "the published one")
    return tokens


def _is_bert(weights: Weights) -> bool:
    return "hf_model_name" in weights.config()["model_cfg"]["text_cfg"]


def _clip_tokens(weights: Weights, texts: Sequence[str]) -> np.ndarray:
    """int64 (n, context): by the vocabulary that open_clip carries."""
    from open_clip import SimpleTokenizer

    described = weights.config()["model_cfg"]["text_cfg"]
    if "hf_tokenizer_name" in described:
        wanted = "open_clip's own, or a BERT text tower"
        raise weights.fault(weights.file.parent / CONFIG, f"the tokenizer {described['hf_tokenizer_name']}", wanted)
    found: np.ndarray = SimpleTokenizer(context_length=described.get("context_length", 77))(list(texts)).numpy()
    return found


def _vocabulary(folder: Path) -> Path:
    return next((folder / name for name in TOKENIZER_FILES if (folder / name).is_file()), folder / TOKENIZER_FILES[0])


def _tokenizer(weights: Weights, folder: Path) -> Any:
    """tokenizers.Tokenizer of tokenizer.json, else of vocab.txt as BERT reads it."""
    from tokenizers import BertWordPieceTokenizer, Tokenizer

    file = _vocabulary(folder)
    try:
        if file.suffix == ".json":
            return Tokenizer.from_file(str(file))
        return BertWordPieceTokenizer(str(file), lowercase=True)
    except Exception as error:  # its Rust side raises nothing narrower
        raise weights.fault(file, "no tokenizer" if file.is_file() else "nothing", " or ".join(TOKENIZER_FILES)) from error


def _model(weights: Weights, state: Mapping[str, torch.Tensor]) -> Any:
    """open_clip's model with both towers, in evaluation mode."""
    ensure_torchvision()
    import open_clip  # 4-8 s

    described = dict(weights.config()["model_cfg"])
    with ExitStack() as stack:
        if _is_bert(weights):
            spare = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _check_pieces(weights, state)
            bert = _bert_folder(weights, spare, state)
            described["text_cfg"] = {**described["text_cfg"], "hf_model_name": bert, "hf_model_pretrained": False}
        described["vision_cfg"] = {**described["vision_cfg"], "timm_model_pretrained": False}
        custom = described.pop("custom_text", False) or _is_bert(weights)
        try:
            model = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**described)
            model.load_state_dict({name: tensor for name, tensor in state.items() if not name.endswith(".position_ids")})
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise weights.fault(weights.file, "towers of other names or sizes", "those that its config describes") from error
    return model.eval()  # it comes in training mode


def _check_pieces(weights: Weights, state: Mapping[str, torch.Tensor]) -> None:
    name = f"{TOWER}embeddings.word_embeddings.weight"
    if name not in state:
        return
    folder = weights.text_folder or weights.file.parent
    pieces, known = _tokenizer(weights, folder).get_vocab_size(), len(state[name])
    if pieces > known:
        raise weights.fault(_vocabulary(folder), f"{pieces:,} pieces", f"at most the {known:,} that the weights know")


def _check_config(weights: Weights, path: Path) -> None:
    """One that names code of its own has transformers ask whether to run it."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise weights.fault(path, "no JSON", "a BERT model's config") from error
    if not isinstance(described, dict) or "auto_map" in described:
        raise weights.fault(path, "a model with code of its own, or none", "a BERT model's config")


def _bert_folder(weights: Weights, spare: Path, state: Mapping[str, torch.Tensor]) -> str:
    """Where open_clip finds the text tower's config. The published folder has none: its constants are written into `spare`."""
    folder = weights.text_folder
    if folder is not None and (folder / "config.json").is_file():
        _check_config(weights, folder / "config.json")
        return str(folder)
    try:
        shapes = {name: tuple(tensor.shape) for name, tensor in state.items() if name.startswith(TOWER)}
        vocabulary, hidden = shapes[f"{TOWER}embeddings.word_embeddings.weight"]
        sizes = {
            "vocab_size": vocabulary,
            "hidden_size": hidden,
            "num_attention_heads": max(1, hidden // BERT_HEAD),
            "num_hidden_layers": len({name.split(".")[4] for name in shapes if name.startswith(f"{TOWER}encoder.layer.")}),
            "intermediate_size": shapes[f"{TOWER}encoder.layer.0.intermediate.dense.weight"][0],
            "max_position_embeddings": shapes[f"{TOWER}embeddings.position_embeddings.weight"][0],
            "type_vocab_size": shapes[f"{TOWER}embeddings.token_type_embeddings.weight"][0],
        }
    except KeyError as error:
        raise weights.fault(weights.file, "no BERT text tower", "one, as published") from error
    (spare / "config.json").write_text(json.dumps({**BERT, **sizes}), encoding="utf-8")
    return str(spare)
