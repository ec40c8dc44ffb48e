"""Dates finer than a year, written and in numbers"""

import pytest

from curate.identifiers.find import find_identifiers


def found(text: str) -> list[str]:
    return [text[find.start : find.end] for find in find_identifiers(text) if find.kind == "date"]


@pytest.mark.parametrize(
    "date",
    [
        "12/03/2019",
        "2019-03-12",
        "12.03.19",
        "2019/3/1",
        "03/2019",
        "12-03-2019",
        "31.12.2019",
        "20190312",
        "2019-03-12T14:35:20Z",
        "20190312143500",
        "March 12, 2019",
        "12th of March",
        "Mar-12-19",
        "March 2019",
        "12 March",
        "12-Mar-2019 14:35",
        "3 and 9 March 2019",
        "March 3-9, 2019",
        "26SEP1940",
        "Tuesday, March 12 at 2:35 PM",
        "14:35 on 12 March 2019",
        "July 2",
        "Oct 7",
        "24TH OF SEPTEMBER 1976",
        "may 12, 2019",
        "Christmas 2018",
        "March '19",
        "1969-01-07t08:22:10",
    ],
)
def test_a_date_is_found_whole(date):
    assert found(f"seen {date} again") == [date]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("on 3/12 and until 11/20", ["3/12", "11/20"]),
        ("Date: 3/4, DOB 3.4.1950", ["3/4", "3.4.1950"]),
        ("from 3/12/19 to 3/15", ["3/12/19", "3/15"]),
        ("from March 3 to March 9", ["March 3", "March 9"]),
        ("in March; since April; last May", ["March", "April", "May"]),
        ("last colonoscopy 1969-01", ["1969-01"]),
    ],
)
def test_a_part_of_a_date_needs_a_word_beside_it(text, wanted):
    assert found(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "grade 3/5, 1/2, 4/10, 3/4, BP 120/80",
        "power 5/5, from 3/5 to 4/5, APGAR 8/9/10",
        "Fig. 3-12, T1-12, C5-C6, L4/5",
        "2010-2015, in 2010, 1998",
        "may 5 times; he may 3",
        "March fracture; the march of time",
        "version 1.2.10, 1.2.840.10008",
        "Oct-4, Oct4, OCT 2019 images",
        "13/13/2019",
        "12/2000 patients",
        "0.5-1.2 mg, 10/12/15 mm",
        "second of three, Christmas tree sign",
        "was 3.5 to 11.1 hours",
        "2013-14",
    ],
)
def test_scores_ranges_and_years_are_no_dates(text):
    assert found(text) == []


@pytest.mark.parametrize("piece", ["1", "1/", "12-", "2019-", "March ", "may 3 ", "on ", "3/4/19 ", ":", "12:3", "Jan", "1 A"])
def test_a_long_text_of_anything_is_read_to_its_end(piece):
    found((piece * (200_000 // len(piece) + 1))[:200_000])
