"""embeddings -> calibrated scores of a linear probe, which is one file and knows what it was fitted on"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from curate.models.prompts import ImageClass
from schemas.modality import MODALITIES, OTHER, TWELVE

FORMAT = 1  # of the file
MAX_BYTES = 256 << 20  # of a file: sixteen classes over an embedding of a million numbers are less
GUARD_POWER = 2
_FIGURES = {"chart": "chart", "diagram": "diagram", "page": "page", "natural_image": "natural image"}
CLASSES = (
    *(ImageClass(name=name, modality=name, figure_type="", prompts=()) for name in TWELVE),
    *(ImageClass(name=name, modality=OTHER, figure_type=kind, prompts=()) for name, kind in _FIGURES.items()),
)
_ARRAYS = ("weights", "bias", "mean", "scale", "centres")
_ABOUT = "about"  # the JSON text, as bytes
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every member: the same probe is the same bytes
_BROKEN = (  # what zipfile, numpy and json raise over bytes that are none of theirs
    zipfile.BadZipFile, zlib.error, ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip


class ProbeError(ValueError):
    """A probe cannot be used; the message names the file, what was found and what was wanted."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Probe:
    """A head that was fitted. Its scores are softmax((weights z + bias) / temperature / far): z is the embedding less `mean`, over `scale`,
    cut at `clip` standard deviations; far = max(1, distance / limit) ** 2. What lies further from the nearest class than `limit` (as 99
    in 100 of the pictures it learnt from do not) is known less the further it lies. Distance is the root mean square of z less the
    class's own mean. A `limit` of 0 guards nothing."""

    attribute: str
    embedder: str  # model and digest of its weights; the device is not part of it
    classes: tuple[ImageClass, ...]
    weights: np.ndarray  # float32 (classes, width)
    bias: np.ndarray  # float32 (classes,)
    mean: np.ndarray  # float32 (width,)
    scale: np.ndarray  # float32 (width,)
    centres: np.ndarray  # float32 (classes, width): the mean z of each class
    temperature: float
    limit: float
    clip: float
    fitted: Mapping[str, Any]  # seed, sources, held-out figures, command: for people, JSON

    calibrated = True

    @cached_property
    def name(self) -> str:
        return f"probe:{hashlib.sha256(self.content()).hexdigest()[:16]}"

    @property
    def width(self) -> int:
        return len(self.mean)

    def check(self, embedder: str, *, file: str = "probe") -> None:
        """Raises ProbeError where embeddings come from another model than the one it was fitted on; `embedder` is an Embedder.name."""
        found = model_of(embedder)
        if found != self.embedder:
            raise ProbeError(f"{file}: fitted on embeddings of {self.embedder}, found {found}: fit it anew with this embedder (`probe`)")

    @property
    def measured(self) -> float | None:
        """How often it is right where it is sure, on pictures of sources it was not fitted on (else of other groups): (right + 1) /
        (pictures + 2). None where nothing could be held out."""
        try:
            for found in (self.fitted["held_out"][which] for which in ("by_source", "all")):
                if found and (sure := found["sure"]):
                    pictures = sure["coverage"] * found["pictures"]
                    return float((sure["accuracy"] * pictures + 1) / (pictures + 2))
        except (KeyError, TypeError, ZeroDivisionError):
            pass  # written by hand, or by another program
        return None

    def scores(self, embeddings: np.ndarray) -> np.ndarray:
        """float32 (n, width) -> float64 (n, classes): probabilities in ten-thousandths that sum to 1. The scores of a picture do not depend
        on its batch. An embedding that is no number knows nothing: all classes alike."""
        if embeddings.ndim != 2 or embeddings.shape[1] != self.width:
            raise ValueError(f"embeddings are {embeddings.shape}, wanted (n, {self.width})")
        sound = np.isfinite(embeddings).all(axis=1)
        z = standardised(np.where(sound[:, None], embeddings, self.mean), self.mean, self.scale, self.clip)
        # einsum and not BLAS: there the last bits of a row depend on how many rows there are
        logits = np.einsum("nd,kd->nk", z, self.weights.astype(np.float64)) + self.bias.astype(np.float64)
        logits = logits / far(z, self.centres.astype(np.float64), self.limit)[:, None] / self.temperature
        logits[~sound] = 0.0
        return rounded(softmax(logits))

    def content(self) -> bytes:
        """The file: a zip of plain arrays that numpy opens, not packed, the same bytes for the same probe."""
        arrays = {name: np.ascontiguousarray(getattr(self, name), "<f4") for name in _ARRAYS}
        arrays[_ABOUT] = np.frombuffer(self._text().encode(), np.uint8)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                member = io.BytesIO()
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
                info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
                info.create_system = 3
                archive.writestr(info, member.getvalue())
        return written.getvalue()

    def save(self, path: str | Path) -> None:
        """Written aside, then moved."""
        aside = Path(f"{path}.part-{os.getpid()}")
        aside.write_bytes(self.content())
        aside.replace(path)

    def _text(self) -> str:
        said = {
            "format": FORMAT, "attribute": self.attribute, "embedder": self.embedder, "classes": [_plain(each) for each in self.classes],
            "temperature": self.temperature, "limit": self.limit, "clip": self.clip, "fitted": self.fitted,
        }  # fmt: skip
        return json.dumps(said, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1)


def load_probe(path: str | Path, embedder: str | None = None) -> Probe:
    """A probe that `save` wrote, to the bit. Raises ProbeError: no such file, no probe, another format, a bit that is not as it was
    written, sizes that do not fit, and another model than `embedder` (an Embedder.name)."""
    content = _read(Path(path))
    try:
        probe = _parsed(content, str(path))
        is_whole = probe.content() == content
    except ProbeError:
        raise
    except _BROKEN as error:
        raise ProbeError(f"{path}: no probe, or a damaged one ({type(error).__name__}); wanted a file that `probe --out` wrote") from None
    if not is_whole:
        raise ProbeError(f"{path}: a damaged probe: its bytes are not those that were written; copy it again, or fit it anew (`probe`)")
    if embedder is not None:
        probe.check(embedder, file=str(path))
    return probe


def model_of(embedder: str) -> str:
    """An Embedder.name without its device, which is the last of three parts or more: model and digest of its weights."""
    return embedder.rpartition(":")[0] if embedder.count(":") > 1 else embedder


def class_of(modality: str, figure_type: str = "") -> ImageClass | None:
    """The class of a picture of that modality, or None where no probe knows it: 'other' needs a figure type. 'ocr' is a page."""
    if modality == "ocr":
        modality, figure_type = OTHER, "page"
    if modality in _FIGURES and not figure_type:
        modality, figure_type = OTHER, _FIGURES[modality]
    wanted = (modality, figure_type if modality == OTHER else "")
    return next((each for each in CLASSES if (each.modality, each.figure_type) == wanted), None)


def standardised(features: np.ndarray, mean: np.ndarray, scale: np.ndarray, clip: float) -> np.ndarray:
    """float64 (n, width), cut at `clip` standard deviations: one wild number decides nothing."""
    return np.clip((features.astype(np.float64) - mean.astype(np.float64)) / scale.astype(np.float64), -clip, clip)


def far(z: np.ndarray, centres: np.ndarray, limit: float) -> np.ndarray:
    """What the logits of each row are divided by, from 1: (n,)."""
    return np.asarray(np.maximum(1.0, distance(z, centres) / limit) ** GUARD_POWER) if limit else np.ones(len(z))


def distance(z: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Root mean square distance of each row to the nearest centre: (n,)."""
    squares = [np.einsum("nd,nd->n", z - centre, z - centre) for centre in centres]
    return np.asarray(np.sqrt(np.min(squares, axis=0) / z.shape[1]))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def rounded(probabilities: np.ndarray) -> np.ndarray:
    """To ten-thousandths that still sum to 1: what is left over goes where most was cut off, of equals to the first class."""
    units = probabilities * 10_000
    whole = np.floor(units)
    left = np.round(10_000 - whole.sum(axis=1, keepdims=True))
    rank = np.argsort(np.argsort(whole - units, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((whole + (rank < left)) / 10_000)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ProbeError(f"{path}: {size} bytes found, a probe has at most {MAX_BYTES}")
        return path.read_bytes()
    except OSError as error:
        raise ProbeError(f"{path}: cannot be read ({error.strerror}); wanted a file that `probe --out` wrote") from None


def _parsed(content: bytes, file: str) -> Probe:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        wanted = [f"{name}.npy" for name in (*_ARRAYS, _ABOUT)]
        if archive.namelist() != wanted:
            raise ProbeError(f"{file}: no probe: wanted a zip of {', '.join(wanted)}")
        if any(info.compress_type or info.file_size > len(content) for info in archive.infolist()):
            raise ProbeError(f"{file}: no probe: wanted members that are not packed")
        arrays = {name: _array(archive.read(f"{name}.npy")) for name in (*_ARRAYS, _ABOUT)}
    about = json.loads(arrays.pop(_ABOUT).tobytes().decode())
    if about["format"] != FORMAT:
        raise ProbeError(f"{file}: format {about['format']!r:.20} found, this program reads {FORMAT}; fit it anew (`probe`)")
    classes = tuple(_class(each) for each in about["classes"])
    _check_sizes(arrays, len(classes), file)
    numbers = {name: _number(about[name]) for name in ("temperature", "limit", "clip")}
    if not (numbers["temperature"] > 0 and numbers["limit"] >= 0 and numbers["clip"] > 0 and (arrays["scale"] > 0).all()):
        raise ProbeError(f"{file}: temperature, clip and scales above 0 wanted")
    return Probe(
        attribute=_text(about["attribute"]), embedder=_text(about["embedder"]), classes=classes, weights=arrays["weights"],
        bias=arrays["bias"], mean=arrays["mean"], scale=arrays["scale"], centres=arrays["centres"],
        temperature=numbers["temperature"], limit=numbers["limit"], clip=numbers["clip"], fitted=dict(about["fitted"]),
    )  # fmt: skip


def _array(content: bytes) -> np.ndarray:
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


def _check_sizes(arrays: Mapping[str, np.ndarray], classes: int, file: str) -> None:
    width = arrays["mean"].size
    wanted = {"weights": (classes, width), "bias": (classes,), "mean": (width,), "scale": (width,), "centres": (classes, width)}
    faults = [
        f"{name} is {array.dtype} {array.shape}, wanted float32 {wanted[name]}"
        for name, array in arrays.items()
        if array.shape != wanted[name] or array.dtype != np.float32
    ]
    floats = {name: array for name, array in arrays.items() if array.dtype.kind == "f"}
    faults += [f"{name} holds what is no number" for name, array in floats.items() if not np.isfinite(array).all()]
    if classes < 2 or width < 1:
        faults.append(f"{classes} classes over {width} numbers, wanted two at least over one")
    if faults:
        raise ProbeError(f"{file}: {'; '.join(faults)}")


def _plain(each: ImageClass) -> dict[str, str]:
    return {"name": each.name, "modality": each.modality, "figure_type": each.figure_type}


def _class(said: Mapping[str, Any]) -> ImageClass:
    if said["modality"] not in MODALITIES:
        raise ValueError("no such modality")
    return ImageClass(name=_text(said["name"]), modality=said["modality"], figure_type=_text(said["figure_type"]), prompts=())


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text wanted")
    return value


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool | str) or not math.isfinite(number):
        raise ValueError("a number wanted")
    return number
