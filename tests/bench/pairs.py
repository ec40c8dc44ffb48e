"""copies made of real images, neighbouring slices and look-alikes -> recall and false merges of the second look, a kind a line

    python -m tests.bench --only pairs

What coding and resizing explain was fitted with all images in view; its thresholds were chosen on those whose SHA-256 begins with an even
byte, and recall is stated on the others. Recall is that of the default recipe: near by pHash and confirmed; the note tells the two apart.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import deid_data
import nibabel
import numpy as np
from PIL import Image, ImageEnhance

from curate.pixels.confirm import same_pictures
from curate.pixels.digest import grey, is_blank, phash, spread
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from curate.pixels.volume import is_volume, read_volume
from curate.pixels.volume_header import AXES
from curate.recipe import Matching
from pipelines.run import cores
from tests.bench.figure import Figure
from tests.real import REAL

MIN_SIDE = 64  # pixels: smaller images are dropped before they are matched
FILTERS = {"lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
HARD_FILTERS = {"box": Image.Resampling.BOX, "nearest": Image.Resampling.NEAREST}  # they misplace edges by up to half a pixel, or lose them
SCALES = (0.5, 0.75, 1.3, 1.5, 2)
# Pictures that the collections themselves hold twice, seen by eye: cut out anew, or scaled.
KNOWN_COPIES = {
    frozenset({"brain-tumor-classification-d__image_246_.jpg", "brain-tumors__no_94.jpg"}),
    frozenset({"bmi702-project__benign_395_.png", "bmi702-project__benign_411_.png"}),
    frozenset({"bmi702-project__normal_123_.png", "bmi702-project__normal_29_.png"}),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What match sees of an image."""

    phash: int
    grey: bytes
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Original:
    name: str
    modality: str
    is_held_out: bool
    image: Image.Image


@dataclass(frozen=True, slots=True)
class Tally:
    pairs: int
    near: int  # by pHash, at the default distance
    alike: int  # confirmed, whatever their pHashes
    merged: int  # both


Pair = tuple[Seen, Seen]


def seen(image: Image.Image) -> Seen | None:
    """None: too small, or blank; it is dropped before match."""
    if min(image.size) < MIN_SIDE or is_blank(spread(image)):
        return None
    return Seen(phash(image), grey(image), image.size)


def tally(pairs: Sequence[Pair]) -> Tally:
    if not pairs:
        return Tally(0, 0, 0, 0)
    near = np.array([(a.phash ^ b.phash).bit_count() <= Matching().phash_distance for a, b in pairs])
    alike = np.concatenate([_confirmed(pairs[start : start + 4096]) for start in range(0, len(pairs), 4096)])
    return Tally(len(pairs), int(near.sum()), int(alike.sum()), int((near & alike).sum()))


def _confirmed(pairs: Sequence[Pair]) -> np.ndarray:
    greys = [np.array([np.frombuffer(pair[side].grey, np.uint8) for pair in pairs]) for side in (0, 1)]
    sizes = [np.array([pair[side].size for pair in pairs]) for side in (0, 1)]
    return same_pictures(greys[0], sizes[0], greys[1], sizes[1])[0]


def originals(folder: Path) -> Iterator[Original]:
    for path in sorted(folder.glob("*/*")):
        data = path.read_bytes()
        try:
            image = render(data).image
        except PixelFault:
            continue
        yield Original(path.name, path.parent.name, bool(hashlib.sha256(data).digest()[0] & 1), image)


def copies(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """(kind, copy)"""
    yield from _coded_again(image)
    for by in SCALES:
        for how in FILTERS.values():
            yield f"resized by {by:g}", scaled(image, by, how)
        yield f"resized by {by:g}", without_smoothing(image, by)
        for name, how in HARD_FILTERS.items():
            yield f"resized by the {name} filter", scaled(image, by, how)
        if by != 1.3:
            yield "resized, then JPEG 75", coded(scaled(image, by, FILTERS["lanczos"]), "JPEG", quality=75)
    yield "squashed to 224 x 224", image.resize((224, 224), FILTERS["bicubic"])
    for share in (0.01, 0.02, 0.03, 0.05):
        yield f"cropped by {share:.0%}", cropped(image, share)
    for by in (0.8, 1.2):
        yield "brighter or darker by 20 %", ImageEnhance.Brightness(image).enhance(by)
        yield "more or less contrast by 20 %", ImageEnhance.Contrast(image).enhance(by)
    for exponent in (0.8, 1.25):
        curve = [round(255 * (value / 255) ** exponent) for value in range(256)]
        yield "gamma 0.8 or 1.25", image.point(curve * len(image.getbands()))


def _coded_again(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    yield "PNG", coded(image, "PNG")
    yield "WebP, lossless", coded(image, "WEBP", lossless=True)
    for quality in (95, 75, 50):
        yield f"JPEG {quality}", coded(image, "JPEG", quality=quality)
    for quality in (90, 75, 50):
        yield f"WebP {quality}", coded(image, "WEBP", quality=quality)
    yield "JPEG 75, then JPEG 50", coded(coded(image, "JPEG", quality=75), "JPEG", quality=50)


def coded(image: Image.Image, format: str, **options: object) -> Image.Image:
    out = io.BytesIO()
    image.save(out, format, **options)
    return render(out.getvalue()).image


def scaled(image: Image.Image, by: float, how: Image.Resampling) -> Image.Image:
    return image.resize((max(round(image.width * by), 1), max(round(image.height * by), 1)), how)


def without_smoothing(image: Image.Image, by: float) -> Image.Image:
    """Bilinear between four pixels even where the picture shrinks, as OpenCV's and PyTorch's defaults are."""
    width, height = max(round(image.width * by), 1), max(round(image.height * by), 1)
    affine = (image.width / width, 0, 0, 0, image.height / height, 0)
    return image.transform((width, height), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)


def cropped(image: Image.Image, share: float) -> Image.Image:
    """Without `share` of its width and of its height, half of that on each side."""
    across, down = round(image.width * share / 2), round(image.height * share / 2)
    return image.crop((across, down, image.width - across, image.height - down))


def pairs_of_copies(found: Iterable[Original]) -> dict[str, list[tuple[str, Pair]]]:
    """By kind: (modality, pair) of each original with each of its copies that is no smaller than what is kept."""
    with ThreadPoolExecutor(cores()) as pool:
        made = pool.map(_copies_of, found)
        pairs: dict[str, list[tuple[str, Pair]]] = {}
        for modality, of_one in made:
            for kind, pair in of_one:
                pairs.setdefault(kind, []).append((modality, pair))
    return pairs


def _copies_of(original: Original) -> tuple[str, list[tuple[str, Pair]]]:
    first = seen(original.image)
    if first is None:
        return original.modality, []
    pairs = ((kind, seen(copy)) for kind, copy in copies(original.image))
    return original.modality, [(kind, (first, copy)) for kind, copy in pairs if copy is not None]


def volumes(folder: Path) -> Iterator[tuple[str, list[Seen | None]]]:
    """(what it is, slices along one axis) of PET and SPECT templates, an MR volume of nibabel's tests and an ultrasound clip."""
    scans = {path.stem: path for path in sorted(folder.glob("*/*")) if is_volume(path.name)}
    scans["MR"] = Path(nibabel.__file__).parent / "tests/data/example4d.nii.gz"
    for name, path in scans.items():
        with path.open("rb") as file:
            volume = read_volume(file)
        for axis in AXES:
            yield f"{name} {axis}", [seen(volume.rendered(axis, frame).image) for frame in range(volume.header.slices(axis))]
    clip = (Path(deid_data.__file__).parent / "data/ultrasounds/ultrasound-multiframe.dcm").read_bytes()
    yield "ultrasound clip", [seen(render(clip, frame=frame).image) for frame in range(render(clip).header.frames)]


def neighbours(slices: Sequence[Seen | None], apart: int) -> list[Pair]:
    """Of those that differ at all."""
    pairs = zip(slices, slices[apart:])
    return [(a, b) for a, b in pairs if a is not None and b is not None and a.grey != b.grey]


def look_alikes(found: Sequence[Original]) -> tuple[list[Pair], list[Pair]]:
    """All pairs of different real images: of one modality, and of two."""
    shown = [(original, look) for original in found if (look := seen(original.image)) is not None]
    within: list[Pair] = []
    between: list[Pair] = []
    for (one, a), (two, b) in itertools.combinations(shown, 2):
        if frozenset({one.name, two.name}) not in KNOWN_COPIES:
            (within if one.modality == two.modality else between).append((a, b))
    return within, between


CODED = ("PNG", "WebP, lossless", "JPEG 95", "JPEG 75", "JPEG 50", "WebP 90", "WebP 75")
TARGETS = dict.fromkeys((*CODED, *(f"resized by {by:g}" for by in SCALES), "resized, then JPEG 75"), ">= 0.99")


def measure(folder: Path, samples: int) -> list[Figure]:
    if REAL is None:
        return [Figure(name="pairs", figure=None, unit="", note="no real images beside the repository")]
    real = REAL / "modality"
    found = list(originals(real))
    made = pairs_of_copies(original for original in found if original.is_held_out)
    figures = [_recall(kind, [pair for _, pair in pairs], TARGETS.get(kind, "")) for kind, pairs in made.items()]
    slices = list(volumes(real))
    for apart in (1, 2, 3):
        pairs = [pair for _, frames in slices for pair in neighbours(frames, apart)]
        figures.append(_false(f"slices and frames {apart} apart", pairs))
    within, between = look_alikes(found)
    return [*figures, _false("two images of one modality", within), _false("two images of two modalities", between)]


def _recall(kind: str, pairs: Sequence[Pair], target: str) -> Figure:
    count = tally(pairs)
    note = f"{count.pairs} pairs; near {count.near / count.pairs:.4f}, confirmed {count.alike / count.pairs:.4f}"
    return Figure(name=f"pairs: recall, {kind}", figure=count.merged / count.pairs, unit="", target=target, note=note)


def _false(kind: str, pairs: Sequence[Pair]) -> Figure:
    count = tally(pairs)
    note = f"{count.near} of {count.pairs} near; {count.alike} confirmed, near or not"
    return Figure(name=f"pairs: false merges, {kind}", figure=count.merged, unit="pairs", target="<= 0", note=note)
