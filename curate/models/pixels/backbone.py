"""pictures of one size -> what the middle of a small network sees in them: EfficientNet-Lite0 without its end"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

WEIGHTS = Path(__file__).with_name("backbone.npz")  # WEIGHTS.md tells where they are from
MEAN, STD = 127.0, 128.0  # of a grey level, as the network learnt it
# Blocks of EfficientNet-Lite0 (arXiv 1905.11946; github.com/tensorflow/tpu, efficientnet/lite): (blocks, kernel, stride of the first,
# expansion, channels). Its seventh stage and its head of 1280 numbers know the thousand things of ImageNet; what tells a way of taking
# pictures is texture and edge, tone and layout, and that is in the middle.
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192))
STEM = 32  # channels
SEEN = (1, 2, 3, 4, 5)  # stages whose outputs are looked at
WIDTH = sum(2 * STAGES[stage][4] for stage in SEEN)


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """One layer with its batch norm folded in."""

    weight: torch.Tensor
    bias: torch.Tensor
    stride: int
    deep: bool  # a filter for each channel
    bent: bool  # ReLU6 follows


Block = tuple[tuple[Convolution, ...], bool]  # layers; whether its input is added to what comes out


@dataclass(frozen=True, slots=True, eq=False)
class Backbone:
    stem: Convolution
    stages: tuple[tuple[Block, ...], ...]

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 (n, side, side, 3) -> float32 (n, WIDTH): of each channel seen its mean and standard deviation over the picture."""
        import torch

        with torch.inference_mode():
            x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().sub_(MEAN).div_(STD)  # channels last, as the weights are
            x = _convolve(x, self.stem)
            seen = []
            for number, stage in enumerate(self.stages):
                for layers, adds in stage:
                    y = x
                    for layer in layers:
                        y = _convolve(y, layer)
                    x = x + y if adds else y
                if number in SEEN:
                    seen += [x.mean((2, 3)), x.std((2, 3))]
            found: np.ndarray = torch.cat(seen, 1).numpy()
        return found


def read_backbone() -> Backbone:
    """The shipped weights, kept in half precision, as float32."""
    import torch

    with np.load(WEIGHTS, allow_pickle=False) as held:
        arrays = [held[f"{number:02d}"].astype(np.float32) for number in range(len(held.files))]
    tensors = iter([torch.from_numpy(array).contiguous(memory_format=_layout(array)) for array in arrays])

    def layer(stride: int = 1, *, deep: bool = False, bent: bool) -> Convolution:
        return Convolution(next(tensors), next(tensors), stride, deep, bent)

    stem = layer(2, bent=True)
    stages, width = [], STEM
    for count, _, stride, expansion, channels in STAGES:
        blocks: list[Block] = []
        for number in range(count):
            step = stride if number == 0 else 1
            wider = (layer(bent=True),) if expansion > 1 else ()
            layers = (*wider, layer(step, deep=True, bent=True), layer(bent=False))
            blocks.append((layers, step == 1 and width == channels))
            width = channels
        stages.append(tuple(blocks))
    return Backbone(stem, tuple(stages))


def weights_digest() -> bytes:
    return hashlib.sha256(WEIGHTS.read_bytes()).digest()


def _layout(array: np.ndarray) -> torch.memory_format:
    import torch

    return torch.channels_last if array.ndim == 4 else torch.contiguous_format


def _convolve(x: torch.Tensor, layer: Convolution) -> torch.Tensor:
    import torch.nn.functional as functional

    kernel, padding = layer.weight.shape[-1], layer.weight.shape[-1] // 2
    if layer.stride > 1:  # as TensorFlow pads, where the network learnt: what is odd goes after
        size = x.shape[-1]
        odd = max((-(-size // layer.stride) - 1) * layer.stride + kernel - size, 0)
        x, padding = functional.pad(x, (odd // 2, odd - odd // 2, odd // 2, odd - odd // 2)), 0
    y = functional.conv2d(x, layer.weight, layer.bias, layer.stride, padding, groups=x.shape[1] if layer.deep else 1)
    return functional.hardtanh_(y, 0.0, 6.0) if layer.bent else y
