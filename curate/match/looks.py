"""candidate pairs -> edges of those that the second look confirms; counts of both"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from curate.match.edges import Edges, edges_of, groups, joined
from curate.pixels.confirm import same_pictures

Rows = npt.NDArray[np.int64]
Signatures = npt.NDArray[np.uint8]  # (m, cells)
_BLOCK = 1 << 9  # pairs at once: the second look works in float64, a few MB an array, which caches hold


class SecondLook:
    """Remembers who is together already, so that they are not looked at again. `greys` gives the signatures of rows, `sides` (n, 2) are
    width and height, `exact` what digests have proven. Without `confirm` every candidate is believed, and its similarity noted."""

    def __init__(self, greys: Callable[[Rows], Signatures], sides: npt.NDArray[np.int32], exact: Edges, *, confirm: bool) -> None:
        self.greys, self.sides, self.confirm = greys, sides, confirm
        self.found, self.waiting = [exact], 0
        self.group = groups(len(sides), exact.a, exact.b)
        self.confirmed = self.refused = 0

    def at(self, a: Rows, b: Rows, distance: Rows) -> None:
        """Look at pairs of rows, `distance` bits apart, that are not together."""
        apart = np.flatnonzero(self.group[a] != self.group[b])
        for start in range(0, len(apart), _BLOCK):
            chosen = apart[start : start + _BLOCK]
            self._look(a[chosen], b[chosen], distance[chosen])
        if self.waiting > len(self.group) // 8:  # renewing costs as much as all images: only after enough news
            self.renew()

    def renew(self) -> None:
        """Take what was found into account: who is together by now."""
        if self.waiting:
            everything = joined(self.found)
            self.found, self.waiting = [everything], 0
            self.group = groups(len(self.group), everything.a, everything.b)

    def _look(self, a: Rows, b: Rows, distance: Rows) -> None:
        rows, place = np.unique(np.concatenate([a, b]), return_inverse=True)  # each signature is read once
        greys = self.greys(rows)
        left, right = greys[place[: len(a)]], greys[place[len(a) :]]
        same, similarity = same_pictures(left, self.sides[a].astype(np.int64), right, self.sides[b].astype(np.int64))
        alike = same | (not self.confirm)
        self.confirmed += int(alike.sum())
        self.refused += int((~alike).sum())
        if alike.any():
            self.found.append(edges_of(a[alike], b[alike], "phash", distance[alike], similarity[alike]))
            self.waiting += len(self.found[-1])
