"""What differs between what two runs were made by, and which stage reads it"""

import dataclasses

import pytest

from curate.diff.settings import READ_BY, Setting, settings_that_differ, unrecorded
from curate.recipe import Recipe
from schemas.verdict import STAGES

ASKED = {
    "recipe": Recipe(id="default", title="").plain(),
    "setting": {"tokenizer": "clip-bpe", "tagger": "none"},
    "manifest": {"alpha": "a" * 64},
    "version": {"tag": 7},
    "limit": None,
}


def changed(**groups):
    return settings_that_differ(ASKED, {**ASKED, **groups})


def test_nothing_differs_from_itself():
    assert changed() == []


@pytest.mark.parametrize(
    ("field", "value", "name", "stage"),
    [
        ("license_policy", "commercial", "license_policy", "screen"),
        ("tagging", {"trust": "model", "disagreement": "keep", "min_score": 0.8, "min_margin": 0.2}, "tagging.trust", "tag"),
        ("title", "Another", "title", ""),
        ("splits", {"": "train", "train": "train", "validation": "validation", "test": "train"}, "splits.test", "screen"),
    ],
)
def test_a_field_of_a_recipe_is_told_with_its_place_and_its_stage(field, value, name, stage):
    (setting,) = changed(recipe={**ASKED["recipe"], field: value})
    assert (setting.group, setting.name, setting.stage) == ("recipe", name, stage)


def test_shield_distances_are_read_by_shield_and_shards_by_emit():
    recipe = ASKED["recipe"]
    matching = {**recipe["matching"], "shield_distance": 2, "shingle": 7}
    (plan,) = recipe["corpora"]
    corpora = [{**plan, "shards": {**plan["shards"], "bytes": 1}, "balance": {**plan["balance"], "cap": 2.0}}]
    found = changed(recipe={**recipe, "matching": matching, "corpora": corpora})
    assert {setting.name: setting.stage for setting in found} == {
        "matching.shield_distance": "shield",
        "matching.shingle": "match",
        "corpora.medical.balance.cap": "balance",
        "corpora.medical.shards.bytes": "emit",
    }


def test_the_order_of_corpora_is_no_difference_and_another_is_told_field_by_field():
    (plan,) = ASKED["recipe"]["corpora"]
    two = [plan, {**plan, "name": "other"}]
    recipes = [{**ASKED["recipe"], "corpora": corpora} for corpora in (two, two[::-1], [plan])]
    groups = [{"recipe": recipe} for recipe in recipes]
    assert settings_that_differ(groups[0], groups[1]) == []
    found = settings_that_differ(groups[0], groups[2])
    assert {setting.name.split(".")[1] for setting in found} == {"other"}
    assert {setting.now for setting in found} == {None}


def test_manifests_versions_limits_and_settings_are_told():
    assert changed(manifest={"beta": "b" * 64}, version={"tag": 8}, limit=5, setting={**ASKED["setting"], "tagger": "pixels"}) == [
        Setting(group="setting", name="tagger", before="none", now="pixels", stage="tag"),
        Setting(group="limit", name="", before=None, now=5, stage="ingest"),
        Setting(group="manifest", name="alpha", before="a" * 64, now=None, stage="ingest"),
        Setting(group="manifest", name="beta", before=None, now="b" * 64, stage="ingest"),
        Setting(group="version", name="tag", before=7, now=8, stage="tag"),
    ]


def test_what_one_side_does_not_record_is_not_compared():
    before = {name: value for name, value in ASKED.items() if name not in ("version", "limit")}
    assert settings_that_differ(before, {**ASKED, "version": {"tag": 99}, "limit": 3}) == []
    assert unrecorded(before, ASKED) == ["limit", "version"]


def test_every_field_that_is_read_is_one_of_a_recipe_and_every_reader_a_stage():
    fields = {field.name for field in dataclasses.fields(Recipe)}
    assert {name.partition(".")[0] for name in READ_BY} <= fields
    assert {*READ_BY.values()} <= {*STAGES}
    told_by_none = {"id", "title", "version", "published"}
    assert fields - told_by_none <= {name.partition(".")[0] for name in READ_BY}
