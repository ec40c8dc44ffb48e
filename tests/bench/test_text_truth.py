"""The exact truth that near-duplicate figures are held against"""

import itertools
import random

import pytest

from tests.bench.text_truth import band_of, character_shingles, distinct, jaccard, length_class, near_pairs, word_shingles, words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("T2-weighted MRI, 1.5 T!", ["t2", "weighted", "mri", "1", "5", "t"]),
        ("HER2+ 5% <3", ["her2", "+", "5", "%", "<", "3"]),
        ("change of -3, not 4-3", ["change", "of", "\u2212", "3", "not", "4", "3"]),
        ("左肺CT", ["左", "肺", "ct"]),
        ("| ~ ` ^ .", []),
        ("<image> Ａ", ["a"]),
    ],
)
def test_words_are_those_of_the_definition(text, wanted):
    assert words(text) == wanted


def test_a_text_shorter_than_a_shingle_is_one_and_an_empty_text_has_none():
    assert word_shingles("pleural effusion", 5) == {("pleural", "effusion")}
    assert word_shingles("a b c d", 3) == {("a", "b", "c"), ("b", "c", "d")}
    assert word_shingles(" . ", 5) == character_shingles("", 3) == frozenset()
    assert character_shingles("A  b.", 2) == {("a ",), (" b",)}


def test_texts_without_words_are_like_nothing():
    assert jaccard(frozenset(), frozenset()) == 0
    assert jaccard(frozenset("abc"), frozenset("bcd")) == 0.5


@pytest.mark.parametrize("least", [0.5, 0.6, 0.8, 1.0])
def test_near_pairs_are_those_of_comparing_all_with_all(least):
    chance = random.Random(7)
    sets = [frozenset((chance.choice("abcdefgh"),) for _ in range(chance.randint(1, 9))) for _ in range(120)]
    wanted = {(a, b): alike for a, b in itertools.combinations(range(120), 2) if (alike := jaccard(sets[a], sets[b])) >= least}
    assert near_pairs(sets, least) == wanted


def test_equal_sets_stand_together_in_the_order_of_the_first():
    assert distinct([frozenset("a"), frozenset(), frozenset("b"), frozenset("a")]) == [[0, 3], [2]]


def test_bands_and_lengths_have_their_lower_ends():
    assert [band_of(alike) for alike in (0.59, 0.6, 0.8, 0.9, 0.999, 1.0)] == [-1, 0, 2, 3, 3, 4]
    assert [length_class(count) for count in (0, 7, 8, 40, 41, 5_000)] == [0, 0, 1, 2, 3, 4]
