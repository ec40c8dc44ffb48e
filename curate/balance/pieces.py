"""numbers of very many samples -> what a table says of each, how many there are of each: a piece at a time

Of an index numpy makes one of 64 bits first, however narrow it is: of a hundred million samples at once that is a gigabyte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Kind = TypeVar("Kind", bound=np.generic)
PIECE = 1 << 18  # samples


def pieces(count: int) -> Iterator[slice]:
    return (slice(start, min(start + PIECE, count)) for start in range(0, count, PIECE))


def looked_up(table: npt.NDArray[Kind], *numbers: npt.NDArray[np.signedinteger]) -> npt.NDArray[Kind]:
    """table[numbers], of -1 the last; of a table of several dimensions a column of numbers for each."""
    found = np.empty(len(numbers[0]), table.dtype)
    for piece in pieces(len(found)):
        found[piece] = table[tuple(column[piece] for column in numbers)]
    return found


def counted(numbers: npt.NDArray[np.signedinteger], least: int) -> npt.NDArray[np.int64]:
    """How often each of 0, 1, ... `least` - 1 is there, and of higher ones up to the highest; -1 is not counted."""
    counts = np.zeros(max(least, 1 + int(numbers.max(initial=-1))), np.int64)
    step = max(PIECE, len(counts))  # a piece makes an array of all counts
    for start in range(0, len(numbers), step):
        some = numbers[start : start + step]
        few = np.bincount(some[some >= 0])
        counts[: len(few)] += few
    return counts
