"""two columns of the same rows -> in which rows they differ"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]


def differing(before: pa.Array, now: pa.Array) -> Mask:
    """One truth a row, for scalars, lists and structs of any depth. Two nulls are equal. The two must be of one type and length."""
    if before.equals(now):
        return np.zeros(len(before), np.bool_)
    if pa.types.is_list(before.type) or pa.types.is_large_list(before.type):
        return _lists_differ(before, now)
    apart: Mask = _mask(before.is_null()) != _mask(now.is_null())
    if pa.types.is_struct(before.type):
        for left, right in zip(before.flatten(), now.flatten()):
            apart |= differing(left, right)
        return apart
    return apart | _mask(pc.fill_null(pc.not_equal(before, now), False))


def _lists_differ(before: pa.ListArray, now: pa.ListArray) -> Mask:
    lengths = [pc.fill_null(pc.list_value_length(lists), -1).to_numpy(zero_copy_only=False) for lists in (before, now)]
    apart: Mask = lengths[0] != lengths[1]
    alike = pa.array(~apart)
    if apart.any():
        before, now = before.filter(alike), now.filter(alike)
    inside = differing(before.flatten(), now.flatten())  # as long as each other: list by list they are
    ends = np.concatenate([[0], np.cumsum(np.maximum(lengths[0][~apart], 0))])
    seen = np.concatenate([[0], np.cumsum(inside)])
    apart[~apart] = seen[ends[1:]] > seen[ends[:-1]]
    return apart


def _mask(truths: pa.BooleanArray) -> Mask:
    return truths.to_numpy(zero_copy_only=False).astype(np.bool_)
