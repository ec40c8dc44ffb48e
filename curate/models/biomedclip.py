"""rendered images -> embeddings by BiomedCLIP or another open_clip model: its image tower alone"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image

from curate.models.route import ROUTES, Route, choose_route
from curate.models.state import read_state
from curate.models.tower import ensure_torchvision, image_tower
from curate.models.weights import CONFIG, Weights, fetch

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)  # open_clip's, where a config says none
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
LONGEST = 64
_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How a model wants its pictures, as `preprocess_cfg` says."""

    side: int = 224
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    filter: Literal["bicubic", "bilinear"] = "bicubic"
    squash: bool = False  # both sides are resized; else the shorter one, and the middle is cut out


@dataclass(kw_only=True)
class OpenClip:
    """A loaded image tower: an Embedder. `name` says model, weights and route ('biomedclip:<digest>:cpu-bf16')."""

    name: str
    width: int
    batch: int
    lanes: int | None  # threads that may call `embed` at once; None: one for each core
    tower: Any  # torch.nn.Module
    route: Route
    preparation: Preparation
    _streams: threading.local = field(default_factory=threading.local, repr=False)

    def prepare(self, image: Image.Image) -> np.ndarray:
        """A rendered image as the model takes it: uint8, (side, side, 3); not yet normalised, which the device does."""
        return prepare(image, self.preparation) if self.route.exact else prepare_fast(image, self.preparation)

    def embed(self, batch: np.ndarray) -> np.ndarray:
        """uint8 (n, side, side, 3) -> float32 (n, width), each of length 1. `self.batch` at once, halved where memory runs out."""
        import torch

        side = self.preparation.side
        if batch.ndim != 4 or batch.shape[1:] != (side, side, 3) or batch.dtype != np.uint8:
            raise ValueError(f"images are {batch.dtype} {batch.shape}, wanted uint8 (n, {side}, {side}, 3)")
        done: list[np.ndarray] = [np.empty((0, self.width), np.float32)]
        at = 0
        while at < len(batch):
            size = self.batch
            try:
                done.append(self._forward(batch[at : at + size]))
                at += size
            except (RuntimeError, MemoryError) as error:
                if size == 1 or not is_out_of_memory(error):
                    raise
                self.batch = min(self.batch, size // 2)  # another lane may have halved it already
                torch.cuda.empty_cache()
        return np.concatenate(done)

    def _forward(self, images: np.ndarray) -> np.ndarray:
        import torch

        pixels = torch.from_numpy(np.array(images, order="C"))
        with torch.inference_mode():
            if self.route.device == "cpu":
                return self._computed(pixels).numpy()
            with torch.cuda.stream(self._stream()):  # its own: one lane's copies run beside another's sums
                return self._computed(pixels.pin_memory().to("cuda", non_blocking=True)).cpu().numpy()

    def _computed(self, pixels: Any) -> Any:
        import torch

        mean, std = (
            torch.tensor(values, device=pixels.device).view(3, 1, 1) for values in (self.preparation.mean, self.preparation.std)
        )
        normal = (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std
        return torch.nn.functional.normalize(self.tower(normal.to(self.route.type)).float(), dim=-1)

    def _stream(self) -> Any:
        import torch

        if not hasattr(self._streams, "own"):
            self._streams.own = torch.cuda.Stream()
        return self._streams.own


def is_out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """Of the device, or of this process: torch has a class for the one, and words for the other."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator: " in str(error)


def load(weights: Weights, route: str = "auto") -> OpenClip:
    """The image tower of `weights` on the route of that name ('auto': by `choose_route`). No text tower, no network.
    Raises WeightsError where a file is missing, damaged or another's."""
    weights = fetch(weights)
    chosen = choose_route() if route == "auto" else ROUTES[route]
    preparation = preparation_of(weights)
    ensure_torchvision()
    tower = image_tower(weights, read_state(weights)).to(device=chosen.device, dtype=chosen.type)
    return OpenClip(
        name=f"{weights.model}:{weights.digest()}:{chosen.name}",
        width=weights.config()["model_cfg"]["embed_dim"],
        batch=chosen.batch,
        lanes=chosen.lanes,
        tower=tower,
        route=chosen,
        preparation=preparation,
    )


def preparation_of(weights: Weights) -> Preparation:
    """Raises WeightsError where the model wants its pictures in a way that is not done here."""
    config = weights.config()
    said: Mapping[str, Any] = config["preprocess_cfg"]
    side = config["model_cfg"]["vision_cfg"].get("image_size", said.get("size", 224))
    sides = set(side) if isinstance(side, list | tuple) else {side}
    mode, filter = said.get("resize_mode", "shortest"), said.get("interpolation", "bicubic")
    if len(sides) != 1 or mode not in ("shortest", "squash") or filter not in _FILTERS:
        wanted = "square, shortest or squash, bicubic or bilinear"
        raise weights.fault(weights.file.parent / CONFIG, f"pictures {side}, {mode}, {filter}", wanted)
    mean, std = tuple(said.get("mean", CLIP_MEAN)), tuple(said.get("std", CLIP_STD))
    return Preparation(side=sides.pop(), mean=mean, std=std, filter=filter, squash=mode == "squash")


def prepare(image: Image.Image, wanted: Preparation = Preparation()) -> np.ndarray:
    """uint8 (side, side, 3): shorter side resized by Pillow, middle cut out. The same bits as open_clip's own transform before it
    normalises."""
    side, image = wanted.side, _shortened(image)
    width, height = _resized(image.size, wanted)
    left, top = round((width - side) / 2), round((height - side) / 2)
    resized = image.resize((width, height), _FILTERS[wanted.filter])
    return np.asarray(resized.crop((left, top, left + side, top + side)).convert("RGB"))


def prepare_fast(image: Image.Image, wanted: Preparation = Preparation()) -> np.ndarray:
    """The same within 2 grey levels, in a sixth of the time: torch resamples 8-bit values with vector instructions."""
    import torch

    side, image = wanted.side, _shortened(image)
    width, height = _resized(image.size, wanted)
    left, top = round((width - side) / 2), round((height - side) / 2)
    pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None]
    with torch.inference_mode():
        resized = torch.nn.functional.interpolate(pixels, (height, width), mode=wanted.filter, align_corners=False, antialias=True)
    return resized[0, :, top : top + side, left : left + side].permute(1, 2, 0).contiguous().numpy()


def _shortened(image: Image.Image) -> Image.Image:
    """What is longer than LONGEST times its width is cut to its middle first: resized whole, a line of pixels would take gigabytes."""
    width, height = image.size
    left, top = max(0, width - LONGEST * height) // 2, max(0, height - LONGEST * width) // 2
    return image.crop((left, top, width - left, height - top)) if left or top else image


def _resized(size: tuple[int, int], wanted: Preparation) -> tuple[int, int]:
    """torchvision's arithmetic: the longer side is cut to a whole number, never under the side that is cut out."""
    (width, height), side = size, wanted.side
    if wanted.squash:
        return side, side
    short = min(width, height)
    return int(side * width / short) if width > short else side, int(side * height / short) if height > short else side
