"""the tag stage through Beam against the bare model on the same machine: JPEG files on disk -> embeddings -> scores"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from curate.models import biomedclip, pixels
from curate.models.embedder import Embedder
from curate.models.prompts import load_prompts
from curate.models.route import ROUTES, choose_route
from curate.models.weights import find_weights
from curate.models.zero_shot import ZeroShot
from curate.pixels.render import render
from curate.recipe import Recipe
from pipelines import embed
from pipelines.embed import plan_embed, read_embeddings
from pipelines.run import Options, Run, cores
from pipelines.stage import execute
from schemas.image import Image, Ship
from tests.bench.figure import Figure, interleaved, seconds
from tests.captions import Captions, encoded, picture
from tests.curate.models.tiny_biomedclip import FULL, write_tiny

SIDE = 512  # pixels of the JPEGs, as ROCO's and PubMedVision's are
DISK = 3 << 30  # bytes that the weights and pictures take
SECONDS = 12  # about what one round of a model takes
DRAWN = 200  # pictures that differ; more are copies of their bytes under other digests
PART = 10_000
GPU_PICTURES = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Files on disk, told to the stage as inspect would have."""

    folder: Path
    files: Sequence[bytes]

    def run(self, embedder: Embedder, count: int, *, workers: int | None = None) -> Run:
        recipe, out = Recipe(id="bench", title="bench"), str(self.folder / "out")
        given = Options(data="", out=out, recipe=recipe, manifests=(), workers=workers or cores())
        tagger = {"asked": "bench", "model": "bench", "device": embedder.name.rpartition(":")[2], "embedder": embedder.name, "probe": ""}
        run = Run(options=given, folders={"a": str(self.folder)}, resolved={"tagger": tagger})
        room, images = run.facts("inspect"), [self._image(number) for number in range(count)]
        parts = {f"a-{start // PART:04}": images[start : start + PART] for start in range(0, count, PART)}
        room.commit("f", [room.sign(name, "f", room.write_rows("images", name, part, Image)) for name, part in parts.items()], 0)
        return run

    def _image(self, number: int) -> Image:
        data = self.files[number % len(self.files)]
        digest = hashlib.sha256(data).hexdigest()
        name = f"{number % len(self.files)}.jpg"
        ship = Ship(root="source", path=name, member="", offset=0, length=len(data), format="jpeg", digest=digest)
        return Image(
            id=f"a/{number}", source="a", reason=None, evidence=None, byte_digest=digest, pixel_digest=f"{number:064x}", phash=0, grey=b"",
            width=SIDE, height=SIDE, mode="RGB", bits=8, format="jpeg", blank=False, spread=1.0, header_modality=None, photometric=None,
            burned_in=None, is_synthetic=False, ship=ship,
        )  # fmt: skip

    def stage(self, run: Run) -> None:
        shutil.rmtree(run.facts("tag").folder, ignore_errors=True)
        with open(os.devnull, "w", encoding="utf-8") as quiet, contextlib.redirect_stderr(quiet):  # noqa: PTH123
            execute(plan_embed(run), run)


def measure(folder: Path, samples: int) -> list[Figure]:
    if shutil.disk_usage(folder).free < DISK:
        return [Figure(name="tag: the stage against the bare model", figure=None, unit="x", note=f"less than {DISK >> 30} GiB of disk")]
    import torch

    torch.set_num_threads(1)
    captions = Captions(samples=DRAWN, side=SIDE, quality=90)
    files = [encoded(picture(number, captions), captions) for number in range(DRAWN)]
    for number, data in enumerate(files):
        (folder / f"{number}.jpg").write_bytes(data)
    bench = Bench(folder=folder, files=files)
    weights = find_weights(str(write_tiny(folder / "weights", size=FULL)), {})
    assert weights is not None
    route = choose_route()
    clip = biomedclip.load(weights, route.name)
    figures = [*_routes(weights), *_making_ready(files, clip), *_against_bare(bench, clip, f"BiomedCLIP, {route.name}")]
    figures += _against_bare(bench, pixels.load(), "pixels", target="")  # on a CPU making ready takes a share of its own
    return [*figures, *(_on_a_gpu(bench, clip) if route.device == "cuda" else _no_gpu())]


def _routes(weights: Any) -> list[Figure]:
    """The route that a CPU takes, on all its cores, against torch's plain way: float32, one batch, as many threads as there are cores."""
    import torch

    chosen = choose_route() if choose_route().device == "cpu" else ROUTES["cpu-fp32"]
    ours, plain = biomedclip.load(weights, chosen.name), biomedclip.load(weights, "cpu-fp32")
    ready = np.random.default_rng(0).integers(0, 256, (8 * cores(), 224, 224, 3), dtype=np.uint8)
    plain.batch = len(ready)

    def eager() -> None:
        torch.set_num_threads(cores())
        plain.embed(ready)
        torch.set_num_threads(1)

    _, _, ratio = interleaved(lambda: _bare(ours, ready, 1), eager, rounds=3)
    return [Figure(name="tag: the CPU route against plain eager float32", figure=ratio, unit="x", target=">= 1", note=chosen.name)]


def _making_ready(files: Sequence[bytes], clip: biomedclip.OpenClip) -> list[Figure]:
    """One core: bytes -> rendered image -> as the model takes it, against open_clip's transform of the same image; what share it has."""
    biomedclip.ensure_torchvision()
    import open_clip

    stock, some = open_clip.image_transform(224, is_train=False), files[:60]
    images = [render(data).image for data in some]
    ready = np.stack([clip.prepare(image) for image in images[: clip.batch]])
    decode = seconds(lambda: [render(data) for data in some]) / len(some)
    ours, theirs, ratio = interleaved(lambda: [clip.prepare(image) for image in images], lambda: [stock(image) for image in images])
    fast, _, faster = interleaved(lambda: [biomedclip.prepare_fast(image) for image in images], lambda: [stock(image) for image in images])
    model = statistics.median(seconds(lambda: clip.embed(ready)) for _ in range(3)) / len(ready)
    share = 100 * (decode + ours / len(some)) / (decode + ours / len(some) + model)
    peer = f"that takes {len(some) / theirs:.0f} images/s"
    return [
        Figure(name="tag: JPEG of 512 px decoded", figure=1 / decode, unit="images/s", note="one core"),
        Figure(name="tag: made ready, bit for bit, against open_clip's transform", figure=ratio, unit="x", note=peer),
        Figure(name="tag: made ready as for a GPU, against it", figure=faster, unit="x", note=f"{len(some) / fast:.0f} images/s"),
        Figure(name="tag: decode and making ready, of one core's time", figure=share, unit="%", note=clip.route.name),
    ]


def _against_bare(bench: Bench, embedder: Any, name: str, target: str = ">= 0.95") -> list[Figure]:
    """The whole stage (Beam, reading, decoding, writing its table) and a loop that does nothing but call the model on pictures that are
    ready, with as many threads: the same number of pictures, in turn. The model is loaded before."""
    ready = np.stack([embedder.prepare(render(data).image) for data in bench.files[: embedder.batch]])
    lanes = getattr(embedder, "lanes", None) or cores()
    calls = max(2 * lanes, int(SECONDS / seconds(lambda: _bare(embedder, ready, lanes)) * lanes)) // lanes * lanes
    run = bench.run(embedder, calls * embedder.batch)
    with _loaded(embedder):
        stage, bare, ratio = interleaved(lambda: bench.stage(run), lambda: _bare(embedder, ready, calls), rounds=3)
    count = calls * embedder.batch
    return [
        Figure(name=f"tag: the stage against the bare model ({name})", figure=ratio, unit="x", target=target, note=f"{count:,} JPEGs"),
        Figure(name=f"tag: the bare model ({name})", figure=count / bare, unit="images/s", note=f"{lanes} threads of {cores()} cores"),
        Figure(name=f"tag: JPEG on disk to attribute ({name})", figure=count / (stage + _scored(run, embedder)), unit="images/s"),
    ]


def _bare(embedder: Embedder, ready: np.ndarray, calls: int) -> None:
    lanes = getattr(embedder, "lanes", None) or cores()
    with ThreadPoolExecutor(lanes) as pool:
        if calls == 1:
            list(pool.map(embedder.embed, np.array_split(ready, lanes)))
        else:
            list(pool.map(lambda _: embedder.embed(ready), range(calls)))


def _scored(run: Run, embedder: Embedder) -> float:
    """Seconds to read what the stage wrote and score it by a head of the size of ours; its prompts are encoded once a run."""
    prompts = load_prompts()
    of = np.array([[each.name for each in prompts.classes].index(view.of) for view in prompts.views])
    directions = np.random.default_rng(0).normal(size=(len(of), embedder.width)).astype(np.float32)
    head = ZeroShot(name="h", attribute="a", classes=prompts.classes, directions=directions, of=of, temperature=0.01, calibrated=False)
    room = run.facts("tag")
    parts = room.index().parts("embeddings")  # type: ignore[union-attr]
    return seconds(lambda: [head.scores(read_embeddings(room, None, [part])[1]) for part in parts])


@contextlib.contextmanager
def _loaded(embedder: Embedder) -> Iterator[None]:
    before, embed.load_embedder = embed.load_embedder, lambda tagger: embedder
    try:
        yield
    finally:
        embed.load_embedder = before


def _no_gpu() -> list[Figure]:
    return [
        Figure(name="tag: GPU busy while the stage runs", figure=None, unit="%", target=">= 90", note="no GPU here"),
        Figure(name="tag: JPEG on disk to attribute on a GPU", figure=None, unit="images/s", target=">= 4000", note="no GPU here"),
    ]


def _on_a_gpu(bench: Bench, clip: biomedclip.OpenClip) -> list[Figure]:
    """How long the GPU computes while the stage runs, by its own clock; images/s of some batch sizes."""
    import torch

    figures = []
    for batch in (64, 128, 256, 512):
        sized = replace(clip, batch=batch)
        ready = np.random.default_rng(0).integers(0, 256, (batch, 224, 224, 3), dtype=np.uint8)
        sized.embed(ready)
        took = seconds(lambda sized=sized, ready=ready: _bare(sized, ready, 40))  # type: ignore[misc]
        figures.append(Figure(name=f"tag: the bare model on a GPU, batches of {batch}", figure=40 * batch / took, unit="images/s"))
    spans: list[tuple[Any, Any]] = []
    begun = torch.cuda.Event(enable_timing=True)
    computed = clip.tower.forward

    def timed(*given: Any) -> Any:
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()
        found = computed(*given)
        last.record()
        spans.append((first, last))
        return found

    run = bench.run(clip, GPU_PICTURES)
    clip.tower.forward = timed
    with _loaded(clip):
        begun.record()
        took = seconds(lambda: bench.stage(run))
    torch.cuda.synchronize()
    clip.tower.forward = computed
    busy = _covered([(begun.elapsed_time(first) / 1000, begun.elapsed_time(last) / 1000) for first, last in spans])
    whole = took + _scored(run, clip)
    note = f"{torch.cuda.get_device_name()}, {cores()} cores, batches of {clip.batch}"
    return [
        *figures,
        Figure(name="tag: GPU busy while the stage runs", figure=100 * busy / took, unit="%", target=">= 90", note=note),
        Figure(name="tag: JPEG on disk to attribute on a GPU", figure=GPU_PICTURES / whole, unit="images/s", target=">= 4000", note=note),
    ]


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds in which at least one of the spans runs."""
    total, end = 0.0, float("-inf")
    for first, last in sorted(spans):
        total += max(0.0, last - max(first, end))
        end = max(end, last)
    return total
