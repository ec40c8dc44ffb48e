import numpy as np

from curate.match.crowds import NEXT, TABLES, neighbours, sketches


def greys(count: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 200, (count, 1024), dtype=np.uint8)


def test_a_brighter_picture_has_the_same_sketch() -> None:
    assert np.array_equal(sketches(greys(50)), sketches(greys(50) + np.uint8(55)))


def test_the_sketches_of_this_version_are_pinned() -> None:
    """On any machine: what crowds are compared in decides who is found."""
    assert [hex(int(table)) for table in sketches(np.arange(1024, dtype=np.uint32)[None].astype(np.uint8))[:, 0]] == PINNED


PINNED = ["0x7734f328f1373766", "0x72cc0aa79ea9274f", "0x4ae76a65dcdf31d3", "0x6d785cd54b235ee7"]


def test_no_pictures_have_no_sketch() -> None:
    assert sketches(greys(0)).shape == (TABLES, 0)


def test_every_picture_is_beside_a_bounded_number_of_others() -> None:
    blocks = list(neighbours(sketches(greys(1000))))
    assert [len(a) for a, _ in blocks] == [1000 - apart for apart in range(1, NEXT + 1) for _ in range(TABLES)]
    beside = np.bincount(np.concatenate([np.concatenate(block) for block in blocks]))
    assert beside.max() <= 2 * TABLES * NEXT


def test_a_copy_is_next_to_its_picture_whatever_the_order() -> None:
    noise = np.random.default_rng(3).integers(0, 4, (500, 1024), dtype=np.uint8)
    pictures = np.concatenate([greys(500), greys(500) + noise])[np.random.default_rng(4).permutation(1000)]
    a, b = next(iter(neighbours(sketches(pictures))))
    is_copy = np.abs(pictures[a].astype(int) - pictures[b].astype(int)).max(axis=1) < 4
    assert is_copy.sum() == 472  # of 500, in the first of four orders


def test_few_pictures_are_all_compared() -> None:
    found = {tuple(sorted(pair)) for a, b in neighbours(sketches(greys(5))) for pair in zip(a.tolist(), b.tolist())}
    assert found == {(a, b) for b in range(5) for a in range(b)}
