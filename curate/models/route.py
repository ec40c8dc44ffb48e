"""this machine -> the device, the type of numbers and the way pictures are made ready: one of a few named routes, chosen by a rule

Nothing is timed in a run: the same machine gives the same route each time. A route is part of an embedder's name, because embeddings
of two routes differ in their last digits: they count as two models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    name: str  # device and type of numbers; stands in run.json
    device: Literal["cpu", "cuda"]
    numbers: Literal["float32", "bfloat16", "float16"]
    batch: int
    lanes: int | None  # threads that run the model at once; None: one for each core, each its own batch
    exact: bool  # pictures bit for bit as open_clip makes them; else by torch's own resampling, within 2 grey levels in a sixth of the time

    @property
    def type(self) -> torch.dtype:
        import torch

        found: torch.dtype = getattr(torch, self.numbers)
        return found


# On a CPU the model is all the work (0.1-0.4 s a picture against 3 ms for making it ready), and the size of a batch does not matter.
# On a GPU making ready is: two lanes, so that one batch is copied while the other is computed.
ROUTES = {
    route.name: route
    for route in (
        Route(name="cpu-fp32", device="cpu", numbers="float32", batch=8, lanes=None, exact=True),
        Route(name="cpu-bf16", device="cpu", numbers="bfloat16", batch=8, lanes=None, exact=True),
        Route(name="cuda-fp16", device="cuda", numbers="float16", batch=256, lanes=2, exact=False),
    )
}


def choose_route() -> Route:
    """A GPU where torch sees one; else bfloat16 where the CPU multiplies it itself (AVX512-BF16, AMX); else float32."""
    import torch  # 2 s

    if torch.cuda.is_available():
        return ROUTES["cuda-fp16"]
    return ROUTES["cpu-bf16" if multiplies_bfloat16(torch.cpu.get_capabilities()) else "cpu-fp32"]


def multiplies_bfloat16(capabilities: Mapping[str, Any]) -> bool:
    """Without such instructions bfloat16 is emulated, and slower than float32."""
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16"))
