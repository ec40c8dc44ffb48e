"""What a record gives for its terms is told by its name, never at length"""

import pyarrow as pa
import pytest

from curate.terms import term, terms


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("unknown", "unknown"),
        ("Jane Roe, 54, cough", "a term of its own"),
        ("a" * 40, "a" * 40),
        ("a" * 41, "a term of its own"),
        ("CC0-1.0\n", "a term of its own"),
        ("", ""),
        ("é", "a term of its own"),
    ],
)
def test_only_what_can_be_a_name_is_told(text: str, told: str) -> None:
    assert term(text) == told


def test_a_column_is_told_value_by_value() -> None:
    column = pa.chunked_array([["MIT", "Jane Roe, 54"], [], ["MIT", "of 1 May"]])
    assert terms(column).to_pylist() == ["MIT", "a term of its own", "MIT", "a term of its own"]
    assert terms(pa.chunked_array([pa.array([], pa.string())])).to_pylist() == []
