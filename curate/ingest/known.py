"""the ids and images of a source -> whether each is met for the first time"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

UNFIT_ID = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
MAX_ID = 300  # characters


@dataclass
class Known:
    """Ids and images met so far in a source, by 8-byte digests; how many rows there were."""

    source: str
    ids: set[int] = field(default_factory=set)
    repeats: dict[int, int] = field(default_factory=dict)
    images: set[int] = field(default_factory=set)
    rows: int = 0

    def claim(self, local: str) -> tuple[str, bool]:
        """(the sample's id, whether it is new); a repeated one gets ~2, ~3 ..., the first that no row has as its own."""
        id = f"{self.source}/{local}"
        digest = _digest(id)
        if self._take(digest):
            return id, True
        repeat = self.repeats.get(digest, 1) + 1
        while not self._take(_digest(f"{id}~{repeat}")):
            repeat += 1
        self.repeats[digest] = repeat
        return f"{id}~{repeat}", False

    def _take(self, digest: int) -> bool:
        """Whether the id is new."""
        if digest in self.ids:
            return False
        self.ids.add(digest)
        return True

    def meet(self, image: str) -> bool:
        """Whether the image is met for the first time."""
        digest = _digest(image)
        if digest in self.images:
            return False
        self.images.add(digest)
        return True


def fits_id(text: str) -> bool:
    return len(text) <= MAX_ID and not UNFIT_ID.search(text)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
