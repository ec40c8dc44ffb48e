"""Ages of 90 and more: the number alone"""

import pytest

from curate.identifiers.ages import found


def ages(text: str) -> list[str]:
    finds = sorted(set(found(text)))
    assert {find.kind for find in finds} <= {"age"}
    return [text[find.start : find.end] for find in finds]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a 92-year-old man", "92"),
        ("92 y/o", "92"),
        ("92yo", "92"),
        ("92 y.o.", "92"),
        ("aged 92", "92"),
        ("AGE: 103", "103"),
        ("age of 103", "103"),
        ("92 years of age", "92"),
        ("90 YEAR OLD", "90"),
        ("ninety-two years old", "ninety-two"),
        ("aged ninety-six", "ninety-six"),
        ("in her nineties", "nineties"),
        ("turned 92 in", "92"),
        ("her 100th birthday", "100"),
        ("My father is 97 and smokes", "97"),
        ("Age/Sex: 107/F", "107"),
        ("alive at 93", "93"),
        ("94M with cough", "94"),
        ("my father, 90, fell", "90"),
    ],
)
def test_an_age_over_89_is_found_without_its_unit(text, wanted):
    assert ages(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "89-year-old",
        "for 92 years",
        "95 mm",
        "92 %",
        "92 years of follow-up",
        "95-month-old",
        "90 years or older",
        "over 90 years old",
        "n = 92",
        "temp 98F with chills",
        "15 to 93 years of age",
        "aged 92 months",
        "He is 95 kg",
        "120/80",
        "190 years old",
        "age 9",
        "1.92 years old",
    ],
)
def test_other_numbers_and_the_bounds_of_groups_are_none(text):
    assert ages(text) == []


@pytest.mark.parametrize("piece", ["9", "92 ", "92-", "age ", "ninety ", "a hundred and "])
def test_a_megabyte_of_anything_is_read_to_its_end(piece):
    ages((piece * (1_000_000 // len(piece) + 1))[:1_000_000])
