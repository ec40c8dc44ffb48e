"""Telephone and fax numbers of several countries; ranges, counts and dates that look like them"""

import pytest

from curate.identifiers.numbers import found

PHONES = [
    ("(212) 555-0123", "(212) 555-0123"),
    ("call 212-555-0123 ext. 45 today", "212-555-0123 ext. 45"),
    ("212.555.0123", "212.555.0123"),
    ("1-888-394-3937  410-785-1414", "1-888-394-3937", "410-785-1414"),
    ("MD 20892-3655  301-496-5248", "301-496-5248"),
    ("number, 18004516434.", "18004516434"),
    ("call 1-800-QUIT NOW", "1-800-QUIT NOW"),
    ("+49 (0)30 1234567", "+49 (0)30 1234567"),
    ("+44 20 7946 0958 12 March", "+44 20 7946 0958"),
    ("020 7946 0958", "020 7946 0958"),
    ("01.23.45.67.89", "01.23.45.67.89"),
    ("+91 98765 43210", "+91 98765 43210"),
    ("13812345678", "13812345678"),
    ("电话13812345678联系", "13812345678"),
    ("010-62345678", "010-62345678"),
    ("0755-22184821转856", "0755-22184821转856"),
    ("手机：１３８１２３４５６７８", "１３８１２３４５６７８"),
    ("phone 555-1234", "555-1234"),
    ("tel: 98765432", "98765432"),
    ("reach her on her mobile, 98765 43210", "98765 43210"),
    ("pager 12345", "12345"),
    ("Page me at 571-4530", "571-4530"),
    ("ext. 4521", "4521"),
]
FAXES = [
    ("fax: (212) 555-0199", "(212) 555-0199"),
    ("Fax 0301234567", "0301234567"),
    ("传真：010-62345678", "010-62345678"),
    ("F: 312.555.9825", "312.555.9825"),
]
NONE = [
    "call 911",
    "platelets 45000-110000",
    "call rates of 1000-2000 Hz",
    "2003-2004 2005-2006",
    "pH 7.350 - 7.450",
    "TR/TE 4500-2000",
    "555-1234",
    "phone survey, 12/03/2019",
    "32.7-34.9/1000",
    "telephone interviews of 1 200 000 people",
    "grant 2055551234",
    "1004217-cut-806929",
    "extension of 120 degrees",
    "10.1016/0140-6736(95)91804-3",
]


def pieces(text):
    return [(text[find.start : find.end], find.kind) for find in sorted(found(text))]


@pytest.mark.parametrize(("text", "numbers"), [(text, numbers) for text, *numbers in PHONES])
def test_a_telephone_number_is_found_whole(text, numbers):
    assert pieces(text) == [(number, "phone") for number in numbers]


@pytest.mark.parametrize(("text", "number"), FAXES)
def test_a_word_for_fax_before_a_number_makes_it_one(text, number):
    assert pieces(text) == [(number, "fax")]


@pytest.mark.parametrize("text", NONE)
def test_ranges_counts_and_dates_are_no_telephone_numbers(text):
    assert pieces(text) == []


def test_of_two_numbers_each_has_the_word_before_it():
    assert pieces("Tel 020 7946 0958, fax 020 7946 0959") == [("020 7946 0958", "phone"), ("020 7946 0959", "fax")]
