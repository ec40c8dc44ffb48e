"""solve: the largest N, checked against every set of samples there is"""

import dataclasses
import itertools
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from curate.balance.limits import Limits, Sink, Spring, modality_limits
from curate.balance.pick import pick
from curate.balance.solve import largest, largest_strict, solver_of, with_more
from curate.balance.supply import Grouped, group_supply, supply_of
from curate.balance.targets import PUBLISHED, target_shares
from curate.recipe import Balance

ONE = Spring()


def grouped(rows, shape, most=None):
    source, cell, group = np.array(rows, np.int64).reshape(len(rows), 3).T
    if most is not None:
        return group_supply(source, cell, group, np.full(int(group.max(initial=0)) + 1, most), shape)
    none = np.full(len(rows), -1, np.int64)
    return Grouped(supply=supply_of(source, cell, shape), out=np.zeros(len(rows), bool), kin=none, member=none)


def within(chosen, limits, most, base):
    """Whether a set of samples keeps all limits of a corpus of its own size."""
    bounds = limits.at(base + len(chosen))
    sinks, sources = Counter(cell // 2 for _, cell, _ in chosen), Counter(source for source, _, _ in chosen)
    groups = Counter(group for _, _, group in chosen if group >= 0)
    return (
        all(count <= bounds.sinks[sink] for sink, count in sinks.items())
        and all(count <= bounds.sources[source] for source, count in sources.items())
        and (bounds.yes_no is None or sum(cell % 2 for _, cell, _ in chosen) <= bounds.yes_no)
        and (most is None or all(count <= most for count in groups.values()))
    )


def largest_of_all(rows, limits, most):
    sizes = range(len(rows), -1, -1)
    return next(
        size + limits.base for size in sizes if any(within(each, limits, most, limits.base) for each in itertools.combinations(rows, size))
    )


def drawn(seed):
    """Some samples as (source, cell, group), and limits of every kind, each there or not."""
    draw = random.Random(seed)
    sources, sinks = draw.randint(1, 3), draw.randint(1, 3)
    rows = []
    for _ in range(draw.randint(1, 9)):
        source = draw.randrange(sources)
        group = 3 * source + draw.randrange(3) if draw.random() < 0.7 else -1
        rows.append((source, 2 * min(draw.randrange(sinks), draw.randrange(sinks)) + draw.choice([0, 0, 1]), group))
    shares = [Fraction(draw.choice([1, 1, 2, 3])) for _ in range(sinks)]
    cap = draw.choice([Fraction(11, 10), Fraction(5, 4), Fraction(3, 2), Fraction(2)])
    limits = Limits(
        sinks=tuple(
            Sink(share=None if draw.random() < 0.15 else cap * share / sum(shares), least=draw.choice([1, 1, 1, 3])) for share in shares
        ),
        sources=tuple(
            Spring(share=draw.choice([None, Fraction(1, 2), Fraction(2, 5), Fraction(3, 4)]), most_left=draw.choice([None, None, 2, 4]))
            for _ in range(sources)
        ),
        yes_no=draw.choice([None, Fraction(1, 10), Fraction(1, 4), Fraction(1, 2)]),
        base=draw.choice([0, 0, 3]),
    )
    return rows, limits, draw.choice([None, 1, 2, 3]), (sources, 2 * sinks)


@pytest.mark.parametrize("seed", range(150))
def test_no_set_of_samples_is_larger_and_as_many_are_picked(seed):
    rows, limits, most, shape = drawn(seed)
    found = grouped(rows, shape, most)
    total = largest(solver_of(found.supply), limits)
    assert total == largest_of_all(rows, limits, most)
    source, cell, _ = np.array(rows).T
    stays = pick(source, cell, found, limits.at(total), total - limits.base, [0] * (shape[1] // 2))
    assert within([row for row, stay in zip(rows, stays) if stay], limits, most, limits.base)
    assert int(stays.sum()) == total - limits.base


@pytest.mark.parametrize("seed", range(150, 250))
def test_more_supply_never_makes_the_corpus_smaller(seed):
    rows, limits, most, shape = drawn(seed)
    before = largest(solver_of(grouped(rows, shape, most).supply), limits)
    for source, cell in itertools.product(range(shape[0]), range(shape[1])):
        assert largest(solver_of(grouped([*rows, (source, cell, -1)], shape, most).supply), limits) >= before


def capped(counts, targets=None, cap=1.25):
    """N and counts of each modality of one source."""
    names = list(counts)
    rows = [(0, 2 * sink, -1) for sink, name in enumerate(names) for _ in range(counts[name])]
    shares = target_shares(targets or dict.fromkeys(names, 1), counts)
    limits = Limits(sinks=modality_limits(Balance(cap=cap), names, shares, {}), sources=(ONE,))
    supply = supply_of(np.zeros(len(rows), np.int64), np.array([cell for _, cell, _ in rows], np.int64), (1, 2 * len(names)))
    total = largest(solver_of(supply), limits)
    return total, dict(zip(names, map(min, limits.at(total).sinks, supply.sinks)))


def test_common_ones_are_cut_and_scarce_ones_kept_whole():
    # N <= 10 + 2 x 1.25 / 3 x N: 60 = 10 + 25 + 25
    assert capped({"xray": 1000, "ct": 1000, "pet": 10}) == (60, {"xray": 25, "ct": 25, "pet": 10})


def test_a_modality_without_a_target_is_not_wanted():
    assert capped({"xray": 10, "ct": 10}, {"xray": 1}) == (10, {"xray": 10, "ct": 0})


def test_nothing_makes_nothing():
    assert capped({"xray": 0}) == (0, {"xray": 0})
    nothing = solver_of(supply_of(np.zeros(0, np.int64), np.zeros(0, np.int64), (1, 2)))
    assert largest_strict(nothing, Limits(sinks=(), sources=(ONE,)), [Fraction(0)]) == (0,)


@pytest.mark.parametrize("seed", range(250, 300))
def test_so_many_samples_more_are_planned_as_if_they_were_there(seed):
    rows, limits, most, shape = drawn(seed)
    sink, limits = rows[0][1] // 2, dataclasses.replace(limits, sources=(*limits.sources, ONE))
    there = grouped([*rows, *([(shape[0], 2 * sink, -1)] * 4)], (shape[0] + 1, shape[1]), most).supply
    assert largest(with_more(solver_of(grouped(rows, shape, most).supply), sink, 4), limits) == largest(solver_of(there), limits)


def test_millions_are_solved_to_the_sample():
    """One more would break a limit, and so would every number up to the whole supply: what is allowed never falls in between."""
    names = ["histopathology", "xray", "oct", "pet"]
    supply = supply_of(np.zeros(4, np.int64), np.arange(0, 8, 2), (1, 8))
    supply.free[0, ::2] = [2_000_000, 1_500_000, 30_000, 4_000]
    limits = Limits(sinks=modality_limits(Balance(), names, target_shares(PUBLISHED, dict.fromkeys(names, 1)), {}), sources=(ONE,))

    def allowed(total):
        return sum(map(min, limits.at(total).sinks, supply.sinks))

    total = largest(solver_of(supply), limits)
    assert allowed(total) == total
    at = sum(supply.sinks)
    while at > total:
        assert allowed(at) < at
        at = max(allowed(at), total)


@pytest.mark.parametrize("seed", range(60))
def test_strict_is_the_targets_to_less_than_one_sample_at_the_largest_size(seed):
    draw = random.Random(seed)
    counts = [draw.randint(1, 40) for _ in range(draw.randint(1, 5))]
    parts = [Fraction(draw.choice([1, 1, 2, 3, 5])) for _ in counts]
    shares = [part / sum(parts) for part in parts]
    supply = supply_of(np.zeros(1, np.int64), np.zeros(1, np.int64), (1, 2 * len(counts)))
    supply.free[0, ::2] = counts
    quotas = largest_strict(solver_of(supply), Limits(sinks=(), sources=(ONE,)), shares)
    assert sum(quotas) == int(min(count / share for count, share in zip(counts, shares)))
    assert all(abs(quota - share * sum(quotas)) < 1 for quota, share in zip(quotas, shares))
    assert all(quota <= count for quota, count in zip(quotas, counts))


def test_strict_is_as_large_under_shares_of_nine_places_beside_yes_and_no():
    """Parts of a sample are counted then in units of which a million samples are more than 60 bits."""
    weights = [1_000_000_000 // (number + 3) + 1 for number in range(12)]
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    supply = supply_of(np.zeros(1, np.int64), np.zeros(1, np.int64), (1, 24))
    supply.free[0, ::2], supply.free[0, 1::2] = 1_000_000, 1_000
    limits = Limits(sinks=(), sources=(ONE,), yes_no=Fraction(1, 20))
    quotas = largest_strict(solver_of(supply), limits, shares)
    assert sum(quotas) == int(1_001_000 / max(shares))
    assert all(abs(quota - share * sum(quotas)) < 1 for quota, share in zip(quotas, shares))


def deliverable(rows, most, limits, total, wanted):
    """The most of some modalities that sources and groups can give, where samples can be cut in parts: of two trees over the samples
    the sum over the sources of what each can."""
    whole = Fraction(0)
    for number, source in enumerate(limits.sources):
        groups = Counter(
            group if group >= 0 else -1 - at
            for at, (at_source, cell, group) in enumerate(rows)
            if at_source == number and cell // 2 in wanted
        )
        sum_ = sum(count if group < 0 or most is None else min(count, most) for group, count in groups.items())
        whole += min(
            [
                Fraction(sum_),
                *([source.share * total] if source.share else []),
                *([source.most_left] if source.most_left is not None else []),
            ]
        )
    return whole


@pytest.mark.parametrize("seed", range(80))
def test_strict_is_the_largest_at_which_no_modalities_together_lack(seed):
    """Hall: the targets can be had where for every set of modalities the sources can give what it wants."""
    rows, limits, most, shape = drawn(seed)
    sinks = shape[1] // 2
    present = [sink for sink in range(sinks) if any(cell // 2 == sink for _, cell, _ in rows)]
    shares = [Fraction(1, len(present)) if sink in present else Fraction(0) for sink in range(sinks)]
    limits = Limits(sinks=(), sources=limits.sources)
    sets = [set(each) for size in range(1, sinks + 1) for each in itertools.combinations(present, size)]
    possible = [
        total
        for total in range(len(rows) + 1)
        if all(deliverable(rows, most, limits, total, wanted) >= total * sum(shares[sink] for sink in wanted) for wanted in sets)
    ]
    quotas = largest_strict(solver_of(grouped(rows, shape, most).supply), limits, shares)
    assert sum(quotas) == max(possible)
    assert all(abs(quota - share * sum(quotas)) < 1 for quota, share in zip(quotas, shares))
