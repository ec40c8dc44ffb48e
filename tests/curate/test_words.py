import random
import unicodedata

import pytest

from curate.words import _AMONG, _FREE, _alone, normal_form, ordered_marks, spaced_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The chest X-ray, in 2 views.", ["the", "chest", "x", "ray", "in", "2", "views"]),
        ("肺部有结节吗？", ["肺", "部", "有", "结", "节", "吗"]),
        ("CT 图像", ["ct", "图", "像"]),
        ("HER2 + in 5 % (< 10)", ["her2", "+", "in", "5", "%", "<", "10"]),
        ("-3 D, T2-weighted", ["−", "3", "d", "t2", "weighted"]),
        ("S＝－2，T2－加权，﹣3", ["s", "=", "−", "2", "t2", "加", "权", "−", "3"]),
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


def words_in(texts: list[str]) -> list[list[str]]:
    *parts, after = spaced_words(texts).split(b"\0")
    assert after == b""
    return [part.decode().split() for part in parts]


POOLS = [
    "abcXYZ012 -._/+=%$|~`^<>?!\0\t\n",
    "éßÀµ°–’“”½²™ 1-",
    "αβγΣς aς",
    "क्याकीहै १",
    "ภาษาไทย ๒",
    "肺部有结节吗？，。０ＣＴ-3",
    "😀👍🏽 a",
    "\ud800\udfff\ue000 b",
    "\u0301\u0316\u0345\u0f73 e",
    "ﬁ＜＞－３ａimage",
    "İıſK\u212a\u2028\u00a0\x1c\x85",
]


def hostile_texts(count: int) -> list[str]:
    draw = random.Random(7)
    pieces = [*(list(pool) for pool in POOLS), [*"".join(POOLS), "<image>", "-3", "－3", "X-ray", "−", "...", "\r\n"]]
    return ["".join(draw.choices(draw.choice(pieces) + draw.choice(pieces), k=draw.choice([0, 1, 2, 3, 8, 30, 300]))) for _ in range(count)]


def test_many_texts_at_once_give_the_words_of_each() -> None:
    texts = [
        "A b.",
        "",
        "c\0d",
        "肺",
        "肺\0½",
        "肺" * 70_000,
        "e\u0301",
        "é",
        "か\u3099ｶﾞ",
        "\u1100\u1161",
        "<image>\n-3 vs. x-3",
        "-",
        "  ",
        *hostile_texts(5_000),
    ]
    assert words_in(texts) == [words_of(text) for text in texts]


@pytest.mark.parametrize("pattern", ["{}", "a{}b", "-{}", "{}-3", "－{}"])
def test_every_character_is_the_same_word_one_by_one_and_at_once(pattern: str) -> None:
    points = [*range(0x3400), *range(0xD700, 0x10000), *range(0x1D000, 0x1FC00), *range(0x3400, 0x110000, 1009)]
    texts = [pattern.format(chr(point)) for point in points]
    assert words_in(texts) == [words_of(text) for text in texts]


def test_characters_that_stand_for_themselves_do_so_beside_any_other() -> None:
    free = [chr(point) for low, high in _FREE for point in range(low, high + 1) if _alone(point)[1] != _AMONG]
    random.Random(4).shuffle(free)
    texts = ["".join(free[start : start + 40]) for start in range(0, len(free), 40)]
    assert words_in(texts) == [words_of(text) for text in texts]
    assert len(free) > 30_000


def test_texts_of_ascii_alone_fold_as_others_do() -> None:
    texts = [text for text in hostile_texts(3_000) if text.isascii()]
    assert words_in(texts) == [words_of(f"{text} é")[:-1] for text in texts]


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0344\u0316", "\u0f73\u0f71", "\u0345\u05b0"])
def test_a_long_run_of_marks_takes_no_time_and_keeps_its_form(marks: str) -> None:
    text = "a" + marks * 400 + "ώb" + marks * 20 + "c"
    assert ordered_marks("a" + marks * 300) == unicodedata.normalize("NFKD", "a" + marks * 300) != "a" + marks * 300
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert unicodedata.normalize(form, ordered_marks(text)) == unicodedata.normalize(form, text)
    assert len(words_of("a" + marks * 100_000)) > 0  # half a minute otherwise


@pytest.mark.parametrize("piece", ["a", "1", "(", "-", "-1", "A", "<image", "+", "\0", "é", "。", "肺", "− "])
def test_a_megabyte_of_one_thing_is_split_as_words_of_splits_it(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert words_in([text, "b"]) == [words_of(text), ["b"]]
