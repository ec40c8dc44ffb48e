"""Faults of what a run is made from: its data change while it reads them, or the program between two runs; memory runs out"""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults.bed import Bed
from tests.faults.fault import Fault, Seen, clearly, places, resumed
from tests.faults.shim import CHANGING, KILL, STOP
from tests.kill import digests
from tests.pipelines.small_data import encoded, picture

THEN = 1_700_000_000  # when changed files are said to have been written


def _touch(path: Path) -> None:
    os.utime(path, (THEN, THEN))


def _replaced(captions: Path) -> None:
    image = captions / "images" / "3.jpeg"
    image.write_bytes(encoded(picture(777), "JPEG"))
    _touch(image)


def _removed(captions: Path) -> None:
    (captions / "images" / "4.jpeg").unlink()


def _added(captions: Path) -> None:
    (captions / "images" / "500.jpeg").write_bytes(encoded(picture(500), "JPEG"))
    caption = "Chest X-ray with a small nodule in the upper lobe of the left lung seen."
    row = {"n": 500, "image": "500.jpeg", "caption": caption, "patient": "P500"}
    lines = captions / "captions.jsonl"
    lines.write_text(lines.read_text("utf-8") + json.dumps(row) + "\n", encoding="utf-8")
    _touch(lines)
    _touch(captions / "images" / "500.jpeg")


def _truncated(captions: Path) -> None:
    for path in (captions / "captions.jsonl", captions / "images" / "7.jpeg"):
        os.truncate(path, path.stat().st_size // 2)
        _touch(path)


def _anew(bed: Bed, change: Callable[[Path], None]) -> dict[str, object]:
    """What a run in a new OUT makes of the changed data."""
    kept = bed.folder / f"anew-{change.__name__}.json"
    if not kept.exists():
        bed.restore_data()
        change(bed.data / "small_captions")
        shutil.rmtree(bed.out)
        ended = bed.run()
        found = {"status": ended.status, **digests(bed.out)}
        kept.write_text(json.dumps(found), encoding="utf-8")
        bed.restore_data()
    return dict(json.loads(kept.read_text("utf-8")))


def source_changed(change: Callable[[Path], None], bed: Bed, stage: str) -> Seen:
    """In the middle of the stage. That run ends well or clearly; the next is the run of the changed data; with the data as they were, of
    times as they were, all is as it was."""
    wanted = _anew(bed, change)
    bed.stand_before(stage)
    bed.control.set(STOP, bed.out, CHANGING, first=places(bed, "out", stage)[1])
    try:
        ended = bed.run(armed=stage, meanwhile=lambda run: change(bed.data / "small_captions"))
        if ended.status:
            clearly(bed, ended, {1, 3}, "failed: ", "incomplete: ")
        again = bed.run()
        found = json.loads(json.dumps({"status": again.status, **digests(bed.out)}))
        apart = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        if apart:
            raise AssertionError(f"the run after is not that of the changed data: {', '.join(apart)}")
    finally:
        bed.restore_data()
    return resumed(bed, ended.last if ended.status else "", reached=ended.fired > 0)


def restored(bed: Bed, stage: str) -> Seen:
    """A table and a picture are others while the stage is run, and then as they were, of the same size and time."""
    captions = bed.data / "small_captions"
    paths = [captions / "captions.jsonl", captions / "images" / "3.jpeg"]

    def change(run: int) -> None:
        for path in paths:
            content, status = path.read_bytes(), path.stat()
            path.write_bytes(content.replace(b"left", b"rght") if path.suffix == ".jsonl" else content[:-9] + b"\0" * 7 + content[-2:])
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))

    bed.stand_before(stage)
    bed.control.set(STOP, bed.out, CHANGING, first=1)
    try:
        ended = bed.run(armed=stage, meanwhile=change)
    finally:
        bed.restore_data()
    if ended.status:
        clearly(bed, ended, {1, 3}, "failed: ", "incomplete: ")
    again = bed.run()
    if again.status:
        clearly(bed, again, {1}, "failed: ")
        bed.whole(bed.run("--hash-inputs"))
        shutil.rmtree(bed.out)
    return resumed(bed, f"{ended.last if ended.status else ''} / {again.last if again.status else ''}", reached=ended.fired > 0)


def _raise_version(stage: str, by: int) -> None:
    module = importlib.import_module(f"pipelines.{stage}")
    module.VERSION += by


def upgraded(bed: Bed, stage: str) -> Seen:
    """A finished OUT and another version of one stage, which is killed in its middle; then with it to the end; then without it."""
    bed.finished()
    patch = partial(_raise_version, stage, 1)
    bed.control.set(KILL, bed.out, CHANGING, first=places(bed, "out", stage)[1])
    killed = bed.run(armed=stage, patch=patch)
    bed.honest()
    ended = bed.run(patch=patch)
    bed.whole(ended)
    bed.equal()
    if f"{'tag' if stage == 'embed' else stage:<8} as before" in ended.told and stage not in ("embed", "tag"):
        raise AssertionError("a stage of another version is as before")
    return resumed(bed, "", reached=killed.fired > 0)


def _out_of_memory(stage: str) -> None:
    from pipelines.stage import Worker

    module = importlib.import_module(f"pipelines.{'signed' if stage == 'match' else stage}")
    workers = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Worker) and each is not Worker]
    for worker in workers:
        worker.process = _no_memory  # type: ignore[method-assign]


def _no_memory(self: object, unit: object) -> None:
    raise MemoryError


def memory(bed: Bed, stage: str) -> Seen:
    bed.stand_before(stage)
    ended = bed.run(patch=partial(_out_of_memory, stage))
    clearly(bed, ended, {1}, "failed: ", names="memory")
    return resumed(bed, ended.last)


def _small_model() -> None:
    """A model that runs out of memory from its second batch on."""
    import pipelines.embed as embed

    load = embed.load_embedder

    def loaded(tagger: object) -> object:
        model, seen = load(tagger), []  # type: ignore[arg-type, var-annotated]
        whole = model.embed

        def embed_some(batch: object) -> object:
            seen.append(batch)
            if len(seen) > 1:
                import torch

                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return whole(batch)  # type: ignore[arg-type]

        object.__setattr__(model, "embed", embed_some)
        return model

    embed.load_embedder = loaded  # type: ignore[assignment]


def small_model(bed: Bed, stage: str) -> Seen:
    bed.stand_before(stage)
    ended = bed.run(patch=_small_model)
    clearly(bed, ended, {1}, "failed: ", names="memory")
    return resumed(bed, ended.last)


FAULTS = {
    "replaced": Fault("a picture replaced during the run", partial(source_changed, _replaced)),
    "removed": Fault("a picture removed during the run", partial(source_changed, _removed)),
    "added": Fault("a row and a picture added during the run", partial(source_changed, _added)),
    "truncated": Fault("a table and a picture cut short during the run", partial(source_changed, _truncated)),
    "restored": Fault("files changed during the run and put back with their times", restored),
    "upgraded": Fault("another version of the stage", upgraded),
    "memory": Fault("memory runs out in the stage", memory),
    "model": Fault("memory runs out in the model", small_model, ("embed",)),
}
