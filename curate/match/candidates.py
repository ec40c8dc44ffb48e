"""distinct pHashes with their pictures -> the near pairs that are compared one by one, and the hashes that have too many"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.match.hashes import Hashes, near_pairs

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NearHashes:
    """Pairs of places in the hashes, and which of the hashes crowd: their pictures have more candidates than are compared one by one."""

    a: npt.NDArray[np.int32]
    b: npt.NDArray[np.int32]
    distance: npt.NDArray[np.int16]
    crowded: npt.NDArray[np.bool_]  # of each hash


def near_hashes(hashes: Hashes, sizes: Rows, distance: int, *, many: int | None) -> NearHashes:
    """Every pair of `hashes`, which are distinct, at most `distance` bits apart; `sizes` are the pictures of each. A hash crowds if its
    pictures have more than `many` candidates each; pairs of two that crowd are left out, so that what is held is bounded. None: no
    hash does."""
    load = sizes - 1
    first, second, bits = [np.empty(0, np.int32)], [np.empty(0, np.int32)], [np.empty(0, np.int16)]
    for a, b, apart in near_pairs(hashes, distance):
        held = np.full(len(a), True) if many is None else (load[a] <= many) | (load[b] <= many)
        np.add.at(load, a, sizes[b])
        np.add.at(load, b, sizes[a])
        first.append(a[held].astype(np.int32))
        second.append(b[held].astype(np.int32))
        bits.append(apart[held].astype(np.int16))
    crowded = np.zeros(len(hashes), bool) if many is None else load > many
    one, two, between = np.concatenate(first), np.concatenate(second), np.concatenate(bits)
    left = ~(crowded[one] & crowded[two])
    return NearHashes(one[left], two[left], between[left], crowded)
