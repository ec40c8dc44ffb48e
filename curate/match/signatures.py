"""shingle sets -> MinHash signatures, equal to datasketch's -> band keys"""

from __future__ import annotations

import functools
import itertools

import numpy as np
import numpy.typing as npt

from curate.shingles import Shingles

Signatures = npt.NDArray[np.uint32]
_BLOCK = 1 << 14  # shingles at once
_CELLS = 1 << 17  # shingles times permutations at once: they stay in the cache, and a short batch takes few calls


@functools.cache
def _permutations(count: int) -> npt.NDArray[np.uint32]:
    from datasketch import MinHash  # its own numbers, drawn by its own seed: signatures stay interoperable

    return np.asarray(MinHash(num_perm=count, scheme="affine32").permutations, np.uint32)


def _fmix32(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The finaliser of MurmurHash3, as datasketch 2 mixes before it permutes."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def signatures(sets: Shingles, permutations: int) -> Signatures:
    """(n, permutations), a permutation's column contiguous: what `datasketch.MinHash(permutations, hashfunc=...)` (scheme affine32) holds
    after the same shingles; an empty set has all bits set."""
    multiply, add = _permutations(permutations)
    mixed = _fmix32(sets.hashes.astype(np.uint32))
    filled = np.flatnonzero(np.diff(sets.offsets))
    starts = sets.offsets[filled]
    found = np.empty((permutations, len(filled)), np.uint32)
    cuts = np.unique(np.searchsorted(starts, np.arange(0, len(mixed) + _BLOCK, _BLOCK)))
    for low, high in itertools.pairwise(cuts):
        begin, end = starts[low], starts[high] if high < len(starts) else len(mixed)
        piece, places = mixed[begin:end], starts[low:high] - begin
        step = max(1, _CELLS // len(piece))
        for first in range(0, permutations, step):
            some = slice(first, first + step)
            permuted = piece * multiply[some, None]
            permuted += add[some, None]
            np.minimum.reduceat(permuted, places, axis=1, out=found[some, low:high])
    if len(filled) == len(sets):
        return found.T
    out = np.full((permutations, len(sets)), 0xFFFFFFFF, np.uint32)
    out[:, filled] = found
    return out.T


def band_keys(signature: Signatures, rows: int) -> npt.NDArray[np.uint64]:
    """(n, permutations // rows), a band's column contiguous: 64 bits of each band of each signature, the band's number mixed in."""
    bands = signature.shape[1] // rows
    keys = np.empty((bands, len(signature)), np.uint64)
    for band, key in enumerate(keys):
        key[:] = band + 1
        for column in range(band * rows, (band + 1) * rows):
            key ^= signature[:, column]
            key *= np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
    return keys.T
