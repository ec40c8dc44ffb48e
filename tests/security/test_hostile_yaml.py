"""A manifest or a recipe that somebody sent costs a line, not the machine: no code, no memory, no time without bound"""

from pathlib import Path

import pytest
import yaml

from curate.manifest.pattern import PatternError, check_wildcards
from curate.manifest.plain_yaml import MAX_NODES, PlainLoader, parse_yaml
from curate.manifest.sense import table_faults
from curate.recipe import RecipeError, load_recipe

ALIASES = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [{f'*{a},' * 8}]\n" for a, b in zip("abcdefghij", "bcdefghijk"))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
BOMBS = {
    "aliases": (ALIASES, f"more than {MAX_NODES} values"),
    "merges": (MERGES, f"more than {MAX_NODES} values"),
    "digits": ("x: " + "9" * 5_000, "a number of 5000 characters"),
    "depth": ("[" * 20_000, "nested too deeply"),
    "code": ("x: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
    "length": ("x" * ((1 << 20) + 1), "1048577 characters"),
    "itself": ("a: &a [*a]", "recursive node"),
}


@pytest.mark.parametrize("loader", [PlainLoader, yaml.SafeLoader])
@pytest.mark.parametrize("bomb", [name for name in BOMBS if name != "itself"])
def test_a_bomb_is_refused_before_it_is_made(bomb: str, loader: type[yaml.SafeLoader]) -> None:
    text, fault = BOMBS[bomb]
    with pytest.raises(yaml.YAMLError, match=fault):
        parse_yaml(text, loader)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_recipe_that_is_a_bomb_is_one_line(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "sent.yaml"
    path.write_text(BOMBS[bomb][0])
    with pytest.raises(RecipeError) as told:
        load_recipe(path)
    assert str(path) in str(told.value)
    assert len(str(told.value)) < 1_000


def test_many_keys_take_a_moment() -> None:
    """Compared with each other they would be two thousand million looks."""
    assert len(parse_yaml("{" + ", ".join(f"k{number}: 1" for number in range(10_000)) + "}")) == 10_000
    with pytest.raises(yaml.YAMLError, match="key 'k1' comes twice"):
        parse_yaml("{" + ", ".join(f"k{number}: 1" for number in [*range(3), 1]) + "}")


@pytest.mark.parametrize("glob", ["*a*a*a*b", "**/**/**/**/**/**/**/x", "{a}-{b}-{c}-{d}.png"])
def test_a_glob_of_many_wildcards_is_refused(glob: str) -> None:
    with pytest.raises(PatternError, match="wildcards and columns, at most 3 in one part"):
        check_wildcards(glob)
    table = {"files": [glob], "turns": [], "format": "csv"}
    assert any("wildcards and columns" in fault for fault in table_faults("$", table, {}))


@pytest.mark.parametrize("glob", ["**/{part}-{shard}-of-*.parquet", "**/a_*_b/**/*.parquet", "a/b.csv"])
def test_a_glob_as_publishers_need_it_is_taken(glob: str) -> None:
    check_wildcards(glob)
