"""an archive -> its members and where their bytes lie; such a place -> those bytes, without the directory being read again

plain: as they are, from the offset on (tar, HDF5). stored, deflated: after the local header of a zip that is there. gzipped: in what
the whole archive inflates to. dataset: by its name, through the HDF5 library."""

from __future__ import annotations

import contextlib
import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from curate.read.contents import ArchiveLimits, Contents, Gathering, Refusal, TooMany
from curate.read.hdf5 import BrokenHdf5, gather_hdf5, read_dataset
from curate.read.opened import LFS, ReadFault
from curate.read.tarred import BrokenTar, gather_tar
from curate.read.zipped import BrokenZip, gather_zip, member_start
from schemas.image import Member

KINDS = {".zip": "zip", ".tar": "tar", ".tar.gz": "tgz", ".tgz": "tgz", ".hdf5": "hdf5", ".h5": "hdf5"}
IN_MEMORY = 16 << 20  # bytes of a member; a larger one is put down in a temporary file
BLOCK = 1 << 20
_BROKEN = (BrokenZip, BrokenTar, BrokenHdf5)
_BROKEN_GZ = (EOFError, zlib.error, gzip.BadGzipFile)


def archive_kind(path: str) -> str:
    """zip, tar, tgz or hdf5, by its name; '' if it is no archive."""
    return next((kind for suffix, kind in KINDS.items() if path.casefold().endswith(suffix)), "")


def archive_folder(path: str) -> str:
    """The folder of the archive's name: a/b for a/b.tar.gz."""
    suffix = next(suffix for suffix in KINDS if path.casefold().endswith(suffix))
    return path[: -len(suffix)]


def list_members(file: BinaryIO, path: str, limits: ArchiveLimits | None = None) -> Contents:
    """The members of the archive in `file`, of which `path` tells the kind. Those of a tgz are told by where they lie in the tar
    inside. What is broken or refused is in the answer; only a disk's own errors raise (OSError)."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(len(LFS))
    file.seek(0)
    if not head:
        return Contents(_nothing(), (Refusal(reason="empty_file", found="0 bytes", wanted="an archive"),))
    if head == LFS:
        return Contents(_nothing(), (Refusal(reason="lfs_pointer", found="a git-lfs pointer", wanted="the archive: run git lfs pull"),))
    gathering = Gathering(limits or ArchiveLimits(), size)
    try:
        _gather(archive_kind(path), file, gathering)
    except _BROKEN as error:
        return gathering.contents(Refusal(reason="archive_broken", found=str(error), wanted="a whole archive"))
    except TooMany:
        wanted = f"at most {gathering.limits.max_members} members"
        return Contents(_nothing(), (Refusal(reason="too_large", found="more members", wanted=wanted),))
    return gathering.contents()


def _nothing() -> Contents:
    return Gathering(ArchiveLimits(), 0).contents().members


def _gather(kind: str, file: BinaryIO, gathering: Gathering) -> None:
    match kind:
        case "zip":
            gather_zip(file, gathering)
        case "tar":
            gather_tar(file, gathering)
        case "tgz":
            gathering.size *= 1 << 11  # what a gz may inflate to, at most
            with gzip.GzipFile(fileobj=file) as inflated:
                gather_tar(cast("BinaryIO", inflated), gathering, method="gzipped")
        case "hdf5":
            gather_hdf5(file, gathering)


def open_member(archive: BinaryIO, member: Member) -> BinaryIO:
    """The bytes of a member, as a seekable file of exactly the size that was listed; with it, or before, `archive` is closed. Raises
    ReadFault (member_broken) where they are not what the directory told: size, CRC, deflate."""
    if member.method == "plain":
        return _window(archive, member.offset, member.size)
    with contextlib.ExitStack() as stack:
        stack.callback(archive.close)
        if member.method == "dataset":
            return io.BytesIO(_dataset(archive, member))
        if member.method == "gzipped":
            return inflated_member(inflate(archive), member)
        place = member_place(archive, member)
        archive.seek(place)
        if member.method == "deflated":
            return _put_down(_inflated(archive, member), member)
        if member.size <= IN_MEMORY:
            return _put_down(_blocks(archive, member.size), member)
        _check(_blocks(archive, member.size), member)
        stack.pop_all()
        return _window(archive, place, member.size)


def member_place(archive: BinaryIO, member: Member) -> int:
    """Where the bytes of a member of a tar or zip begin. Raises ReadFault."""
    if member.method == "plain":
        return member.offset
    try:
        return member_start(archive, member.offset)
    except BrokenZip as error:
        raise _broken(str(error)) from None


def inflate(archive: BinaryIO) -> BinaryIO:
    """The tar inside a tgz; closes it with itself. Going back in it begins anew."""
    return cast("BinaryIO", _Inflating(archive))


def inflated_member(inflated: BinaryIO, member: Member) -> BinaryIO:
    """A member of a tgz from its inflated tar, which stays open for the next. Raises ReadFault."""
    try:
        inflated.seek(member.offset)
    except _BROKEN_GZ as error:
        raise _broken(f"a gz that breaks off ({type(error).__name__})") from None
    return _put_down(_blocks(inflated, member.size), member)


class _Inflating(gzip.GzipFile):
    def __init__(self, archive: BinaryIO) -> None:
        super().__init__(fileobj=archive, mode="rb")
        self.archive = archive

    def close(self) -> None:
        super().close()
        self.archive.close()


def _put_down(blocks: Iterator[bytes], member: Member) -> BinaryIO:
    """The bytes, proven, in memory or in a temporary file. Raises ReadFault."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(cast("BinaryIO", io.BytesIO() if member.size <= IN_MEMORY else tempfile.TemporaryFile()))  # noqa: SIM115
        _check(blocks, member, file)
        file.seek(0)
        stack.pop_all()  # sound: the caller's to close
        return file


def _check(blocks: Iterator[bytes], member: Member, into: IO[bytes] | None = None) -> None:
    size = crc = 0
    for block in blocks:
        size += len(block)
        if size > member.size:
            raise _broken(f"more than the {member.size} bytes its directory tells")
        crc = zlib.crc32(block, crc)
        if into is not None:
            into.write(block)
    if size < member.size:
        raise _broken(f"{size} of {member.size} bytes")
    if member.crc not in (-1, crc):
        raise _broken("another CRC than its directory tells")


def _blocks(file: BinaryIO, left: int) -> Iterator[bytes]:
    try:
        while left > 0 and (block := file.read(min(left, BLOCK))):
            yield block
            left -= len(block)
    except _BROKEN_GZ as error:
        raise _broken(f"a gz that breaks off ({type(error).__name__})") from None


def _inflated(archive: BinaryIO, member: Member) -> Iterator[bytes]:
    inflate, left = zlib.decompressobj(-zlib.MAX_WBITS), member.stored
    try:
        while left > 0 and not inflate.eof and (block := archive.read(min(left, BLOCK))):
            left -= len(block)
            while block:
                yield inflate.decompress(block, BLOCK)  # no more at a time, whatever the bytes say
                block = inflate.unconsumed_tail
    except zlib.error:
        raise _broken("bytes that are no deflate") from None


def _dataset(archive: BinaryIO, member: Member) -> bytes:
    try:
        return read_dataset(archive, member.name, member.size)
    except BrokenHdf5 as error:
        raise _broken(str(error)) from None


def _broken(found: str) -> ReadFault:
    return ReadFault("member_broken", found=found, wanted="the member as it was packed")


def _window(archive: BinaryIO, begin: int, size: int) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Window(archive, begin, size)))


class _Window(io.RawIOBase):
    """A stretch of a file as a file of its own; closes the file with it."""

    def __init__(self, file: BinaryIO, begin: int, size: int) -> None:
        self.file, self.begin, self.size, self.at = file, begin, size, 0
        self.name = getattr(file, "name", "")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        if at < 0:
            raise ValueError(f"a place before the file: {at}")
        self.at = at
        return at

    def tell(self) -> int:
        return self.at

    def readall(self) -> bytes:
        self.file.seek(self.begin + self.at)
        data = self.file.read(max(0, self.size - self.at))
        self.at += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        self.file.seek(self.begin + self.at)
        data = self.file.read(max(0, min(len(view), self.size - self.at)))
        view[: len(data)] = data
        self.at += len(data)
        return len(data)

    def close(self) -> None:
        self.file.close()
        super().close()
