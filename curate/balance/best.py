"""the samples of one cell, how many may stay -> which: the best, then the hash of the id"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.digest import digest64


def best(ids: pa.Array, reliability: npt.NDArray[np.int64], pixels: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    """Marks `count` of the samples: the more reliable, then those whose images have more pixels, then by the hash of the id,
    so that the choice is the same in whatever order they come."""
    if count >= len(ids):
        return np.ones(len(ids), bool)
    if count <= 0:
        return np.zeros(len(ids), bool)
    last = np.lexsort((-pixels, -reliability))[count - 1]
    better = (reliability > reliability[last]) | ((reliability == reliability[last]) & (pixels > pixels[last]))
    equal = np.flatnonzero((reliability == reliability[last]) & (pixels == pixels[last]))
    names = ids.take(pa.array(equal)).to_pylist()
    by_hash = sorted(zip(map(digest64, names), names, equal.tolist()))
    chosen = better.copy()
    chosen[[position for _, _, position in by_hash[: count - int(better.sum())]]] = True
    return chosen
