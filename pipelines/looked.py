"""labelled pictures -> rows that a probe is fitted on: what a model sees of each, and of copies as other places would publish it"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from curate.models.probe import class_of
from curate.pixels.digest import pixel_digest
from curate.pixels.fault import PixelFault
from curate.probe.training import Training, hashed
from pipelines.labelled import Labelled
from schemas.modality import OTHER

if TYPE_CHECKING:
    from curate.models.embedder import Embedder

EACH_DRAWN = 60  # pictures of each kind that are drawn
DRAWN = "drawn"  # their source
CARRIED = "carried"  # before the ids of pictures that packages carry
PUBLISHED = {"data_store": "pydicom/pydicom-data", "stardist": "stardist/stardist"}  # package -> the repository that tables know it by
SAID_EACH = 500  # pictures between two lines of progress
EQUAL = "equal pixels"

Ready = tuple[str, np.ndarray]  # digest of the pixels of a picture; it and its copies as the model takes them


@dataclass(frozen=True, eq=False, slots=True)
class Looked:
    kept: list[tuple[Labelled, str]]  # pictures, with the digests of their pixels
    features: np.ndarray  # float16 (pictures, 1 + copies, width)
    refused: list[tuple[str, str]]  # id, reason


def look(pictures: Sequence[Labelled], embedder: Embedder, *, copies: int, threads: int) -> Looked:
    """What the model sees, as a run keeps it. Pictures that cannot be read are told of."""
    looked = Looked([], np.empty((0, 1 + copies, embedder.width), np.float16), [])
    found = [looked.features]
    step = max(embedder.batch // (1 + copies), 1)
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(pictures), step):
            some = pictures[start : start + step]
            good = []
            for picture, ready in zip(some, pool.map(lambda each: _ready(each, embedder, copies), some)):
                if isinstance(ready, str):
                    looked.refused.append((picture.id, ready))
                else:
                    looked.kept.append((picture, ready[0]))
                    good.append(ready[1])
            if good:
                found.append(_embedded(np.concatenate(good), embedder).reshape(len(good), 1 + copies, -1))
            if start // SAID_EACH != (start + step) // SAID_EACH:
                print(f"looked at {min(start + step, len(pictures)):,} of {len(pictures):,} pictures", file=sys.stderr)
    return Looked(looked.kept, np.concatenate(found), looked.refused)


def rows_of(looked: Looked) -> tuple[Training, list[tuple[str, str]]]:
    """A row for each picture and each copy; pictures of equal pixels but the first are left out, and told of."""
    copies = dict(_repeated(looked.kept))
    chosen = [place for place in range(len(looked.kept)) if place not in copies]
    rows = [(looked.kept[place][0], number) for place in chosen for number in range(looked.features.shape[1])]
    training = Training(
        ids=tuple(f"{picture.id}~{number}" if number else picture.id for picture, number in rows),
        features=looked.features[chosen].reshape(len(rows), -1),
        labels=tuple(picture.label for picture, _ in rows),
        sources=tuple(picture.source for picture, _ in rows),
        groups=tuple(picture.group or picture.id for picture, _ in rows),
        tested=np.array([picture.tested and not number for picture, number in rows], bool),
    )
    return training, [(looked.kept[place][0].id, reason) for place, reason in sorted(copies.items())]


def carried() -> Iterator[Labelled]:
    """Real pictures of the packages that are installed: tested, each package a source."""
    from curate.probe.carried import carried as found

    for each in found():
        known = class_of(each.kind)
        assert known
        yield Labelled(
            id=f"{CARRIED}/{each.source}/{each.name}", label=known.name, modality=known.modality,
            source=PUBLISHED.get(each.source, each.source), group=each.group, draw=_Shown(each.image),
        )  # fmt: skip


def drawn() -> Iterator[Labelled]:
    """Pictures of every kind that is drawn: learnt from, never measured on."""
    from curate.probe.drawn import KINDS, draw

    for kind in KINDS:
        _, modality, figure_type = draw(kind, 0)
        each = class_of(modality, figure_type)
        for number in range(EACH_DRAWN if each else 0):
            assert each
            show = _Drawing(kind, int(hashed(f"{kind} {number}")[:12], 16))
            id = f"{DRAWN}/{kind}/{number}"
            yield Labelled(id=id, label=each.name, modality=each.modality, source=DRAWN, group="", draw=show, tested=False)


@dataclass(frozen=True, slots=True)
class _Shown:
    image: Pillow.Image

    def __call__(self) -> tuple[Pillow.Image, str]:
        return self.image, pixel_digest(self.image)


@dataclass(frozen=True, slots=True)
class _Drawing:
    kind: str
    seed: int

    def __call__(self) -> tuple[Pillow.Image, str]:
        from curate.probe.drawn import draw

        image = draw(self.kind, self.seed)[0]
        return image, pixel_digest(image)


def _ready(picture: Labelled, embedder: Embedder, copies: int) -> Ready | str:
    """Or why it cannot be used."""
    from curate.probe.augment import augment

    try:
        image, digest = picture.draw()
    except PixelFault as fault:
        return fault.reason
    kind = picture.label if picture.modality == OTHER else picture.modality
    seeds = (int(hashed(f"{picture.id}~{number}")[:12], 16) for number in range(1, copies + 1))
    return digest, np.stack([embedder.prepare(each) for each in (image, *(augment(image, seed, kind) for seed in seeds))])


def _embedded(stacked: np.ndarray, embedder: Embedder) -> np.ndarray:
    parts = [embedder.embed(stacked[at : at + embedder.batch]) for at in range(0, len(stacked), embedder.batch)]
    return np.concatenate(parts).astype(np.float16)


def _repeated(kept: Sequence[tuple[Labelled, str]]) -> Iterator[tuple[int, str]]:
    """Position and reason of every picture that does not count: equal pixels count once (that of the first source and id), and not at all
    if they are called different things."""
    by_digest: dict[str, list[tuple[int, Labelled]]] = defaultdict(list)
    for place, (picture, digest) in enumerate(kept):
        by_digest[digest].append((place, picture))
    for same in by_digest.values():
        ordered = sorted(same, key=lambda each: (not each[1].tested, each[1].source, each[1].id))
        if len({picture.label for _, picture in ordered}) > 1:
            yield from ((place, f"{EQUAL} under another class") for place, _ in ordered)
        else:
            yield from ((place, EQUAL) for place, _ in ordered[1:])
