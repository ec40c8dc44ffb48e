"""Digests that decide order, bucket and choice: from ids and content, never from the machine"""

from __future__ import annotations

import hashlib
import json
from typing import Any


def digest64(text: str) -> int:
    """64 bits of the SHA-256 of `text`: an id's place in every order. Stored for years; pinned by a golden test."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def digest_of_json(value: Any) -> str:
    """SHA-256 of a value of JSON, however it is spaced and ordered."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def bucket_of(id: str, buckets: int) -> int:
    """The bucket of an id: the top bits of its digest, so that buckets in order hold ids in digest order.
    `buckets` is a power of two."""
    return bucket_of_digest(digest64(id), buckets)


def bucket_of_digest(digest: int, buckets: int) -> int:
    return digest >> (64 - (buckets.bit_length() - 1)) if buckets > 1 else 0


def choose(options: int, id: str, salt: str) -> int:
    """One of `options` wordings, by the id alone."""
    return digest64(f"{salt}\0{id}") % options
