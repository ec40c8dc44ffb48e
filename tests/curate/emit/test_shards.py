"""shards: ranges of digests of about equal bytes, whatever the order"""

from itertools import pairwise

import numpy as np
import pytest

from curate.emit.shards import ShardPlan, plan_shards, row_groups, shard_name


def test_shards_are_cut_by_cumulative_bytes():
    digests = np.array([5, 1, 4, 2, 3, 2**64 - 1], np.uint64)
    plans = plan_shards(digests, np.full(6, 100), 200)
    assert plans == [
        ShardPlan(first=1, last=2, rows=2, bytes=200),
        ShardPlan(first=3, last=4, rows=2, bytes=200),
        ShardPlan(first=5, last=2**64 - 1, rows=2, bytes=200),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_every_sample_is_in_one_shard_and_no_shard_is_much_larger_than_asked(seed):
    draw = np.random.default_rng(seed)
    digests, sizes = draw.integers(0, 2**64, 500, np.uint64), draw.integers(1, 1000, 500)
    plans = plan_shards(digests, sizes, 20_000)
    assert sum(plan.rows for plan in plans) == 500
    assert sum(plan.bytes for plan in plans) == int(sizes.sum())
    assert all(before.last < after.first for before, after in pairwise(plans))
    assert len(plans) == -(-int(sizes.sum()) // 20_000)
    assert all(plan.bytes < 20_000 + 1000 for plan in plans)


def test_the_plan_is_the_same_in_any_order():
    draw = np.random.default_rng(0)
    digests, sizes, order = draw.integers(0, 2**64, 100, np.uint64), draw.integers(1, 1000, 100), draw.permutation(100)
    assert plan_shards(digests[order], sizes[order], 5_000) == plan_shards(digests, sizes, 5_000)


def test_samples_of_one_digest_share_a_shard():
    assert plan_shards(np.array([7, 7, 7, 9], np.uint64), np.full(4, 100), 100) == [
        ShardPlan(first=7, last=7, rows=3, bytes=300),
        ShardPlan(first=9, last=9, rows=1, bytes=100),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_a_sample_is_of_the_shard_in_whose_bytes_the_first_of_its_digest_begins(seed):
    draw = np.random.default_rng(seed)
    digests, sizes = draw.integers(0, 60, 150).astype(np.uint64), draw.integers(0, 1000, 150).astype([np.int32, np.int64][seed % 2])
    count, ranges, start, first = -(-int(sizes.sum()) // 9_000), {}, 0, {}
    for at in np.argsort(digests, kind="stable").tolist():
        first.setdefault(digests[at], int(start * (count / int(sizes.sum()))))
        ranges.setdefault(first[digests[at]], []).append(at)
        start += int(sizes[at])
    assert plan_shards(digests, sizes, 9_000) == [
        ShardPlan(first=int(digests[some].min()), last=int(digests[some].max()), rows=len(some), bytes=int(sizes[some].sum()))
        for some in ranges.values()
    ]


def test_a_sample_larger_than_a_shard_leaves_no_empty_one():
    assert [plan.rows for plan in plan_shards(np.array([1, 2, 3], np.uint64), np.array([10, 1000, 10]), 100)] == [2, 1]


def test_no_samples_make_no_shards():
    assert plan_shards(np.zeros(0, np.uint64), np.zeros(0, np.int64), 100) == []


def test_names_say_split_place_and_count():
    assert shard_name("train", 0, 12) == "train-00000-of-00012.parquet"


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [([], []), ([5], [(0, 1)]), ([4, 4, 4], [(0, 2), (2, 3)]), ([50, 1, 1], [(0, 1), (1, 3)]), ([1, 50, 1], [(0, 1), (1, 2), (2, 3)])],
)
def test_row_groups_hold_what_fits_and_one_row_at_least(sizes, groups):
    assert row_groups(np.array(sizes, np.int64), 10) == groups
