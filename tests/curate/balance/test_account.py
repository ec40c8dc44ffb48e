"""the account: shares before and after, why, what feeds them, what would help"""

import pytest

from curate.balance.targets import PUBLISHED, target_shares
from curate.recipe import Balance
from tests.curate.balance.candidate_rows import candidate, choices, drawn_rows


def many(**counts):
    return [candidate(f"{name}/{number}", modality=name) for name, count in counts.items() for number in range(count)]


@pytest.mark.parametrize("seed", range(10))
def test_every_sample_is_counted_once_by_cell_and_source(seed):
    chosen, report = choices(drawn_rows(seed, 200), balance=Balance(group_cap=3, source_caps={"*": 0.4}, text_share=0.1))
    for cell in report.cells:
        feeds = [feed for feed in report.feeds if feed.name == cell.name]
        assert sum(feed.supply for feed in feeds) == cell.supply
        assert sum(feed.selected for feed in feeds) == cell.selected
        assert cell.supply == cell.selected + sum(count for _, count in cell.cut)
        assert all(feed.supply == feed.selected + sum(count for _, count in feed.cut) for feed in feeds)
    assert sum(count for _, count in report.left_out) == len(chosen) - report.selected


def test_why_a_modality_has_not_its_share():
    rows = [
        *many(ct=60, mri=60, pet=4, oct=6),
        *(candidate(f"us/{number}", modality="ultrasound", source="b") for number in range(30)),
        *(candidate(f"t/{number}", modality="text") for number in range(30)),
        *(candidate(f"g/{number}", modality="fundus", group="a:p") for number in range(9)),
    ]
    targets = {"ct": 1, "mri": 1, "pet": 1, "ultrasound": 1, "fundus": 1}
    _, report = choices(rows, balance=Balance(targets=targets, source_caps={"b": 8}, group_cap=3, floors={"mri": 40}, text_share=0.1))
    assert {cell.name: cell.why for cell in report.cells if cell.supply} == {
        "ct": "target", "mri": "floor", "pet": "supply", "ultrasound": "source_cap", "fundus": "group_cap", "oct": "no_target",
        "text": "share",
    }  # fmt: skip
    assert [(limit.reason, limit.name, limit.most, limit.selected, limit.cut) for limit in report.limits] == [
        ("over_source_cap", "b", 8, 8, 22), ("over_text_share", "text", 8, 8, 22), ("over_group_cap", "", 3, 1, 6),
    ]  # fmt: skip


@pytest.mark.parametrize("targets", ["uniform", "published", {"temperature": 20}])
def test_what_more_samples_would_do_is_what_they_do(targets):
    before, balance = many(xray=200, ct=100, pet=10, oct=12), Balance(targets=targets)
    _, report = choices(before, balance=balance)
    assert report.binding[:2] == ("pet", "oct")
    assert {fix.name for fix in report.fixes} == set(report.binding)
    for fix in report.fixes:
        more = [candidate(f"more/{number}", modality=fix.name, source="b") for number in range(fix.more)]
        _, after = choices([*before, *more], balance=balance)
        assert after.sizes[0].modalities - report.sizes[0].modalities == fix.gain
        assert after.binding == fix.then


def test_under_caps_too():
    before = [candidate(f"{name}/{number}", modality=name, source="ab"[number % 2], group=f"{'ab'[number % 2]}:{number % 9}")
              for name, count in {"xray": 90, "ct": 60, "pet": 9}.items() for number in range(count)]  # fmt: skip
    balance = Balance(group_cap=4, source_caps={"a": 30}, yes_no_share=0.1)
    _, report = choices(before, balance=balance)
    assert report.fixes
    for fix in report.fixes:
        more = [candidate(f"more/{number}", modality=fix.name, source="c") for number in range(fix.more)]
        _, after = choices([*before, *more], balance=balance)
        assert after.sizes[0].modalities - report.sizes[0].modalities == fix.gain


def test_nothing_to_fix_where_nothing_is_cut():
    _, report = choices(many(xray=5, ct=5))
    assert (report.binding, report.fixes, report.limits, report.left_out) == ((), (), (), ())


@pytest.mark.parametrize("mode", ["cap", "strict", "weights", "none"])
def test_what_a_mode_would_have_made_is_what_it_makes(mode):
    rows = drawn_rows(3, 200)
    limits = {"group_cap": 3, "source_caps": {"a": 40}, "yes_no_share": 0.2}
    _, planned = choices(rows, balance=Balance(mode="cap" if mode != "cap" else "strict", **limits))
    _, made = choices(rows, balance=Balance(mode=mode, **limits))
    size = next(size for size in planned.sizes if size.mode == mode)
    assert size.modalities == sum(cell.selected for cell in made.cells if not cell.outside)


def test_named_targets():
    assert sum(PUBLISHED.values()) == pytest.approx(100)
    assert [round(PUBLISHED[name], 2) for name in ("histopathology", "ct", "xray", "mri", "ultrasound", "microscopy", "pet")] == [
        22, 18, 13, 12, 8, 7, 3.33,
    ]  # fmt: skip
    supply = {"xray": 900, "pet": 100, "ct": 0}
    assert {name: float(share) for name, share in target_shares("uniform", supply).items()} == {"xray": 0.5, "pet": 0.5}
    assert {name: float(share) for name, share in target_shares({"temperature": 1}, supply).items()} == {"xray": 0.9, "pet": 0.1}
    halfway = target_shares({"temperature": 2}, supply)
    assert float(halfway["xray"]) == pytest.approx(0.75, abs=1e-8)  # sqrt(9) to sqrt(1)
    assert float(target_shares({"temperature": 1e9}, supply)["pet"]) == pytest.approx(0.5, abs=1e-8)
