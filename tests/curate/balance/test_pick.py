"""Keys of a sample and its group go past 32 bits: of 65,537 kinds of groups, the first and the last, which are 2^32 apart"""

import numpy as np

from curate.balance.pick import _evenly, _first_of_groups
from curate.balance.supply import Grouped, Kin, Supply

KINDS = (1 << 16) + 1
MEMBER = np.array([5, 5, (1 << 16) - 1], np.int32)
KIN = np.array([0, KINDS - 1, 1], np.int32)


def grouped() -> Grouped:
    kin = (Kin(source=0, groups=1 << 16, most=1, cells=(1, 1)),) * KINDS
    return Grouped(supply=Supply(free=np.zeros((1, 2), np.int64), kin=kin), out=np.zeros(3, bool), kin=KIN, member=MEMBER)


def test_groups_of_different_kinds_are_not_one() -> None:
    assert _first_of_groups(np.array([0, 1, 2], np.int32), grouped()).tolist() == [True, True, True]


def test_groups_of_different_cells_are_not_one() -> None:
    counts = np.full((KINDS, 1), 1 << 16, np.int64)
    assert _evenly(KIN, grouped(), np.arange(3, dtype=np.int32), counts).tolist() == [True, True, True]
