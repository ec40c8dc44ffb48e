"""a number -> whether its check digit fits: what tells an identifier from any other row of digits"""

from __future__ import annotations

_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_card(number: str) -> bool:
    """13 to 19 digits of a payment card, blanks and dashes aside: ISO/IEC 7812-1 annex B (Luhn)."""
    digits = [int(character) for character in number if character.isdigit()]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and _luhn(digits)


def is_iban(number: str) -> bool:
    """ISO 13616: country and check digits to the end, letters as 10 to 35, 1 modulo 97."""
    compact = number.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34 or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


def is_resident(number: str) -> bool:
    """18 characters, GB 11643-1999: area, date of birth, sequence, check character modulo 11-2 (ISO 7064)."""
    if len(number) != 18 or not number[:17].isdigit() or not _is_day(number[6:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, number[:17], strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def is_vin(number: str) -> bool:
    """17 characters, 49 CFR 565.15(c): the ninth is a check character (vehicles for North America and China)."""
    values = [_VIN_VALUES.get(character) for character in number.upper()]
    known = [value for value in values if value is not None]
    if len(values) != 17 or len(known) != 17:
        return False
    return "0123456789X"[sum(weight * value for weight, value in zip(_VIN_WEIGHTS, known, strict=True)) % 11] == number[8].upper()


def _luhn(digits: list[int]) -> bool:
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_day(text: str) -> bool:
    """Year, month and day, eight digits, between 1800 and 2099."""
    return 1800 <= int(text[:4]) <= 2099 and 1 <= int(text[4:6]) <= 12 and 1 <= int(text[6:]) <= 31
