import numpy as np
import pytest
from PIL import Image

from curate.models.biomedclip import Preparation, load, preparation_of, prepare, prepare_fast
from curate.models.route import ROUTES, choose_route, multiplies_bfloat16
from curate.models.tower import ensure_torchvision
from curate.models.weights import WeightsError, find_weights
from tests.curate.models.tiny_biomedclip import FULL, open_clips_own, write_tiny

DRAW = np.random.default_rng(7)
PICTURES = [
    Image.fromarray(DRAW.integers(0, 256, (300, 224, 3), dtype=np.uint8)),
    Image.fromarray(DRAW.integers(0, 256, (101, 333, 3), dtype=np.uint8)),
    Image.fromarray(DRAW.integers(0, 256, (64, 65), dtype=np.uint8)),
]


@pytest.fixture(scope="module")
def embedder(tiny):
    return load(find_weights(str(tiny), {}), "cpu-fp32")


def stacked(pictures=PICTURES):
    return np.stack([prepare(picture) for picture in pictures])


def test_images_are_prepared_bit_for_bit_as_open_clip_does():
    ensure_torchvision()
    import open_clip

    for mode, filter in (("shortest", "bicubic"), ("shortest", "bilinear"), ("squash", "bicubic")):
        theirs = open_clip.image_transform(224, is_train=False, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=mode, interpolation=filter)
        for picture in PICTURES:
            wanted = (theirs(picture).permute(1, 2, 0) * 255).round().byte().numpy()
            assert np.array_equal(prepare(picture, Preparation(filter=filter, squash=mode == "squash")), wanted)


def test_on_a_gpu_images_are_prepared_within_two_grey_levels():
    for picture in PICTURES:
        found = prepare_fast(picture)
        assert (found.shape, found.dtype) == ((224, 224, 3), np.uint8)
        assert np.abs(found.astype(int) - prepare(picture)).max() <= 2


def test_a_strip_takes_no_more_memory_than_a_picture(monkeypatch):
    asked, resize = [], Image.Image.resize
    monkeypatch.setattr(Image.Image, "resize", lambda image, size, *rest: asked.append(size) or resize(image, size, *rest))
    strip = Image.fromarray(DRAW.integers(0, 256, (1, 60_000), dtype=np.uint8))
    assert prepare(strip).shape == prepare_fast(strip).shape == (224, 224, 3)
    assert asked == [(224 * 64, 224)]


def test_embeddings_equal_open_clips_own(tmp_path, embedder):
    import torch

    model, transform, _ = open_clips_own(write_tiny(tmp_path, bert_config=True))
    with torch.inference_mode():
        wanted = model.encode_image(torch.stack([transform(picture) for picture in PICTURES]), normalize=True).numpy()
    found = embedder.embed(stacked())
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() < 1e-5


@pytest.mark.slow  # 785 MB of weights, 20 s
def test_at_full_size_embeddings_equal_open_clips_own_and_bfloat16_is_close(tmp_path):
    import torch

    model, transform, _ = open_clips_own(write_tiny(tmp_path, bert_config=True, size=FULL))
    with torch.inference_mode():
        wanted = model.encode_image(torch.stack([transform(picture) for picture in PICTURES]), normalize=True).numpy()
    del model
    weights = find_weights(str(tmp_path), {})
    assert np.abs(load(weights, "cpu-fp32").embed(stacked()) - wanted).max() < 1e-5
    halves = load(weights, "cpu-bf16").embed(stacked())
    assert (halves * wanted).sum(axis=1).min() > 0.9995


def test_bfloat16_is_close(tiny, embedder):
    halves = load(find_weights(str(tiny), {}), "cpu-bf16")
    assert halves.name == embedder.name.replace("fp32", "bf16")
    assert (halves.embed(stacked()) * embedder.embed(stacked())).sum(axis=1).min() > 0.999


def test_the_model_is_named_by_weights_and_route(tiny, embedder):
    assert embedder.name == f"biomedclip:{find_weights(str(tiny), {}).digest()}:cpu-fp32"
    assert (embedder.width, embedder.batch) == (64, 8)


@pytest.mark.parametrize(
    ("can", "wanted"), [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False), ({}, False)]
)
def test_the_route_is_told_by_what_the_processor_can_do(can, wanted):
    assert multiplies_bfloat16(can) is wanted


def test_the_route_is_the_same_each_time_and_one_of_those_that_are_named():
    assert choose_route() is choose_route()
    assert choose_route() in ROUTES.values()


def test_no_images_give_no_rows(embedder):
    assert embedder.embed(np.empty((0, 224, 224, 3), np.uint8)).shape == (0, 64)


@pytest.mark.parametrize("route", ["cpu-fp32", "cpu-bf16"])
def test_batches_do_not_change_embeddings(tiny, route):
    small = load(find_weights(str(tiny), {}), route)
    images = DRAW.integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)
    whole = small.embed(images)
    small.batch = 2
    assert np.abs(small.embed(images) - whole).max() < 1e-5


@pytest.mark.parametrize("told", ["GPU", "CPU", "Python"])
def test_a_batch_too_large_for_memory_is_halved_until_it_fits(tiny, told):
    import torch

    errors = {
        "GPU": torch.OutOfMemoryError("CUDA out of memory"),
        "CPU": RuntimeError("[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory"),
        "Python": MemoryError(),
    }
    small = load(find_weights(str(tiny), {}), "cpu-fp32")
    images = DRAW.integers(0, 256, (7, 224, 224, 3), dtype=np.uint8)
    whole, forward, tried = small.embed(images), small._forward, []

    def fits_two(batch):
        tried.append(len(batch))
        if len(batch) > 2:
            raise errors[told]
        return forward(batch)

    small.batch, small._forward = 8, fits_two
    assert np.abs(small.embed(images) - whole).max() < 1e-5
    assert tried == [7, 4, 2, 2, 2, 1]


def test_another_error_of_the_model_halves_nothing(tiny):
    small, tried = load(find_weights(str(tiny), {}), "cpu-fp32"), []

    def fails(batch):
        tried.append(len(batch))
        raise RuntimeError("shapes do not fit")

    small._forward = fails
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        small.embed(np.zeros((4, 224, 224, 3), np.uint8))
    assert tried == [4]


def test_memory_too_small_for_one_image_is_an_error(tiny):
    import torch

    small = load(find_weights(str(tiny), {}), "cpu-fp32")

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
    other = load(find_weights(str(write_tiny(tmp_path, safetensors=True)), {}), "cpu-fp32")
    assert np.array_equal(other.embed(stacked()), embedder.embed(stacked()))


def test_loading_and_embedding_open_no_connection(tiny, monkeypatch):
    import socket

    def refused(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert load(find_weights(str(tiny), {}), "cpu-fp32").embed(stacked()).shape == (3, 64)


def test_a_model_that_wants_its_pictures_padded_is_refused(tmp_path):
    import json

    config = {"model_cfg": {"embed_dim": 1, "vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": {"resize_mode": "longest"}}
    for name, text in {"open_clip_config.json": json.dumps(config), "tokenizer.json": "", "open_clip_pytorch_model.bin": ""}.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(WeightsError, match=r"found pictures 224, longest, bicubic, wanted square"):
        preparation_of(find_weights(str(tmp_path), {}))
