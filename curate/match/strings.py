"""columns of ids -> one array of them, and the clusters that they stand in, however many they are"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.digests import digests64


def whole(column: pa.ChunkedArray) -> pa.LargeStringArray:
    """As one array: Arrow's strings end at 2 GiB in one piece, some 36 million ids; its large strings do not."""
    return column.cast(pa.large_string()).combine_chunks()


def taken(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> pa.LargeStringArray:
    """Those of `rows`, in their order. Arrow's own take makes one piece of the column first, as large as all of it."""
    wanted = np.zeros(len(column), bool)
    wanted[rows] = True
    place = np.cumsum(wanted)[rows] - 1
    found = column.filter(pa.array(wanted))
    if pa.types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    return whole(found).take(pa.array(place))


class Clusters:
    """Member rows, asked again and again for the cluster of some ids: a hash table of all members is not built for each of them."""

    def __init__(self, members: pa.Table) -> None:
        self.ids, self.clusters = whole(members["id"]), whole(members["cluster"])
        digests = digests64(self.ids)
        self.order = np.argsort(digests, kind="stable")
        self.digests = digests[self.order]

    def of(self, ids: pa.Array) -> pa.Array:
        """The cluster of each of `ids`; null where it is in none."""
        row, alone = self._rows(ids)
        rows = pa.array(row, mask=alone)
        found = pc.equal(self.ids.take(rows), ids.cast(pa.large_string()))
        if pc.any(pc.invert(found)).as_py():  # of one digest, yet another id
            rows = pc.index_in(ids.cast(pa.large_string()), value_set=self.ids)
        return self.clusters.take(rows).cast(pa.string())

    def _rows(self, ids: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The row of the same digest, and where there is none."""
        if not len(self.ids):
            return np.zeros(len(ids), np.int64), np.ones(len(ids), bool)
        asked = digests64(ids)
        order = np.argsort(asked)  # in their order the lookups stay near each other in memory
        place = np.empty(len(asked), np.int64)
        place[order] = np.searchsorted(self.digests, asked[order])
        place = np.minimum(place, len(self.digests) - 1)
        return self.order[place], self.digests[place] != asked
