"""what comes before the model: pictures made ready, captions read; the model itself where its weights are"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np

from curate.models.weights import find_weights
from curate.tag.words import named
from tests.bench.figure import Figure, interleaved, seconds
from tests.captions import Captions, caption, picture

PICTURES = 100
CAPTIONS = 20_000


def measure(folder: Path, samples: int) -> list[Figure]:
    captions = Captions(samples=CAPTIONS, side=512)
    texts = [caption(number, captions) for number in range(CAPTIONS)]
    read = seconds(lambda: [named(text) for text in texts])
    return [
        *_prepare(captions),
        Figure(name="tag: captions read for modality words", figure=CAPTIONS / read, unit="texts/s", note="one core"),
        *_model(captions),
    ]


def _prepare(captions: Captions) -> list[Figure]:
    biomedclip = importlib.import_module("curate.models.biomedclip")
    biomedclip.ensure_torchvision()
    stock = importlib.import_module("open_clip").image_transform(224, is_train=False)
    pictures = [picture(number, captions) for number in range(PICTURES)]
    ours, peer, ratio = interleaved(lambda: [biomedclip.prepare(image) for image in pictures], lambda: [stock(image) for image in pictures])
    return [
        Figure(name="tag: pictures made ready against open_clip's transform", figure=ratio, unit="x", note="decoded, one core"),
        Figure(name="tag: pictures made ready", figure=PICTURES / ours, unit="images/s"),
        Figure(name="tag: open_clip's transform", figure=PICTURES / peer, unit="images/s"),
    ]


def _model(captions: Captions) -> list[Figure]:
    """classify() against the bare image tower on the same batch."""
    weights = find_weights(None, network=False)
    if weights is None:
        return [
            Figure(name="tag: the model against its bare loop", figure=None, unit="x", target=">= 0.95", note="no BiomedCLIP weights here")
        ]
    import torch

    biomedclip = importlib.import_module("curate.models.biomedclip")
    embedder = biomedclip.load(weights)
    images = np.stack([biomedclip.prepare(picture(number, captions)) for number in range(8)])
    ready = torch.from_numpy(images).permute(0, 3, 1, 2).float().to(embedder.device, next(embedder.visual.parameters()).dtype)

    def bare() -> None:
        with torch.inference_mode():
            embedder.visual(ready).cpu()

    ours, _, ratio = interleaved(lambda: embedder.classify(images), bare, rounds=3)
    return [
        Figure(name="tag: the model against its bare loop", figure=ratio, unit="x", target=">= 0.95", note=embedder.device),
        Figure(name="tag: the model", figure=len(images) / ours, unit="images/s"),
    ]
