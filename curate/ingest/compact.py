"""64-bit numbers, each with a small number -> looked up as in a dict, in an eighth of its memory"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import numpy.typing as npt

RECENT = 1 << 20  # that are Python's own: 130 bytes each
GROWTH = 4  # a settled run takes in the one behind it where that is not so many times larger: few runs, and few times that one is moved


class Compact:
    """A source of a hundred million ids would take 13 GB as a dict; here the recent ones do, others lie sorted in 12 bytes each."""

    def __init__(self, recent: int = RECENT) -> None:
        self.most = recent
        self.recent: dict[int, int] = {}
        self.settled: list[tuple[memoryview, memoryview]] = []  # (numbers, ascending; what each leads to), the longest first

    def get(self, number: int) -> int | None:
        """What the number leads to; None where it was never put in."""
        if (found := self.recent.get(number)) is not None:
            return found
        for numbers, values in self.settled:
            place = bisect_left(numbers, number)
            if place < len(numbers) and numbers[place] == number:
                return int(values[place])
        return None

    def __getitem__(self, number: int) -> int:
        """Raises KeyError."""
        if (found := self.get(number)) is None:
            raise KeyError(number)
        return found

    def __contains__(self, number: int) -> bool:
        return number in self.recent or (bool(self.settled) and self.get(number) is not None)

    def put(self, number: int, value: int = 0) -> None:
        """The number is new; `value` is under 2^32."""
        self.recent[number] = value
        if len(self.recent) >= self.most:
            self._settle()

    def __len__(self) -> int:
        return len(self.recent) + sum(len(numbers) for numbers, _ in self.settled)

    def _settle(self) -> None:
        numbers = np.fromiter(self.recent.keys(), np.uint64, len(self.recent))
        values = np.fromiter(self.recent.values(), np.uint32, len(self.recent))
        self.recent = {}
        while self.settled and len(self.settled[-1][0]) < GROWTH * len(numbers):
            more, theirs = self.settled.pop()
            numbers, values = np.concatenate([np.asarray(more), numbers]), np.concatenate([np.asarray(theirs), values])
        order = np.argsort(numbers)
        self.settled.append((_view(numbers[order]), _view(values[order])))


def _view(array: npt.NDArray[np.generic]) -> memoryview:
    """Items are then Python's own numbers: bisection asks for some twenty of them."""
    return array.data
