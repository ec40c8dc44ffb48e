import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from curate.pixels.confirm import SAME, same_picture, same_pictures, similarities, similarity
from curate.pixels.digest import grey, phash
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from tests.real import REAL


def drawn(seed: int, side: int = 256) -> Image.Image:
    """A smooth picture with some structure, another for each seed."""
    values = np.random.default_rng(seed).integers(0, 256, (9, 9), dtype=np.uint8)
    return Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC)


def coded(image: Image.Image, format: str, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, format, quality=quality)
    return render(out.getvalue()).image


def test_a_picture_is_itself_and_order_does_not_matter() -> None:
    a, b = grey(drawn(1)), grey(coded(drawn(1), "JPEG", 50))
    assert similarity(a, a) == 1.0
    assert similarity(a, b) == similarity(b, a) >= SAME
    assert similarity(a, grey(drawn(2))) == 0.0


def test_flat_pictures_never_confirm() -> None:
    flat, nearly = bytes([7]) * 1024, bytes([7, 8]) * 512
    assert similarity(flat, flat) == 0.0
    assert similarity(nearly, nearly) == 0.0
    assert same_picture(flat, (64, 64), flat, (64, 64)) == (False, 0.0)


def test_a_moved_picture_is_another() -> None:
    picture = drawn(3)
    moved = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 10, 0, 1, 0))
    negative = picture.point(lambda value: 255 - value)
    assert similarity(grey(picture), grey(moved)) < SAME
    assert similarity(grey(picture), grey(negative)) == 0.0


@pytest.mark.parametrize(
    ("size_a", "size_b", "expected"),
    [
        ((640, 480), (320, 240), True),
        ((640, 480), (65, 49), True),
        ((640, 480), (480, 640), False),
        ((640, 480), (640, 440), False),
        ((640, 480), (224, 224), True),  # squashed to a square
        ((640, 480), (640, 300), False),
    ],
)
def test_sides_must_be_in_proportion_or_square(size_a: tuple[int, int], size_b: tuple[int, int], expected: bool) -> None:
    signature = grey(drawn(4))
    assert same_picture(signature, size_a, signature, size_b) == (expected, 1.0)


def test_rows_are_compared_as_single_pairs_are() -> None:
    signatures = [grey(drawn(seed).filter(ImageFilter.GaussianBlur(radius))) for seed in range(5) for radius in (0, 1, 5)]
    rows = np.array([np.frombuffer(signature, dtype=np.uint8) for signature in signatures])
    left, right = np.triu_indices(len(rows))
    sizes = np.full((len(left), 2), 100)
    same, scores = same_pictures(rows[left], sizes, rows[right], sizes)
    single = [similarity(signatures[a], signatures[b]) for a, b in zip(left, right)]
    assert scores.tolist() == single == similarities(rows[left], rows[right]).tolist()
    assert same.tolist() == [score >= SAME for score in single]
    assert similarities(rows[:0], rows[:0]).shape == (0,)


def test_real_copies_are_confirmed_and_real_neighbours_are_not() -> None:
    """Every eighth real image under 700 pixels; the figures of the module are those of them."""
    if REAL is None:
        pytest.skip("../shared/real is not here")
    images = []
    for path in sorted((REAL / "modality").glob("*/*")):
        try:
            images.append((path.name, render(path.read_bytes()).image))
        except PixelFault:
            continue
    hashes = [phash(image) for _, image in images]
    greys = np.array([np.frombuffer(grey(image), dtype=np.uint8) for _, image in images])
    sizes = np.array([image.size for _, image in images])
    left, right = np.triu_indices(len(images), 1)
    near = np.array([(hashes[a] ^ hashes[b]).bit_count() <= 3 for a, b in zip(left, right)])
    same, _ = same_pictures(greys[left[near]], sizes[left[near]], greys[right[near]], sizes[right[near]])
    confirmed = [(images[a][0], images[b][0]) for a, b in zip(left[near][same], right[near][same])]
    assert near.sum() == 4
    assert confirmed == [("brain-tumor-classification-d__image_246_.jpg", "brain-tumors__no_94.jpg")]

    tried = confirmed_copies = 0
    for _, image in [pair for pair in images if max(pair[1].size) < 700][::8]:
        half, double = (image.width // 2, image.height // 2), (image.width * 2, image.height * 2)
        copies = [
            coded(image, "JPEG", 95),
            coded(image, "JPEG", 50),
            coded(image, "WEBP", 75),
            image.resize(double),
        ]
        for copy in copies + ([image.resize(half)] if min(half) >= 64 else []):
            if min(image.size) >= 64 and (phash(copy) ^ phash(image)).bit_count() <= 3:
                tried += 1
                confirmed_copies += same_picture(grey(image), image.size, grey(copy), copy.size)[0]
    assert tried > 300
    assert confirmed_copies / tried >= 0.99
