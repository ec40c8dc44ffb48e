"""how long a text a regex is put to: measured by the repeats that can take the same text from each other"""

import pytest

from curate.manifest.effort import power
from curate.manifest.pattern import MAX_SUBJECT, PatternError, TooLong, compile_pattern, parser, search


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("abc", 1),  # a search may begin anywhere
        ("^abc", 0),
        ("^a*$", 1),
        ("a+$", 2),
        (r"^(?P<id>ROCO_\d+)\t(?P<caption>.*)$", 1),
        (r"^(?P<x>\d+),(?P<y>[^,]*),(?P<z>[^,]+)$", 1),
        (r"(\w+)\s*=\s*(\w+)$", 2),
        (r"(?P<name>[^/]+)\.\w+$", 2),
        ("^a.*b.*c", 2),
        ("a.*b.*c", 3),
        (r"^(.*),(.*),(.*),(.*);$", 4),
        (r"^(?s:.*?)\s*Answer:", 2),
        (r"^(?:A\s*[:.]\s*)?(?P<a>[\s\S]+)$", 2),  # what takes the rest whatever it is cannot fail
        (r"^\s*\d+\s*x", 1),
        (r"^\s*\d*\s*x", 2),
        ("^(?:a.*|b.*|c.*)x", 1),
        ("^(?:a*){1,3}x", 3),
        ("^a*(?!.*b)", 2),
        ("^(?i:a*A*)x", 2),
        ("^a+b+a+$", 1),
        ("^中*[^a]*x", 2),
        ("^[\u4e00-\u4eff]*\u4e2d*x", 2),
        ("^[\u4e80-\u4eff]*\u4e90*x", 2),
        ("(?m)^a*$", 2),
        ("^.*\n*x", 1),
        ("(?s)^.*\n*x", 2),
    ],
)
def test_the_power_of_a_regex(text: str, wanted: int) -> None:
    assert power(parser.parse(text)) == wanted


@pytest.mark.parametrize("text", [".*.*.*.*.*", "^(?:a*b*c*){1,50}x", r"^(.*),(.*),(.*),(.*),(.*);$"])
def test_a_regex_of_more_than_four_such_repeats_is_refused(text: str) -> None:
    with pytest.raises(PatternError, match=r"repeats that can take the same text from each other, at most 4 wanted; bound them: \{n,m\}"):
        compile_pattern(text)


@pytest.mark.parametrize(
    ("text", "length"), [("^a", 1_000_000), ("(a*)", 1_000_000), ("a+$", 20_000), ("a.*b.*c", 2_000), (".*.*.*x", 250)]
)
def test_a_longer_text_is_told_and_not_taken_for_one_that_does_not_fit(text: str, length: int) -> None:
    pattern = compile_pattern(text)
    assert search(pattern, "b" * 250) is None or text == "(a*)"
    search(pattern, "-" * min(length, 3_000))
    with pytest.raises(TooLong, match=f"^{length + 1} > {length} characters$"):
        search(pattern, "-" * (length + 1))


def test_the_limits_are_those_that_were_measured() -> None:
    assert MAX_SUBJECT == {0: 1_000_000, 1: 1_000_000, 2: 20_000, 3: 2_000, 4: 250}
