"""What every image model is: pictures made ready one by one, embedded in batches, scored by a head"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PIL import Image

from curate.models.prompts import ImageClass


class Embedder(Protocol):
    """A loaded model. Equal pixels give equal embeddings whatever else is in their batch."""

    @property
    def name(self) -> str:
        """Model, digest of its weights and device class ('biomedclip:<digest>:cpu-fp32'): embeddings are kept by it, and by no other."""
        ...

    @property
    def width(self) -> int:
        """Of an embedding."""
        ...

    @property
    def batch(self) -> int:
        """Pictures at once; halved where memory runs out."""
        ...

    def prepare(self, image: Image.Image) -> np.ndarray:
        """A rendered image as the model takes it: an array of one shape and type for all pictures, so that they stack.
        Runs in threads beside the model; a structured array holds measures beside pixels."""
        ...

    def embed(self, batch: np.ndarray) -> np.ndarray:
        """Stacked pictures (n, ...) -> float32 (n, width). Zero-shot heads want each of length 1."""
        ...


class Head(Protocol):
    """Embeddings -> what the images are. Fitted or written offline; a run never fits."""

    @property
    def name(self) -> str:
        """Kind and digest: 'zero-shot:<digest of prompts>', 'probe:<digest of the file>'."""
        ...

    @property
    def attribute(self) -> str:
        """Of its scores, with its version: modality_biomedclip_v2."""
        ...

    @property
    def classes(self) -> tuple[ImageClass, ...]: ...

    def scores(self, embeddings: np.ndarray) -> np.ndarray:
        """float32 (n, width) -> float64 (n, classes): calibrated probabilities that sum to 1, rounded to 4 places."""
        ...
