"""a rendered image -> 896 numbers on its texture, tone and layout, on any machine without a download"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from curate.models.pixels.backbone import MEAN, SEEN, STD, WIDTH, Backbone, read_backbone, weights_digest
from curate.models.probe import Probe, load_probe

PROBE = Path(__file__).with_name("probe.npz")
SIDE = 160  # px of a view: half the work of 224, and sources differ in what they keep of finer detail
VIEWS = (1.0, 0.6)  # whole; the middle, this share of the shorter side: texture apart from background, margins and what is written there
STEPS = 256  # of a unit: numbers are rounded to it, so that float16 keeps them and the last bits of a machine's sums do not show
BATCH = 32


@dataclass(frozen=True, eq=False)
class PixelsEmbedder:
    """An Embedder (curate.models.embedder). Pictures go through one at a time: equal pixels give equal bits in any batch."""

    name: str
    backbone: Backbone
    width: int = WIDTH
    batch: int = BATCH

    def prepare(self, image: Image.Image) -> np.ndarray:
        """uint8 (views, SIDE, SIDE, 3): each view squeezed into a square. Shape and size in pixels are not kept: they tell the
        publisher, not the modality."""
        colour = image if image.mode in ("L", "RGB") else image.convert("RGB")
        boxes = [_middle(colour.size, share) for share in VIEWS]
        views = [colour.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0) for box in boxes]
        return np.stack([np.asarray(view.convert("RGB")) for view in views])

    def embed(self, batch: np.ndarray) -> np.ndarray:
        """uint8 (n, views, SIDE, SIDE, 3) -> float32 (n, width): the mean over the views, in steps of 1/256."""
        wanted = (len(VIEWS), SIDE, SIDE, 3)
        if batch.ndim != 5 or batch.shape[1:] != wanted or batch.dtype != np.uint8:
            raise ValueError(f"pictures are {batch.dtype} {batch.shape}, wanted uint8 (n, {', '.join(map(str, wanted))})")
        found = np.empty((len(batch), self.width), np.float32)
        for row, views in zip(found, batch, strict=True):
            row[:] = np.round(self.backbone(np.ascontiguousarray(views)).mean(axis=0) * STEPS) / STEPS
        return found


@functools.cache
def name() -> str:
    """'pixels:<digest>:cpu', without loading anything heavy. The digest is of the weights and of how pictures are shown to them."""
    shown = json.dumps([SIDE, VIEWS, STEPS, SEEN, MEAN, STD]).encode()
    return f"pixels:{hashlib.sha256(weights_digest() + shown).hexdigest()[:16]}:cpu"


def load() -> PixelsEmbedder:
    """Needs no network, 0.1 s beside the import of torch, which it sets to one thread: sums then do not depend on the number of cores."""
    import torch

    torch.set_num_threads(1)
    return PixelsEmbedder(name=name(), backbone=read_backbone())


def load_head() -> Probe:
    """The shipped probe (PROBE.md). Raises ProbeError where it was fitted on another embedder than this."""
    return load_probe(PROBE, name())


def _middle(size: tuple[int, int], share: float) -> tuple[float, float, float, float]:
    width, height = size
    if share == 1.0:
        return 0.0, 0.0, float(width), float(height)
    side = max(share * min(width, height), 1.0)
    return (width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2
