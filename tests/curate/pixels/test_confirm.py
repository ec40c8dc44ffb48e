import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from curate.pixels.confirm import SAME, same_picture, same_pictures, similarities
from curate.pixels.digest import grey
from curate.pixels.render import render

LANCZOS = Image.Resampling.LANCZOS


def drawn(seed: int, side: int = 256) -> Image.Image:
    """A smooth picture with some structure, another for each seed."""
    values = np.random.default_rng(seed).integers(0, 256, (9, 9), dtype=np.uint8)
    return Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC)


def textured(seed: int) -> Image.Image:
    """As tissue is: a smooth picture under a fine one."""
    fine = np.random.default_rng([seed, 1]).integers(-60, 61, (128, 128))
    grain = np.kron(fine, np.ones((2, 2)))
    return Image.fromarray(np.clip(np.asarray(drawn(seed), dtype=np.float64) * 0.5 + 64 + grain, 0, 255).astype(np.uint8))


def page(seed: int) -> Image.Image:
    """Black words on white, in lines."""
    ink = np.random.default_rng([seed, 2]).random((26, 64)) < 0.6
    lines = np.kron(ink, np.ones((6, 8), dtype=bool)) & (np.arange(26 * 6)[:, None] % 6 < 4)
    return Image.fromarray(np.where(np.pad(lines, ((22, 22), (24, 24))), 20, 255).astype(np.uint8))


def anatomy(place: float, side: int = 256) -> Image.Image:
    """The slice at `place` of a volume of smooth organs in a body with a bright rim, all of which change along it."""
    across, down = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    random = np.random.default_rng(7)
    values = np.zeros((side, side))
    for _ in range(30):
        x, y, z = random.uniform(-0.7, 0.7), random.uniform(-0.7, 0.7), random.uniform(-4, 14)
        size, bright = random.uniform(0.08, 0.3), random.uniform(-60, 90)
        values += bright / (1 + np.exp((np.hypot(across - x, down - y) - size * np.exp(-(((place - z) / 6) ** 2))) * 40))
    radius = np.hypot(across / 0.85, down)
    body = 1 / (1 + np.exp((radius - 0.85 - 0.01 * place) * 60))
    rim = np.exp(-(((radius - 0.85 - 0.01 * place) / 0.03) ** 2))
    return Image.fromarray(np.clip(body * (80 + values) + 90 * rim, 0, 255).astype(np.uint8))


def coded(image: Image.Image, format: str, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, format, quality=quality)
    return render(out.getvalue()).image


def scaled(image: Image.Image, by: float, how: Image.Resampling = LANCZOS) -> Image.Image:
    return image.resize((round(image.width * by), round(image.height * by)), how)


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG 95": lambda image: coded(image, "JPEG", 95),
    "JPEG 75": lambda image: coded(image, "JPEG", 75),
    "JPEG 50": lambda image: coded(image, "JPEG", 50),
    "WebP 75": lambda image: coded(image, "WEBP", 75),
    "WebP 50": lambda image: coded(image, "WEBP", 50),
    "0.5": lambda image: scaled(image, 0.5),
    "0.5 bilinear, JPEG 75": lambda image: coded(scaled(image, 0.5, Image.Resampling.BILINEAR), "JPEG", 75),
    "0.75 bicubic": lambda image: scaled(image, 0.75, Image.Resampling.BICUBIC),
    "1.3": lambda image: scaled(image, 1.3),
    "2": lambda image: scaled(image, 2),
    "squashed": lambda image: image.resize((224, 224), LANCZOS),
}


def alike(a: Image.Image, b: Image.Image) -> float:
    score = same_picture(grey(a), a.size, grey(b), b.size)[1]
    assert same_picture(grey(b), b.size, grey(a), a.size)[1] == score
    return score


@pytest.mark.parametrize("made", [drawn, textured, page, anatomy])
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_stays_the_same_picture(made: Callable[[int], Image.Image], copy: str) -> None:
    assert alike(made(3), COPIES[copy](made(3))) >= SAME


@pytest.mark.parametrize("side", [96, 256])
@pytest.mark.parametrize("place", range(8))
def test_the_next_slice_is_another_picture(place: int, side: int) -> None:
    slice = anatomy(place, side)
    assert alike(slice, anatomy(place + 1, side)) < SAME
    assert alike(slice, coded(anatomy(place + 1, side), "JPEG", 75)) < SAME
    assert alike(slice, coded(slice, "JPEG", 75)) >= SAME


@pytest.mark.parametrize("made", [drawn, textured, page])
def test_another_picture_of_its_kind_is_another(made: Callable[[int], Image.Image]) -> None:
    assert max(alike(made(seed), made(seed + 1)) for seed in range(5)) < 0.1


def test_a_change_in_one_place_is_seen() -> None:
    """A disc of a tenth of the width: what a new nodule is in a radiograph that is the same otherwise."""
    changed = np.asarray(drawn(5)).copy()
    down, across = np.ogrid[:256, :256]
    inside = np.hypot(down - 100, across - 140) < 13
    changed[inside] = np.where(changed[inside] > 128, changed[inside] - 40, changed[inside] + 40)
    assert alike(drawn(5), Image.fromarray(changed)) < SAME


def test_brightness_and_contrast_do_not_count_until_values_are_cut_off() -> None:
    dim = drawn(6).point(lambda value: 60 + value // 2)
    assert alike(drawn(6), dim) >= SAME
    assert alike(drawn(6), ImageEnhance.Brightness(drawn(6)).enhance(2.0)) < SAME


def test_a_moved_a_turned_and_a_cropped_picture_are_others() -> None:
    picture = drawn(3)
    moved = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 10, 0, 1, 0))
    assert alike(picture, moved) < 0.1
    assert alike(picture, picture.transpose(Image.Transpose.ROTATE_90)) < 0.1
    assert alike(picture, picture.crop((6, 6, 250, 250))) < SAME
    assert alike(picture, picture.point(lambda value: 255 - value)) < 0.1


def test_flat_and_almost_empty_pictures_never_confirm() -> None:
    flat, nearly = bytes([7]) * 4096, bytes([7, 8]) * 2048
    assert same_picture(flat, (64, 64), flat, (64, 64)) == (False, 0.0)
    assert same_picture(nearly, (64, 64), nearly, (64, 64)) == (False, 0.0)
    label = np.zeros((256, 256), dtype=np.uint8)
    label[40:50, 40:60] = 255  # a burned-in mark on black: as many frames have that show nothing else
    assert alike(Image.fromarray(label), Image.fromarray(label)) == 0.0


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


def test_small_pictures_are_given_more_than_large_ones() -> None:
    """A cell of one pixel holds all the noise of its coding; one of eight holds little."""
    a, b = grey(drawn(1)), grey(drawn(1).filter(ImageFilter.GaussianBlur(1)))
    scores = [same_picture(a, (side, side), b, (side, side))[1] for side in (64, 128, 256, 512, 1024)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_a_weak_difference_everywhere_is_seen_if_it_is_broader_than_a_cell() -> None:
    """No block differs by more than coding explains; together they do, once cells are averaged: what is left of noise is less than this."""
    places = np.arange(64)
    hills = (128 + 60 * np.sin(places / 9) + 50 * np.cos(places[:, None] / 7)).astype(np.uint8)
    broad, fine = (np.rint(3 * np.sin(places * step) * np.sin(places[:, None] * step)).astype(np.uint8) for step in (0.8, 2.5))
    scores = [same_picture(hills.tobytes(), (300, 300), (hills + ripple).tobytes(), (300, 300))[1] for ripple in (broad, fine)]
    assert scores == [0.3012, 0.6297]


def test_golden_similarities() -> None:
    """Pairs are confirmed with these for years: a change of one of them is a change of VERSION of the stage match."""
    columns = np.arange(64)
    wave = (128 + 100 * np.sign(np.sin(columns / 5)) * (columns[:, None] % 16 < 8)).astype(np.uint8)
    shifted, noisy = np.roll(wave, 1, axis=1), wave.copy()
    noisy[::2, ::3] += 3
    pairs = [(wave, wave), (wave, noisy), (wave, shifted), (wave, wave // 2 + 40), (wave, wave.T)]
    found = [same_picture(a.tobytes(), (300, 300), np.ascontiguousarray(b).tobytes(), (300, 300))[1] for a, b in pairs]
    assert found == [1.0, 0.8894, 0.0235, 1.0, 0.0006]


def test_rows_are_compared_as_single_pairs_are() -> None:
    pictures = [drawn(seed).filter(ImageFilter.GaussianBlur(radius)) for seed in range(5) for radius in (0, 1, 5)]
    rows = np.array([np.frombuffer(grey(picture), dtype=np.uint8) for picture in pictures])
    left, right = np.triu_indices(len(rows))  # 120: more than are looked at together
    sizes = np.full((len(left), 2), 100)
    same, scores = same_pictures(rows[left], sizes, rows[right], sizes)
    single = [same_picture(rows[a].tobytes(), (100, 100), rows[b].tobytes(), (100, 100))[1] for a, b in zip(left, right)]
    assert scores.tolist() == single == similarities(rows[right], sizes, rows[left], sizes).tolist()
    assert same.tolist() == [score >= SAME for score in single]
    assert similarities(rows[:0], sizes[:0], rows[:0], sizes[:0]).shape == (0,)
