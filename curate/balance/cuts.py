"""supply -> what every set of modalities could have of it: the cuts of the network, of which the smallest is the largest flow

Limits of sources over caps on groups are one tree, modalities the other. A cut takes a set of modalities at their limits, and for the
others what the sources can give them: min(limit of the source, sum over its groups of min(cap of the group, its samples of these)). With
twelve modalities there are 4,096, whatever the number of groups. What is yes or no is not told apart here.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from curate.balance.limits import Bounds, Limits
from curate.balance.supply import Ints, Supply

ABOVE = 1 << 40  # more samples than there are
TOGETHER = 256  # kin at once
NEAR = 1e-9  # sums nearer than this are compared as fractions


class Cuts:
    """Of a supply; with `more` samples of a modality from one source more, that is the last."""

    def __init__(self, supply: Supply) -> None:
        self.sinks = len(supply.sinks)
        self.present = np.flatnonzero(supply.sinks)
        sets = np.arange(1 << len(self.present))
        self.wanted = (sets[:, None] >> np.arange(len(self.present)) & 1).astype(np.float64)  # (sets, present)
        self.given = self._given(supply)  # (sources, sets): what each could give them

    def with_more(self, sink: int, more: int) -> Cuts:
        """`sink` must have some already."""
        larger = copy(self)
        given = self.wanted[:, np.flatnonzero(self.present == sink)[0]].astype(np.int64) * more
        larger.given = np.concatenate([self.given, given[None]])
        return larger

    def _given(self, supply: Supply) -> Ints:
        def of_sinks(cells: Ints) -> npt.NDArray[np.float64]:
            both = cells.reshape(len(cells), self.sinks, 2).sum(axis=2)[:, self.present]
            return both.astype(np.float64) @ self.wanted.T  # float: exact below 2^53, and much faster

        given = of_sinks(supply.free)
        for start in range(0, len(supply.kin), TOGETHER):
            kin = supply.kin[start : start + TOGETHER]
            most = np.array([[each.most] for each in kin])
            groups = np.array([[each.groups] for each in kin])
            np.add.at(given, [each.source for each in kin], np.minimum(of_sinks(np.array([each.cells for each in kin])), most) * groups)
        return given.astype(np.int64)

    def values(self, bounds: Bounds) -> Ints:
        """What goes through each cut."""
        sinks = np.array(bounds.sinks, np.float64)[self.present].clip(max=ABOVE)
        sources = np.array(bounds.sources, np.float64).clip(max=ABOVE).astype(np.int64)
        return np.minimum(self.given, sources[:, None]).sum(axis=0) + ((1 - self.wanted) @ sinks).astype(np.int64)

    def through(self, cut: int, limits: Limits, total: int) -> int:
        """What goes through one cut at another N."""
        given = sum(map(min, self.given[:, cut].tolist(), (source.most(total) for source in limits.sources)))
        closed = self.present[self.wanted[cut] == 0].tolist()
        return given + sum(min(limits.sinks[sink].most(total), ABOVE) for sink in closed)

    def scarce(self, bounds: Bounds) -> list[int]:
        """Modalities that no smallest cut takes at their limit: one sample more of them would find its way."""
        values = self.values(bounds)
        least = values.min()
        return [int(sink) for at, sink in enumerate(self.present) if values[self.wanted[:, at] == 0].min() > least]

    def divisible(self, limits: Limits, shares: Sequence[Fraction], total: int) -> bool:
        """Whether every modality can have share x `total` exactly, where samples can be cut in parts: whether no set of them wants more
        than can be given (Hall)."""
        wants = self.wanted @ np.array(shares, np.float64)[self.present] * total
        sources = [_real(source.share, source.most_left, total) for source in limits.sources]
        given = np.minimum(self.given, np.array(sources, np.float64)[:, None]).sum(axis=0)
        for cut in np.flatnonzero(wants > given * (1 - NEAR) - NEAR).tolist():
            want = total * sum((shares[int(sink)] for sink in self.present[self.wanted[cut] > 0]), Fraction(0))
            if want > sum(map(min, self.given[:, cut].tolist(), sources)):
                return False
        return True


def _real(share: Fraction | None, left: int | None, total: int) -> Fraction:
    return min(Fraction(ABOVE) if share is None else share * total, Fraction(ABOVE if left is None else left))
