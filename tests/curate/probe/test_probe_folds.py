"""Nothing of a source, or of a patient, is on both sides; weights and order"""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pytest

from curate.probe.folds import folds_of, split_by_source
from curate.probe.training import Training, TrainingError, balanced_weights, checked, thinned

Row = tuple[str, str, str, bool]  # label, source, group, tested


def training(rows: list[Row]) -> Training:
    labels, sources, groups, tested = zip(*rows)
    features = np.arange(len(rows) * 2, dtype=np.float32).reshape(-1, 2)
    ids = tuple(f"{number:03}" for number in range(len(rows)))
    return Training(ids=ids, features=features, labels=labels, sources=sources, groups=groups, tested=np.array(tested))


def any_rows(seed: int) -> list[Row]:
    chance = random.Random(seed)
    sources, groups = "abcde"[: chance.randint(1, 5)], ["", "p1", "p2", "p3"][: chance.randint(1, 4)]
    labels = ["ct", "mri", "oct"]
    return [
        (chance.choice(labels), chance.choice(sources), chance.choice(groups), chance.random() < 0.8) for _ in range(chance.randint(2, 40))
    ]


@pytest.mark.parametrize("most", [0, 2, 3, 10])
def test_no_fold_leaks(most: int) -> None:
    for seed in range(80):
        check_folds(training(any_rows(seed)), most, seed)


def check_folds(data: Training, most: int, seed: int) -> None:
    keys, by_source = data.group_keys(), split_by_source(data)
    times, unlearnt = np.zeros(len(data), int), np.zeros(len(data), bool)
    folds = folds_of(data, most, seed % 4)
    for fold in folds:
        assert not (fold.train & fold.test).any()
        times += fold.test
        learnt = {data.labels[place] for place in np.flatnonzero(fold.train)}
        unlearnt |= np.array([source in fold.sources and label not in learnt for source, label in zip(data.sources, data.labels)])
        tested = np.flatnonzero(fold.test)
        assert {data.labels[place] for place in tested} <= learnt
        assert not {keys[place] for place in tested} & {keys[place] for place in np.flatnonzero(fold.train)}
        of_sources = {data.sources[place] for place in tested if by_source[place]}
        assert not of_sources & {data.sources[place] for place in np.flatnonzero(fold.train)}
        assert data.tested[fold.test].all()
    assert (times <= 1).all()
    # every picture of a class of several sources is measured once, unless the groups that are held out beside its source leave none of it
    assert ((times == 1) | unlearnt)[by_source & data.tested].all()


def test_one_source_a_fold_and_a_class_of_one_source_by_group() -> None:
    data = training([("ct", source, "", True) for source in "aabbc"] + [("oct", "d", f"p{number}", True) for number in range(4)])
    assert split_by_source(data).tolist() == [True] * 5 + [False] * 4
    folds = folds_of(data, 0)
    assert sorted(fold.sources for fold in folds if fold.sources) == [("a",), ("b",), ("c",)]
    assert sorted(place for fold in folds for place in np.flatnonzero(fold.test)) == list(range(9))


def test_one_fold_never_takes_all_sources_of_a_class() -> None:
    data = training([("ct", "a", "", True), ("ct", "b", "", True), ("mri", "a", "", True), ("mri", "b", "", True)])
    assert sorted(fold.sources for fold in folds_of(data, 1)) == [("a",), ("b",)]


def test_copies_go_where_their_picture_goes_and_are_not_measured() -> None:
    rows = [("ct", "a", "1", True), ("ct", "a", "1", False), ("ct", "b", "2", True), ("mri", "b", "3", True), ("mri", "c", "4", True)]
    data = training(rows)
    held = next(fold for fold in folds_of(data, 0) if fold.sources == ("a",))
    assert (held.train.tolist(), held.test.tolist()) == ([False, False, True, True, True], [True, False, False, False, False])


def test_weights_by_hand() -> None:
    rows = [("ct", "a", "1", True), ("ct", "a", "1", True), ("ct", "a", "2", True), ("ct", "b", "", True), ("mri", "a", "1", True)]
    assert balanced_weights(training(rows)).tolist() == [1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2]
    assert balanced_weights(training(rows), source_power=1).tolist() == pytest.approx([1 / 12, 1 / 12, 1 / 6, 1 / 6, 1 / 2])


@pytest.mark.parametrize("seed", range(20))
def test_weights_are_even_over_classes_sources_and_groups(seed: int) -> None:
    data = training(any_rows(seed))
    weights, sums = balanced_weights(data), defaultdict(float)
    for weight, label, source, key in zip(weights, data.labels, data.sources, data.group_keys()):
        for place in ((label,), (label, source), (label, source, key)):
            sums[place] += weight
    assert sum(weights) == pytest.approx(1)
    for place, total in sums.items():
        siblings = [each for each in sums if len(each) == len(place) and each[:-1] == place[:-1]]
        assert total == pytest.approx(sums[place[:-1]] / len(siblings) if place[:-1] else 1 / len(siblings))


def test_thinning_is_even_and_does_not_depend_on_the_rest() -> None:
    data = checked(training([("ct", "a", "", True)] * 50 + [("ct", "b", "", True)] * 5 + [("mri", "c", "", True)] * 3))
    thin = thinned(data, 16)
    cells = list(zip(thin.labels, thin.sources))
    assert {cell: cells.count(cell) for cell in sorted(set(cells))} == {("ct", "a"): 8, ("ct", "b"): 5, ("mri", "c"): 3}
    assert thinned(data, 58) is data
    copied = checked(training([("ct", "a", "1", number % 4 == 0) for number in range(40)] + [("mri", "b", "2", True)]))
    assert thinned(copied, 11).tested.all()  # of 10 pictures with copies and one without


def test_faulty_rows_are_told_all_at_once() -> None:
    good = training([("ct", "a", "", True), ("mri", "a", "", True)])
    bad = Training(
        ids=("1", "1"), features=np.full((3, 2), np.nan, np.float32), labels=("ct", "ct"), sources=good.sources, groups=good.groups,
        tested=good.tested,
    )  # fmt: skip
    with pytest.raises(TrainingError) as told:
        checked(bad)
    assert str(told.value) == (
        "3 features for 2 ids; features hold what is no number; ids are not unique; 1 classes (ct), wanted two at least"
    )
