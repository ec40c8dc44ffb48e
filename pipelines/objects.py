"""an object in a store, or the prefix of some, that answers as pathlib.Path does"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple

from pipelines.ranged import LARGE, Ranged
from pipelines.store import asking, bucket

if TYPE_CHECKING:
    from obstore import ObjectMeta

SCHEMES = ("gs", "s3")


class Status(NamedTuple):
    """Of an object, in the names of os.stat_result."""

    st_size: int
    st_mtime_ns: int  # no time: 62 bits that change whenever the object's content does, the same on every machine


def is_remote(root: object) -> bool:
    """Whether a root is a bucket or a part of one."""
    return str(root).startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def _joined(key: str, more: str) -> str:
    return "/".join(part for part in (*key.split("/"), *more.split("/")) if part not in ("", "."))


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class StorePath:
    """An object in a bucket, or the prefix of some. It answers as pathlib.Path does and raises what that would; there are no folders: a
    prefix is there while objects lie below it. It has no `__fspath__`: a library that opens paths itself needs a `local_copy`."""

    scheme: str
    bucket: str
    key: str  # '' is the bucket itself
    listed: Status | None = field(default=None, compare=False, repr=False)  # as a listing found it; then no question of it costs a request

    @classmethod
    def of(cls, url: str | StorePath) -> StorePath:
        """Raises ValueError where it is no gs:// or s3:// URL."""
        if not is_remote(url):
            raise ValueError(f"{url}: a {' or '.join(f'{scheme}://' for scheme in SCHEMES)} address wanted")
        scheme, _, rest = str(url).partition("://")
        name, _, key = rest.partition("/")
        return cls(scheme, name, _joined("", key))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.key}" if self.key else "")

    as_posix = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return StorePath, (self.scheme, self.bucket, self.key)

    def __lt__(self, other: StorePath) -> bool:
        return self.parts < other.parts if isinstance(other, StorePath) else NotImplemented

    def __truediv__(self, more: str | PurePosixPath) -> StorePath:
        if str(more).startswith("/"):
            raise ValueError(f"{more}: an absolute path cannot lie below {self}")
        return StorePath(self.scheme, self.bucket, _joined(self.key, str(more)))

    def joinpath(self, *parts: str | PurePosixPath) -> StorePath:
        return functools.reduce(StorePath.__truediv__, parts, self)

    @property
    def parts(self) -> tuple[str, ...]:
        return (f"{self.scheme}://{self.bucket}", *filter(None, self.key.split("/")))

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @property
    def suffixes(self) -> list[str]:
        return PurePosixPath(self.name).suffixes

    @property
    def parent(self) -> StorePath:
        return StorePath(self.scheme, self.bucket, self.key.rpartition("/")[0])

    @property
    def parents(self) -> Sequence[StorePath]:
        found, at = [], self
        while at.key:
            at = at.parent
            found.append(at)
        return found

    def with_name(self, name: str) -> StorePath:
        return self.parent / name

    def with_suffix(self, suffix: str) -> StorePath:
        return self.with_name(PurePosixPath(self.name).with_suffix(suffix).name)

    def relative_to(self, other: str | StorePath) -> PurePosixPath:
        """Raises ValueError where it does not lie below `other`."""
        if not self.is_relative_to(other):
            raise ValueError(f"{self} does not lie below {other}")
        above = StorePath.of(other)
        return PurePosixPath(*self.parts[len(above.parts) :])

    def is_relative_to(self, other: str | StorePath) -> bool:
        above = StorePath.of(other).parts if is_remote(other) else ("",)
        return self.parts[: len(above)] == above

    def resolve(self, strict: bool = False) -> StorePath:
        return self

    absolute = resolve

    def is_symlink(self) -> bool:
        return False

    # --- questions to the store

    def stat(self) -> Status:
        if self.listed:
            return self.listed
        with asking(str(self)):
            return _status(_store(self).head(self.key))

    def is_file(self) -> bool:
        try:
            return bool(self.key) and bool(self.stat())
        except FileNotFoundError:
            return False

    def is_dir(self) -> bool:
        """Whether any object lies below it; a bucket is there even when it is empty."""
        if self.listed:
            return False
        with contextlib.suppress(FileNotFoundError):
            return next(_pages(self, 1), None) is not None or not self.key
        return False

    def exists(self) -> bool:
        return self.is_file() or self.is_dir()

    def read_bytes(self) -> bytes:
        """In one request."""
        with asking(str(self)):
            return _store(self).get(self.key).bytes().to_bytes()

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        with io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, errors) as text:
            return text.read()

    def open(self, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None) -> IO[Any]:
        """To read. What is small comes in one request; of what is large the ranges that are read, all of one version of it."""
        if mode == "rb":
            return self._open_bytes()
        if mode in ("r", "rt"):
            return io.TextIOWrapper(self._open_bytes(), encoding or "utf-8", errors)
        raise io.UnsupportedOperation(f"{self}: mode {mode!r}: objects are opened to be read; write_bytes and replacing write them")

    def _open_bytes(self) -> BinaryIO:
        with asking(str(self)):
            if self.listed and self.listed.st_size > LARGE:
                found = _store(self).head(self.key)
            else:
                answer = _store(self).get(self.key)
                if answer.meta["size"] <= LARGE:
                    return io.BytesIO(answer.bytes().to_bytes())
                found = answer.meta
                del answer  # ends that answer
        return io.BufferedReader(Ranged(functools.partial(_fetch, self, found["e_tag"]), found["size"]), 64 << 10)

    def write_bytes(self, data: bytes) -> int:
        """In one request: it is there whole or not at all."""
        with asking(str(self)):
            _store(self).put(self.key, data, use_multipart=False)
        return len(data)

    def write_text(self, text: str, encoding: str = "utf-8", errors: str = "strict") -> int:
        return self.write_bytes(text.encode(encoding, errors))

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """There is nothing to do: prefixes come and go with their objects."""

    def unlink(self, missing_ok: bool = False) -> None:
        """`missing_ok` is taken for granted: stores do not tell."""
        with contextlib.suppress(FileNotFoundError), asking(str(self)):
            _store(self).delete(self.key)

    def iterdir(self) -> Iterator[StorePath]:
        """What lies right below, in order."""
        with asking(str(self)):
            found = _store(self).list_with_delimiter(self.key or None)
        files = [_below(self, meta) for meta in found["objects"]]
        folders = [StorePath(self.scheme, self.bucket, _joined("", prefix)) for prefix in found["common_prefixes"]]
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
            yield from (found for found in _everything(start) if _fits(found.parts[depth:], wanted))

    def rglob(self, pattern: str) -> Iterator[StorePath]:
        return self.glob(f"**/{pattern}")


def _store(path: StorePath) -> Any:
    return bucket(path.scheme, path.bucket)


def _status(meta: ObjectMeta) -> Status:
    """A listing and a HEAD must tell the same of one object: they agree on its size and its ETag, where the store has those, alone."""
    tag = (meta["e_tag"] or "").removeprefix("W/").strip('"') or str(int(meta["last_modified"].timestamp()))
    digest = hashlib.sha256(f"{tag}\0{meta['size']}".encode()).digest()
    return Status(meta["size"], int.from_bytes(digest[:8], "big") >> 2)


def _below(folder: StorePath, meta: ObjectMeta) -> StorePath:
    return StorePath(folder.scheme, folder.bucket, meta["path"], _status(meta))


def _fetch(path: StorePath, tag: str | None, start: int, end: int) -> bytes:
    with asking(str(path)):
        return _store(path).get(path.key, options={"range": (start, end), **({"if_match": tag} if tag else {})}).bytes().to_bytes()


def _pages(folder: StorePath, size: int = 1000) -> Iterator[Sequence[ObjectMeta]]:
    with asking(str(folder)):
        yield from _store(folder).list(folder.key or None, chunk_size=size)


def _is_marker(file: StorePath, folder: StorePath, prefixes: set[str]) -> bool:
    """Whether it is one of the empty objects by which consoles of stores show a folder."""
    return file.listed is not None and file.listed.st_size == 0 and (file.key == folder.key or file.key in prefixes)


def _files(folder: StorePath) -> list[StorePath]:
    """Every object below, in order."""
    found = [_below(folder, meta) for page in _pages(folder) for meta in page]
    prefixes = {above.key for file in found for above in file.parents}
    return sorted(file for file in found if not _is_marker(file, folder, prefixes))


def _everything(folder: StorePath) -> list[StorePath]:
    """Every object and prefix below, in order."""
    files, depth = _files(folder), len(folder.parts)
    return sorted({*files, *(above for file in files for above in file.parents if len(above.parts) > depth)})


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_fits(parts[skip:], wanted[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])


def list_objects(folder: StorePath) -> Iterator[tuple[str, Status]]:
    """(path below the folder, status) of every object, in order: a request for each thousand."""
    for file in _files(folder):
        if file.listed:
            yield file.relative_to(folder).as_posix(), file.listed
