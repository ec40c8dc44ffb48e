"""An embedding: what a model makes of a set of pixels, whichever files hold them"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    id: str  # 'pixels:<pixel digest>'
    width: int  # numbers in it; 0 where the picture could not be made ready
    vector: bytes  # `width` float16, little-endian
    reason: str | None = None  # why it could not, as of an image; None: it could
