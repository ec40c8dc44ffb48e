"""image references -> images: digests, size, hashes, header facts; packs of what had to be rendered

Two parts are under way at once: while one is written, decoders have the next one's pictures."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, BinaryIO

from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits, Seen
from curate.inspect.route import inspect_refs
from curate.pixels.kind import HEAD, image_kind
from curate.recipe import Limits
from curate.rendering import rendering_of
from curate.shield.rules import MARK
from pipelines.ahead import Ahead
from pipelines.opened import image_place
from pipelines.parts import Parts
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Room, fingerprint, replacing
from schemas.arrow import from_table
from schemas.image import Image, ImageRef, Rendering, Ship

VERSION = 4
TOGETHER = 32  # images of one task: what is told to a thread costs as much as a small picture
PARTS = 2  # under way at once: one that is decoded, one that is read or written
OPENED = 512  # images of one task that lie in one file: it is opened, perhaps unpacked, for each task anew


def plan_inspect(run: Run) -> Plan:
    """A unit is a part of ingest's image references, at most 10,000 images."""
    references, room = run.index("ingest", decided=False), run.facts("inspect")
    entries: dict[str, list[Entry]] = {}
    content: dict[str, list[str]] = {}  # of each part: a reference tells an image's size and time, with --hash-inputs that is not enough
    for receipt in references.receipts:
        for entry in receipt.files:
            if entry.table == "images":
                entries.setdefault(entry.part, []).append(entry)
                content[entry.part] = [receipt.fingerprint] if run.options.hash_inputs else []
    units = [
        Unit(
            name=part,
            fingerprint=fingerprint([*((entry.bucket, entry.sha256) for entry in files), *content[part]]),
            weight=sum(entry.rows for entry in files),
        )
        for part, files in sorted(entries.items())
    ]
    in_processes = any("multi_processing" in flag for flag in run.options.beam_flags)
    threads = 1 if in_processes else run.options.workers  # each feeds a child process
    ways = Ways(limits=limits_of(run.recipe.limits), rendering=run.recipe.rendering)
    worker = partial(Inspect, room, references=run.facts("ingest"), threads=threads, ways=ways)
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        shared={"folders": dict(run.folders)},
        unit="images",
        options=ways.options(),
        doubts=lambda receipt: bool(receipt.counts.get("unreadable")),  # a right that was given since changes neither size nor time
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What of a recipe changes what is seen. Recipes that say nothing of it share the facts."""

    limits: InspectLimits
    rendering: Mapping[str, Rendering]

    def options(self) -> dict[str, Any]:
        shown = {source: dataclasses.asdict(rendering) for source, rendering in sorted(self.rendering.items())}
        return {"min_side": self.limits.min_side, "side": self.limits.side, "rendering": shown}

    def reference(self, ref: ImageRef) -> ImageRef:
        return dataclasses.replace(ref, rendering=rendering_of(ref, self.rendering)) if self.rendering else ref


def limits_of(wanted: Limits) -> InspectLimits:
    """What no recipe keeps is not decoded: a picture under 64 pixels, unless this one is milder. So most recipes share what is seen."""
    return InspectLimits(min_side=min(wanted.min_side, Limits().min_side), side="min" if wanted.side == "min" else "max")


class Inspect(Worker):
    """Inspect the images of one part: no image is read or decoded twice."""

    def __init__(
        self, room: Room, address: Address | None, *, references: Room, threads: int, ways: Ways
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.ways = ways
        self.references = references
        self.threads = threads

    def ready(self) -> None:
        self.index, self.folders = self.references.index(), self.todo.shared["folders"]
        self.children, self.parts = Children(), Parts(PARTS)
        self.decoders = ThreadPoolExecutor(self.threads)

    def teardown(self) -> None:
        self.parts.close()
        self.decoders.shutdown(wait=False, cancel_futures=True)
        self.children.close()

    def work(self, unit: Unit) -> None:
        self.parts.begin(partial(self._inspect, unit))

    def finish_bundle(self) -> None:
        self.parts.settle()
        super().finish_bundle()

    def _inspect(self, unit: Unit) -> None:
        table = self.references.read("images", ImageRef, index=self.index, part=unit.name)
        references = sorted(map(self.ways.reference, from_table(table, ImageRef)), key=place_of)
        # A small picture of an evaluation set may be found again enlarged: all of them are decoded.
        limits = dataclasses.replace(self.ways.limits, min_side=0) if MARK in unit.name else self.ways.limits
        with Ahead(image_place(self.room.out, self.folders)) as ahead:
            opener = Noting(ahead.open)
            tasks = (partial(self._seen, ahead.asked(refs), limits, opener) for refs in self.parts.in_turn(tasks_of(references)))
            images, pack = self._pack(unit.name, in_order(self.decoders, tasks, window=4 * self.threads))
        files = [*self.room.write_rows("images", unit.name, images, Image), *pack]
        self.room.sign(unit.name, unit.fingerprint, files, {"unreadable": sum(map(_is_no_fault_of_its_own, images)) + opener.others})

    def _seen(self, refs: Sequence[ImageRef], limits: InspectLimits, opener: Noting) -> Iterator[Seen]:
        """The images of a task, decoded and told of."""
        for one in inspect_refs(refs, opener, limits, self.children):
            self.parts.check()
            yield one
            self.reporter.step()

    def _pack(self, part: str, seen: Iterable[Seen]) -> tuple[list[Image], list[Entry]]:
        """The images; those that had to be rendered, or whose bytes lie in no file as they are, with their place in the part's pack:
        the files they would be, end to end."""
        path = self.room.folder / "packs" / f"{part}.pack"
        relative = path.relative_to(self.room.out).as_posix()
        images, offset, digest = [], 0, hashlib.sha256()
        with replacing(self.room.out, path) as temporary, temporary.open("wb") as file:
            for image, data in seen:
                if data is None:
                    images.append(image)
                    continue
                file.write(data)
                digest.update(data)
                place = Ship(
                    root="out",
                    path=relative,
                    member="",
                    offset=offset,
                    length=len(data),
                    format=image_kind(data[:HEAD], len(data)),
                    digest=hashlib.sha256(data).hexdigest(),
                )
                images.append(dataclasses.replace(image, ship=place))
                offset += len(data)
            if not offset:
                temporary.unlink()  # a pack of nothing is none
        if not offset:
            return images, []
        return images, [Entry(table="packs", part=part, bucket=0, path=relative, rows=0, bytes=offset, sha256=digest.hexdigest())]


class Noting:
    """Opens the files of images, and counts those that are not the ones that were listed: what is seen of such a file is looked at again by
    the next run, be it as it was by then or not."""

    def __init__(self, opener: Callable[[ImageRef], BinaryIO]) -> None:
        self.opener, self.others = opener, 0

    def __call__(self, ref: ImageRef) -> BinaryIO:
        file = self.opener(ref)
        self.others += _is_another(ref, file)
        return file


def _is_another(ref: ImageRef, file: BinaryIO) -> bool:
    if ref.member is not None and ref.member.root == "out":
        return False  # an archive's plain copy, made when that was listed
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return False  # an object of a store: what ships is held to its digest
    return status.st_mtime_ns != ref.mtime_ns or (ref.member is None and status.st_size != ref.size)


def _is_no_fault_of_its_own(image: Image) -> bool:
    """The file could not be read; or whoever looked at it was killed from outside, as a machine that runs out of memory does: neither
    limit of a child ends it by this signal."""
    return image.reason == "unreadable" or (image.reason, image.evidence) == ("decoder_died", "SIGKILL")


def place_of(reference: ImageRef) -> tuple[str, str, int, str]:
    return reference.path, reference.column, reference.frame, reference.id


def tasks_of(references: Sequence[ImageRef]) -> Iterator[list[ImageRef]]:
    """References, which are sorted by path, in runs of TOGETHER; those to one file stay together, up to OPENED: opening it may cost."""
    task: list[ImageRef] = []
    for _, group in itertools.groupby(references, key=lambda reference: reference.path):
        same = list(group)
        if task and len(task) + len(same) > TOGETHER:
            yield task
            task = []
        for start in range(0, len(same), OPENED):
            task += same[start : start + OPENED]
            if len(task) >= TOGETHER:
                yield task
                task = []
    if task:
        yield task


def in_order(pool: ThreadPoolExecutor, tasks: Iterator[Callable[[], Iterator[Seen]]], *, window: int) -> Iterator[Seen]:
    """Results in the order of the tasks, of which `window` are under way; of each at most TOGETHER results wait in memory."""
    stopped, waiting = threading.Event(), deque[_Stream]()
    try:
        while True:
            for task in itertools.islice(tasks, window - len(waiting)):
                waiting.append(_Stream(pool, task, stopped))  # in their order: the first of those that wait is always running
            if not waiting:
                return
            yield from waiting.popleft()
    finally:
        stopped.set()


class _Stream:
    """Results on their way from the thread that makes them."""

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[], Iterator[Seen]], stopped: threading.Event) -> None:
        self.results: queue.Queue[Seen | None] = queue.Queue(TOGETHER)
        self.stopped = stopped
        self.future = pool.submit(self._run, work)

    def _run(self, work: Callable[[], Iterator[Seen]]) -> None:
        try:
            for result in work():
                if not self._put(result):
                    return
        finally:
            self._put(None)

    def _put(self, result: Seen | None) -> bool:
        """Whether it is wanted still."""
        while not self.stopped.is_set():
            with contextlib.suppress(queue.Full):
                self.results.put(result, timeout=1)
                return True
        return False

    def __iter__(self) -> Iterator[Seen]:
        while (result := self.results.get()) is not None:
            yield result
        self.future.result()  # raises what the thread raised
