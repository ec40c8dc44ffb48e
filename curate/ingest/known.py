"""the ids and images of a source -> whether each is met for the first time"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass, field

from curate.ingest.compact import Compact
from curate.rendering import shown_as
from schemas.image import Rendering

UNFIT_ID = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
MAX_ID = 300  # characters
OWN = "own"  # shown as the file or its kind says


@dataclass
class Known:
    """Ids and images met so far in a source, by 8-byte digests; how many rows there were."""

    source: str
    ids: Compact = field(default_factory=Compact)
    repeats: dict[int, int] = field(default_factory=dict)
    images: Compact = field(default_factory=Compact)
    shown: dict[int, str] = field(default_factory=dict)  # how those are shown whose manifest says it, by the first row that names them
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
        self.ids.put(digest)
        return True

    def meet(self, image: str, rendering: Rendering | None = None) -> tuple[str, bool]:
        """(the image's id, whether it is met for the first time). As the first row in order shows a picture it has its plain id; shown
        otherwise it is another image, whose id says how: `slice.png@-1350..150`."""
        digest, shown = _digest(image), sys.intern(shown_as(rendering))
        if digest not in self.images:
            self.images.put(digest)
            if shown:
                self.shown[digest] = shown
            return image, True
        if self.shown.get(digest, "") == shown:
            return image, False
        other = f"{image}@{shown or OWN}"
        is_new = _digest(other) not in self.images
        if is_new:
            self.images.put(_digest(other))
        return other, is_new


def fits_id(text: str) -> bool:
    return len(text) <= MAX_ID and not UNFIT_ID.search(text)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
