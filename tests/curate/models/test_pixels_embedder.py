import hashlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from curate.models import pixels


@pytest.fixture(scope="module")
def model():
    return pixels.load()


def noise(seed=0, size=(97, 61), mode="RGB"):
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8), mode)


def seen(model, *images):
    return model.embed(np.stack([model.prepare(image) for image in images]))


def test_an_embedding_is_float32_of_the_width_told(model):
    found = seen(model, noise(), noise(1))
    assert (found.dtype, found.shape) == (np.float32, (2, model.width))
    assert model.width == 896
    assert model.embed(np.empty((0, 2, 160, 160, 3), np.uint8)).shape == (0, 896)


def test_the_name_is_known_without_loading_and_says_the_device(model):
    assert pixels.name() == model.name
    kind, digest, device = model.name.split(":")
    assert (kind, len(digest), device) == ("pixels", 16, "cpu")


def test_the_name_needs_no_torch():
    code = "import sys; from curate.models import pixels; pixels.name(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_picture_is_seen_alike_in_any_company(model):
    images = [noise(seed) for seed in range(5)]
    together = seen(model, *images)
    alone = np.concatenate([seen(model, image) for image in reversed(images)])[::-1]
    assert together.tobytes() == alone.tobytes()
    assert len({row.tobytes() for row in together}) == 5


def test_another_load_and_another_number_of_threads_give_the_same_bits(model):
    import torch

    before = seen(model, noise())
    torch.set_num_threads(2)
    again = seen(model, noise())
    assert seen(pixels.load(), noise()).tobytes() == before.tobytes() == again.tobytes()
    assert torch.get_num_threads() == 1


def test_half_precision_keeps_what_is_seen(model):
    found = seen(model, noise())
    assert np.array_equal(found * 256, np.round(found * 256))
    small = np.abs(found) < 8
    assert np.array_equal(found[small].astype(np.float16).astype(np.float32), found[small])


def test_grey_in_one_channel_or_three_is_the_same_picture(model):
    grey = noise(mode="L")
    assert np.array_equal(model.prepare(grey), model.prepare(grey.convert("RGB")))


def test_views_are_the_whole_and_the_middle(model):
    left = np.zeros((100, 200, 3), np.uint8)
    left[:, :60] = 255  # the middle is 60 x 60 px, from 70 to 130
    whole, middle = model.prepare(Image.fromarray(left))
    assert whole[:, :40].min() == 255
    assert whole[:, 60:].max() == 0
    assert middle.max() == 0


def test_the_same_scene_at_twice_the_size_is_seen_nearly_alike(model):
    small = noise(size=(12, 12)).resize((240, 240), Image.Resampling.BICUBIC)
    first, twice, other = seen(model, small, small.resize((480, 480), Image.Resampling.BICUBIC), noise(size=(240, 240)))
    assert np.abs(first - twice).max() < np.abs(first - other).max() / 10


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000), (3, 2), (20_000, 40)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_any_size_is_seen(model, size, mode):
    found = seen(model, Image.new(mode, size, 90 if mode == "L" else (90, 10, 40)))
    assert np.isfinite(found).all()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I;16", "F"])
def test_any_mode_is_seen(model, mode):
    assert np.isfinite(seen(model, Image.new(mode, (40, 30)))).all()


def test_pictures_of_another_shape_are_refused(model):
    with pytest.raises(ValueError, match=r"pictures are uint8 \(1, 160, 160, 3\), wanted uint8 \(n, 2, 160, 160, 3\)"):
        model.embed(np.zeros((1, 160, 160, 3), np.uint8))
    with pytest.raises(ValueError, match="float32"):
        model.embed(np.zeros((1, 2, 160, 160, 3), np.float32))


def test_what_is_seen_of_a_fixed_picture_stays(model):
    ramp = np.add.outer(np.arange(64), 2 * np.arange(64)).astype(np.uint8)
    coloured = Image.fromarray(np.stack([ramp, ramp[::-1], 255 - ramp], 2))
    assert hashlib.sha256(model.prepare(coloured).tobytes()).hexdigest()[:16] == "3a575ae92a762d6f"
    assert seen(model, coloured)[0, [0, 100, 300, 500, 700, 895]] == pytest.approx([-2.77, 3.1, 6.75, 2.2, 0.86, 1.62], abs=0.05)
