"""a model's weight file -> its tensors, mapped and not copied; or one error that says what lies there instead. Never runs pickled code"""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curate.models.weights import Weights, file_digest

if TYPE_CHECKING:
    import torch

TORCH = "weights as torch.save writes them"
SAFE = "weights as safetensors writes them"
_NOT_WEIGHTS = (  # how files begin that come in the place of weights
    (b"version https://git-lfs", "a Git LFS pointer: the file it stands for was not fetched ('git lfs pull' does)"),
    (b"<", "a web page"),
    (b"{", "text"),
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_state(weights: Weights) -> Mapping[str, torch.Tensor]:
    """Names and tensors, as open_clip names them. Raises WeightsError."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = weights.file
    wanted = SAFE if file.suffix == ".safetensors" else TORCH
    _check_beginning(weights, wanted)
    size = f"{file.stat().st_size:,} bytes"
    try:
        found = load_file(file) if file.suffix == ".safetensors" else torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise weights.fault(file, f"{size} with pickled code, which is never run", wanted) from error
    except (SafetensorError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise weights.fault(file, f"{size} that end too early or are damaged", wanted) from error
    state = found.get("state_dict", found) if isinstance(found, dict) else found
    if not isinstance(state, dict) or not state or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise weights.fault(file, f"{size} that are no table of tensors", wanted)
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def check_file(weights: Weights) -> None:
    """Reads all of the file and compares what is known of it: the hub's SHA-256 where its client noted it, the CRC-32 of each tensor that
    torch wrote. Safetensors without the hub's note carry no checksum. Raises WeightsError."""
    file = weights.file
    wanted = SAFE if file.suffix == ".safetensors" else TORCH
    _check_beginning(weights, wanted)
    noted = hub_digest(file)
    if noted and noted != file_digest(file):
        raise weights.fault(file, f"SHA-256 {file_digest(file)[:16]}...", f"the hub's {noted[:16]}...: it was damaged on its way or since")
    if file.suffix == ".safetensors":
        return
    try:
        with zipfile.ZipFile(file) as opened:
            damaged = opened.testzip()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise weights.fault(file, f"{file.stat().st_size:,} bytes that end too early or are damaged", wanted) from error
    if damaged:
        raise weights.fault(file, f"a tensor that does not fit its checksum ('{damaged}')", "it as it was written: a bit has changed since")


def hub_digest(file: Path) -> str:
    """The SHA-256 that the hub's client noted for the file, in its cache or in a folder it downloaded to; '' where it noted none."""
    target = Path(file).readlink().name if file.is_symlink() else ""
    note = file.parent / ".cache" / "huggingface" / "download" / f"{file.name}.metadata"  # commit, etag, time
    lines = note.read_text(encoding="utf-8", errors="replace").splitlines() if note.is_file() else []
    return next((text for text in (target, *lines[1:2]) if _SHA256.fullmatch(text)), "")


def _check_beginning(weights: Weights, wanted: str) -> None:
    file = weights.file
    with file.open("rb") as opened:
        head = opened.read(64)
    if not head:
        raise weights.fault(file, "an empty file", wanted)
    for beginning, what in _NOT_WEIGHTS:
        if head.startswith(beginning) and b"\0" not in head[:8]:  # safetensors begin with their header's length
            raise weights.fault(file, what, wanted)
    if file.suffix != ".safetensors" and not head.startswith(b"PK\x03\x04"):
        raise weights.fault(file, f"{file.stat().st_size:,} bytes of another kind", wanted)
