import numpy as np
import pytest

from curate.match import hashes as chunk_index
from curate.match.hashes import Sought, near_pairs


def drawn_hashes() -> np.ndarray:
    draw = np.random.default_rng(7)
    base = draw.integers(0, 2**64, 2500, dtype=np.uint64)
    near = base.copy()
    for _ in range(4):
        moved = draw.random(len(near)) < 0.6
        near[moved] ^= np.uint64(1) << draw.integers(0, 64, moved.sum(), dtype=np.uint64)
    return np.unique(np.concatenate([base, near]))


def brute_force(hashes: np.ndarray, distance: int) -> set[tuple[int, int, int]]:
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    return {(int(a), int(b), int(apart[a, b])) for a, b in zip(*np.nonzero(np.triu(apart <= distance, 1)))}


def found(hashes: np.ndarray, distance: int) -> list[tuple[int, int, int]]:
    return [pair for block in near_pairs(hashes, distance) for pair in zip(*(column.tolist() for column in block))]


@pytest.mark.parametrize("distance", [0, 1, 2, 3])
@pytest.mark.parametrize("hot", [1024, 8])  # 8: every bucket is indexed again
def test_the_chunk_index_finds_every_near_pair_once(distance: int, hot: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_index, "_HOT", hot)
    hashes = drawn_hashes()
    pairs = found(hashes, distance)
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == brute_force(hashes, distance)


def test_hashes_that_crowd_into_one_bucket_are_still_found() -> None:
    hashes = np.arange(3000, dtype=np.uint64) << np.uint64(20)
    assert set(found(hashes, 1)) == brute_force(hashes, 1)


def test_a_crowd_around_one_hash_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hot buckets in hot buckets."""
    monkeypatch.setattr(chunk_index, "_HOT", 8)
    bits = np.random.default_rng(5).integers(0, 64, (400, 3), dtype=np.uint64)
    hashes = np.unique(np.bitwise_xor.reduce(np.uint64(1) << bits, axis=1))
    assert sorted(found(hashes, 3)) == sorted(brute_force(hashes, 3))


@pytest.mark.parametrize("count", [0, 1])
def test_less_than_two_hashes_have_no_pairs(count: int) -> None:
    assert found(np.arange(count, dtype=np.uint64), 3) == []


@pytest.mark.parametrize("distance", [0, 2, 4, 8])
@pytest.mark.parametrize("together", [1 << 20, 7])
def test_hashes_that_are_sought_are_found_among_others_once(distance: int, together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_index, "_PAIRS", together)
    hashes = drawn_hashes()[: 900 if together > 7 else 120]
    sought, others = hashes[::7], hashes
    apart = np.bitwise_count(others[:, None] ^ sought[None, :])
    wanted = {(int(a), int(b), int(apart[a, b])) for a, b in zip(*np.nonzero(apart <= distance))}
    pairs = [pair for block in Sought(sought, distance).near(others) for pair in zip(*(column.tolist() for column in block))]
    assert (len(pairs), set(pairs)) == (len(wanted), wanted)
