"""A model's folder that somebody sent: no code of its own, no address that it names"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from curate.models.state import read_state
from curate.models.text_tower import _bert_folder
from curate.models.weights import CONFIG, Weights, WeightsError


def sent(folder: Path, vision: dict[str, Any] | None = None) -> Weights:
    parts = {"embed_dim": 8, "vision_cfg": vision or {}, "text_cfg": {"hf_model_name": "any"}}
    (folder / CONFIG).write_text(json.dumps({"model_cfg": parts}))
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"")
    (folder / "vocab.txt").write_text("[UNK]\n")
    return Weights(origin="folder", folder=folder, text_folder=folder)


@pytest.mark.parametrize("name", ["hf-hub:somebody/model", "local-dir:/home/me", "hf_hub:somebody/model"])
def test_a_tower_that_names_another_place_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"found the image tower '.*', wanted one of timm's own"):
        sent(tmp_path, {"timm_model_name": name}).config()
    assert sent(tmp_path, {"timm_model_name": "vit_base_patch16_224"}).config()["model_cfg"]["embed_dim"] == 8


@pytest.mark.parametrize(
    "config",
    ['{"model_type": "bert", "auto_map": {"AutoConfig": "evil.Config"}}', '{"auto_map": {}}', "[]", "[" * 100_000, "\xff"],
)
def test_a_text_tower_with_code_of_its_own_is_refused(config: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(config.encode("latin-1"))
    with pytest.raises(WeightsError, match=r"config\.json: found"):
        _bert_folder(sent(tmp_path), tmp_path, {})


class Runs:
    ran = False

    def __reduce__(self) -> tuple[object, ...]:
        return run, ()


def run() -> str:
    Runs.ran = True
    return ""


def test_weights_that_are_a_program_do_not_run(tmp_path: Path) -> None:
    weights = sent(tmp_path)
    torch.save({"visual.a": Runs()}, weights.file)
    with pytest.raises(WeightsError, match="with pickled code, which is never run"):
        read_state(weights)
    assert not Runs.ran
