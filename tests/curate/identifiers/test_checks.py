"""Check digits: published examples of each scheme hold, and no one-digit change of them does"""

import pytest

from curate.identifiers.checks import is_card, is_iban, is_resident, is_vin

EXAMPLES = [
    (is_card, "4111 1111 1111 1111"),
    (is_card, "378282246310005"),
    (is_iban, "GB82 WEST 1234 5698 7654 32"),
    (is_iban, "DE89370400440532013000"),
    (is_resident, "11010519491231002X"),
    (is_resident, "440106198203140081"),
    (is_vin, "1M8GDM9AXKP042788"),
]


@pytest.mark.parametrize(("check", "number"), EXAMPLES)
def test_an_example_holds_and_a_changed_digit_is_seen(check, number):
    assert check(number)
    changed = [number[:at] + str((int(digit) + 1) % 10) + number[at + 1 :] for at, digit in enumerate(number) if digit.isdigit()]
    assert [other for other in changed if check(other)] == []


@pytest.mark.parametrize("check", [is_card, is_iban, is_resident, is_vin])
@pytest.mark.parametrize("text", ["", "0000000000000000", "not a number", "１" * 18, "é" * 17])
def test_what_is_no_number_of_the_scheme_is_refused(check, text):
    assert not check(text)
