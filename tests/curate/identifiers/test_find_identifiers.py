"""What detectors claim, settled; texts with placeholders"""

from itertools import pairwise
from random import Random

import pytest

from curate.identifiers.find import _settled, find_identifiers, scrub
from curate.identifiers.kinds import KINDS, Found

HEADER = (
    "Patient Name: DOE, JOHN  MRN: 1234567  DOB: 03/04/1950\n"
    "Dr. Adams saw this 92-year-old of 12 Oak Street, Springfield, IL 62704; j.doe@mail.org"
)
PIECES = [
    "Dr. ",
    "John ",
    "Smith",
    ", ",
    "MD",
    "03/04/1950",
    " 92 y/o",
    "[NAME]",
    "XXXX",
    "___",
    "[**Hospital**]",
    "REDACTED",
    "<NAME>",
    "MRN: 12345",
    "\n",
    "12 Oak Street",
    "é",
]


def test_a_header_is_scrubbed_by_kind_and_keeps_its_labels():
    text, counts = scrub(HEADER)
    assert text == "Patient Name: [NAME]  MRN: [MRN]  DOB: [DATE]\nDr. [NAME] saw this [AGE]-year-old of [ADDRESS]; [EMAIL]"
    assert counts == {"name": 2, "mrn": 1, "date": 1, "age": 1, "address": 1, "email": 1}


def test_a_caption_without_identifiers_is_the_same_text():
    caption = "Axial T2-weighted MRI at L4/5 (arrow) in a 45-year-old with Crohn's disease, 3.5 x 2 cm."
    assert scrub(caption) == (caption, {})
    assert find_identifiers(caption) == []


@pytest.mark.parametrize(
    "text", ["___ was seen on ___", "XXXX-year-old XXXX", "[**2112-3-4**] Dr. [**Last Name**]", "Dr. [NAME], MRN: [MRN]", "<NAME> REDACTED"]
)
def test_placeholders_that_stand_already_are_left(text):
    assert scrub(text) == (text, {})


def test_the_longer_of_two_claims_wins_and_the_rest_of_the_other_stays_found():
    assert list(_settled("John Smith Street 12", [Found(0, 10, "name"), Found(5, 20, "address")])) == [
        Found(0, 4, "name"),
        Found(5, 20, "address"),
    ]


def test_of_two_alike_the_label_wins_over_the_shape():
    assert list(_settled("1234567", [Found(0, 7, "phone"), Found(0, 7, "mrn"), Found(0, 7, "name")])) == [Found(0, 7, "mrn")]


def test_chinese_rules_are_for_chinese():
    text = "患者张伟，男，住院号：1234567"
    assert "name" in {find.kind for find in find_identifiers(text, "zh-CN")}
    assert "name" not in {find.kind for find in find_identifiers(text, "en")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_finds_are_sorted_apart_and_scrubbing_twice_is_scrubbing_once(language):
    chance = Random(5)
    for _ in range(300):
        text = " ".join(chance.choices(PIECES, k=chance.randrange(14)))
        finds = find_identifiers(text, language)
        assert all(a.end <= b.start for a, b in pairwise(finds))
        assert all(0 <= find.start < find.end <= len(text) and find.kind in KINDS for find in finds)
        once, counts = scrub(text, language)
        assert scrub(once, language) == (once, {})
        assert bool(counts) == bool(finds)
        assert all(once.count(standing) >= text.count(standing) for standing in ("[**Hospital**]", "[NAME]", "<NAME>", "REDACTED"))
