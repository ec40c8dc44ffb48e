import json

import pytest

from curate.models.named import find_named
from curate.models.weights import CONFIG, WeightsError

NAME = "open_clip:ViT-B-32/laion2b_s34b_b79k"


def test_a_named_model_is_found_in_the_hubs_cache(tmp_path):
    root = tmp_path / "models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("abc")
    (root / "snapshots" / "abc").mkdir(parents=True)
    file = root / "snapshots" / "abc" / "open_clip_model.safetensors"
    file.write_bytes(b"x")
    found = find_named(NAME, {"HF_HUB_CACHE": str(tmp_path)})
    assert (found.file, found.model, found.text_folder) == (file, NAME, None)
    assert found.config()["model_cfg"]["vision_cfg"]["patch_size"] == 32
    assert found.config()["preprocess_cfg"]["interpolation"] == "bicubic"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (NAME, "not in the caches here; download them with `hf download laion/CLIP-ViT-B-32-laion2B-s34B-b79K` on a machine"),
        ("open_clip:ViT-B-32/no", "'no' is no tag of ViT-B-32; wanted one of openai, laion400m_e31"),
        ("open_clip:ViT-Z-1/no", f"knows no 'ViT-Z-1'; wanted ARCHITECTURE/TAG or a folder with {CONFIG}"),
        ("open_clip:/nowhere", "/nowhere: found no such folder, wanted a folder that holds it in the published layout"),
        ("open_clip:roberta-ViT-B-32/laion2b_s12b_b32k", "its text tower lies in another repository"),
    ],
)
def test_a_model_that_is_not_here_says_what_to_do(tmp_path, name, words):
    with pytest.raises(WeightsError) as caught:
        find_named(name, {"HF_HUB_CACHE": str(tmp_path), "HOME": str(tmp_path)})
    assert str(caught.value).startswith(f"{name}: ")
    assert words in str(caught.value)


def test_a_model_of_open_clips_own_towers_loads_from_a_folder_and_equals_it(tmp_path):
    import numpy as np
    import open_clip
    import torch
    from PIL import Image

    from curate.models.biomedclip import load
    from curate.models.text_tower import encode_prompts

    tower = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8}
    words = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": tower, "text_cfg": words}
    (tmp_path / CONFIG).write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    torch.manual_seed(0)
    model = open_clip.CLIP(**config).eval()
    torch.save(model.state_dict(), tmp_path / "open_clip_pytorch_model.bin")
    (tmp_path / "tokenizer.json").write_text("{}")  # another library's, as such folders often hold: open_clip has its own
    weights = find_named(f"open_clip:{tmp_path}")
    embedder = load(weights, "cpu-fp32")
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    transform = open_clip.image_transform(32, is_train=False)
    with torch.inference_mode():
        wanted = model.encode_image(transform(picture)[None], normalize=True).numpy()
        tokens = open_clip.SimpleTokenizer()(["chest X-ray", "a CT scan"])
        directions = model.encode_text(tokens, normalize=True).numpy()
    assert embedder.name == f"open_clip:{tmp_path}:{weights.digest()}:cpu-fp32"
    assert np.abs(embedder.embed(embedder.prepare(picture)[None]) - wanted).max() < 1e-5
    found, scale = encode_prompts(weights, ["chest X-ray", "a CT scan"])
    assert np.abs(found - directions).max() < 1e-5
    assert scale == pytest.approx(model.logit_scale.exp().item())
