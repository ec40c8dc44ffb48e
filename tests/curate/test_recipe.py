"""recipe YAML -> Recipe, or every fault in it"""

from pathlib import Path
from typing import get_args

import pytest

from curate.recipe import Balance, CorpusPlan, Mixture, RecipeError, load_recipe
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
            "{id: mine, title: T, published: '2026-02-30', corpora: [{name: a}]}",
            ["$.published: '2026-02-30' found, a day of the calendar wanted, like '2026-11-23'"],
        ),
        (
            "mine",
            "{id: my, title: T, corpora: [{name: a}, {name: b}, {name: a}]}",
            ["$.id: 'my' is not the file's name 'mine'", "$.corpora: the name 'a' comes 2 times"],
        ),
        (
            "mine",
            "{id: mine, title: T, corpora: [{name: a, tasks: [vqa], balance: {mode: strict, targets: {ct: 0}, by_task: {caption: {ct: 1}}, "
            "floors: {pet: 0.6, ct: 0.5}}}]}",
            [
                "$.corpora[0].balance.targets: no share above 0 found, one at least wanted: nothing of the twelve could stay",
                "$.corpora[0].balance.by_task.caption: found, one of the corpus's tasks ['vqa'] wanted",
                "$.corpora[0].balance.floors: found in mode 'strict', mode 'cap' wanted: only there could a floor keep what is cut",
                "$.corpora[0].balance.floors: shares of 1.1 in all found, at most 1 wanted",
            ],
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


@pytest.mark.parametrize("name", ["scores", "embeddings", "parts"])
def test_a_recipe_is_not_called_like_a_table_of_a_stage(tmp_path, name):
    with pytest.raises(RecipeError, match=rf"{name}\.yaml: \$\.id: "):
        load_recipe(written(tmp_path, f"{{id: {name}, title: T, corpora: [{{name: a}}]}}", name))


@pytest.mark.parametrize("rule", get_args(Rule))
def test_a_recipe_may_give_a_benchmark_any_rule_that_shield_knows(tmp_path, rule):
    text = f'{{id: mine, title: Mine, shield: {{cmb: {{own_train: "{rule}", others: "{rule}"}}}}, corpora: [{{name: a}}]}}'
    assert load_recipe(written(tmp_path, text)).shield == {"cmb": {"own_train": rule, "others": rule}}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("targets: even", "targets: 'even' is not one of ['uniform', 'published']"),
        ("targets: {temperature: 0.5}", "targets.temperature: 0.5 is less than the minimum of 1"),
        ("targets: {nuclear: 1}", "targets: Additional properties are not allowed ('nuclear' was unexpected)"),
        ("source_caps: {a: 1.5}", "source_caps.a: 1.5 is not of type 'integer'"),
        ("source_caps: {a: 0}", "source_caps.a: 0 is less than or equal to the minimum of 0"),
        ("group_cap: 0", "group_cap: 0 is less than the minimum of 1"),
        ("equal_text_cap: few", "equal_text_cap: 'few' is not of type 'integer', 'null'"),
        ("yes_no_share: 5", "yes_no_share: 5 is greater than the maximum of 1"),
        ("cap: .inf", "cap: inf found, a number wanted"),
        ("targets: {ct: .nan}", "targets.ct: nan found, a number wanted"),
        (
            "source_caps: {a: 1.0}",
            "source_caps.a: 1.0 found: under 1 it is a share, from 1 on samples; 1 wanted for one sample, nothing for all",
        ),
    ],
)
def test_what_a_corpus_cannot_be_balanced_by_is_told_with_its_place(tmp_path, said, fault):
    path = written(tmp_path, f"{{id: mine, title: T, corpora: [{{name: a, balance: {{{said}}}}}]}}")
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert str(caught.value) == f"{path}: $.corpora[0].balance.{fault}"


def test_all_that_a_corpus_can_be_balanced_by(tmp_path):
    text = """{id: mine, title: T, corpora: [{name: a, balance: {targets: published, by_task: {vqa: {temperature: 2}, caption: {ct: 1}},
      source_caps: {"*": 0.4, b: 20000}, group_cap: 20, equal_text_cap: 5, floors: {pet: 500, oct: 0.02}, yes_no_share: 0.05}}]}"""
    assert load_recipe(written(tmp_path, text)).corpora[0].balance == Balance(
        targets="published", by_task={"vqa": {"temperature": 2}, "caption": {"ct": 1}}, source_caps={"*": 0.4, "b": 20000}, group_cap=20,
        equal_text_cap=5, floors={"pet": 500, "oct": 0.02}, yes_no_share=0.05,
    )  # fmt: skip


def test_corpora_are_drawn_together_by_shares_or_as_they_are(tmp_path):
    text = """{id: mine, title: T, corpora: [{name: a}, {name: b}], mixtures: [
      {name: shares, title: Both, corpora: {a: 3, b: 0.5}, max_repeat: 2}, {name: whole, corpora: [a, b]}]}"""
    assert load_recipe(written(tmp_path, text)).mixtures == (
        Mixture(name="shares", title="Both", corpora={"a": 3, "b": 0.5}, max_repeat=2), Mixture(name="whole", corpora=("a", "b")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("[{name: m, corpora: {b: 1}}]", "$.mixtures[0].corpora: 'b' found, one of the recipe's corpora wanted: a"),
        ("[{name: m, corpora: [b]}]", "$.mixtures[0].corpora: 'b' found, one of the recipe's corpora wanted: a"),
        ("[{name: m, corpora: [a]}, {name: m, corpora: [a]}]", "$.mixtures: the name 'm' comes 2 times"),
        ("[{name: m, corpora: {a: 0}}]", "$.mixtures[0].corpora.a: 0 is less than or equal to the minimum of 0"),
        ("[{name: m, corpora: {a: .inf}}]", "$.mixtures[0].corpora.a: inf found, a number wanted"),
        ("[{name: m, corpora: []}]", "$.mixtures[0].corpora: [] should be non-empty"),
    ],
)
def test_what_cannot_be_drawn_together_is_told(tmp_path, said, fault):
    path = written(tmp_path, f"{{id: mine, title: T, corpora: [{{name: a}}], mixtures: {said}}}")
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert str(caught.value) == f"{path}: {fault}"
