"""A random, tiny model in the layout BiomedCLIP is published in: open_clip config, weights, tokenizer, and no BERT config."""

from __future__ import annotations

import json
from pathlib import Path

from curate.models.prompts import load_prompts
from curate.models.text_tower import BERT
from curate.models.tower import ensure_torchvision
from curate.models.weights import CONFIG, TEXT_MODEL

WIDTH = 64  # one attention head
NORMAL = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}


def write_tiny(folder: Path, *, safetensors: bool = False, bert_config: bool = False) -> Path:
    """The published files in `folder`, 2 MB, the same values each time; with `bert_config` also what open_clip needs to open it alone."""
    ensure_torchvision()
    import open_clip
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    pieces = _write_tokenizer(folder)
    (folder / CONFIG).write_text(json.dumps(_config()))
    bert = {
        **BERT, "vocab_size": pieces, "hidden_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 128,
        "max_position_embeddings": 512, "type_vocab_size": 2, "initializer_range": 0.3,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(bert))
    torch.manual_seed(0)
    text = {**_config()["model_cfg"]["text_cfg"], "hf_model_name": str(folder), "hf_model_pretrained": False}
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


def _config() -> dict:
    vision = {"timm_model_name": "test_vit", "timm_model_pretrained": False, "timm_pool": "", "timm_proj": "linear", "image_size": 224}
    text = {"hf_model_name": TEXT_MODEL, "hf_tokenizer_name": TEXT_MODEL, "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler", "context_length": 256}  # fmt: skip
    return {"model_cfg": {"embed_dim": WIDTH, "vision_cfg": vision, "text_cfg": text}, "preprocess_cfg": NORMAL}


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
