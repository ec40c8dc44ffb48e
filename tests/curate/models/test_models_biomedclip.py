import numpy as np
import pytest
from PIL import Image

from curate.models.biomedclip import ensure_torchvision, load, prepare
from curate.models.prompts import load_prompts
from curate.models.weights import find_weights
from schemas.modality import TWELVE

DRAW = np.random.default_rng(7)
PICTURES = [
    Image.fromarray(DRAW.integers(0, 256, (300, 224, 3), dtype=np.uint8)),
    Image.fromarray(DRAW.integers(0, 256, (101, 333, 3), dtype=np.uint8)),
    Image.fromarray(DRAW.integers(0, 256, (64, 65), dtype=np.uint8)),
]


@pytest.fixture(scope="module")
def embedder(tiny):
    return load(find_weights(str(tiny), {}), "cpu")


def test_every_modality_and_every_figure_type_has_a_class():
    prompts = load_prompts()
    assert [each.modality for each in prompts.classes if each.modality != "other"] == list(TWELVE)
    assert [each.figure_type for each in prompts.classes if each.modality == "other"] == ["chart", "diagram", "page", "natural image"]
    assert prompts.classes[0].prompts[:3] == (
        "this is a photo of chest X-ray",
        "this is an image of chest X-ray",
        "chest X-ray presented in image",
    )


def test_images_are_prepared_bit_for_bit_as_open_clip_does():
    ensure_torchvision()
    import open_clip

    theirs = open_clip.image_transform(224, is_train=False, mean=(0, 0, 0), std=(1, 1, 1))
    for picture in PICTURES:
        wanted = (theirs(picture).permute(1, 2, 0) * 255).round().byte().numpy()
        assert np.array_equal(prepare(picture), wanted)


def test_embeddings_equal_open_clips_own(tmp_path, embedder):
    import open_clip
    import torch

    from tests.curate.models.tiny_biomedclip import write_tiny

    folder = write_tiny(tmp_path, bert_config=True)
    text = {"hf_model_name": str(folder), "hf_model_pretrained": False, "hf_tokenizer_name": "x", "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler", "context_length": 256}  # fmt: skip
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}", text_cfg=text)
    model.eval()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    with torch.inference_mode():
        wanted = model.encode_image(torch.stack([transform(picture) for picture in PICTURES]), normalize=True).numpy()
        prompts = load_prompts().classes[1].prompts
        direction = torch.nn.functional.normalize(model.encode_text(tokenizer(list(prompts)), normalize=True).mean(0), dim=-1).numpy()
    found = embedder.embed(np.stack([prepare(picture) for picture in PICTURES]))
    assert np.abs(found - wanted).max() < 1e-5
    assert np.abs(embedder.directions[1] - direction).max() < 1e-5
    assert embedder.scale == pytest.approx(model.logit_scale.exp().item())


def test_scores_are_a_softmax_over_the_classes_rounded_to_four_places(embedder):
    images = np.stack([prepare(picture) for picture in PICTURES])
    scores = embedder.classify(images)
    logits = embedder.scale * embedder.embed(images) @ embedder.directions.T
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert scores.shape == (3, 16)
    assert np.abs(scores - wanted).max() < 1e-4
    assert np.array_equal(scores, np.round(scores, 4))


def test_the_model_is_named_by_weights_prompts_and_device(tiny, embedder):
    assert embedder.name == f"biomedclip:{find_weights(str(tiny), {}).digest()}:{load_prompts().digest}:cpu"


def test_no_images_give_no_rows(embedder):
    none = np.empty((0, 224, 224, 3), np.uint8)
    assert embedder.embed(none).shape == (0, 64)
    assert embedder.classify(none).shape == (0, 16)


def test_batches_do_not_change_embeddings(tiny):
    small = load(find_weights(str(tiny), {}), "cpu")
    images = DRAW.integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)
    whole = small.embed(images)
    small.batch = 2
    assert np.abs(small.embed(images) - whole).max() < 1e-5


def test_a_batch_too_large_for_memory_is_halved_until_it_fits(tiny):
    import torch

    small = load(find_weights(str(tiny), {}), "cpu")
    images = DRAW.integers(0, 256, (7, 224, 224, 3), dtype=np.uint8)
    whole, forward, tried = small.embed(images), small._forward, []

    def fits_two(batch):
        tried.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError
        return forward(batch)

    small.batch, small._forward = 8, fits_two
    assert np.abs(small.embed(images) - whole).max() < 1e-5
    assert tried == [7, 4, 2, 2, 2, 1]


def test_memory_too_small_for_one_image_is_an_error(tiny):
    import torch

    small = load(find_weights(str(tiny), {}), "cpu")

    def fits_none(batch):
        raise torch.OutOfMemoryError

    small._forward = fits_none
    with pytest.raises(torch.OutOfMemoryError):
        small.embed(np.zeros((1, 224, 224, 3), np.uint8))


@pytest.mark.parametrize("shape", [(224, 224, 3), (1, 200, 224, 3), (1, 224, 224, 1)])
def test_images_of_another_shape_are_refused(embedder, shape):
    with pytest.raises(ValueError, match=r"wanted uint8 \(n, 224, 224, 3\)"):
        embedder.embed(np.zeros(shape, np.uint8))


def test_safetensors_give_the_same_model(tmp_path, embedder):
    from tests.curate.models.tiny_biomedclip import write_tiny

    other = load(find_weights(str(write_tiny(tmp_path, safetensors=True)), {}), "cpu")
    images = np.stack([prepare(picture) for picture in PICTURES])
    assert np.array_equal(other.embed(images), embedder.embed(images))
    assert np.array_equal(other.directions, embedder.directions)
