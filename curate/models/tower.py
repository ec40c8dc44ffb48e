"""config and tensors of an image-text model -> its image tower alone: built without numbers, which are then mapped from the file"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from curate.models.weights import CONFIG, Weights

if TYPE_CHECKING:
    import torch

PREFIX = "visual."  # of the image tower's tensors in a weight file


def ensure_torchvision() -> None:
    """A torchvision built for GPUs beside a torch built for CPUs fails at import: name the two operators it looks for."""
    import torch

    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        torch.library._kept_for_torchvision = library  # type: ignore[attr-defined]  # its names go with it
        import torchvision  # noqa: F401


def image_tower(weights: Weights, state: Mapping[str, torch.Tensor]) -> torch.nn.Module:
    """open_clip's image tower with the numbers of `state`, in evaluation mode: 0.1 s and the size of its weights, against 4.5 s and 1.9 GB
    of both towers filled with random numbers first. Raises WeightsError where the tensors are not those that the config describes."""
    import torch

    with torch.device("meta"):
        tower = _built(weights)
    numbers = {name.removeprefix(PREFIX): tensor for name, tensor in state.items() if name.startswith(PREFIX)}
    _check_shapes(weights, tower.state_dict(), numbers)
    if any(name not in numbers for name, _ in tower.named_buffers()):
        tower = _built(weights)  # numbers that are made, not stored: they must be made
    tower.load_state_dict(numbers, assign=True)
    if not all(bool(torch.isfinite(tensor).all()) for tensor in numbers.values() if tensor.is_floating_point()):
        raise weights.fault(weights.file, "numbers that are none (NaN or infinite)", "finite ones")
    return tower.eval()


def _built(weights: Weights) -> Any:
    from open_clip.model import _build_vision_tower  # what CLIP and CustomTextCLIP call; the text tower beside it costs seconds

    described = weights.config()["model_cfg"]
    vision = {**described["vision_cfg"], "timm_model_pretrained": False}
    try:
        return _build_vision_tower(described["embed_dim"], vision, described.get("quick_gelu", False))
    except (TypeError, ValueError, RuntimeError, AssertionError, KeyError) as error:
        raise weights.fault(weights.file.parent / CONFIG, "a vision_cfg that open_clip cannot build", "the published one") from error


def _check_shapes(weights: Weights, wanted: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> None:
    """Raises WeightsError with the first difference."""
    for name, tensor in wanted.items():
        if name not in found:
            some = next(iter(found), None)
            has = f"no '{PREFIX}{name}'" + (f" ('{PREFIX}{some}' and {len(found) - 1} more)" if some else ": no image tower at all")
            raise weights.fault(weights.file, f"{has}; another model's?", f"the {len(wanted)} tensors that {CONFIG} describes")
        if found[name].shape != tensor.shape:
            shapes = tuple(found[name].shape), tuple(tensor.shape)
            raise weights.fault(weights.file, f"'{PREFIX}{name}' of shape {shapes[0]}", f"{shapes[1]} as {CONFIG} describes it")
    extra = [name for name in found if name not in wanted]
    if extra:
        raise weights.fault(weights.file, f"'{PREFIX}{extra[0]}' and {len(extra) - 1} more that have no place", f"what {CONFIG} describes")
