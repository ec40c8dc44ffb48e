"""How a tool's answer is held against the truth, and the texts it is given"""

import random

import pytest

from tests.bench.text_edits import EDITS, OTHER_MEANING, is_chinese
from tests.bench.text_made import CHUNK, made_texts
from tests.bench.text_peers import plain
from tests.bench.text_planted import planted
from tests.bench.text_scored import by_cell, of_dropped, truth_of
from tests.bench.text_truth import words

CAPTION = "Axial CT of the left lung. No nodule is seen in the 3 upper segments of this lung."
QUESTION = "左肺是否有3个结节？右肺没有。"
TEXTS = ["a b c d e f", "A, b c d e f!", "a b c d e g", "x y z", "z y x", ""]  # 0 = 1; 2 shares one of three 5-grams with them


def test_equal_texts_are_wanted_but_for_one_of_them():
    truth = truth_of(TEXTS, 5)
    assert truth.groups == [[0, 1], [2], [3], [4]]
    assert of_dropped(truth, []) == (0.0, 1.0)
    assert of_dropped(truth, [1]) == (1.0, 1.0)
    assert of_dropped(truth, [0, 1]) == (1.0, 0.5)  # the last of a kind is gone
    assert of_dropped(truth, [1, 3, 5]) == (1.0, pytest.approx(1 / 3))  # what is like nothing is gone, and what has no words


def test_a_near_pair_is_found_when_one_of_the_two_goes():
    texts = [" ".join(map(str, range(100, 160))), " ".join(map(str, range(101, 161))), "other words"]
    truth = truth_of(texts, 5)
    assert list(truth.pairs) == [(0, 1)]
    assert of_dropped(truth, [1]) == (1.0, 1.0)
    assert of_dropped(truth, [0, 1]) == (1.0, 1.0)  # it does not tell chains: dropped texts are held against what stays elsewhere
    assert of_dropped(truth, [2]) == (0.0, 0.0)


def test_pairs_are_told_by_length_and_band():
    texts = [" ".join(map(str, range(100, 160))), " ".join(map(str, range(101, 161))), "a b", "A b"]
    cells = by_cell(truth_of(texts, 5), {0: 0, 1: 0, 2: 2}, [60, 60, 2, 2])
    assert dict(cells.wanted) == {(0, 4): 1, (3, 3): 1}
    assert {cell: count for cell, count in cells.found.items() if count} == {(3, 3): 1}


@pytest.mark.parametrize("kind", EDITS)
def test_every_kind_of_edit_changes_a_text_and_the_same_way_each_time(kind):
    for text in (CAPTION, QUESTION):
        changed = EDITS[kind](text, random.Random(2))
        assert changed == EDITS[kind](text, random.Random(2))
        assert changed != text or (kind in ("case", "HTML entities") and is_chinese(text))


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("left to right", "Axial CT of the right lung. No nodule is seen in the 3 upper segments of this lung."),
        ("negated", "Axial CT of the left lung. nodule is seen in the 3 upper segments of this lung."),
        ("a sentence moved", "No nodule is seen in the 3 upper segments of this lung. Axial CT of the left lung."),
    ],
)
def test_an_edit_does_what_it_is_called(kind, wanted):
    assert EDITS[kind](CAPTION, random.Random(2)) == wanted


def test_case_and_white_space_and_moved_marks_leave_the_words():
    for kind in ("case", "white space"):
        assert words(EDITS[kind](CAPTION, random.Random(2))) == words(CAPTION)
    assert set(OTHER_MEANING) < set(EDITS)


def test_every_third_text_gets_a_copy_and_equal_texts_come_once():
    given = planted([f"Text of number {number} with words" for number in range(9)] + ["text OF number 3, with words"])
    assert [place for place, _, _ in given.edits] == [0, 3, 6]
    assert [copy for _, copy, _ in given.edits] == [9, 10, 11]
    assert len(given.texts) == 12


def test_an_edit_that_changes_nothing_is_not_planted():
    given = planted([f"NO PLACE {letters * 9}" for letters in map(chr, range(65, 91))] * 3)
    assert len(given.edits) == 9
    assert all(given.texts[place] != given.texts[copy] for place, copy, _ in given.edits)
    assert "case" not in {kind for _, _, kind in given.edits}


def test_made_texts_are_the_same_whatever_their_number():
    few, many = ([text for chunk in made_texts(count) for text in chunk] for count in (100, CHUNK + 10))
    assert (len(few), len(many)) == (100, CHUNK + 10)
    assert few == many[:100]
    assert 1 <= sum(a != b for a, b in zip(few[3].split(), few[4].split())) <= 4  # a copy with one to four words changed


def test_a_symbol_becomes_a_word_that_every_tool_sees():
    assert plain("HER2+, 5 %") == "her2 x002b 5 x0025"
