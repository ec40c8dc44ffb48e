import itertools
import random

import numpy as np
import pytest

from curate import likeness
from curate.likeness import Alike, Compared, jaccard, prefixes, shared
from curate.shingles import Shingles, shingle_sets
from curate.stated import stated

ALIKE = Alike(threshold=0.8, keep_contrasts=True)


def sets_of(sets: list[set[int]]) -> Shingles:
    offsets = np.cumsum([0, *map(len, sets)])
    return Shingles(offsets, np.array([value for each in sets for value in sorted(each)], np.int64))


def drawn(count: int, *, seed: int = 1, most: int = 60) -> list[set[int]]:
    draw = random.Random(seed)
    values = [draw.randrange(2**63) for _ in range(80)]
    return [set(draw.sample(values, draw.randint(0, most))) for _ in range(count)]


@pytest.mark.parametrize(("pairs", "elements"), [(4096, 1 << 17), (7, 1 << 17), (4096, 50), (1, 1)])
def test_what_pairs_share_is_counted_in_blocks_of_any_size(pairs: int, elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_PAIRS", pairs)
    monkeypatch.setattr(likeness, "_ELEMENTS", elements)
    sets = drawn(60)
    a, b = np.array(list(itertools.product(range(60), repeat=2))).T
    assert shared(sets_of(sets), a, b).tolist() == [len(sets[i] & sets[j]) for i, j in zip(a, b)]


def test_jaccard_is_that_of_the_sets() -> None:
    sets = shingle_sets(["a b c d", "b c d e", "x y", "", ""], 1)
    assert jaccard(sets, np.array([0, 0, 0, 3]), np.array([1, 2, 0, 4])).tolist() == [0.6, 0.0, 1.0, 1.0]
    assert jaccard(sets, np.empty(0, np.int64), np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 1.0])
def test_sets_that_are_near_meet_in_their_prefixes(threshold: float) -> None:
    draw = random.Random(3)
    base = drawn(40, seed=2, most=40)
    sets = [
        *base,
        *base,
        *({*draw.sample(sorted(each), max(0, len(each) - 1 - n % 4)), *([n] if n % 3 else [])} for n, each in enumerate(base * 4)),
    ]
    place, keys = prefixes(sets_of(sets), np.arange(len(sets)), np.zeros(len(sets), np.uint64), threshold)
    met = [set(keys[place == row].tolist()) for row in range(len(sets))]
    pairs = ((i, j, sets[i] & sets[j], sets[i] | sets[j]) for i, j in itertools.combinations(range(len(sets)), 2))
    near = [(i, j) for i, j, both, either in pairs if either and len(both) >= threshold * len(either)]
    assert len(near) > 10
    assert [pair for pair in near if not met[pair[0]] & met[pair[1]]] == []
    assert all(len(met[row]) <= len(each) - threshold * len(each) + 1 for row, each in enumerate(sets))


def test_a_prefix_holds_the_rarest_and_never_meets_another_scope() -> None:
    sets = [set(range(20)) | {100 + n} for n in range(50)]
    _, keys = prefixes(sets_of(sets), np.arange(50), np.zeros(50, np.uint64), 0.95)
    assert len(set(keys.tolist())) >= 50 + 1
    place, keys = prefixes(sets_of(sets), np.arange(50), np.arange(50, dtype=np.uint64), 0.95)
    assert len(set(keys.tolist())) == len(keys) == 2 * 50
    assert place.tolist() == [row for row in range(50) for _ in range(2)]


def test_prefixes_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    sets, rows = sets_of(drawn(50)), np.arange(0, 50, 2)
    whole = prefixes(sets, rows, rows.astype(np.uint64), 0.8)
    monkeypatch.setattr(likeness, "_BLOCK", 3)
    for one, other in zip(whole, prefixes(sets, rows, rows.astype(np.uint64), 0.8)):
        assert one.tolist() == other.tolist()


def test_a_copy_is_alike_in_all_in_what_is_asked_and_in_what_it_states() -> None:
    words = [f"term{n}x" for n in range(40)]
    whole = [" ".join(words), " ".join(words[:39]), " ".join(words[:36]), " ".join(["left", *words]), " ".join(["right", *words[:39]])]
    asked = ["a b c d e f g", "a b c d e f g", "a b c d e f g h i", "", ""]
    texts = Compared(shingle_sets(whole, 5), shingle_sets(asked, 5), stated(whole))
    found = ALIKE.similarity(texts, np.array([0, 0, 3, 3, 0]), np.array([1, 2, 4, 3, 3]))
    assert np.round(found, 4).tolist() == [0.9722, 0.0, 0.0, 1.0, 0.0]
    both = Alike(threshold=0.8, keep_contrasts=False).similarity(texts, np.array([3, 0]), np.array([4, 2]))
    assert np.round(both, 4).tolist() == [0.9211, 0.0]
    looser = Alike(threshold=0.6, keep_contrasts=True).similarity(texts, np.array([0]), np.array([2]))
    assert looser.tolist() == [0.6]  # of the question; of all it is 0.89
