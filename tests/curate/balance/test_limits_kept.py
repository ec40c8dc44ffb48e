"""select under every limit at once, each checked by itself: what is kept, what is left out and why"""

import dataclasses
import itertools
import random
from collections import Counter
from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from curate.balance import supply
from curate.balance.targets import PUBLISHED
from curate.recipe import Balance
from schemas.modality import TWELVE
from tests.curate.balance.candidate_rows import candidate, choices, drawn_rows

TARGETS = {"uniform": dict.fromkeys(TWELVE, 1), "published": PUBLISHED}


def drawn_balance(seed, **fixed):
    draw = random.Random(seed)
    said = {
        "mode": draw.choice(["cap", "cap", "strict", "weights", "none"]),
        "cap": draw.choice([1.1, 1.25, 2.0]),
        "targets": draw.choice(["uniform", "published"]),
        "by_task": draw.choice([{}, {}, {"vqa": "uniform"}]),
        "source_caps": draw.choice([{}, {"*": 0.4}, {"*": 0.5, "c": 7}, {"a": 12}, {"a": 0.3}]),
        "group_cap": draw.choice([None, 1, 2, 4]),
        "equal_text_cap": draw.choice([None, 2, 5]),
        "yes_no_share": draw.choice([None, 0.05, 0.2]),
        "text_share": draw.choice([None, 0.1]),
        "other_share": draw.choice([None, 0.05]),
        "general_share": draw.choice([None, 0.02]),
        **fixed,
    }
    floors = draw.choice([{}, {"pet": 4}, {"ct": 0.3}]) if said["mode"] == "cap" else {}
    return Balance(floors=floors, **said)


class Kept:
    """What is selected, counted anew."""

    def __init__(self, rows, chosen, balance):
        self.balance, self.rows = balance, rows
        self.selected = [row for row, choice in zip(rows, chosen) if choice["selected"]]
        self.supply = rows

    def pool(self, row):
        return ("outside", "") if cell(row) not in TWELVE else ("inside", row["task"] if row["task"] in self.balance.by_task else "")

    def mates(self, row, rows=None):
        return [other for other in (self.selected if rows is None else rows) if self.pool(other) == self.pool(row)]

    def total(self, row):
        return len(self.selected) if self.pool(row)[0] == "outside" else len(self.mates(row))

    def breaks(self, row, reason):
        """Whether `row` beside all that is selected breaks the limit that `reason` names."""
        mates, total, balance = self.mates(row), self.total(row) + 1, self.balance
        match reason:
            case "over_target":
                count = sum(cell(mate) == cell(row) for mate in mates) + 1
                return balance.mode == "strict" or count > max(1, self.bound(row, total))
            case "no_target":
                return not TARGETS[balance.targets].get(cell(row))
            case "over_source_cap":
                cap = balance.source_caps.get(row["source"], balance.source_caps.get("*"))
                if cap >= 1:
                    return sum(mate["source"] == row["source"] for mate in self.selected) + 1 > cap
                among = self.selected if self.pool(row)[0] == "outside" else mates
                return sum(mate["source"] == row["source"] for mate in among) + 1 > ceil(self.raised(row, cap) * total)
            case "over_group_cap":
                return sum(mate["group"] == row["group"] for mate in self.selected) + 1 > balance.group_cap
            case "over_equal_text":
                return sum(mate["said"] == row["said"] for mate in self.selected) + 1 > balance.equal_text_cap
            case "over_yes_no":
                among = self.selected if self.pool(row)[0] == "outside" else mates
                return row["yes_no"] and sum(mate["yes_no"] for mate in among) + 1 > exact(balance.yes_no_share) * total
            case _:
                share = {"text": balance.text_share, "general": balance.general_share, "other": balance.other_share}[cell(row)]
                return reason == f"over_{cell(row)}_share" and sum(cell(mate) == cell(row) for mate in mates) + 1 > exact(share) * total

    def bound(self, row, total):
        targets = TARGETS["uniform" if row["task"] in self.balance.by_task else self.balance.targets]
        here = {cell(mate) for mate in self.mates(row, self.rows)}
        share = exact(targets[cell(row)]) / sum(exact(targets[name]) for name in here)
        earlier = [other for other in self.selected if self.balance.by_task and other["task"] in self.balance.by_task]
        before = sum(cell(other) == cell(row) for other in earlier) if row["task"] not in self.balance.by_task else 0
        floor = (
            max(0, self.balance.floors.get(cell(row), 0) - before)
            if self.balance.floors.get(cell(row), 0) >= 1
            else self.balance.floors.get(cell(row), 0)
        )
        return max(int(exact(self.balance.cap) * share * total), int(floor) if floor >= 1 else int(exact(floor) * total))

    def raised(self, row, cap):
        """A share, raised where those of the sources of its pool do not sum to 1."""
        among = self.rows if self.pool(row)[0] == "outside" else self.mates(row, self.rows)
        caps = [self.balance.source_caps.get(source, self.balance.source_caps.get("*")) for source in {mate["source"] for mate in among}]
        shares = [exact(each) for each in caps if each is not None and each < 1]
        return exact(cap) / sum(shares) if len(shares) == len(caps) and sum(shares) < 1 else exact(cap)


def cell(row):
    return "general" if row["domain"] == "general" else row["modality"]


def exact(share):
    return Fraction(share).limit_denominator(10**9)


@pytest.mark.parametrize("seed", range(120))
def test_nothing_is_left_out_without_need_and_the_limit_that_is_named_is_in_its_way(seed):
    rows, balance = drawn_rows(seed, 12 + seed), drawn_balance(seed)
    chosen, report = choices(rows, balance=balance)
    kept = Kept(rows, chosen, balance)
    wrong = [choice for row, choice in zip(rows, chosen) if not choice["selected"] and not kept.breaks(row, choice["reason"])]
    assert wrong == []
    assert Counter(choice["reason"] for choice in chosen if choice["reason"]) == dict(report.left_out)
    assert all(choice["selected"] == (choice["reason"] == "") for choice in chosen)


@pytest.mark.parametrize("seed", range(120))
def test_no_limit_is_broken(seed):
    rows, balance = drawn_rows(seed, 12 + seed), drawn_balance(seed)
    chosen, _ = choices(rows, balance=balance)
    kept = Kept(rows, chosen, balance)
    for (place, _), pool in itertools.groupby(sorted(kept.selected, key=kept.pool), key=kept.pool):
        pool = list(pool)
        among, total = (kept.selected, len(kept.selected)) if place == "outside" else (pool, len(pool))
        for name, count in Counter(map(cell, pool)).items():
            if place == "inside" and balance.mode == "cap":
                assert count <= max(1, kept.bound(next(row for row in pool if cell(row) == name), total))
        for source, count in Counter(row["source"] for row in among).items():
            cap = balance.source_caps.get(source, balance.source_caps.get("*", 1.0))
            if isinstance(cap, float) and cap < 1 and place == "inside":
                assert count <= ceil(kept.raised(next(row for row in pool if row["source"] == source), cap) * total)
        if balance.yes_no_share is not None:
            assert sum(row["yes_no"] for row in among) <= exact(balance.yes_no_share) * total
    assert all(count <= cap for source, cap in balance.source_caps.items() if cap >= 1 for count in [of(kept.selected, "source", source)])
    for column, cap, none in (("group", balance.group_cap, ""), ("said", balance.equal_text_cap, 0)):
        counts = Counter(row[column] for row in kept.selected if row[column] != none)
        assert cap is None or max(counts.values(), default=0) <= cap


def of(rows, column, value):
    return sum(row[column] == value for row in rows)


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_under_every_limit_the_choice_is_the_same_in_any_order(seed):
    rows, balance = drawn_rows(seed, 150), drawn_balance(seed)
    forward, report = choices(rows, balance=balance)
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    shuffled, again = choices([rows[at] for at in order], balance=balance)
    assert [shuffled[order.index(at)] for at in range(len(rows))] == forward
    assert again == report


def test_five_in_a_hundred_of_yes_and_no_are_of_the_final_set():
    """N other samples keep N x 0.05 / 0.95."""
    others = [candidate(f"a/{number}", task="vqa") for number in range(950)]
    rows = [*others, *(candidate(f"b/{number}", task="vqa", yes_no=True, reliability=90) for number in range(900))]
    chosen, _ = choices(rows, balance=Balance(yes_no_share=0.05))
    assert Counter(choice["reason"] for choice in chosen) == {"": 1000, "over_yes_no": 850}
    assert all(choice["selected"] for choice in chosen[:950])


def test_each_task_is_balanced_by_its_own_targets():
    rows = [candidate(f"{task}/{modality}{number}", task=task, modality=modality)
            for task in ("caption", "vqa") for modality in ("xray", "ct") for number in range(40)]  # fmt: skip
    chosen, report = choices(rows, balance=Balance(mode="strict", by_task={"vqa": {"xray": 3, "ct": 1}}))
    assert [(part.task, part.total, part.selected) for part in report.parts] == [
        ("vqa", 53, {"xray": 40, "ct": 13}), ("", 80, {"xray": 40, "ct": 40}),
    ]  # fmt: skip
    assert {cell.name: round(cell.target, 4) for cell in report.cells if cell.supply} == {"xray": 0.5996, "ct": 0.4004}
    assert sum(choice["selected"] for choice in chosen) == 133


def test_a_group_keeps_its_scarce_modality_and_each_its_best():
    """Of a patient with 30 CT and 2 PET images, 5 may stay: both PET, and the largest CT."""
    patient = [candidate(f"a/ct{number}", modality="ct", pixels=number, group="a:p") for number in range(30)]
    patient += [candidate(f"a/pet{number}", modality="pet", pixels=0, group="a:p") for number in range(2)]
    others = [candidate(f"b/{number}", modality="ct") for number in range(5)]
    chosen, report = choices([*patient, *others], balance=Balance(group_cap=5))
    kept = {choice["id"] for choice in chosen if choice["selected"]}
    assert {id for id in kept if id.startswith("a/")} >= {"a/pet0", "a/pet1"}
    assert sum(id.startswith("a/") for id in kept) <= 5
    assert report.sizes[0].modalities == 5  # 2 PET: CT has at most 5 / 8 of N


def test_of_equal_texts_the_best_stay_and_others_where_these_found_no_room():
    rows = [candidate(f"a/{number}", said=1, pixels=number) for number in range(5)]
    chosen, _ = choices(rows, balance=Balance(equal_text_cap=2))
    assert [choice["reason"] for choice in chosen] == ["over_equal_text"] * 3 + ["", ""]
    scarce = candidate("b/0", said=1, pixels=0, source="b")
    chosen, report = choices([*rows, scarce], balance=Balance(equal_text_cap=2, source_caps={"a": 1}))
    assert {choice["id"] for choice in chosen if choice["selected"]} == {"a/4", "b/0"}
    assert dict(report.left_out) == {"over_equal_text": 4}


def test_floors_are_kept_where_the_cap_would_cut_and_it_is_said_where_they_cannot_be():
    rows = [candidate(f"x/{number}") for number in range(50)] + [candidate(f"c/{number}", modality="ct") for number in range(4)]
    _, report = choices(rows, balance=Balance(cap=1.1, floors={"xray": 30, "ct": 9}))
    cells = {cell.name: cell for cell in report.cells}
    assert [(cells[name].selected, cells[name].floor, cells[name].floor_met, cells[name].why) for name in ("xray", "ct")] == [
        (30, 30, True, "floor"), (4, 9, False, "supply"),
    ]  # fmt: skip


def test_caps_that_no_corpus_could_keep_are_raised_and_that_is_said():
    rows = [candidate(f"{source}/{number}", source=source) for source in "ab" for number in range(20 if source == "a" else 10)]
    chosen, report = choices(rows, balance=Balance(source_caps={"*": 0.4}))
    assert Counter(choice["id"][0] for choice in chosen if choice["selected"]) == {"a": 11, "b": 10}
    (limit,) = report.limits
    assert (limit.reason, limit.name, limit.most, limit.selected, limit.cut, limit.raised) == ("over_source_cap", "a", 11, 11, 9, 0.5)


def test_a_cap_on_equal_texts_among_samples_that_say_nothing_cuts_none():
    rows = [candidate(f"a/{number}", said=0) for number in range(3)] + [candidate("c/1", modality="ct", said=0)]
    chosen, report = choices(rows, balance=Balance(equal_text_cap=1))
    assert [(row["id"], row["reason"]) for row in chosen if not row["selected"]] == [("a/0", "over_target"), ("a/1", "over_target")]
    assert report.left_out == (("over_target", 2),)


@pytest.mark.parametrize("seed", range(400, 440))
def test_of_groups_of_too_many_kinds_none_is_left_out_without_need_either(seed, monkeypatch):
    monkeypatch.setattr(supply, "MOST_KIN", {True: 0, False: 0})
    rows, balance = drawn_rows(seed, 120), dataclasses.replace(drawn_balance(seed), group_cap=2)
    chosen, _ = choices(rows, balance=balance)
    kept = Kept(rows, chosen, balance)
    assert [choice for row, choice in zip(rows, chosen) if not choice["selected"] and not kept.breaks(row, choice["reason"])] == []
    assert max(Counter(row["group"] for row in kept.selected if row["group"]).values(), default=0) <= 2
