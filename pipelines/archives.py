"""the archives of a source's folder -> their members, looked into once and kept in OUT; a tgz becomes a plain tar there"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from curate.ingest.find import Listing
from curate.ingest.members import Archive, look_into
from curate.read.archive import archive_kind
from curate.read.contents import MEMBERS, Contents, Refusal
from pipelines.place import Place, place
from pipelines.reading import parquet_file
from pipelines.run import UsageError, cores
from pipelines.tables import replacing, write_bytes
from pipelines.together import remove_files

VERSION = 1  # of how archives are looked into: what was kept under another is not believed
BLOCK = 1 << 20
TOLD_FROM = 256 << 20  # bytes of a tgz whose copying is worth a line
LEFT_FREE = 1 << 30  # bytes of the disk that a copy leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLimits:
    free_bytes: int = 16 << 30  # a tgz may inflate to as much, however small it is
    max_ratio: int = 200  # beyond that: bytes for each of the tgz; label volumes in public sets reach 250


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An archive as it was when it was looked into."""

    size: int
    content: str  # SHA-256, or '' where only its size and time were looked at
    archive: Archive


def look(out: str, names: Sequence[str], folder: Place, listing: Listing, *, hash_inputs: bool) -> Listing:
    """The listing with its archives. What was kept of one that is unchanged is taken as it is; a tgz that is new is copied. Kept for each
    of `names`, the sources and benchmarks that share the folder. Raises UsageError where OUT has no room."""
    kept, home = _kept_or_none(out, names), place(out, "stages", "files", names[0])
    paths = sorted(path for path in listing.files if archive_kind(path))

    def seen(path: str) -> _Seen:
        size, mtime_ns = listing.files[path]
        content = file_digest(folder / path) if hash_inputs else ""
        before = kept.get(path)
        if before and _stands(out, before, size, mtime_ns) and content in ("", before.content):
            return before
        copied = _copied(out, path, mtime_ns, folder / path, home / f"{_key(path, size, mtime_ns)}.tar", size)
        return _Seen(size=size, content=content, archive=copied or look_into(path, mtime_ns, lambda path: (folder / path).open("rb")))

    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(seen, paths))
    for name in names:
        if list(_kept_or_none(out, [name]).values()) != found:
            _keep(out, name, found)
    named = {each.archive.copy.rpartition("/")[2] for each in found if each.archive.copy}
    remove_files(path for path in home.glob("*.tar") if path.name not in named)  # copies of what has changed or gone since
    return replace(listing, archives=tuple(each.archive for each in found))


def peek(out: str, name: str, folder: Place, listing: Listing) -> Listing:
    """The listing with its archives, and nothing written: a tgz that no run has copied is read through."""
    kept = _kept_or_none(out, [name])

    def archive(path: str) -> Archive:
        before = kept.get(path)
        stands = before and _stands(out, before, *listing.files[path])
        return before.archive if before and stands else look_into(path, listing.files[path][1], lambda path: (folder / path).open("rb"))

    paths = sorted(path for path in listing.files if archive_kind(path))
    return replace(listing, archives=tuple(archive(path) for path in paths))


def kept_archives(out: str, name: str) -> tuple[Archive, ...]:
    """What `look` kept, as a worker reads it."""
    try:
        return tuple(seen.archive for seen in _kept(_table(out, name)).values())
    except FileNotFoundError:  # it is written where there are some
        return ()


def _stands(out: str, seen: _Seen, size: int, mtime_ns: int) -> bool:
    if (seen.size, seen.archive.mtime_ns) != (size, mtime_ns):
        return False
    if any(refusal.reason == "unreadable" for refusal in seen.archive.contents.refusals):
        return False  # a right that was given since changes neither
    return not seen.archive.copy or place(out, seen.archive.copy).is_file()


def file_digest(path: Place) -> str:
    """SHA-256 of a file; why it cannot be read, where it cannot: that is for who reads it to say."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError as error:
        return type(error).__name__
    return digest.hexdigest()


def _key(path: str, size: int, mtime_ns: int) -> str:
    return hashlib.sha256(f"{path}\0{size}\0{mtime_ns}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _copied(out: str, name: str, mtime_ns: int, path: Place, copy: Place, size: int) -> Archive | None:
    """A tgz of which the tar inside was put down, whole or not at all; None where there is nothing to inflate: who looks into it says
    what it is instead."""
    if archive_kind(name) != "tgz":
        return None
    try:
        with path.open("rb") as packed:
            if packed.read(2) != b"\x1f\x8b":
                return None
            packed.seek(0)
            if size >= TOLD_FROM:
                print(f"files    {path.name}: {size / 1e9:.1f} GB, inflated once into {copy.parent}", file=sys.stderr, flush=True)
            with replacing(out, copy) as temporary:
                with temporary.open("wb") as file:
                    for block in _inflated(packed, size, CopyLimits()):
                        _write(file, block, out)
                archive = look_into(name.rpartition(".")[0] + ".tar", mtime_ns, lambda _: temporary.open("rb"))
    except _Refused as refused:
        archive = look_into(name, mtime_ns, lambda _: io.BytesIO())
        return replace(archive, contents=Contents(archive.contents.members, (refused.refusal,)))
    except (PermissionError, FileNotFoundError):
        return None
    return replace(archive, path=name, copy=copy.relative_to(out).as_posix())


def _inflated(packed: BinaryIO, size: int, limits: CopyLimits) -> Iterator[bytes]:
    written = 0
    try:
        with gzip.GzipFile(fileobj=packed) as inflated:
            while block := inflated.read(BLOCK):
                written += len(block)
                if written > limits.free_bytes and written > limits.max_ratio * size:
                    found = f"{written} bytes from {size}"
                    raise _Refused(Refusal(reason="archive_bomb", found=found, wanted="a tgz that does not inflate beyond measure"))
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        found = f"a gz that breaks off ({type(error).__name__})"
        raise _Refused(Refusal(reason="archive_broken", found=found, wanted="a whole archive")) from None


def _write(file: BinaryIO, block: bytes, out: str) -> None:
    """Raises UsageError before the disk is full."""
    try:
        if file.tell() % (256 * BLOCK) == 0 and shutil.disk_usage(file.fileno()).free < LEFT_FREE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.write(block)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        room = "a tgz is copied into a plain tar there, once; unpack it yourself, or give an --out with more room"
        raise UsageError(f"{out}: the disk is full after {file.tell() / 1e9:.1f} GB: {room}") from None


def _keep(out: str, name: str, found: Sequence[_Seen]) -> None:
    """One table of all members; what is known of each archive in its metadata."""
    archives = [
        {
            "path": seen.archive.path, "size": seen.size, "mtime_ns": seen.archive.mtime_ns, "content": seen.content,
            "copy": seen.archive.copy, "members": len(seen.archive.contents.members),
            "refusals": [asdict(refusal) for refusal in seen.archive.contents.refusals],
        }
        for seen in found
    ]  # fmt: skip
    metadata = {"version": str(VERSION), "archives": json.dumps(archives)}
    sink, schema = io.BytesIO(), MEMBERS.with_metadata(metadata)
    members = pa.concat_tables([MEMBERS.empty_table(), *(seen.archive.contents.members for seen in found)])
    pq.write_table(members.cast(schema), sink, compression="zstd")
    write_bytes(out, _table(out, name), sink.getvalue())


def _kept_or_none(out: str, names: Sequence[str]) -> dict[str, _Seen]:
    """What the first of `names` that has such a table kept; nothing where it is damaged, or kept by another version."""
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            try:
                return _kept(_table(out, name))
            except (pa.ArrowInvalid, KeyError, ValueError):
                break
    return {}


def _kept(path: Place) -> dict[str, _Seen]:
    table = parquet_file(path).read()
    metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    if metadata["version"] != str(VERSION):
        raise ValueError(f"{path}: of version {metadata['version']}, {VERSION} wanted")
    seen, begin = {}, 0
    for archive in json.loads(metadata["archives"]):
        seen[archive["path"]] = _seen(archive, table.slice(begin, archive["members"]).cast(MEMBERS))
        begin += archive["members"]
    return seen


def _seen(raw: Mapping[str, object], members: pa.Table) -> _Seen:
    refusals = tuple(Refusal(**refusal) for refusal in raw["refusals"])  # type: ignore[attr-defined]
    archive = Archive(path=raw["path"], mtime_ns=raw["mtime_ns"], copy=raw["copy"], contents=Contents(members, refusals))  # type: ignore[arg-type]
    return _Seen(size=raw["size"], content=raw["content"], archive=archive)  # type: ignore[arg-type]


def _table(out: str, name: str) -> Place:
    return place(out, "stages", "files", f"{name}.members.parquet")
