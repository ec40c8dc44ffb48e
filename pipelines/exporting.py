"""shards of a corpus, one a unit -> their samples as another loader reads them, in a folder that is not yet an export"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from curate.copied import NoRoom
from curate.export.entries import Layout, as_line, entry, signs_in
from curate.export.lines import Lines
from curate.export.rows import NoShard, Picture, Row, read_rows
from curate.export.tar import Member, TarFile, field_names, key_of, tar_size
from curate.listed import Listed, ListedShard
from pipelines.place import Place, local_copy, place
from pipelines.progress import Address
from pipelines.stage import Unit, Worker
from pipelines.tables import Entry, Room

VERSION = 1  # of what is written
BEGUN = "begun.json"  # what an export that is not whole was begun with
BLOCK = 4 << 20
TROUBLE = 4096
STEP = 256  # samples between two words of progress
SHARD_TO_TAR = 1.05  # about what headers, padding and unpacked text add to a shard


class NotExported(RuntimeError):
    """The export failed: the corpus is damaged, or there is no room for it. One line for each fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the user asked for."""

    corpus: Place  # its folder
    layout: Layout
    dest: Path
    listed: Listed
    index: str  # SHA-256 of the index.json
    shards: tuple[ListedShard, ...]  # of the splits that were asked for
    limit: int | None = None  # bytes of a tar
    workers: int = 1

    @property
    def growing(self) -> Path:
        """Where the export grows; it gets its name when it is whole."""
        return self.dest.with_name(f"{self.dest.name}.part")

    def plain(self) -> dict[str, Any]:
        """What its bytes depend on, and the boot of the machine: after another one, what was not yet on the disk may be gone."""
        asked = {"layout": self.layout, "index": self.index, "shards": [shard.name for shard in self.shards], "limit": self.limit}
        return {"export": VERSION, "asked": asked, "boot": _boot()}


@dataclass(slots=True)
class Tally:
    """What is counted of a unit while it is written."""

    images: int = 0
    several: int = 0  # samples that show more than one picture
    signs: int = 0

    def add(self, layout: Layout, row: Row) -> None:
        self.images += len(row.pictures)
        self.several += len(row.pictures) > 1
        self.signs += signs_in(layout, row)


class Export(Worker):
    """Write one shard anew. `room.out` is the folder the export grows in; `corpus` is only read."""

    def __init__(self, room: Room, address: Address | None, *, corpus: str, layout: Layout, limit: int | None) -> None:
        super().__init__(room, address)
        self.corpus, self.layout, self.limit = corpus, layout, limit

    def work(self, unit: Unit) -> None:
        if trouble(self.room):
            return
        try:
            self._read(unit)
        except NoRoom as error:  # of a shard in a store
            tell_trouble(self.room, str(error))
        except OSError as error:  # of writing: an exception would reach the user as the engine's, with all its lines
            tell_trouble(self.room, f"{error.strerror}{f' ({error.filename})' if error.filename else ''}")

    def _read(self, unit: Unit) -> None:
        try:
            with _opened(place(self.corpus, unit.work["name"])) as file:
                _check_digest(file, unit.work["sha256"])
                if not self._failed.exists():  # else nothing will come of it: the rest is only looked at, so that all faults are told
                    self._write(unit, file)
        except NoShard as error:
            self.room.sign(unit.name, unit.fingerprint, [], {"fault": f"{unit.work['name']}: {error}"})
            self._failed.touch()

    @property
    def _failed(self) -> Path:
        return home(self.room) / "failed"

    def _write(self, unit: Unit, file: BinaryIO) -> None:
        rows = self._told(read_rows(file, unit.work["rows"]))
        files, counts = self._tars(unit, rows) if self.layout == "webdataset" else self._lines(unit, rows)
        self.room.sign(unit.name, unit.fingerprint, files, counts)

    def _told(self, rows: Iterator[Row]) -> Iterator[Row]:
        told = 0
        for told, row in enumerate(rows, 1):
            yield row
            if told % STEP == 0:
                self.reporter.step(STEP)
        self.reporter.step(told % STEP)

    def _lines(self, unit: Unit, rows: Iterator[Row]) -> tuple[list[Entry], dict[str, Any]]:
        """A part with a line for each sample; its pictures become files of the image folder."""
        path, tally, written = part_path(self.room, unit.name, "jsonl"), Tally(), 0
        with path.open("wb") as file:
            lines = Lines(file)
            for row in rows:
                value = entry(self.layout, row, [self._picture(picture) for picture in row.pictures])
                lines.add(value, as_line(value))
                tally.add(self.layout, row)
                written += 1
        made = _entry(self.room, unit, path, written, lines.size, "")
        return [made], {"images": [tally.images], "several": tally.several, "signs": tally.signs, "shows": lines.shows}

    def _picture(self, picture: Picture) -> str:
        """Put its bytes where all that are equal lie; whole or not at all. Gives the name, below the folder of the export."""
        digest = hashlib.sha256(picture.bytes).hexdigest()
        name = f"images/{digest[:2]}/{digest[:32]}.{picture.suffix}"
        path = Path(self.room.out, name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(self.room.out, "tmp", uuid.uuid4().hex)
            temporary.write_bytes(picture.bytes)
            temporary.replace(path)
        return name

    def _tars(self, unit: Unit, rows: Iterator[Row]) -> tuple[list[Entry], dict[str, Any]]:
        tars, tally = _Tars(self.room, unit, self.limit), Tally()
        for row in rows:
            names = field_names(row)
            tars.add(_members(row, names, as_line(entry(self.layout, row, names))), len(row.pictures))
            tally.add(self.layout, row)
        tars.close()
        return tars.files, {"images": tars.images, "several": tally.several, "signs": tally.signs}


@dataclass(slots=True)
class _Tars:
    """The tars of one shard, one after the other: a new one is begun where the next sample would make one larger than it may be."""

    room: Room
    unit: Unit
    limit: int | None
    files: list[Entry] = field(default_factory=list)
    images: list[int] = field(default_factory=list)  # of each tar
    rows: int = 0  # of the one being written
    tar: TarFile | None = None

    def add(self, members: Sequence[Member], images: int) -> None:
        size = tar_size(members)
        if self.tar and self.limit and (self.tar.size >= self._aim or self.tar.size + size > self.limit - END):
            self.close()
        if self.tar is None:
            path = part_path(self.room, f"{self.unit.name}-{len(self.files):05d}", "tar")
            self.tar, self.rows = TarFile(path.open("wb")), 0
            self.images.append(0)
        self.tar.add(members)
        self.rows += 1
        self.images[-1] += images

    def close(self) -> None:
        if self.tar is None:
            return
        digest = self.tar.close()
        self.tar.file.close()
        path = Path(self.tar.file.name)
        self.files.append(_entry(self.room, self.unit, path, self.rows, self.tar.size, digest))
        self.tar = None

    @property
    def _aim(self) -> float:
        """So many bytes that the tars of the shard come out about equally large: the last one is no remainder."""
        assert self.limit
        whole = self.unit.work["bytes"] * SHARD_TO_TAR
        return whole / max(1, -(-whole // self.limit))


END = 10_240 + 1024  # bytes that end a tar, at most


def home(room: Room) -> Path:
    """The room of an export, which grows on this machine."""
    return Path(str(room.folder))


def part_path(room: Room, name: str, suffix: str) -> Path:
    return Path(room.out, "parts", f"{name}.{suffix}")


def _members(row: Row, names: Sequence[str], line: bytes) -> list[Member]:
    key = key_of(row.id)
    return [*((f"{key}.{name}", picture.bytes) for name, picture in zip(names, row.pictures, strict=True)), (f"{key}.json", line)]


def _entry(room: Room, unit: Unit, path: Path, rows: int, size: int, digest: str) -> Entry:
    where = path.relative_to(room.out).as_posix()
    return Entry(table=unit.work["split"], part=unit.name, bucket=0, path=where, rows=rows, bytes=size, sha256=digest)


def begin_trouble(room: Room) -> None:
    """A block to write to when there is no other left."""
    (home(room) / "trouble").write_bytes(b" " * TROUBLE)


def tell_trouble(room: Room, said: str) -> None:
    with (home(room) / "trouble").open("r+b") as file:
        file.write(said.encode("utf-8", "replace")[:TROUBLE])


def trouble(room: Room) -> str:
    """Why nothing more can be written; '' while it can."""
    return (home(room) / "trouble").read_bytes().decode("utf-8", "replace").strip()


@contextlib.contextmanager
def _opened(path: Place) -> Iterator[BinaryIO]:
    """Of a shard in a store a copy: it is read twice, for its digest and for its rows."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(stack.enter_context(local_copy(path)).open("rb"))
        except OSError as error:
            raise NoShard(f"cannot be opened ({type(error).__name__})") from None
        yield file


def _check_digest(file: BinaryIO, wanted: str) -> None:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    if digest.hexdigest() != wanted:
        raise NoShard(f"SHA-256 {digest.hexdigest()[:16]} found, {wanted[:16]} wanted: it is not what the index names")
    file.seek(0)


def _boot() -> str:
    """Which boot of the machine this is; '' where it does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
