import itertools
import random

import numpy as np
import pytest

from curate import shingles
from curate.shingles import Shingles, ngrams, shingle_hash, shingle_sets, word_hash
from curate.words import words_of

TEXTS = [
    "The chest X-ray shows a small left pleural effusion.",
    "",
    "yes",
    "Yes!",  # the same set beside it
    "肺部有结节吗？是的，右上叶有结节。",
    "a a a a a a a a",
    "T = -3 °C, 5 % < 10",
    f"{'x' * 64} {'x' * 65} {'肺x' * 40} {'é' * 32} {'é' * 33}",
    "a\0b \ud800 c \ue000 d <image> e",
]


def drawn_texts(count: int) -> list[str]:
    draw = random.Random(1)
    vocabulary = [f"word{number}" for number in range(300)]
    return [" ".join(draw.choices(vocabulary, k=draw.choice([0, 1, 4, 5, 6, 40, 400]))) for _ in range(count)]


def shingles_of(text: str, size: int) -> set[tuple[str, ...]]:
    words = words_of(text)
    if len(words) < size:
        return {tuple(words)} if words else set()
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}


def listed(sets: Shingles) -> list[list[int]]:
    return [sets.hashes[start:end].tolist() for start, end in itertools.pairwise(sets.offsets)]


@pytest.mark.parametrize("size", [1, 3, 5])
def test_sets_by_columns_are_those_of_the_definition(size: int) -> None:
    texts = TEXTS + drawn_texts(500)
    wanted = [sorted(shingle_hash(shingle) for shingle in shingles_of(text, size)) for text in texts]
    assert listed(shingle_sets(texts, size)) == wanted


def test_words_of_every_length_are_hashed_as_the_definition_does_wherever_they_stand() -> None:
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdef0123", k=length)) for length in range(1, 70) for _ in range(9)]
    draw.shuffle(words)
    assert ngrams([" ".join(words)], 1)[1].tolist() == [shingle_hash([word]) for word in words]


@pytest.mark.parametrize("block", [1, 50, 1000])
def test_batches_of_any_size_give_the_same_hashes(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = TEXTS + drawn_texts(60)
    sets, (text, hashes) = shingle_sets(texts, 5), ngrams(texts, 3)
    monkeypatch.setattr(shingles, "_BLOCK", block)
    assert listed(shingle_sets(texts, 5)) == listed(sets)
    assert [part.tolist() for part in ngrams(texts, 3)] == [text.tolist(), hashes.tolist()]
    assert [listed(shingle_sets([each], 5))[0] for each in texts] == listed(sets)


def test_a_text_may_have_a_shingle_size_of_its_own() -> None:
    texts = TEXTS + drawn_texts(300)
    sizes = np.arange(len(texts)) % 4 + 1
    sets = shingle_sets(texts, sizes)
    for size in (1, 2, 3, 4):
        rows = np.flatnonzero(sizes == size)
        assert listed(shingle_sets([texts[row] for row in rows], size)) == listed(sets.take(rows))


def test_ngrams_are_the_runs_of_words_in_their_order() -> None:
    texts = TEXTS + drawn_texts(200)
    wanted = [
        (number, shingle_hash(words[start : start + 4]))
        for number, words in enumerate(map(words_of, texts))
        for start in range(len(words) - 3)
    ]
    text, hashes = ngrams(texts, 4)
    assert list(zip(text.tolist(), hashes.tolist(), strict=True)) == wanted


def test_no_texts_have_no_shingles() -> None:
    assert [part.tolist() for part in ngrams([], 3)] == [[], []]
    assert shingle_sets([], 3).offsets.tolist() == [0]


def test_taking_rows_takes_their_sets() -> None:
    taken = shingle_sets(TEXTS, 3).take(np.array([4, 1, 0]))
    assert listed(taken) == listed(shingle_sets([TEXTS[4], TEXTS[1], TEXTS[0]], 3))


def test_hashes_are_what_they_have_always_been() -> None:
    words = ["effusion", "cholangiopancreatography", "肺", "x" * 65]
    assert [word_hash(word) for word in words] == [
        9615024205339096777,
        11391075462442380465,
        12400209696100769725,
        3947904110462928320,
    ]
    assert shingle_hash(["left", "pleural", "effusion"]) == 8543342584994040007


def test_words_that_are_nearly_alike_do_not_collide() -> None:
    lengths = ["a" * length for length in range(1, 200)]
    nul = ["\0a", "a\0", "\0\0a", "a\0\0", "\0"]
    one_byte = [f"{'m' * place}{letter}{'m' * (20 - place)}" for place in range(21) for letter in "abcdefghijkl"]
    blocks = ["".join(part) for part in itertools.permutations(["abcdefgh", "ijklmnop", "qrstuvwx", "yz012345"])]  # eight bytes each
    every = [*lengths, *nul, *one_byte, *blocks]
    assert len({word_hash(word) & 0xFFFFFFFF for word in every}) == len(every)


def test_shingles_that_are_nearly_alike_do_not_collide() -> None:
    draws = [shingle for count in range(1, 9) for shingle in itertools.product("ab", repeat=count)]  # 'a a b', 'a b a', 'a a', ...
    orders = list(itertools.permutations(["left", "right", "lung", "is", "clear", "no"]))
    glued = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c")]
    hashes = {shingle_hash(words) for words in [*draws, *orders, *glued]}
    assert len({number & 0xFFFFFFFF for number in hashes}) == len(draws) + len(orders) + len(glued)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (" ".join(map(str, range(300_000))), 1),
        (" ".join(map(str, range(300_000))), 5),
        (" ".join(f"patient{number:06d}" for number in range(300_000)), 1),
        ("".join(chr(0x4E00 + first) + chr(0x4E00 + second) for first in range(300) for second in range(300)), 3),
    ],
)
def test_collisions_are_those_of_random_numbers(text: str, size: int) -> None:
    hashes = np.unique(ngrams([text], size)[1])
    bits = [(hashes >> place & 1).mean() for place in range(63)]
    expected = len(hashes) ** 2 / 2**33
    assert np.abs(np.array(bits) - 0.5).max() < 2.5 / len(hashes) ** 0.5  # five standard deviations
    for part in (hashes & 0xFFFFFFFF, hashes >> 31):
        assert abs(len(hashes) - len(np.unique(part)) - expected) < 5 * expected**0.5
    if size == 1 and text.isascii():
        assert len(hashes) == 300_000
