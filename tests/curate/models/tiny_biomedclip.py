"""A random model, tiny or of full size, in the layout BiomedCLIP is published in: open_clip config, weights, tokenizer, no BERT config."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.models.prompts import load_prompts
from curate.models.text_tower import BERT
from curate.models.tower import ensure_torchvision
from curate.models.weights import CONFIG, TEXT_MODEL

NORMAL = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    vision: str  # timm's name
    width: int  # of an embedding
    hidden: int  # of the text tower
    layers: int
    wide: int
    pieces: int  # of the vocabulary that the weights know; 0: as many as the tokenizer has
    spread: float  # of the text tower's numbers: a tiny one at BERT's 0.02 gives every prompt nearly the same embedding


TINY = Size(vision="test_vit", width=64, hidden=64, layers=1, wide=128, pieces=0, spread=0.3)
FULL = Size(vision="vit_base_patch16_224", width=512, hidden=768, layers=12, wide=3072, pieces=30_522, spread=0.02)  # 785 MB


def write_tiny(folder: Path, *, safetensors: bool = False, bert_config: bool = False, size: Size = TINY) -> Path:
    """The published files in `folder`, 2 MB, the same values each time; with `bert_config` also what open_clip needs to open it alone."""
    ensure_torchvision()
    import open_clip
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    pieces = _write_tokenizer(folder)
    (folder / CONFIG).write_text(json.dumps(_config(size)))
    bert = {
        **BERT, "vocab_size": size.pieces or pieces, "hidden_size": size.hidden, "num_hidden_layers": size.layers,
        "num_attention_heads": size.hidden // 64, "intermediate_size": size.wide, "max_position_embeddings": 512, "type_vocab_size": 2,
        "initializer_range": size.spread,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(bert))
    torch.manual_seed(0)
    text = {**_config(size)["model_cfg"]["text_cfg"], "hf_model_name": str(folder), "hf_model_pretrained": False}
    model = open_clip.create_model(f"local-dir:{folder}", text_cfg=text, pretrained_text=False)
    if not bert_config:
        (folder / "config.json").unlink()  # the published folder has none
    state = {name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()}
    state["text.transformer.embeddings.position_ids"] = torch.arange(512)[None]  # the published file still has this key
    if safetensors:
        from safetensors.torch import save_file

        save_file(state, folder / "open_clip_model.safetensors")
    else:
        torch.save(state, folder / "open_clip_pytorch_model.bin")
    return folder


def open_clips_own(folder: Path) -> Any:
    """(model in evaluation mode, transform, tokenizer) as open_clip itself opens a folder with a BERT config."""
    import open_clip

    text = {"hf_model_name": str(folder), "hf_model_pretrained": False, "hf_tokenizer_name": "x", "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler", "context_length": 256}  # fmt: skip
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}", text_cfg=text)
    return model.eval(), transform, open_clip.get_tokenizer(f"local-dir:{folder}")


def _config(size: Size) -> dict:
    vision = {"timm_model_name": size.vision, "timm_model_pretrained": False, "timm_pool": "", "timm_proj": "linear", "image_size": 224}
    text = {"hf_model_name": TEXT_MODEL, "hf_tokenizer_name": TEXT_MODEL, "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler", "context_length": 256}  # fmt: skip
    return {"model_cfg": {"embed_dim": size.width, "vision_cfg": vision, "text_cfg": text}, "preprocess_cfg": NORMAL}


def _write_tokenizer(folder: Path) -> int:
    from tokenizers import BertWordPieceTokenizer

    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    prompts = " ".join(prompt for each in load_prompts().classes for prompt in each.prompts).lower()
    words = sorted({word for word in prompts.split() if word.isalpha()})
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    pieces = list(dict.fromkeys([*special.values(), *letters, *(f"##{letter}" for letter in letters), *words]))
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True).save(str(folder / "tokenizer.json"))
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "tokenizer_config.json").write_text(json.dumps({**special, "do_lower_case": True, "tokenizer_class": "BertTokenizer"}))
    return len(pieces)
