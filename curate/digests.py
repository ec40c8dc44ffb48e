"""strings -> the digests of all of them at once: curate.digest, column by column"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

PIECE = 1 << 18  # of Arrow's strings, that are there as Python's own together
Digests = npt.NDArray[np.uint64]


def digests64(texts: pa.Array | pa.ChunkedArray | Iterable[str]) -> Digests:
    """(texts,): digest64 of each; of Arrow's strings none may be null."""
    return digests(texts, 1)[:, 0]


def digests(texts: pa.Array | pa.ChunkedArray | Iterable[str], words: int) -> Digests:
    """(texts, words): the first 64 bits each of the SHA-256; the first word is digest64."""
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        pieces = [_hashed(_encoded(texts.slice(start, PIECE)), words) for start in range(0, len(texts), PIECE)]
    else:
        pieces = [_hashed((text.encode("utf-8", "surrogatepass") for text in texts), words)]
    return np.frombuffer(b"".join(pieces), ">u8").astype(np.uint64).reshape(-1, words)


def _encoded(texts: pa.Array | pa.ChunkedArray) -> list[bytes]:
    return texts.cast(pa.large_binary() if pa.types.is_large_string(texts.type) else pa.binary()).to_pylist()


def _hashed(encoded: Iterable[bytes], words: int) -> bytes:
    return b"".join([hashlib.sha256(text).digest()[: 8 * words] for text in encoded])


def buckets_of(digests: Digests, buckets: int) -> npt.NDArray[np.int64]:
    """(digests,): bucket_of_digest of each."""
    return (digests >> np.uint64(64 - (buckets.bit_length() - 1))).astype(np.int64) if buckets > 1 else np.zeros(len(digests), np.int64)
