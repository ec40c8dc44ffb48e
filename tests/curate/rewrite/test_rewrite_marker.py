"""The marker goes, however a model dresses it; an answer without it is told from one with it"""

from __future__ import annotations

import time

import pytest

from curate.rewrite.marker import strip_marker

MARKER = "Revised response:"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Revised response: Rest a week.", "Rest a week."),
        ("  revised RESPONSE :\nRest.", "Rest."),
        ("**Revised response:** Rest.", "Rest."),
        ("**Revised response**: Rest.", "Rest."),
        ("**Revised response: Rest.**", "Rest."),
        ('"Revised response: Rest."', "Rest."),
        ('"Revised response:" Rest.', "Rest."),
        ("“Revised response: Rest.”", "Rest."),
        ("“Revised response:” Rest.", "Rest."),
        ("**\"Revised response:\"** Rest.", "Rest."),
        ("Revised response: Revised Response: Rest.", "Rest."),
        ('"Revised response: Revised response: Rest."', "Rest."),
        ("## Revised response\n\nRest.", "Rest."),
        ("> Revised response: Rest.", "Rest."),
        ("Revised response：请休息。", "请休息。"),
        ("Revised response: **Rest** and drink.", "**Rest** and drink."),
        ('Revised response: "Rest," she says.', '"Rest," she says.'),
        ('Revised response: Rest. A "cold"', 'Rest. A "cold"'),
        ("Revised response: The revised response: twice.", "The revised response: twice."),
        ("Revised response:", ""),
        ("**Revised response:**", ""),
        ("Revised response: * one\n* two", "* one\n* two"),
    ],
)
def test_the_marker_goes_with_what_was_put_around_it(said: str, left: str) -> None:
    assert strip_marker(said, MARKER) == left


@pytest.mark.parametrize(
    "said",
    ["", "Rest a week.", "Here is the revised response: Rest.", "Revised responses: Rest.", "Revised response rest.",
     "Revise response: Rest.", "Response: Rest.", "Unrevised response: Rest."],
)  # fmt: skip
def test_an_answer_that_begins_otherwise_has_no_marker(said: str) -> None:
    assert strip_marker(said, MARKER) is None


@pytest.mark.parametrize("much", [" ", "*", "#", ">", '"', "a", "(", "\n", "Revised response: ", "revised ", "**Revised response:** "])
def test_a_megabyte_of_anything_takes_no_time(much: str) -> None:
    began = time.process_time()
    strip_marker(much * (1_000_000 // len(much)), MARKER)
    assert time.process_time() - began < 3
