"""image references -> images: digests, size, hashes, header facts; packs of what had to be rendered"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from curate.inspect.inspect import InspectLimits, inspect_content, inspect_image
from curate.inspect.reading import read_images
from curate.pixels.kind import HEAD, image_kind
from pipelines.opened import image_opener
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Room, fingerprint, replacing
from schemas.arrow import from_table
from schemas.image import Image, ImageRef, Ship

VERSION = 3
Seen = tuple[Image, bytes | None]


def plan_inspect(run: Run) -> Plan:
    """A unit is a part of ingest's image references, at most 10,000 images."""
    references, room = run.index("ingest", decided=False), run.facts("inspect")
    for unit, receipt in room.receipts().items():
        if receipt.counts.get("unreadable"):
            room.forget(unit)  # a right that was given since changes neither size nor time
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
    threads = 1 if in_processes else run.options.workers  # Pillow lets go of the interpreter lock: threads decode as fast as processes
    worker = partial(Inspect, room, references=run.facts("ingest"), folders=run.folders, threads=threads)
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda units, address: EachUnit(units, worker(address)),
        unit="images",
    )


class Inspect(Worker):
    """Inspect the images of one part: no image is read or decoded twice."""

    def __init__(self, room: Room, address: Address | None, *, references: Room, folders: Mapping[str, str], threads: int) -> None:
        super().__init__(room, address)
        self.references = references
        self.folders = dict(folders)
        self.threads = threads

    def ready(self) -> None:
        self.index = self.references.index()

    def work(self, unit: Unit) -> None:
        table = self.references.read("images", ImageRef, index=self.index, part=unit.name)
        references = sorted(from_table(table, ImageRef), key=lambda reference: (reference.path, reference.frame, reference.id))
        with ThreadPoolExecutor(self.threads) as pool:
            images, pack = self._pack(unit.name, in_order(pool, self._tasks(references), window=4 * self.threads))
        files = [*self.room.write_rows("images", unit.name, images, Image), *pack]
        self.room.sign(unit.name, unit.fingerprint, files, {"unreadable": sum(image.reason == "unreadable" for image in images)})

    def _tasks(self, references: Sequence[ImageRef]) -> Iterator[Callable[[], Seen]]:
        """One for each image, by path. A file that several refer to (a table, an array, a volume) is read here, once; others where they
        are decoded."""
        open_image, limits = image_opener(self.room.out, self.folders), InspectLimits()
        for _, group in itertools.groupby(references, key=lambda reference: reference.path):
            same = list(group)
            if len(same) == 1:
                yield partial(self._told, partial(inspect_image, same[0], open_image, limits))
                continue
            for reference, content in read_images(same, open_image, max_bytes=limits.max_bytes):
                yield partial(self._told, partial(inspect_content, reference, content, limits))

    def _told(self, work: Callable[[], Seen]) -> Seen:
        seen = work()
        self.reporter.step()
        return seen

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
            path.unlink()
            return images, []
        return images, [Entry(table="packs", part=part, bucket=0, path=relative, rows=0, bytes=offset, sha256=digest.hexdigest())]


def in_order(pool: ThreadPoolExecutor, tasks: Iterator[Callable[[], Seen]], *, window: int) -> Iterator[Seen]:
    """Results in the order of the tasks, at most `window` of them in memory."""
    waiting: deque[Future[Seen]] = deque()
    for task in itertools.islice(tasks, window):
        waiting.append(pool.submit(task))
    while waiting:
        done = waiting.popleft().result()
        for task in itertools.islice(tasks, 1):
            waiting.append(pool.submit(task))
        yield done
