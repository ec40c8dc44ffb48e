"""Simulated witnesses whose true reliabilities are known; the file that a run reads"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from curate.probe.reliability import HYPOTHESES, OF_SOURCE, Counted, Said, agreement, consensus, reliabilities_text
from curate.tag.reliability import load_reliabilities

TRUE = {"header_v2": 0.98, "caption_v2": 0.9, "modality_pixels_v1": 0.75}


def simulated(right: Mapping[str, float], *, n: int = 4_000, declared: float = 1.0, copied: bool = False) -> list[Said]:
    """Each witness speaks of seven samples in ten. `copied`: question_v1 says what caption_v2 said, wrong or not."""
    chance, said = random.Random(4), []

    def named(truth: str, sure: float) -> str:
        return truth if chance.random() < sure else chance.choice([name for name in HYPOTHESES if name != truth])

    for number in range(n):
        truth = chance.choice(HYPOTHESES)
        spoken = {"declared_v1": named(truth, declared)}
        spoken |= {witness: named(truth, sure) for witness, sure in right.items() if chance.random() < 0.7}
        if copied and "caption_v2" in spoken:
            spoken["question_v1"] = spoken["caption_v2"]
        said += [Said(sample=f"s{number}", source=f"s{number % 7}", witness=name, modality=value) for name, value in spoken.items()]
    return said


def test_agreement_recovers_true_reliabilities() -> None:
    counted = agreement(simulated(TRUE))
    assert {name: each.reliability for name, each in counted.items()} == pytest.approx(TRUE, abs=0.02)
    assert counted["caption_v2"].sources == 7
    by_name = counted["modality_pixels_v1"].modalities
    assert sorted(by_name) == sorted(HYPOTHESES)
    assert sum(each.named for each in by_name.values()) == counted["modality_pixels_v1"].named


def test_consensus_is_better_where_the_reference_is_often_wrong_and_worse_where_witnesses_copy() -> None:
    def off(found: Mapping[str, float]) -> float:
        return max(abs(found[name] - true) for name, true in TRUE.items())

    doubtful = simulated(TRUE, declared=0.85)
    assert off({name: each.reliability for name, each in agreement(doubtful).items()}) > 0.1
    found = consensus(doubtful, {})
    assert off(found) < 0.025
    assert found["declared_v1"] == pytest.approx(0.85, abs=0.02)
    copied = simulated(TRUE, copied=True)
    assert consensus(copied, {})["caption_v2"] > 0.925  # two that copy each other seem right
    together = {"caption_v2": "text", "question_v1": "text"}
    assert off(consensus(copied, together)) < 0.03  # unless they count as the one voice that they are
    assert off({name: each.reliability for name, each in agreement(copied).items()}) < 0.02


def test_any_order_gives_the_same() -> None:
    said = simulated(TRUE, n=300)
    shuffled = random.Random(1).sample(said, len(said))
    assert agreement(said) == agreement(shuffled)
    assert consensus(said, {}) == consensus(shuffled, {})


def test_one_large_source_does_not_speak_for_all() -> None:
    def each(source: str, count: int, named: str) -> list[Said]:
        return [
            Said(sample=f"{source}/{number}", source=source, witness=witness, modality=modality)
            for number in range(count)
            for witness, modality in (("declared_v1", "ct"), ("caption_v2", named))
        ]

    counted = agreement([*each("large", 5_000, "ct"), *each("small", 1_000, "mri")])["caption_v2"]
    assert (counted.right, counted.named) == (OF_SOURCE, 2 * OF_SOURCE)


def test_samples_of_which_a_source_says_two_things_or_nothing_do_not_count() -> None:
    def says(sample: str, witness: str, modality: str) -> Said:
        return Said(sample=sample, source="s", witness=witness, modality=modality)

    said = [says("a", "declared_v1", "ct"), says("a", "declared_v1", "mri"), says("a", "header_v2", "ct"), says("b", "header_v2", "ct")]
    assert agreement(said) == {}


@pytest.mark.parametrize(("right", "named", "reliability"), [(9, 10, 0.8333), (0, 0, 0.5), (0, 100, 0.077), (10_000, 10_000, 0.995)])
def test_counts_are_smoothed_and_kept_within_bounds(right: int, named: int, reliability: float) -> None:
    assert Counted(right=right, named=named).reliability == reliability


def test_the_file_is_read_by_a_run_and_keeps_what_was_not_counted(tmp_path: Path) -> None:
    old = {name: {"reliability": 0.9, "from": "set"} for name in ("declared_v1", "heads")}
    before = {"version": 4, "made": "by hand", "witnesses": old}
    ct = Counted(right=30, named=30)
    counted = {
        "caption_v2": Counted(right=45, named=50, modalities={"ct": ct, "pet": Counted(right=0, named=2)}, sources=3),
        "header_v2": Counted(right=5, named=5, sources=1),  # too few
        "declared_v1": Counted(right=1, named=100),  # the reference
    }
    path = tmp_path / "reliability.yaml"
    path.write_text(reliabilities_text(before, counted, made="by counting", origin=lambda each: f"{each.sources} sources"))
    assert yaml.safe_load(path.read_text()) == {
        "version": 5,
        "made": "by counting",
        "witnesses": {
            **old,
            "caption_v2": {
                "reliability": 0.8846, "right": 45, "named": 50, "from": "3 sources",
                "modalities": {"ct": {"reliability": 0.9688, "right": 30, "named": 30}},
            },
        },
    }  # fmt: skip
    loaded = load_reliabilities(path)
    assert loaded.version == 5
    assert [loaded.of("caption_v2", "ct"), loaded.of("caption_v2", "pet"), loaded.of("new_v1", "ct")] == [0.9688, 0.8846, 0.9]
