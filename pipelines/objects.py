"""an object in a store, or the prefix of some, that answers as pathlib.Path does"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import functools
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeVar, overload

from pipelines.address import Address, fits
from pipelines.address import is_remote as is_remote
from pipelines.ranged import LARGE, Ranged
from pipelines.store import Conflict, ask, bucket

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode, PutResult


Answer = TypeVar("Answer")


class Status(NamedTuple):
    """Of an object, in the names of os.stat_result."""

    st_size: int
    st_mtime_ns: int  # no time: 62 bits that change whenever the object's content does, the same on every machine


FOLDER = Status(-1, -1)  # of a prefix below which a listing found something


@dataclass(frozen=True, slots=True, eq=False)
class StorePath(Address):
    """An object in a bucket, or the prefix of some. It answers as pathlib.Path does and raises what that would; there are no folders: a
    prefix is there while objects lie below it. A library that opens paths itself needs a `local_copy`."""

    listed: Status | None = field(default=None, repr=False)  # as a listing found it; then no question of it costs a request

    # --- questions to the store

    def _ask(self, request: Callable[[Any], Answer], patience: float | None = None) -> Answer:
        return ask(str(self), lambda: request(bucket(self.scheme, self.bucket)), patience)

    def stat(self) -> Status:
        if self.listed and self.listed != FOLDER:
            return self.listed
        return _status(self._ask(lambda store: store.head(self.key)))

    def is_file(self) -> bool:
        try:
            return bool(self.key) and self.listed != FOLDER and bool(self.stat())
        except FileNotFoundError:
            return False

    def is_dir(self) -> bool:
        """Whether any object lies below it; a bucket is there even when it is empty."""
        if self.listed:
            return self.listed == FOLDER
        with contextlib.suppress(FileNotFoundError):
            return self._ask(lambda store: next(iter(store.list(self.key or None, chunk_size=1)), None)) is not None or not self.key
        return False

    def exists(self) -> bool:
        return self.is_file() or self.is_dir()

    def read_bytes(self) -> bytes:
        """In one request."""
        return self._ask(lambda store: store.get(self.key).bytes().to_bytes())

    def read_with_meta(self) -> tuple[bytes, ObjectMeta]:
        """The bytes and what the store says of them, of one version."""

        def request(store: Any) -> tuple[bytes, ObjectMeta]:
            answer = store.get(self.key)
            return answer.bytes().to_bytes(), answer.meta

        return self._ask(request)

    def read_range(self, begin: int, length: int) -> bytes:
        """In one request: those bytes, less where the object ends before."""
        return self._fetch(None, begin, begin + length) if length else b""

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        with io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, errors) as text:
            return text.read()

    @overload
    def open(self, mode: Literal["rb"]) -> BinaryIO: ...

    @overload
    def open(self, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None) -> IO[Any]: ...

    def open(self, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None) -> IO[Any]:
        """To read. What is small comes in one request; of what is large the ranges that are read, all of one version of it."""
        if mode == "rb":
            return self._open_bytes()[1]
        if mode in ("r", "rt"):
            return io.TextIOWrapper(self._open_bytes()[1], encoding or "utf-8", errors)
        raise io.UnsupportedOperation(f"{self}: mode {mode!r}: objects are opened to be read; write_bytes and replacing write them")

    def open_listed(self) -> BinaryIO | None:
        """As `open`; None where the object is not the one that was listed."""
        found, file = self._open_bytes()
        return None if self.listed and _status(found) != self.listed else file

    def _open_bytes(self) -> tuple[ObjectMeta, BinaryIO]:
        if self.listed and self.listed.st_size > LARGE:
            found, data = self._ask(lambda store: store.head(self.key)), None
        else:
            found, data = self._ask(self._get_small)
        if data is not None:
            return found, io.BytesIO(data)
        return found, io.BufferedReader(Ranged(functools.partial(self._fetch, found["e_tag"]), found["size"], str(self)), 64 << 10)

    def _get_small(self, store: Any) -> tuple[ObjectMeta, bytes | None]:
        answer = store.get(self.key)
        return answer.meta, answer.bytes().to_bytes() if answer.meta["size"] <= LARGE else None

    def _fetch(self, tag: str | None, start: int, end: int) -> bytes:
        options = {"range": (start, end), **({"if_match": tag} if tag else {})}
        try:
            return self._ask(lambda store: store.get(self.key, options=options).bytes().to_bytes())
        except Conflict:
            raise OSError(errno.ESTALE, "it changed while it was read", str(self)) from None

    def write_bytes(self, data: bytes) -> int:
        """In one request: it is there whole or not at all."""
        self._ask(lambda store: store.put(self.key, data, use_multipart=False))
        return len(data)

    def create_bytes(self, data: bytes) -> bool:
        """Write it where nothing is yet, in one request; False where something else is."""
        for _ in range(5):  # two that write at once may both be refused
            try:
                self.put_if(data, "create")
                return True
            except Conflict:
                with contextlib.suppress(FileNotFoundError):
                    return self.read_bytes() == data  # ours, if the answer to our own request was lost
        raise OSError(errno.EIO, "the object store takes no conditional write", str(self))

    def put_if(self, data: bytes, mode: PutMode, *, patience: float | None = None) -> PutResult:
        """Raises Conflict where the object is not as `mode` says: also where this request itself changed it and the answer was lost."""
        return self._ask(lambda store: store.put(self.key, data, mode=mode, use_multipart=False), patience)

    def write_text(self, text: str, encoding: str = "utf-8", errors: str = "strict") -> int:
        return self.write_bytes(text.encode(encoding, errors))

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """There is nothing to do: prefixes come and go with their objects."""

    def unlink(self, missing_ok: bool = False) -> None:
        """`missing_ok` is taken for granted: stores do not tell."""
        with contextlib.suppress(FileNotFoundError):
            self._ask(lambda store: store.delete(self.key))

    def iterdir(self) -> Iterator[StorePath]:
        """What lies right below, in order."""
        found = self._ask(lambda store: store.list_with_delimiter(self.key or None))
        files = [_below(self, meta) for meta in found["objects"]]
        folders = [StorePath(self.scheme, self.bucket, prefix, FOLDER) for prefix in found["common_prefixes"]]
        if not files and not folders and self.key:
            raise FileNotFoundError(f"{self}: nothing lies there")
        taken = {folder.key for folder in folders}
        yield from sorted([*(file for file in files if not _is_marker(file, self, taken)), *folders])

    def glob(self, pattern: str) -> Iterator[StorePath]:
        """Objects and prefixes below it, in order; '*' stays within a name, '**' is any number of them."""
        wanted = pattern.split("/")
        fixed = next((at for at, part in enumerate(wanted) if set(part) & set("*?[")), len(wanted))
        start, wanted = self.joinpath(*wanted[:fixed]), wanted[fixed:]
        if not wanted:
            yield from [start] if start.exists() else []
        elif len(wanted) == 1 and wanted[0] != "**":
            with contextlib.suppress(FileNotFoundError):
                yield from (found for found in start.iterdir() if fnmatch.fnmatchcase(found.name, wanted[0]))
        else:
            depth = len(start.parts)
            yield from (found for found in _everything(start) if fits(found.parts[depth:], wanted))

    def rglob(self, pattern: str) -> Iterator[StorePath]:
        return self.glob(f"**/{pattern}")


def _status(meta: ObjectMeta) -> Status:
    """A listing and a HEAD must tell the same of one object: they agree on its size and its ETag, where the store has those, alone."""
    tag = (meta["e_tag"] or "").removeprefix("W/").strip('"') or str(int(meta["last_modified"].timestamp()))
    digest = hashlib.sha256(f"{tag}\0{meta['size']}".encode()).digest()
    return Status(meta["size"], int.from_bytes(digest[:8], "big") >> 2)


def _below(folder: StorePath, meta: ObjectMeta) -> StorePath:
    return StorePath(folder.scheme, folder.bucket, meta["path"], _status(meta))


def _is_marker(file: StorePath, folder: StorePath, prefixes: set[str]) -> bool:
    """Whether it is one of the empty objects by which consoles of stores show a folder."""
    return file.listed is not None and file.listed.st_size == 0 and (file.key == folder.key or file.key in prefixes)


def _files(folder: StorePath) -> list[StorePath]:
    """Every object below, in order."""
    found = [_below(folder, meta) for meta in folder._ask(lambda store: store.list(folder.key or None).collect())]
    prefixes = {above.key for file in found for above in file.parents}
    return sorted(file for file in found if not _is_marker(file, folder, prefixes))


def _everything(folder: StorePath) -> list[StorePath]:
    """Every object and prefix below, in order."""
    files, depth = _files(folder), len(folder.parts)
    folders = {above.key for file in files for above in file.parents if len(above.parts) > depth}
    return sorted([*files, *(StorePath(folder.scheme, folder.bucket, key, FOLDER) for key in folders - {file.key for file in files})])


def list_objects(folder: StorePath) -> Iterator[tuple[str, Status]]:
    """(path below the folder, status) of every object, in order: a request for each thousand."""
    for file in _files(folder):
        if file.listed:
            yield file.relative_to(folder).as_posix(), file.listed
