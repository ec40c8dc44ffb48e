import random

import numpy as np
import pytest
from datasketch import MinHash

from curate.match import signatures as module
from curate.match.signatures import band_keys, signatures
from curate.shingles import shingle_hash, shingle_sets
from curate.words import words_of

TEXTS = ["The chest X-ray shows a small left pleural effusion.", "", "yes", "肺部有结节吗？是的，右上叶有结节。", "-3 °C", "", "a " * 3000]


def drawn_texts(count: int) -> list[str]:
    draw = random.Random(2)
    vocabulary = [f"word{number}" for number in range(300)]
    return [" ".join(draw.choices(vocabulary, k=draw.choice([0, 1, 4, 5, 6, 40, 400]))) for _ in range(count)]


def by_datasketch(texts: list[str], permutations: int) -> np.ndarray:
    """What datasketch makes of the same shingles, given the low 32 bits of our hash."""
    shingles = []
    for words in map(words_of, texts):
        runs = {" ".join(words[start : start + 5]).encode() for start in range(max(1, len(words) - 4))}
        shingles.append(runs if words else set())
    made = MinHash.bulk(
        shingles,
        num_perm=permutations,
        scheme="affine32",
        hashfunc=lambda data: shingle_hash(data.decode().split(" ")) & 0xFFFFFFFF,
    )
    return np.stack([each.hashvalues for each in made])


@pytest.mark.parametrize("permutations", [1, 100, 128])
def test_signatures_equal_those_of_datasketch(permutations: int) -> None:
    texts = TEXTS + drawn_texts(150)
    assert np.array_equal(signatures(shingle_sets(texts, 5), permutations), by_datasketch(texts, permutations))


@pytest.mark.parametrize(("block", "cells"), [(1, 1), (100, 1000), (1 << 20, 1 << 24)])
def test_signatures_do_not_depend_on_how_many_are_made_at_once(block: int, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = shingle_sets(TEXTS + drawn_texts(60), 5)
    wanted = signatures(sets, 128)
    monkeypatch.setattr(module, "_BLOCK", block)
    monkeypatch.setattr(module, "_CELLS", cells)
    assert np.array_equal(signatures(sets, 128), wanted)


def test_no_words_leave_all_bits_set() -> None:
    assert signatures(shingle_sets(["", " . "], 5), 4).tolist() == [[0xFFFFFFFF] * 4] * 2
    assert signatures(shingle_sets([], 5), 4).shape == (0, 4)


def test_signatures_and_bands_are_what_they_have_always_been() -> None:
    signature = signatures(shingle_sets(TEXTS[:1], 5), 128)
    assert signature[0, :4].tolist() == [1564893791, 2070488809, 615712673, 463717178]
    assert band_keys(signature, 6)[0, :2].tolist() == [13221354564964852635, 4029682784885972364]


def test_a_band_is_equal_where_its_rows_are() -> None:
    signature = np.arange(40, dtype=np.uint32).reshape(2, 20)
    changed = signature.copy()
    changed[0, 7] ^= 1
    keys = band_keys(signature, 6)
    assert keys.shape == (2, 3)
    assert (band_keys(changed, 6) == keys).tolist() == [[True, False, True], [True, True, True]]
    assert len(np.unique(band_keys(np.zeros((1, 18), np.uint32), 6))) == 3  # the band's number counts
