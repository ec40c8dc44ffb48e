import numpy as np
import pytest

from curate.likeness import conflict
from curate.shingles import word_hash, word_hashes
from curate.stated import stated
from curate.words import normal_form, words_of

PAIRS = [
    ("mass in the left lung", "mass in the right lung", True),
    ("mass in the left lung", "a mass in left lung", False),
    ("mass in the left lung", "mass in the lung", False),  # what the one does not say is no conflict
    ("a mass in the left lung", "no mass in the left lung", True),
    ("lesion without enhancement", "lesion with enhancement", True),
    ("no effusion", "no effusion and no pneumothorax", False),  # more is said than a negation
    ("a nodule of 5 mm", "a nodule of 6 mm", True),
    ("a nodule of 5mm", "a nodule of 6mm", True),
    ("a nodule of 5 mm", "a nodule", False),
    ("5 and 5 mm", "5 mm", False),
    ("5 and 5 mm", "5 and 6 mm", True),
    ("Figure 3. A nodule of 5 mm", "a nodule of 5 mm", False),
    ("a T1-weighted image", "a T2-weighted image", True),
    ("CD4 positive", "CD8 positive", True),
    ("HER2 was positive", "HER2 was negative", True),
    ("word17 of a made vocabulary", "word18 of a made vocabulary", False),  # a number is no part of a long word
    ("a nodule of 5 mm", "a nodule on the left", False),  # of two kinds
    ("stage two", "stage three", True),
    ("type II", "type III", True),
    ("图中右肺有病变", "图中左肺有病变", True),
    ("有积液", "无积液", False),  # 有 is a word of its own
    ("见积液", "未见积液", True),
    ("分为二型", "分为三型", True),
    ("left and right", "right and left", False),
    ("", "", False),
    ("", "no", True),
    ("no", "not", False),
]


@pytest.mark.parametrize(("one", "other", "apart"), PAIRS)
def test_texts_conflict_by_a_number_a_side_or_a_negation(one: str, other: str, apart: bool) -> None:
    said = stated([one, other, other.upper()])
    rows = np.array([0, 1, 0, 0]), np.array([1, 0, 2, 0])
    assert conflict(said, *rows).tolist() == [apart, apart, apart, False]


def test_a_key_is_that_of_the_normal_form_and_of_nothing_less() -> None:
    texts = ["A mass.", "a  MASS", "mass a", "a a mass", "a", "", "...", "肿块", "肿 块"]
    keys = stated(texts).key.tolist()
    assert [keys.index(key) for key in keys] == [0, 0, 2, 3, 4, 5, 5, 7, 7]
    assert keys[5] == 0
    assert (len(set(keys)), len(set(map(normal_form, texts)))) == (6, 6)


def test_a_text_is_stated_alike_alone_and_among_others() -> None:
    texts = [text for one, other, _ in PAIRS for text in (one, other)]
    together = stated(texts)
    for row, text in enumerate(texts):
        alone, some = stated([text]), together.take(np.array([row]))
        assert (alone.key, alone.negations, alone.rest) == (some.key, some.negations, some.rest)
        assert alone.words.hashes.tolist() == some.words.hashes.tolist()


def test_nothing_is_stated_by_nothing() -> None:
    said = stated([])
    assert (said.key.tolist(), said.words.offsets.tolist(), said.negations.tolist(), said.rest.tolist()) == ([], [0], [], [])


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["a" * 1_000_000, "1" * 1_000_000, "1 " * 500_000, "left " * 200_000, "(" * 1_000_000, "不" * 300_000])
def test_a_megabyte_takes_no_longer_than_it_should(text: str) -> None:
    assert len(stated([text, "a"]).key) == 2


def test_words_are_hashed_one_by_one() -> None:
    texts = ["A mass, 5 mm; T2-weighted.", "", "肿块 in the left lung", "x" * 300_000, "..."]
    hashed = word_hashes(texts)
    counts, hashes = hashed.counts, hashed.hashes
    assert counts.tolist() == [len(words_of(text)) for text in texts]
    assert hashes.tolist() == [word_hash(word) for text in texts for word in words_of(text)]


def test_without_contrasts_the_key_alone_is_told() -> None:
    texts = ["No mass in the left lung, 3 cm.", "", "左肺无结节"]
    whole, key = stated(texts), stated(texts, contrasts=False)
    assert key.key.tolist() == whole.key.tolist()
    assert (key.words.offsets.tolist(), len(key.words.hashes)) == ([0, 0, 0, 0], 0)
    assert (key.negations.tolist(), key.rest.tolist()) == ([0, 0, 0], [0, 0, 0])
    assert whole.negations.tolist() == [1, 0, 1]
