"""recipe YAML -> Recipe, or every fault in it"""

from pathlib import Path
from typing import get_args

import pytest

from curate.recipe import Balance, CorpusPlan, RecipeError, load_recipe
from curate.shield.rules import Rule
from schemas.image import Rendering

SHIPPED = Path(__file__).parents[2] / "manifests" / "corpora"


def written(tmp_path: Path, text: str, name: str = "mine") -> Path:
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_recipes_load():
    assert [load_recipe(path).id for path in sorted(SHIPPED.glob("*.yaml"))] == ["default", "lingshu"]


def test_what_a_recipe_does_not_say_has_its_default(tmp_path):
    recipe = load_recipe(written(tmp_path, "{id: mine, title: Mine, corpora: [{name: a, tasks: [vqa], balance: {mode: strict}}]}"))
    assert recipe.corpora == (CorpusPlan(name="a", tasks=("vqa",), balance=Balance(mode="strict")),)
    assert (recipe.limits.min_side, recipe.matching.phash_distance, recipe.license_policy) == (64, 4, "any")


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        ("mine", "{id: other, title: T, corpora: [{name: a}]}", ["$.id: 'other' is not the file's name 'mine'"]),
        (
            "mine",
            "{id: my, title: T, corpora: [{name: a}, {name: b}, {name: a}]}",
            ["$.id: 'my' is not the file's name 'mine'", "$.corpora: the name 'a' comes 2 times"],
        ),
        (
            "mine",
            "{id: mine, title: T, limits: {min_tokens: 2000}, corpora: [{name: a}]}",
            ["$.limits: min_tokens 2000 found, at most max_tokens 1024 wanted: no caption could stay"],
        ),
    ],
)
def test_faults_come_all_at_once_with_their_place(tmp_path, name, text, faults):
    path = written(tmp_path, text, name)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert str(caught.value) == "\n".join(f"{path}: {fault}" for fault in faults)


def test_a_recipe_says_how_a_source_is_shown(tmp_path):
    text = "{id: mine, title: T, rendering: {a: {window: lung}, '*': {choice: 2}}, corpora: [{name: a}]}"
    recipe = load_recipe(written(tmp_path, text), {"lung": (-1350.0, 150.0)})
    assert recipe.rendering == {"a": Rendering(low=-1350, high=150, by="recipe lung"), "*": Rendering(choice=2, by="recipe")}
    assert recipe.plain()["rendering"]["a"]["low"] == -1350
    assert load_recipe(written(tmp_path, "{id: mine, title: T, corpora: [{name: a}]}")).rendering == {}


def test_faults_of_its_windows_come_with_the_others(tmp_path):
    rendering = "{a: {window: lungs}, '*': {window: {low: 0, high: 9}}}"
    path = written(tmp_path, f"{{id: other, title: T, rendering: {rendering}, corpora: [{{name: a}}]}}")
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, {"lung": (-1350.0, 150.0)})
    assert [line.removeprefix(f"{path}: ") for line in str(caught.value).splitlines()] == [
        "$.id: 'other' is not the file's name 'mine'",
        "$.rendering.a.window: the name of a window or 'low, high' wanted, 5 characters found; windows: lung",
        "$.rendering.*.window: numbers mean one thing in each source; wanted here: shares, or the sources by their names",
    ]


@pytest.mark.parametrize("said", ["{}", "{rescale: {slope: 2}}", "{window: {map: w}}", "{choice: 0}", "{window: {low: '{w}', high: 2}}"])
def test_a_recipe_looks_at_no_row(tmp_path, said):
    with pytest.raises(RecipeError, match=r"mine\.yaml: \$\.rendering\.a"):
        load_recipe(written(tmp_path, f"{{id: mine, title: T, rendering: {{a: {said}}}, corpora: [{{name: a}}]}}"))


def test_a_recipe_is_not_called_like_a_table_of_a_stage(tmp_path):
    with pytest.raises(RecipeError, match=r"scores\.yaml: \$\.id: "):
        load_recipe(written(tmp_path, "{id: scores, title: T, corpora: [{name: a}]}", "scores"))


@pytest.mark.parametrize("rule", get_args(Rule))
def test_a_recipe_may_give_a_benchmark_any_rule_that_shield_knows(tmp_path, rule):
    text = f'{{id: mine, title: Mine, shield: {{cmb: {{own_train: "{rule}", others: "{rule}"}}}}, corpora: [{{name: a}}]}}'
    assert load_recipe(written(tmp_path, text)).shield == {"cmb": {"own_train": rule, "others": rule}}
