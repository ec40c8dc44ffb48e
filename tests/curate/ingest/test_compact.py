import random

import pytest

from curate.ingest.compact import Compact


@pytest.mark.parametrize("recent", [1, 2, 7, 1000])
def test_it_answers_as_a_dict_does_however_few_are_recent(recent):
    chance, compact, plain = random.Random(5), Compact(recent), {}
    for _ in range(500):
        number = chance.choice([0, (1 << 64) - 1, chance.randrange(1 << 64), chance.randrange(300)])
        assert (number in compact) == (number in plain)
        assert compact.get(number) == plain.get(number)
        if number not in plain:
            plain[number] = chance.randrange(1 << 32)
            compact.put(number, plain[number])
    assert len(compact) == len(plain)
    assert {number: compact.get(number) for number in plain} == plain
    assert len(compact.recent) < recent
    assert compact[0] == plain[0]
    with pytest.raises(KeyError):
        compact[1 << 63]


def test_runs_stay_few():
    compact = Compact(2)
    for number in range(1000):
        compact.put(number * 7919 % 100_003)
    assert len(compact.settled) <= 6
    sizes = [len(numbers) for numbers, _ in compact.settled]
    assert sizes == sorted(sizes, reverse=True)
