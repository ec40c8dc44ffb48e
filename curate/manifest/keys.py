"""published keys -> digests that may ship: a benchmark shields by them where it is not on disk"""

from __future__ import annotations

import hashlib
from pathlib import Path


def key_digest(name: str, value: str) -> str:
    """32 hex digits: the first 16 bytes of SHA-256 of `name:value`. Shipped in files; pinned by a golden test."""
    return hashlib.sha256(f"{name}:{value}".encode("utf-8", "surrogatepass")).digest()[:16].hex()


def read_keys(path: Path) -> frozenset[str]:
    """One digest a line; lines that begin with # are remarks. Raises ValueError at a line that is no digest."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    digests = [line for line in lines if line and not line.startswith("#")]
    for number, digest in enumerate(digests, 1):
        if len(digest) != 32 or not all(letter in "0123456789abcdef" for letter in digest):
            raise ValueError(f"digest {number}: {len(digest)} characters found, 32 hex digits wanted")
    return frozenset(digests)
