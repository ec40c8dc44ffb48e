import numpy as np

from curate.match.candidates import near_hashes

HASHES = np.array([0b0000, 0b0001, 0b0011, 0xFF << 20, (0xFF << 20) | 1], np.uint64)


def found(sizes: list[int], many: int | None, distance: int = 1) -> tuple[list[tuple[int, int, int]], list[bool]]:
    near = near_hashes(HASHES, np.array(sizes), distance, many=many)
    return sorted(zip(near.a.tolist(), near.b.tolist(), near.distance.tolist())), near.crowded.tolist()


def test_pairs_are_those_that_are_near() -> None:
    assert found([1, 1, 1, 1, 1], 64) == ([(0, 1, 1), (1, 2, 1), (3, 4, 1)], [False] * 5)
    assert found([1, 1, 1, 1, 1], 64, distance=0) == ([], [False] * 5)


def test_a_hash_crowds_by_its_own_pictures_and_those_of_near_hashes() -> None:
    pairs, crowded = found([3, 3, 2, 1, 1], 6)
    assert (pairs, crowded) == ([(0, 1, 1), (1, 2, 1), (3, 4, 1)], [False, True, False, False, False])  # 2, 2 + 3 + 2, 1
    assert found([3, 3, 2, 1, 1], 7)[1] == [False] * 5


def test_pairs_of_two_that_crowd_are_left_to_the_crowd() -> None:
    assert found([9, 1, 1, 9, 9], 8) == ([(1, 2, 1)], [True, True, False, True, True])


def test_where_candidates_are_believed_none_crowds() -> None:
    assert found([9, 1, 1, 9, 9], None) == ([(0, 1, 1), (1, 2, 1), (3, 4, 1)], [False] * 5)
