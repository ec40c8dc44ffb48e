import hashlib
import io
import random

import imagehash
import numpy as np
import pytest
from PIL import Image

from curate.pixels.digest import BlankLimits, byte_digest, grey, is_blank, phash, pixel_digest, spread
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from curate.pixels.resample import BILINEAR_64, LANCZOS_32, resampled
from curate.pixels.web import to_png
from tests.real import REAL

RANDOM = np.random.default_rng(20)
ROWS, COLUMNS = np.mgrid[:80, :120]
BLOCKS = Image.fromarray(((ROWS // 11 * 37 + COLUMNS // 13 * 101 + ROWS * COLUMNS // 40) % 256).astype(np.uint8))


def pictures(height: int, width: int) -> list[np.ndarray]:
    """Noise, black and white, flat, smooth: what a resampling can be wrong on."""
    noise = RANDOM.integers(0, 256, (height, width), dtype=np.uint8)
    smooth = Image.fromarray(RANDOM.integers(0, 256, (6, 6), dtype=np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    return [noise, (noise > 127).astype(np.uint8) * 255, np.full_like(noise, noise.flat[0]), np.asarray(smooth)]


def test_golden_digests() -> None:
    """These values are stored for years: a change of one of them is a change of VERSION of the stage inspect."""
    assert byte_digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert pixel_digest(BLOCKS) == hashlib.sha256(b"120 80 L\n" + BLOCKS.tobytes()).hexdigest()
    assert f"{phash(BLOCKS):016x}" == "c200c15f957a17df"
    assert hashlib.sha256(grey(BLOCKS)).hexdigest()[:16] == "a68865d972c1d478"
    assert spread(BLOCKS) == 74.2547


def test_lossless_copies_have_one_pixel_digest() -> None:
    colours = BLOCKS.convert("RGB")
    out = io.BytesIO()
    colours.save(out, "WEBP", lossless=True)
    assert pixel_digest(render(out.getvalue()).image) == pixel_digest(colours) == pixel_digest(render(to_png(colours)).image)
    assert len({pixel_digest(BLOCKS), pixel_digest(colours), pixel_digest(BLOCKS.rotate(90, expand=True))}) == 3


def test_a_large_picture_is_digested_in_bands_with_the_same_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pixel_digest(BLOCKS)
    monkeypatch.setattr("curate.pixels.digest._BAND", 120 * 7)
    assert pixel_digest(BLOCKS) == whole


def test_resampling_equals_pillow_bit_for_bit() -> None:
    sizes = random.Random(3)
    shapes = [(sizes.randint(1, 90), sizes.randint(1, 90)) for _ in range(150)]
    shapes += [(sizes.randint(90, 700), sizes.randint(90, 700)) for _ in range(60)]
    shapes += [(64, 64), (64, 700)]
    shapes += [(32, 32), (32, 500), (500, 32), (1, 1), (1, 900), (900, 1), (3000, 29), (3000, 31), (2049, 1023), (7, 5000)]
    for height, width in shapes:
        for pixels in pictures(height, width):
            image = Image.fromarray(pixels)
            wanted = [image.resize((32, 32), Image.Resampling.LANCZOS), image.resize((64, 64), Image.Resampling.BILINEAR)]
            for found, expected in zip(resampled(pixels, [LANCZOS_32, BILINEAR_64]), wanted):
                assert np.array_equal(found, np.asarray(expected)), (height, width)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_phash_equals_imagehash_on_generated_pictures(mode: str) -> None:
    for height, width in [(64, 64), (224, 224), (97, 301), (33, 480), (512, 31), (8, 8), (700, 5)]:
        for pixels in pictures(height, width):
            image = Image.fromarray(pixels).convert(mode)
            assert f"{phash(image):016x}" == str(imagehash.phash(image))


def test_phash_equals_imagehash_on_real_pictures() -> None:
    if REAL is None:
        pytest.skip("../shared/real is not here")
    equal, refused = 0, {}
    for path in sorted((REAL / "modality").glob("*/*")):
        try:
            image = render(path.read_bytes()).image
        except PixelFault as fault:
            refused[path.name] = fault.reason
            continue
        assert f"{phash(image):016x}" == str(imagehash.phash(image)), path.name
        equal += 1
    assert equal == 603
    assert refused == {
        "spm12__PET.nii": "unsupported",
        "spm12__SPECT.nii": "unsupported",
    }


def test_grey_is_the_same_wherever_the_grid_falls() -> None:
    """A ramp has one signature at every size; means of areas alone would be off by the half pixel that a cell does not fit."""
    cells = np.arange(64, dtype=np.uint8) * 3 + 20
    assert grey(Image.fromarray(np.tile(cells, (64, 1)))) == np.tile(cells, 64).tobytes()
    for side in (128, 225, 500):
        ramp = 20 + 3 * ((np.arange(side) + 0.5) * 64 / side - 0.5)
        picture = Image.fromarray(np.tile(np.rint(ramp).clip(0, 255).astype(np.uint8), (side, 1)))
        found = np.frombuffer(grey(picture), np.uint8).reshape(64, 64)
        assert np.abs(found.astype(int) - cells)[:, 1:-1].max() <= 1
    assert grey(Image.new("RGB", (7, 300), (10, 10, 10))) == bytes([10]) * 4096


def test_spread_is_the_standard_deviation() -> None:
    noise = RANDOM.integers(0, 256, (61, 47), dtype=np.uint8)
    assert spread(Image.fromarray(noise)) == round(float(noise.std()), 4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([[5, 5]], True), ([[5, 8]], True), ([[5, 9]], False), ([[0, 255]], False)],
)
def test_near_uniform_is_blank(values: list[list[int]], expected: bool) -> None:
    assert is_blank(spread(Image.fromarray(np.array(values, dtype=np.uint8)))) is expected


def test_blankness_goes_by_its_limits() -> None:
    assert is_blank(9.0, BlankLimits(min_spread=10.0))
    assert not is_blank(2.0)


def test_png_is_lossless_deterministic_and_bare() -> None:
    laden = BLOCKS.copy()
    laden.info.update(dpi=(72, 72), icc_profile=b"x", comment="Doe")
    data = to_png(laden)
    assert data == to_png(BLOCKS)
    assert laden.info["comment"] == "Doe"
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.tobytes(), image.info) == ("L", BLOCKS.tobytes(), {})
