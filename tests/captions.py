"""a seed and a number -> a source of its own: captions.csv, images, and the manifest that says so; for benchmarks and kill tests"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SOURCE = "generated_captions"
FOLDER = 1_000  # images in one folder
MODALITIES = (
    "Chest X-ray", "Axial CT scan", "T2-weighted MRI", "Ultrasound image", "Dermoscopy image", "Fundus photograph",
    "Histopathology slide", "Fluorescence microscopy image", "OCT B-scan", "PET scan", "Endoscopy image", "Clinical photograph",
)  # fmt: skip
TERMS = """
small large left right upper lower lobe margin lesion nodule opacity fluid wall mass border vessel tissue contrast signal field region
bilateral focal diffuse mild moderate marked stable enlarged irregular smooth dense calcified cystic solid adjacent anterior posterior
lateral medial central peripheral normal abnormal expected follow prior change size shape edge density texture pattern opaque lucent
"""
WORDS = TERMS.split()

MANIFEST = """\
id: {source}
title: Generated captions
license: CC0-1.0
commercial: yes
published: {{captions: {samples}}}
layouts:
  - name: captions
    if: [captions.csv]
    tables:
      - name: captions
        files: [captions.csv]
        format: table
        task: caption
        row: "{{number}}"
        split: train
        image: "images/{{image}}"
        turns:
          - user: {{prompt: caption}}
          - assistant: "{{caption}}"
examples:
  - files:
      captions.csv: "number,image,caption\\n1,0/1.jpg,A small nodule"
      images/0/1.jpg: ""
    gives:
      - {{id: {source}/1, images: [{source}/images/0/1.jpg]}}
  - files:
      captions.csv: "number,image,caption\\n1,0/1.jpg,A small nodule"
    gives:
      - {{id: {source}/1, rejected: image_missing}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    samples: int
    side: int = 112  # pixels
    quality: int = 80  # of the JPEG
    noise: int = 6  # grey levels: what makes a JPEG large
    odd: bool = False  # with duplicates, short captions, TIFFs, cut files and missing ones among them
    seed: int = 0


def write_source(folder: Path, captions: Captions, *, threads: int = 2) -> list[str]:
    """Write DIR/data/<source> and DIR/manifests; gives the flags that make the pipeline read them."""
    data, manifests = folder / "data" / SOURCE, folder / "manifests"
    manifests.mkdir(parents=True, exist_ok=True)
    (manifests / f"{SOURCE}.yaml").write_text(MANIFEST.format(source=SOURCE, samples=captions.samples), encoding="utf-8")
    for number in range(0, captions.samples, FOLDER):
        (data / "images" / str(number // FOLDER)).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(threads) as pool:
        names = list(pool.map(lambda number: _write_image(data, number, captions), range(captions.samples), chunksize=256))
    with (data / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "image", "caption"])
        writer.writerows((number, name, caption(number, captions)) for number, name in enumerate(names))
    return ["--data", str(folder / "data"), "--manifests", str(manifests)]


def caption(number: int, captions: Captions) -> str:
    words = np.random.default_rng([captions.seed, number, 1]).choice(WORDS, size=3 if _is(number, 17, captions) else 24)
    return f"{MODALITIES[number % len(MODALITIES)]} showing {' '.join(words)}."


def _is(number: int, one_in: int, captions: Captions) -> bool:
    return captions.odd and number % one_in == one_in - 1


def _write_image(data: Path, number: int, captions: Captions) -> str:
    is_tiff = _is(number, 7, captions)
    name = f"{number // FOLDER}/{number}.{'tif' if is_tiff else 'jpg'}"
    drawn = number - 1 if _is(number, 10, captions) else number  # a copy of the one before
    content = encoded(picture(drawn, captions), captions, format="TIFF" if is_tiff else "JPEG")
    if _is(number, 29, captions):
        content = content[: len(content) // 2]
    if not _is(number, 37, captions):
        (data / "images" / name).write_bytes(content)
    return name


def picture(number: int, captions: Captions) -> Image.Image:
    """Soft blots of its own, an ellipse, noise: no two are alike to a perceptual hash."""
    random = np.random.default_rng([captions.seed, number])
    levels = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    blots = Image.fromarray(levels).resize((captions.side, captions.side), Image.Resampling.BICUBIC)
    left, top, right, bottom = random.integers(0, captions.side // 2, 4)
    colour = tuple(int(level) for level in random.integers(0, 256, 3))
    ImageDraw.Draw(blots).ellipse((left, top, captions.side - right, captions.side - bottom), outline=colour, width=3)
    noise = random.integers(-captions.noise, captions.noise + 1, (captions.side, captions.side, 1), dtype=np.int16)
    return Image.fromarray(np.clip(np.asarray(blots, dtype=np.int16) + noise, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, captions: Captions, *, format: str = "JPEG") -> bytes:
    file = io.BytesIO()
    image.save(file, format=format, quality=captions.quality)
    return file.getvalue()


def image_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted((folder / "data" / SOURCE / "images").glob("*/*")) if path.is_file())
