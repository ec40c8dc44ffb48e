import pytest

from curate.words import SEPARATOR, normal_form, words_of, words_of_all


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The chest X-ray, in 2 views.", ["the", "chest", "x", "ray", "in", "2", "views"]),
        ("肺部有结节吗？", ["肺", "部", "有", "结", "节", "吗"]),
        ("CT 图像", ["ct", "图", "像"]),
        ("HER2 + in 5 % (< 10)", ["her2", "+", "in", "5", "%", "<", "10"]),
        ("-3 D, T2-weighted", ["−", "3", "d", "t2", "weighted"]),
        ("ﬁbrosis ＣＴ", ["fibrosis", "ct"]),
        ("क्या की", ["क्या", "की"]),
        ("<image>\nWhat is this?", ["what", "is", "this"]),
        ("| a | b |", ["a", "b"]),
        (" \n\t", []),
    ],
)
def test_words_keep_what_carries_meaning(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_case_white_space_and_punctuation_do_not_count() -> None:
    assert normal_form("What 's  SHOWN?") == normal_form("what's shown") == "what s shown"


def test_many_texts_at_once_give_the_words_of_each() -> None:
    texts = ["A b.", "", f"c{SEPARATOR}d", "肺"]
    assert words_of_all(texts) == ["a", "b", SEPARATOR, SEPARATOR, "c", "d", SEPARATOR, "肺", SEPARATOR]
