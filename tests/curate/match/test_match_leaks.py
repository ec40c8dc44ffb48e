import hashlib
import random

import numpy as np
import pyarrow as pa
import pytest

from curate.match import leaks as looking
from curate.match.images import COLUMNS, match_images, packed
from curate.match.leaks import leaks
from curate.recipe import Matching
from schemas.arrow import arrow_schema
from schemas.image import Image

SCHEMA = pa.schema([arrow_schema(Image).field(name) for name in COLUMNS])
BENCH = "b@benchmark"


def picture(seed: int) -> np.ndarray:
    """A picture of its own with soft edges, as a 64 x 64 signature."""
    fine = np.kron(np.random.default_rng(seed).integers(40, 215, (9, 9)).astype(np.float64), np.ones((8, 8)))
    blurred = sum(np.roll(fine, (down, across), (0, 1)) for down in range(-3, 4) for across in range(-3, 4)) / 49
    return blurred[:64, :64].astype(np.uint8).ravel()


def noisy(grey: np.ndarray, most: int) -> np.ndarray:
    """The same, coded badly: other by up to `most` levels."""
    noise = np.random.default_rng(most).integers(-most, most + 1, grey.size)
    return np.clip(grey.astype(np.int64) + noise, 0, 255).astype(np.uint8)


class Pictures:
    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.greys: list[np.ndarray] = []

    def add(self, id: str, grey: np.ndarray, phash: int, pixels: str = "", width: int = 64) -> None:
        byte, pixel = (hashlib.sha256(text.encode()).hexdigest() for text in (id, pixels or id))
        source = id.partition("/")[0]
        self.rows.append(
            {"id": id, "source": source, "byte_digest": byte, "pixel_digest": pixel, "phash": phash, "width": width, "height": 64}
        )
        self.greys.append(grey)

    def leaks(self, matching: Matching, order: list[int] | None = None) -> list[tuple[str, str, int, float]]:
        order = order or list(range(len(self.rows)))
        table = packed(pa.Table.from_pylist([self.rows[row] for row in order], schema=SCHEMA))
        greys = np.stack(self.greys)[order]
        found = match_images(table, lambda rows: greys[rows], matching)
        is_sought = np.array([self.rows[row]["source"] == BENCH for row in order])
        leaking = leaks(table, lambda rows: greys[rows], is_sought, found.members, matching)
        return [(row["id"], row["other"], row["distance"], row["similarity"]) for row in leaking.to_pylist()]


PUBLISHED = Matching(phash_distance=0)


def some() -> Pictures:
    pictures = Pictures()
    pictures.add("b@benchmark/1", picture(1), 0)
    pictures.add("b@benchmark/2", picture(2), (1 << 40) - 1)
    pictures.add("a/coded", noisy(picture(1), 3), 0b11)  # 2 bits away: no duplicate at distance 0
    pictures.add("a/coded badly", noisy(picture(1), 15), 0b1111)
    pictures.add("a/same pixels", noisy(picture(1), 3), 0b11, pixels="a/coded")
    pictures.add("a/other", picture(3), 0b1)
    pictures.add("a/far", noisy(picture(1), 3), 0x3FF << 20)  # 10 bits
    pictures.add("a/copy", picture(2), (1 << 40) - 1)  # in a cluster with it already
    pictures.add("a/wide", noisy(picture(1), 3), 0b101, width=200)
    pictures.rows[-1]["height"] = 100
    return pictures


def test_an_image_that_was_coded_anew_leaks_however_near_duplicates_must_be() -> None:
    found = some().leaks(PUBLISHED)
    assert [(id, other, distance) for id, other, distance, _ in found] == [
        ("a/coded", "b@benchmark/1", 2),
        ("a/coded badly", "b@benchmark/1", 4),
        ("a/wide", "b@benchmark/1", 2),
    ]  # of equal pixels one speaks for all; a square may be a picture that was squashed
    assert 1 > found[0][3] > found[1][3] >= 0.2


def test_what_a_cluster_holds_is_no_leak_and_the_reach_is_the_recipes() -> None:
    assert [id for id, *_ in some().leaks(Matching())] == ["a/coded badly"]  # the others are duplicates by now
    assert some().leaks(Matching(phash_distance=0, shield_distance=0)) == []
    strict = some().leaks(Matching(phash_distance=0, shield_similarity=0.5))
    assert [id for id, *_ in strict] == ["a/coded", "a/wide"]
    far = some().leaks(Matching(phash_distance=0, shield_distance=10))
    assert "a/far" in {id for id, *_ in far}


def test_neither_order_nor_other_images_change_what_leaks() -> None:
    wanted = some().leaks(PUBLISHED)
    crowded = some()
    for number in range(40):
        crowded.add(f"z/{number}", picture(100 + number), 0b11 if number % 2 else number)
    draw = random.Random(3)
    for _ in range(3):
        order = draw.sample(range(len(crowded.rows)), len(crowded.rows))
        assert [row for row in crowded.leaks(PUBLISHED, order) if row[0].startswith("a/")] == wanted


@pytest.mark.parametrize("block", [1, 3])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = some().leaks(PUBLISHED)
    for name in ("_ASKED", "_EXPANDED", "_PAIRS"):
        monkeypatch.setattr(looking, name, block)
    assert some().leaks(PUBLISHED) == wanted


def test_of_a_crowd_of_evaluation_images_the_nearest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST", 2)
    pictures = Pictures()
    for number in range(6):
        pictures.add(f"b@benchmark/{number}", picture(number), (1 << number) - 1)
    pictures.add("a/3", noisy(picture(3), 3), 0b111 | 1 << 50)
    pictures.add("a/5", noisy(picture(5), 3), 1 << 50)
    assert [(id, other) for id, other, *_ in pictures.leaks(PUBLISHED)] == [("a/3", "b@benchmark/3")]


def test_nothing_sought_or_nothing_there_is_no_leak() -> None:
    pictures = Pictures()
    pictures.add("a/1", picture(1), 0)
    assert pictures.leaks(PUBLISHED) == []
    pictures.rows.clear()
    pictures.greys.clear()
    pictures.add("b@benchmark/1", picture(1), 0)
    assert pictures.leaks(PUBLISHED) == []
