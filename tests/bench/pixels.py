"""decode and hash: ours against Pillow and imagehash on the same files, all cores"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from curate.pixels.digest import phash
from curate.pixels.render import render
from pipelines.run import cores
from tests.bench.figure import Figure, interleaved
from tests.captions import Captions, picture

FILES = 300  # a third of them PNG, 224 to 1024 pixels, as image collections are


def measure(folder: Path, samples: int) -> list[Figure]:
    files = [_file(number) for number in range(FILES)]
    workers = cores()
    apart = sum(_ours(data) != _peer(data) for data in files)
    ours, peer, ratio = interleaved(lambda: _all(_ours, files, workers), lambda: _all(_peer, files, workers))
    decode, _, _ = interleaved(lambda: _all(_decode, files, workers), lambda: None, rounds=3)
    return [
        Figure(
            name="pixels: decode + phash against Pillow + imagehash", figure=ratio, unit="x", target=">= 1.2", note=f"{workers} threads"
        ),
        Figure(name="pixels: hashes that differ from imagehash's", figure=apart, unit=f"of {FILES}", target="<= 0"),
        Figure(name="pixels: decode + phash", figure=FILES / ours, unit="images/s"),
        Figure(name="pixels: Pillow + imagehash", figure=FILES / peer, unit="images/s"),
        Figure(name="pixels: Pillow decode alone", figure=FILES / decode, unit="images/s"),
    ]


def _file(number: int) -> bytes:
    side = int(np.random.default_rng([7, number]).integers(224, 1025))
    file = io.BytesIO()
    picture(number, Captions(samples=FILES, side=side)).save(file, format="PNG" if number % 3 == 0 else "JPEG", quality=85)
    return file.getvalue()


def _all(work: Callable[[bytes], object], files: Sequence[bytes], workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, files))


def _ours(data: bytes) -> int:
    return phash(render(data).image)


def _peer(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        return int(str(imagehash.phash(image)), 16)


def _decode(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
