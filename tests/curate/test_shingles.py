import random

import numpy as np
import pytest
from datasketch import MinHash

from curate.match.signatures import band_keys, band_rows, signatures
from curate.shingles import ngrams, shingle_hash, shingle_sets, word_hash
from curate.words import words_of

TEXTS = ["The chest X-ray shows a small left pleural effusion.", "", "yes", "肺部有结节吗？是的，右上叶有结节。", "a a a a a a a a"]


def drawn_texts(count: int) -> list[str]:
    draw = random.Random(1)
    vocabulary = [f"word{number}" for number in range(300)]
    return [" ".join(draw.choices(vocabulary, k=draw.choice([0, 1, 4, 5, 6, 40, 400]))) for _ in range(count)]


def shingles_of(text: str, size: int) -> set[tuple[str, ...]]:
    words = words_of(text)
    if len(words) < size:
        return {tuple(words)} if words else set()
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}


@pytest.mark.parametrize("size", [1, 3, 5])
def test_sets_by_columns_are_those_of_the_definition(size: int) -> None:
    texts = TEXTS + drawn_texts(1203)  # more than a block
    sets = shingle_sets(texts, size)
    found = [sets.hashes[start:end].tolist() for start, end in zip(sets.offsets, sets.offsets[1:])]
    assert found == [sorted(shingle_hash(shingle) for shingle in shingles_of(text, size)) for text in texts]


def test_signatures_equal_those_of_datasketch() -> None:
    texts = TEXTS + drawn_texts(400)
    ours = signatures(shingle_sets(texts, 5), 128)
    theirs = MinHash.bulk(
        [[" ".join(shingle).encode() for shingle in shingles_of(text, 5)] for text in texts],
        num_perm=128,
        hashfunc=lambda data: shingle_hash(data.decode().split(" ")) & 0xFFFFFFFF,
    )
    assert np.array_equal(ours, np.stack([each.hashvalues for each in theirs]))


def test_hashes_and_signatures_are_what_they_have_always_been() -> None:
    words = ["effusion", "cholangiopancreatography", "肺", "x" * 65]
    assert [word_hash(word) for word in words] == [
        9615024205339096777,
        11391075462442380465,
        12400209696100769725,
        3947904110462928320,
    ]
    assert shingle_hash(["left", "pleural", "effusion"]) == 8543342584994040007
    assert signatures(shingle_sets(TEXTS[:1], 5), 128)[0, :4].tolist() == [1564893791, 2070488809, 615712673, 463717178]
    assert band_keys(signatures(shingle_sets(TEXTS[:1], 5), 128), 6)[0, :2].tolist() == [13221354564964852635, 4029682784885972364]


def test_a_band_has_as_many_rows_as_the_threshold_allows() -> None:
    assert [band_rows(128, threshold) for threshold in (0.5, 0.7, 0.8, 0.9, 1.0)] == [3, 4, 6, 9, 128]


def test_taking_rows_takes_their_sets() -> None:
    sets = shingle_sets(TEXTS, 3)
    taken = sets.take(np.array([3, 1, 0]))
    again = shingle_sets([TEXTS[3], TEXTS[1], TEXTS[0]], 3)
    assert taken.offsets.tolist() == again.offsets.tolist()
    assert taken.hashes.tolist() == again.hashes.tolist()


def test_a_text_may_have_a_shingle_size_of_its_own() -> None:
    texts = TEXTS + drawn_texts(700)
    sizes = np.arange(len(texts)) % 4 + 1
    sets = shingle_sets(texts, sizes)
    for size in (1, 2, 3, 4):
        rows = np.flatnonzero(sizes == size)
        alone = shingle_sets([texts[row] for row in rows], size)
        assert (alone.offsets.tolist(), alone.hashes.tolist()) == (sets.take(rows).offsets.tolist(), sets.take(rows).hashes.tolist())


def test_ngrams_are_the_runs_of_words_in_their_order() -> None:
    texts = TEXTS + drawn_texts(700)
    wanted = [
        (number, shingle_hash(words[start : start + 4]))
        for number, words in enumerate(map(words_of, texts))
        for start in range(len(words) - 3)
    ]
    text, hashes = ngrams(texts, 4)
    assert list(zip(text.tolist(), hashes.tolist())) == wanted


def test_no_texts_have_no_shingles() -> None:
    assert [part.tolist() for part in ngrams([], 3)] == [[], []]
    assert shingle_sets([], 3).offsets.tolist() == [0]
