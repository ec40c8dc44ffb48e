"""YAML as 1.2 has it"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from curate.manifest import plain_yaml
from curate.manifest.plain_yaml import parse_own_yaml, parse_yaml

SHIPPED = Path(__file__).parents[3] / "manifests"


@pytest.mark.parametrize("parse", [parse_yaml, parse_own_yaml])
def test_words_dates_and_clock_times_stay_text_and_keys_are_words(parse: Callable[[str], Any]) -> None:
    text = "commercial: no\nlanguage: on\nday: 2020-01-02\ntime: 1:30\ncode: 0012\nflag: true\nn: 12\nf: 1.5\nnothing: null\n"
    text += "0: zero\nyes: 1\n"
    assert parse(text) == {
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


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml here")
def test_what_ships_is_the_same_by_libyaml():
    texts = [path.read_text(encoding="utf-8") for path in sorted(SHIPPED.rglob("*.yaml"))]
    assert len(texts) > 100
    for text in texts:
        assert repr(plain_yaml.parse_yaml(text, plain_yaml._OwnLoader)) == repr(parse_yaml(text))  # tells True from 1, and the order


def test_a_fault_of_what_ships_is_told_in_the_same_words():
    with pytest.raises(yaml.YAMLError) as own:
        parse_own_yaml("a: [1, 2")
    with pytest.raises(yaml.YAMLError) as plain:
        parse_yaml("a: [1, 2")
    assert str(own.value) == str(plain.value)
