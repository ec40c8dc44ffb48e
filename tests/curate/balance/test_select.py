"""select: choice within a cell, splits, weights, the account; whatever the order"""

import numpy as np
import pytest

from curate.balance.rows import CELLS
from curate.balance.splits import in_validation
from curate.recipe import Balance
from tests.curate.balance.candidate_rows import SPLITS, candidate, choices, table


def test_every_candidate_gets_one_choice_with_its_reason():
    rows = [candidate("a/1"), candidate("a/2", task="vqa"), candidate("b/3", source="b"), candidate("a/4", modality="text")]
    chosen, report = choices(rows, tasks=("caption",), sources=("a",))
    common = {"corpus": "medical", "split": "train"}
    assert chosen == [
        {**common, "id": "a/1", "selected": True, "reason": "", "weight": 1.0, "modality": "xray"},
        {**common, "id": "a/2", "selected": False, "reason": "not_in_corpus", "weight": 0.0, "modality": "xray"},
        {**common, "id": "b/3", "selected": False, "reason": "not_in_corpus", "weight": 0.0, "modality": "xray"},
        {**common, "id": "a/4", "selected": True, "reason": "", "weight": 1.0, "modality": "text"},
    ]
    assert (report.entering, report.not_in_corpus, report.left_out, report.selected) == (4, 2, (), 2)


def test_a_corpus_may_ask_for_one_table_of_a_source_and_the_whole_of_another():
    rows = [
        candidate("a/1", table="captions"),
        candidate("a/2", table="questions"),
        candidate("b/3", source="b", table="captions"),
        candidate("b/4", source="b", table="captions", task="vqa"),
        candidate("a/5", table="caption"),
    ]
    chosen, _ = choices(rows, tasks=("caption",), sources=("a/captions", "b"))
    assert [row["id"] for row in chosen if row["selected"]] == ["a/1", "b/3"]
    assert {row["reason"] for row in chosen if not row["selected"]} == {"not_in_corpus"}


def test_the_reliable_stay_then_the_large_then_by_the_hash_of_the_id():
    xrays = [
        candidate("a/small", pixels=10),
        candidate("a/large", pixels=500),
        candidate("a/reliable", reliability=90, pixels=1),
        *(candidate(f"a/{number}") for number in range(5)),
    ]
    rows = [*xrays, *(candidate(f"c/{number}", modality="ct") for number in range(4))]
    chosen, _ = choices(rows, balance=Balance(mode="strict"))
    kept = [row["id"] for row in chosen if row["selected"] and row["modality"] == "xray"]
    assert kept == ["a/large", "a/reliable", "a/2", "a/3"]  # of equals the smallest SHA-256
    assert {row["reason"] for row in chosen if not row["selected"]} == {"over_target"}


def rows_of_three(seed, count=400):
    draw = np.random.default_rng(seed)
    return [
        candidate(
            f"s/{number}",
            modality=str(draw.choice(["xray", "ct", "mri", "text", "other"], p=[0.5, 0.2, 0.05, 0.2, 0.05])),
            domain=str(draw.choice(["medical", "general"], p=[0.9, 0.1])),
            reliability=int(draw.choice([50, 80])),
            pixels=int(draw.integers(0, 3)),
            split=str(draw.choice(["", "validation"], p=[0.97, 0.03])),
            group=str(draw.choice(["", *(f"p{patient}" for patient in range(60))])),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("mode", ["cap", "strict", "weights", "none"])
def test_the_choice_is_the_same_in_any_order(mode):
    rows = rows_of_three(1)
    balance = Balance(mode=mode, text_share=0.1, other_share=0.02)
    forward, report = choices(rows, balance=balance)
    backward, report_again = choices(rows[::-1], balance=balance)
    assert backward[::-1] == forward
    assert report_again == report


@pytest.mark.parametrize("seed", range(20))
def test_a_capped_corpus_is_within_its_cap_and_its_shares(seed):
    chosen, report = choices(rows_of_three(seed), balance=Balance(cap=1.25, text_share=0.1, general_share=0.05, other_share=0.02))
    kept = {cell.name: cell.selected for cell in report.cells}
    inside = kept["xray"] + kept["ct"] + kept["mri"]
    assert all(kept[name] <= max(1, 1.25 / 3 * inside) for name in ("xray", "ct", "mri"))
    assert kept["text"] <= 0.1 * report.selected
    assert kept["general"] <= 0.05 * report.selected
    assert kept["other"] <= 0.02 * report.selected
    assert sum(kept.values()) == report.selected == sum(row["selected"] for row in chosen)


def test_the_general_domain_is_a_group_of_its_own_whatever_it_shows():
    rows = [candidate("a/1"), candidate("a/2", domain="general"), candidate("a/3", domain="general", modality="text")]
    _, report = choices(rows, balance=Balance(mode="none"))
    assert {cell.name: cell.supply for cell in report.cells if cell.supply} == {"xray": 1, "general": 2}


def test_weights_cut_nothing_and_reach_the_target_when_sampled():
    rows = [candidate(f"x/{number}") for number in range(30)] + [candidate(f"c/{number}", modality="ct") for number in range(10)]
    chosen, report = choices(rows, balance=Balance(mode="weights"))
    assert all(row["selected"] for row in chosen)
    drawn = {name: sum(row["weight"] for row in chosen if row["modality"] == name) for name in ("xray", "ct")}
    assert drawn["xray"] == pytest.approx(20, abs=1e-4)
    assert drawn["ct"] == 20.0
    assert [(cell.name, cell.weighted, cell.reached) for cell in report.cells if cell.supply] == [("xray", 0.5, True), ("ct", 0.5, True)]


def test_what_weights_cannot_reach_is_said():
    rows = [candidate(f"x/{number}") for number in range(97)] + [candidate(f"p/{number}", modality="pet") for number in range(3)]
    _, report = choices(rows, balance=Balance(mode="weights", max_repeat=4.0))
    pet = next(cell for cell in report.cells if cell.name == "pet")
    assert (pet.weight, pet.weighted, pet.target, pet.reached) == (4.0, 0.12, 0.5, False)


def test_in_the_mode_of_weights_a_share_outside_is_kept_by_weight():
    rows = [candidate(f"x/{number}") for number in range(80)] + [candidate(f"t/{number}", modality="text") for number in range(40)]
    chosen, _ = choices(rows, balance=Balance(mode="weights", text_share=0.2))
    assert {row["weight"] for row in chosen if row["modality"] == "text"} == {0.5}
    assert all(row["selected"] for row in chosen)


def test_the_report_names_what_each_mode_would_make_and_what_binds():
    rows = [
        *(candidate(f"x/{number}") for number in range(100)),
        *(candidate(f"c/{number}", modality="ct") for number in range(100)),
        *(candidate(f"p/{number}", modality="pet") for number in range(10)),
        candidate("t/1", modality="text"),
    ]
    _, report = choices(rows)
    assert [(size.mode, size.modalities, size.whole) for size in report.sizes] == [
        ("cap", 60, 61), ("strict", 30, 31), ("weights", 210, 211), ("none", 210, 211)
    ]  # fmt: skip
    assert report.binding == ("pet",)
    pet = next(cell for cell in report.cells if cell.name == "pet")
    assert (pet.supply, pet.selected, pet.wanted, pet.shortfall, pet.before, pet.after) == (10, 10, 20.0, 10.0, 0.047619, 0.166667)
    assert [cell.name for cell in report.cells] == list(CELLS)


def test_no_candidates_make_an_empty_choice():
    chosen, report = choices([])
    assert (chosen, report.selected, report.binding) == ([], 0, ())


def test_a_group_or_cluster_that_touches_validation_goes_there_whole():
    rows = [
        candidate("a/1", split="validation", group="patient:1"),
        candidate("a/2", group="patient:1", clusters=["image:i"]),
        candidate("a/3", clusters=["image:i", "image:j"]),
        candidate("a/4", clusters=["image:j"]),
        candidate("a/5", group="patient:2", clusters=["image:k"]),
        candidate("a/6"),
    ]
    assert in_validation(table(*rows), SPLITS).tolist() == [True, True, True, True, False, False]


def test_equal_texts_tie_only_samples_without_images():
    rows = [
        candidate("a/1", split="validation", clusters=["text:no finding"]),
        candidate("a/2", clusters=["text:no finding"]),
        candidate("a/3", split="validation", modality="text", clusters=["text:what is"]),
        candidate("a/4", modality="text", clusters=["text:what is"]),
    ]
    assert in_validation(table(*rows), SPLITS).tolist() == [True, False, True, True]


def test_a_group_and_a_cluster_of_the_same_name_are_two_things():
    rows = [candidate("a/1", split="validation", group="image:1"), candidate("a/2", clusters=["image:1"])]
    assert in_validation(table(*rows), SPLITS).tolist() == [True, False]


def test_a_split_that_the_recipe_does_not_name_is_refused():
    with pytest.raises(ValueError, match=r"splits \['test'\] are not named in the recipe"):
        in_validation(table(candidate("a/1", split="test")), SPLITS)
