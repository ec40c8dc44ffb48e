"""what stands outside the twelve, and weights"""

import numpy as np
import pytest
from scipy.stats import binom

from curate.balance.quota import outside_counts
from curate.balance.targets import target_shares
from curate.balance.weights import sampling_weights


def even(supply):
    return target_shares(dict.fromkeys(supply, 1), supply)


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


def test_nothing_has_no_weights():
    assert sampling_weights({}, {}, 4.0) == {}


@pytest.mark.parametrize(
    ("counts", "targets", "max_repeat"),
    [
        ({"xray": 60_000, "ct": 9_000, "pet": 2_000}, {"xray": 1, "ct": 1, "pet": 1}, 40.0),
        ({"xray": 60_000, "ct": 9_000, "pet": 2_000}, {"xray": 13, "ct": 18, "pet": 3.33}, 40.0),
        ({"xray": 60_000, "ct": 9_000, "pet": 2_000}, {"xray": 1, "ct": 1, "pet": 1}, 4.0),  # pet stays at 4 x 2,000 of 71,000
    ],
)
def test_an_epoch_drawn_by_weight_has_the_shares_of_the_target(counts, targets, max_repeat):
    """Draws with replacement, each sample as often as its weight says: the count of a modality is binomial, and it lies where that
    binomial leaves one draw in a million outside."""
    shares = target_shares(targets, counts)
    weights = sampling_weights(counts, shares, max_repeat)
    draws, chances = sum(counts.values()), np.repeat([weights[name] for name in counts], list(counts.values()))
    assert chances.max() <= max_repeat
    assert chances.sum() == pytest.approx(draws, rel=1e-5)
    modality = np.repeat(np.arange(len(counts)), list(counts.values()))
    drawn = np.bincount(modality[np.random.default_rng(7).choice(draws, draws, p=chances / chances.sum())])
    pet = min(float(shares["pet"]), max_repeat * counts["pet"] / draws)
    rest = 1 - float(shares["pet"])
    wanted = {name: pet if name == "pet" else float(share) / rest * (1 - pet) for name, share in shares.items()}
    for name, count in zip(counts, drawn.tolist(), strict=True):
        low, high = binom.ppf([5e-7, 1 - 5e-7], draws, wanted[name])
        assert low <= count <= high, name
