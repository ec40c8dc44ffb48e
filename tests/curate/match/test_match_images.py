import functools
import hashlib
import random

import numpy as np
import pyarrow as pa
import pytest

from curate.match import images as matching_images
from curate.match.images import COLUMNS, match_images, packed
from curate.pixels.confirm import same_pictures
from curate.recipe import Matching
from schemas.arrow import arrow_schema
from schemas.image import Image

SCHEMA = pa.schema([arrow_schema(Image).field(name) for name in COLUMNS])


def picture(seed: int) -> np.ndarray:
    """A smooth picture of its own, as a 64 x 64 signature."""
    coarse = np.random.default_rng(seed).integers(20, 235, (8, 8)).astype(np.float64)
    return np.clip(np.kron(coarse, np.ones((8, 8))), 0, 255).astype(np.uint8).ravel()


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


class Images:
    """Images as match sees them, one call a row."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.greys: list[np.ndarray] = []
        self.asked = 0

    def add(self, id: str, *, grey: np.ndarray, phash: int, pixels: str = "", content: str = "", side: int = 64) -> None:
        content = content or f"bytes of {id}"
        self.rows.append(
            {"id": id, "source": id.split("/")[0], "byte_digest": digest(content), "pixel_digest": digest(pixels or f"pixels of {content}"),
             "phash": phash, "width": side, "height": 64}
        )  # fmt: skip
        self.greys.append(grey)

    def match(self, matching: Matching, order: list[int] | None = None) -> tuple[list[tuple[str, str, str, str, int]], dict[str, int]]:
        order = order or list(range(len(self.rows)))
        table = pa.Table.from_pylist([self.rows[row] for row in order], schema=SCHEMA)
        stacked = np.stack(self.greys)[order]

        def greys(rows: np.ndarray) -> np.ndarray:
            self.asked += len(rows)
            return stacked[rows]

        found = match_images(packed(table), greys, matching)
        return [(row["id"], row["cluster"], row["proof"], row["other"], row["distance"]) for row in found.members.to_pylist()], found.counts


def some_images() -> Images:
    images = Images()
    images.add("a/1", grey=picture(1), phash=0b1111 << 60, content="one")
    images.add("b/1", grey=picture(1), phash=0b1111 << 60, content="one")
    images.add("b/2", grey=picture(1), phash=0b1111 << 60, pixels="pixels of one")
    images.add("b/3", grey=picture(1), phash=0b1110 << 60)
    images.add("b/4", grey=picture(2), phash=0b1111 << 60)  # the same hash, another picture
    images.add("b/5", grey=picture(1), phash=0b0000 << 60)
    images.add("c/1", grey=picture(3), phash=77)
    images.add("c/2", grey=picture(3), phash=77, side=80)  # neither square nor of one shape
    images.rows[-2]["width"] = 96
    return images


def test_bytes_and_pixels_prove_and_a_near_hash_is_confirmed_on_pixels() -> None:
    found, counts = some_images().match(Matching(phash_distance=3))
    assert found == [
        ("a/1", "a/1", "first", "", -1),
        ("b/1", "a/1", "bytes", "a/1", 0),
        ("b/2", "a/1", "pixels", "a/1", 0),
        ("b/3", "a/1", "phash", "a/1", 1),
        ("b/5", "a/1", "phash", "b/3", 3),
    ]
    assert counts == {"bytes": 1, "pixels": 1, "phash": 2, "phash_confirmed": 2, "phash_refused": 3, "phash_crowded": 0}


@pytest.mark.parametrize(("distance", "wanted"), [(0, ["a/1", "b/1", "b/2"]), (1, ["a/1", "b/1", "b/2", "b/3"])])
def test_candidates_end_at_the_recipes_distance(distance: int, wanted: list[str]) -> None:
    found, _ = some_images().match(Matching(phash_distance=distance))
    assert [row[0] for row in found] == wanted


def test_without_a_second_look_an_equal_hash_is_believed() -> None:
    found, counts = some_images().match(Matching(phash_distance=0, confirm=False))
    assert [row[0] for row in found] == ["a/1", "b/1", "b/2", "b/4", "c/1", "c/2"]
    assert counts == {"bytes": 1, "pixels": 1, "phash": 2, "phash_confirmed": 2, "phash_refused": 0, "phash_crowded": 0}


def test_shuffled_images_give_the_same_members() -> None:
    draw = random.Random(4)
    images = Images()
    for number in range(300):
        seed = draw.randrange(40)
        images.add(f"a/{number}", grey=picture(seed), phash=(seed % 10) << 8 | draw.randrange(4), content=f"{seed} {draw.randrange(3)}")
    wanted = images.match(Matching())
    assert len(wanted[0]) > 250
    for _ in range(3):
        order = list(range(300))
        draw.shuffle(order)
        assert images.match(Matching(), order) == wanted


@pytest.mark.parametrize(
    ("kind", "members", "most"),
    [("bytes", 10_000, 0), ("copies", 10_000, 10_500), ("unlike", 0, 36 * 400)],
)
def test_a_hot_hash_is_never_compared_in_all_its_pairs(kind: str, members: int, most: int) -> None:
    images = Images()
    same = picture(1)
    for number in range(400 if kind == "unlike" else 10_000):
        images.add(f"a/{number}", grey=picture(number) if kind == "unlike" else same, phash=5, content="one" if kind == "bytes" else "")
    found, _ = images.match(Matching())
    assert len(found) == members
    assert images.asked <= 2 * most  # two greys a pair; all pairs would be 50 million


def two_thousand() -> Images:
    """Pictures with copies by bytes, by pixels and coded again, and others whose hashes are as near."""
    draw = random.Random(8)
    images = Images()
    for number in range(2000):
        seed, version, file = draw.randrange(700), draw.randrange(4), draw.randrange(3)
        coded = np.random.default_rng([seed, version])
        moved = sum(1 << int(bit) for bit in coded.choice(64, int(coded.integers(0, 4)), replace=False))
        grey = picture(seed) + coded.integers(0, 3, 4096).astype(np.uint8)
        phash = int(digest(f"{seed % 200}")[:16], 16) ^ moved
        images.add(f"a/{number}", grey=grey, phash=phash, pixels=f"{seed} {version}", content=f"{seed} {version} {file}")
    return images


@functools.cache
def clusters_of_all_pairs() -> set[frozenset[str]]:
    """Of two_thousand: what comes of looking at every pair, each proof on its own."""
    images = two_thousand()
    phashes = np.array([row["phash"] for row in images.rows], np.uint64)
    digests = [np.array([row[name] for row in images.rows]) for name in ("byte_digest", "pixel_digest")]
    equal = np.logical_or.reduce([column[:, None] == column[None, :] for column in digests])
    a, b = np.nonzero(np.triu(~equal & (np.bitwise_count(phashes[:, None] ^ phashes[None, :]) <= Matching().phash_distance), 1))
    greys, sizes = np.stack(images.greys), np.full((len(a), 2), 64)
    same, _ = same_pictures(greys[a], sizes, greys[b], sizes)
    cluster = {number: frozenset([number]) for number in range(len(images.rows))}
    for one, two in [*zip(a[same].tolist(), b[same].tolist()), *np.argwhere(np.triu(equal, 1)).tolist()]:
        merged = cluster[one] | cluster[two]
        cluster |= dict.fromkeys(merged, merged)
    return {frozenset(images.rows[number]["id"] for number in found) for found in cluster.values() if len(found) > 1}


@pytest.mark.parametrize(("many", "crowded"), [(64, 0), (4, 960)])
def test_the_clusters_are_those_of_all_pairs_compared(many: int, crowded: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching_images, "MANY", many)
    images = two_thousand()
    found, counts = images.match(Matching())
    clusters: dict[str, set[str]] = {}
    for id, cluster, *_ in found:
        clusters.setdefault(cluster, set()).add(id)
    assert {frozenset(cluster) for cluster in clusters.values()} == clusters_of_all_pairs()
    assert (counts["phash_refused"] > 500, counts["phash_crowded"]) == (True, crowded)


@pytest.mark.parametrize("spread", [0, 1])
def test_copies_are_found_in_a_crowd_of_other_pictures(spread: int) -> None:
    draw = np.random.default_rng(9)
    images = Images()
    for number in range(600):
        moved = sum(1 << int(bit) for bit in draw.choice(12, spread, replace=False))
        noise = draw.integers(0, 3, 4096).astype(np.uint8)
        images.add(f"a/{number:04d}", grey=picture(number % 500) + noise, phash=5 ^ moved)
    found, counts = images.match(Matching())
    assert counts["phash_crowded"] == 600
    assert [(id, cluster) for id, cluster, *_ in found if id != cluster] == [(f"a/{n + 500:04d}", f"a/{n:04d}") for n in range(100)]
    assert images.asked <= 600 * (1 + 2 * 36)


def test_digests_that_are_no_sha256_stop_the_run() -> None:
    images = Images()
    images.add("a/1", grey=picture(1), phash=1)
    images.rows[0]["byte_digest"] = ""
    with pytest.raises(ValueError, match="byte_high"):
        images.match(Matching())


def test_no_images_have_no_members() -> None:
    images = Images()
    images.add("a/1", grey=picture(1), phash=1)
    none = {"bytes": 0, "pixels": 0, "phash": 0, "phash_confirmed": 0, "phash_refused": 0, "phash_crowded": 0}
    assert images.match(Matching()) == ([], none)
