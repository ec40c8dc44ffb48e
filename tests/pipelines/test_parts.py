"""Parts of a stage that are under way at once"""

import threading
from concurrent.futures import CancelledError

import pytest

from pipelines.parts import Parts


def test_a_part_hands_out_its_tasks_after_the_one_before_it():
    parts, given, first_has_begun, second_waits = Parts(2), [], threading.Event(), threading.Event()

    def first():
        for task in parts.in_turn("abc"):
            first_has_begun.set()
            second_waits.wait()
            given.append(task)

    def second():
        first_has_begun.wait()
        second_waits.set()
        given.extend(parts.in_turn("xyz"))

    parts.begin(first)
    parts.begin(second)
    parts.settle()
    parts.close()
    assert given == list("abcxyz")


def test_no_more_parts_are_begun_than_are_wanted_at_once():
    parts, ended, begun = Parts(2), [threading.Event() for _ in range(3)], []
    ended[0].set()

    def work(number):
        begun.append(number)
        ended[number].wait()

    for number in range(2):
        parts.begin(lambda number=number: work(number))
    assert set(begun) <= {0, 1}
    ended[1].set()
    ended[2].set()
    parts.begin(lambda: work(2))
    parts.settle()
    parts.close()
    assert sorted(begun) == [0, 1, 2]


def test_a_part_that_fails_ends_the_one_that_waits_for_its_turn():
    parts, holds, held, ended = Parts(2), threading.Event(), [], []

    def failing():
        held.append(parts.in_turn("ab"))
        next(held[0])
        holds.set()
        raise OSError("no such disk")  # and the turn is never given back

    def waiting():
        holds.wait()
        try:
            list(parts.in_turn("xy"))
        except CancelledError:
            ended.append("waiting")

    parts.begin(failing)
    with pytest.raises(OSError, match="no such disk"):
        parts.begin(waiting)
    parts.pool.shutdown(wait=True)
    assert ended == ["waiting"]
