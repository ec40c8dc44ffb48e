"""quota: the largest corpus under a cap, checked against counting every size"""

import random
from fractions import Fraction

import pytest

from curate.balance.quota import cap_quota, outside_counts, strict_quota, target_shares
from curate.balance.weights import sampling_weights


def even(supply):
    return target_shares(dict.fromkeys(supply, 1), supply)


def largest_by_counting(supply, shares, cap):
    """The largest N for which N samples can be taken with count_m <= max(1, cap x t_m x N)."""
    factor, best = Fraction(cap).limit_denominator(10**9), 0
    for total in range(sum(supply.values()) + 1):
        if sum(min(supply[name], max(1, int(factor * share * total))) for name, share in shares.items() if share) >= total:
            best = total
    return best


def drawn_supply(seed):
    draw = random.Random(seed)
    supply = {f"m{number}": draw.randint(1, 40) for number in range(draw.randint(1, 5))}
    targets = {name: draw.choice([1, 1, 2, 3, 0.5, 0.07, 5]) for name in supply}
    return supply, target_shares(targets, supply), draw.choice([1.01, 1.1, 1.25, 1.5, 2, 3])


@pytest.mark.parametrize("seed", range(60))
def test_cap_quota_is_the_largest_that_counting_finds(seed):
    supply, shares, cap = drawn_supply(seed)
    quota = cap_quota(supply, shares, cap)
    assert quota.total == largest_by_counting(supply, shares, cap)
    assert sum(quota.counts.values()) == quota.total


@pytest.mark.parametrize("seed", range(60))
def test_no_modality_is_above_its_cap_and_none_is_cut_without_need(seed):
    supply, shares, cap = drawn_supply(seed)
    quota = cap_quota(supply, shares, cap)
    bounds = {name: max(1, int(Fraction(cap).limit_denominator(10**9) * share * quota.total)) for name, share in shares.items()}
    assert quota.counts == {name: min(supply[name], bounds[name]) for name in supply}


@pytest.mark.parametrize("seed", range(40))
def test_more_supply_never_makes_the_corpus_or_any_modality_smaller(seed):
    supply, shares, cap = drawn_supply(seed)
    before = cap_quota(supply, shares, cap)
    for name in supply:
        after = cap_quota({**supply, name: supply[name] + 3}, shares, cap)
        assert after.total >= before.total
        assert all(after.counts[other] >= before.counts[other] for other in supply)


@pytest.mark.parametrize("seed", range(40))
def test_strict_quota_is_the_targets_to_less_than_one_sample_at_the_largest_size(seed):
    supply, shares, _ = drawn_supply(seed)
    quota = strict_quota(supply, shares)
    assert quota.total == int(min(supply[name] / shares[name] for name in supply))
    assert sum(quota.counts.values()) == quota.total
    assert all(abs(quota.counts[name] - shares[name] * quota.total) < 1 for name in supply)
    assert all(quota.counts[name] <= supply[name] for name in supply)


def test_common_ones_are_cut_and_scarce_ones_kept_whole():
    supply = {"xray": 1000, "ct": 1000, "pet": 10}
    quota = cap_quota(supply, even(supply), 1.25)  # N <= 10 + 2 x 1.25 / 3 x N: 60 = 10 + 25 + 25
    assert (quota.total, quota.counts) == (60, {"xray": 25, "ct": 25, "pet": 10})
    assert quota.binding == ("pet",)


def test_a_large_supply_is_solved_exactly():
    supply = {"histopathology": 2_000_000, "xray": 1_500_000, "oct": 30_000, "pet": 4_000}
    quota = cap_quota(supply, target_shares({"histopathology": 22, "xray": 13, "oct": 3.33, "pet": 3.33}, supply), 1.25)
    assert quota.total == largest_near(supply, target_shares({"histopathology": 22, "xray": 13, "oct": 3.33, "pet": 3.33}, supply))


def largest_near(supply, shares):
    def feasible(total):
        return sum(min(supply[name], max(1, int(Fraction(5, 4) * share * total))) for name, share in shares.items()) >= total

    top = next(total for total in range(sum(supply.values()), 0, -50_000) if feasible(total - total % 50_000)) + 100_000
    return next(total for total in range(top, 0, -1) if feasible(total))


def test_the_cap_of_one_is_strict():
    supply = {"xray": 100, "ct": 3}
    assert cap_quota(supply, even(supply), 1.0) == strict_quota(supply, even(supply))
    assert strict_quota(supply, even(supply)).counts == {"xray": 3, "ct": 3}
    assert strict_quota(supply, even(supply)).binding == ("ct",)


def test_nothing_binds_where_nothing_is_cut():
    supply = {"xray": 10, "ct": 10}
    assert cap_quota(supply, even(supply), 1.25).binding == ()


def test_targets_are_renormalised_over_what_is_present():
    assert target_shares({"xray": 1 / 12, "ct": 1 / 12, "pet": 1 / 12}, {"xray": 5, "ct": 9, "pet": 0}) == {
        "xray": Fraction(1, 2),
        "ct": Fraction(1, 2),
    }


def test_a_modality_without_a_target_is_not_wanted():
    supply = {"xray": 10, "ct": 10}
    quota = cap_quota(supply, target_shares({"xray": 1}, supply), 1.25)
    assert quota.counts == {"xray": 10, "ct": 0}


def test_nothing_makes_nothing():
    assert cap_quota({}, {}, 1.25).total == 0
    assert strict_quota({}, {}).total == 0
    assert sampling_weights({}, {}, 4.0) == {}


@pytest.mark.parametrize(
    ("inside", "supply", "limits", "counts"),
    [
        (80, {"text": 100, "other": 7}, {"text": None, "other": None}, {"text": 100, "other": 7}),
        (80, {"text": 100}, {"text": 0.2}, {"text": 20}),  # 20 of 100
        (70, {"text": 100, "other": 100}, {"text": 0.2, "other": 0.1}, {"text": 20, "other": 10}),
        (80, {"text": 10}, {"text": 0.2}, {"text": 10}),
        (0, {"text": 100}, {"text": 0.2}, {"text": 100}),  # nothing but text: not an empty corpus
        (0, {"text": 100, "other": 100}, {"text": 0.2, "other": 0.1}, {"text": 100, "other": 50}),
        (0, {"text": 0, "other": 0}, {"text": 0.2, "other": None}, {"text": 0, "other": 0}),
    ],
)
def test_what_stands_outside_keeps_to_its_share_of_the_whole(inside, supply, limits, counts):
    assert outside_counts(inside, supply, limits) == counts


def test_weights_reach_the_target_exactly():
    counts = {"xray": 800, "ct": 400, "pet": 300}
    weights = sampling_weights(counts, even(counts), 4.0)
    assert weights == {"xray": 0.625, "ct": 1.25, "pet": 1.666667}
    assert [round(weights[name] * counts[name]) for name in counts] == [500, 500, 500]


def test_what_a_scarce_modality_cannot_take_goes_to_the_others_in_the_ratio_of_their_targets():
    counts = {"xray": 500, "ct": 1000, "pet": 10}
    weights = sampling_weights(counts, even(counts), 4.0)
    assert weights == {"xray": 1.47, "ct": 0.735, "pet": 4.0}
    assert sum(weights[name] * counts[name] for name in counts) == pytest.approx(1510)
