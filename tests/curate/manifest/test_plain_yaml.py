"""YAML as 1.2 has it"""

import pytest
import yaml

from curate.manifest.plain_yaml import parse_yaml


def test_words_dates_and_clock_times_stay_text_and_keys_are_words() -> None:
    text = "commercial: no\nlanguage: on\nday: 2020-01-02\ntime: 1:30\ncode: 0012\nflag: true\nn: 12\nf: 1.5\nnothing: null\n"
    text += "0: zero\nyes: 1\n"
    assert parse_yaml(text) == {
        "commercial": "no", "language": "on", "day": "2020-01-02", "time": "1:30", "code": "0012", "flag": True, "n": 12, "f": 1.5,
        "nothing": None, "0": "zero", "yes": 1,
    }  # fmt: skip


def test_aliases_and_merges_are_understood() -> None:
    assert parse_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n") == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\na: 2\n", "key 'a' comes twice"),
        ("? [a]\n: 1\n", "a key is no word"),
        ("a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        ("a: &a [1]\n" + "".join(f"{b}: &{b} [{f'*{a},' * 8}]\n" for a, b in zip("abcdefg", "bcdefgh")), "100000 values"),
        ("a: &a [*a]\n", "recursive node"),
        ("x" * (1 << 20) + "x", "1048577 characters"),
    ],
)
def test_hostile_or_ambiguous_yaml_is_refused(text: str, fault: str) -> None:
    with pytest.raises(yaml.YAMLError, match=fault):
        parse_yaml(text)
