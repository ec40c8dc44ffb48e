"""strings -> the digests of all of them at once: curate.digest, column by column"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Digests = npt.NDArray[np.uint64]


def digests64(texts: pa.Array | pa.ChunkedArray | Iterable[str]) -> Digests:
    """(texts,): digest64 of each; of Arrow's strings none may be null."""
    return digests(texts, 1)[:, 0]


def digests(texts: pa.Array | pa.ChunkedArray | Iterable[str], words: int) -> Digests:
    """(texts, words): the first 64 bits each of the SHA-256; the first word is digest64."""
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        encoded = texts.cast(pa.binary()).to_pylist()
    else:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    hashed = b"".join([hashlib.sha256(text).digest()[: 8 * words] for text in encoded])
    return np.frombuffer(hashed, ">u8").astype(np.uint64).reshape(-1, words)


def buckets_of(digests: Digests, buckets: int) -> npt.NDArray[np.int64]:
    """(digests,): bucket_of_digest of each."""
    return (digests >> np.uint64(64 - (buckets.bit_length() - 1))).astype(np.int64) if buckets > 1 else np.zeros(len(digests), np.int64)
